import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RepriseError } from "../../../src/errors.js";
import type { Expression } from "../../../src/template/derivation/expression.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { expressions } from "./arbitrary.js";

const call = (name: string, ...args: unknown[]) => ({ kind: "call", name, args });
const read = (name: string) => ({ kind: "variable", name });

describe("the notation of expressions", () => {
  it("reads any expression back as it was, whatever its names and values", () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(parseExpression(printExpression(expression))).toEqual(expression);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'title(split(full_name, " ")[0])',
    "result[0].email_id",
    "a * b + 1",
    "a * (b + 1)",
    "a - (b - c) - d",
    "-x ^ 2",
    "(-x) ^ 2",
    "2 ^ 3 ^ 4",
    "(2 ^ 3) ^ 4",
    "(-5).a",
    "5.a[-1]",
    "negate(5)",
    "-x",
    "a - -5",
    "not (a and b) or c == 1",
    "(a == b) == c",
    "[a, 1]",
    "[1, [2]]",
    "list(1, 2)",
    '{"a": {"b": [null, 1.50]}}',
    "`full name` + __proto__.x[`a\\`b`]",
    'x["full name"]',
    "`and`(a, b, c)",
    'if(count(items) > 0, first(items).id, "none")',
  ])("prints %s as it was written", (text) => {
    expect(printExpression(parseExpression(text))).toBe(text);
  });

  it("drops white space and brackets that say nothing", () => {
    expect(printExpression(parseExpression(" ( ( a )*b )+ c\n"))).toBe("a * b + c");
  });

  it("binds products before sums, sums before comparisons, and powers before signs", () => {
    expect(parseExpression("a + b * c > -d ^ 2")).toEqual(
      call(
        "more",
        call("add", read("a"), call("multiply", read("b"), read("c"))),
        call("negate", call("power", read("d"), { kind: "literal", value: { raw: "2" } })),
      ),
    );
  });
});

describe("parsing", () => {
  it("refuses or reads any text, and what it reads is printed stably", () => {
    const signs = fc.constantFrom(
      "a",
      "(",
      ")",
      "[",
      "]",
      ".",
      "-",
      "+",
      "^",
      "not ",
      " and ",
      "==",
      "<",
      '"',
      "`",
      "\\",
      "1",
      "0.5",
      ",",
      "{",
      "}",
      ":",
      '"k"',
      "if",
      "true",
      " ",
    );
    const text = fc
      .array(fc.oneof(signs, fc.string({ maxLength: 3 })), { maxLength: 12 })
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (written) => {
        let expression: Expression;
        try {
          expression = parseExpression(written);
        } catch (error) {
          expect(error).toBeInstanceOf(RepriseError);
          return;
        }
        const printed = printExpression(expression);
        expect(parseExpression(printed)).toEqual(expression);
        expect(printExpression(parseExpression(printed))).toBe(printed);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["", "ends too early"],
    ["a +", "ends too early"],
    ["a b", "at 2"],
    ["a < b < c", "at 6"],
    ["f(a,)", "at 4"],
    ["a ? b", "at 2"],
    ['"abc', "at 0"],
    ['"\\x"', "at 1"],
    ["007", "at 0"],
    ["1.x2y.", "ends too early"],
    ['{"a": b}', "literals only, at 6"],
    ['{"a": 1, "a": 2}', "at 9"],
    ["and", "at 0"],
    ["a . 5", "at 4"],
    ["1 + not a", "at 4"],
  ])("refuses %j and says where", (text, where) => {
    expect(() => parseExpression(text)).toThrow(where);
    expect(() => parseExpression(text)).toThrow(RepriseError);
  });

  it.each([
    ["brackets", "(".repeat(50_000)],
    ["calls", "f(".repeat(10_000)],
    ["signs", "-".repeat(50_000)],
    ["a chain", `a${"+a".repeat(10_000)}`],
    ["a path", `a${".a".repeat(10_000)}`],
    ["a long text", `"${"x".repeat(70_000)}"`],
  ])("refuses %s beyond its limits with an error, not a stack overflow", (_name, text) => {
    expect(() => parseExpression(text)).toThrow(expect.objectContaining({ code: "BAD_EXPRESSION" }));
  });
});
