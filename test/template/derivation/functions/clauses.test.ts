import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../src/template/derivation/evaluate.js";
import { callOf, constantOf } from "../../../../src/template/derivation/expression.js";
import type { Json } from "../../../../src/template/json.js";

const read = (text: string, frame: readonly string[]): Json | string => {
  const result = evaluate(callOf("clauses", constantOf(text), constantOf([...frame])), new Map());
  return result.ok ? result.value : result.fault;
};
const FIELD = ['a value of "', '" for field "', '"'];
const SORT = [" - ", " (", ")"];
const LINE = ["", ": ", ""];

describe("clauses", () => {
  it.each<[string, readonly string[], Json]>([
    ['a value of "Erik" for field "Name"', FIELD, [["Erik", "Name"]]],
    [
      'a value of "Erik" for field "Name", a value of "7" for field "No" and a value of "x" for field "y"',
      FIELD,
      [
        ["Erik", "Name"],
        ["7", "No"],
        ["x", "y"],
      ],
    ],
    [
      " - Model (ascending)\n - Updated by (descending)",
      SORT,
      [
        ["Model", "ascending"],
        ["Updated by", "descending"],
      ],
    ],
    [
      "Priority: High\nDue: 10:30",
      LINE,
      [
        ["Priority", "High"],
        ["Due", "10:30"],
      ],
    ],
  ])("are read out of %j", (text, frame, rows) => {
    expect(read(text, frame)).toEqual(rows);
  });

  it.each<[string, string, readonly string[]]>([
    ["has words before the first", 'with a value of "a" for field "b"', FIELD],
    ["has words behind the last", 'a value of "a" for field "b" please', FIELD],
    ["has words between two", 'a value of "a" for field "b", or a value of "c" for field "d"', FIELD],
    ["has a clause that is cut off", 'a value of "a" for field "b" and a value of "c"', FIELD],
    ["lacks a value", 'a value of "" for field "b"', FIELD],
    ["says a value with spaces around it", 'a value of " a" for field "b"', FIELD],
    ["goes over two lines in one value", " - a\nb (c)", SORT],
    ["has a bracket too many", " - Due (date) (ascending)", SORT],
    ["is empty", "", SORT],
  ])("are none where a text %s", (_, text, frame) => {
    expect(read(text, frame)).toBe("unreadable");
  });

  it("need a frame with a value in it", () => {
    expect(read("a", [])).toBe("range");
    expect(read("a", ["a"])).toBe("range");
  });

  it("are what was put into the frame, whatever stood between them", () => {
    const word = fc
      .stringMatching(/^[a-zA-Z0-9]{1,8}( [a-zA-Z0-9]{1,8}){0,2}$/)
      .filter((text) => !/\band\b/.test(text));
    const between = fc.constantFrom(", ", " and ", ", and ", "; ", "\n");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, word, between), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(FIELD, SORT),
        (clauses, frame) => {
          const [open = "", inner = "", close = ""] = frame;
          const text = clauses
            .map(
              ([left, right, gap], index) => `${index > 0 ? gap : ""}${open}${left}${inner}${right}${close}`,
            )
            .join("");
          expect(read(text, frame)).toEqual(clauses.map(([left, right]) => [left, right]));
        },
      ),
    );
  });
});
