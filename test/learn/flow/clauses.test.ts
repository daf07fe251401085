import { describe, expect, it } from "vitest";
import { type Clausal, clausesIn, madeOfClauses } from "../../../src/learn/flow/clauses.js";
import { variable } from "../../../src/template/derivation/expression.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { written as json } from "../../support/turns.js";

const found = (text: string) =>
  clausesIn(text).map(({ start, end, frame, rows }) => ({ said: text.slice(start, end), frame, rows }));

describe("clauses of one frame in a text", () => {
  it("are quotations with the same words between them", () => {
    expect(
      found('Create a user with a value of "Erik" for field "Name" and a value of "Oslo" for field "City".'),
    ).toEqual([
      {
        said: 'a value of "Erik" for field "Name" and a value of "Oslo" for field "City"',
        frame: ['a value of "', '" for field "', '"'],
        rows: [
          ["Erik", "Name"],
          ["Oslo", "City"],
        ],
      },
    ]);
  });

  it("may follow on another quotation", () => {
    const [first] = found('In "users" set "a" to "1", "b" to "2" and "c" to "3", please.');
    expect(first?.rows).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
  });

  it("are lines with the same signs in them", () => {
    expect(found("Sort by:\n - Model (ascending)\n - Updated by (descending)\nThank you.")).toEqual([
      {
        said: " - Model (ascending)\n - Updated by (descending)",
        frame: [" - ", " (", ")"],
        rows: [
          ["Model", "ascending"],
          ["Updated by", "descending"],
        ],
      },
    ]);
    expect(found("Priority: High\nCaller: Erik")[0]?.frame).toEqual(["", ": ", ""]);
  });

  it("are looked for in steps that grow with the text, whatever it is made of", () => {
    for (const text of [" ", "\t", ": ", "( ", '"a" ', "- ", "=", '" and "'])
      expect(found(text.repeat(400_000 / text.length))).toEqual([]);
  });

  it.each([
    ["one clause", 'a value of "Erik" for field "Name"'],
    ["other words each time", 'a value of "Erik" for field "Name" and the value "Oslo" as field "City"'],
    ["lines of several forms", "Priority: High\nCaller = Erik"],
    ["lines that are no clauses", "Dear all,\nsee you tomorrow\nErik"],
  ])("are not there in %s", (_, text) => {
    expect(found(text)).toEqual([]);
  });
});

describe("an argument made of clauses", () => {
  const made = (value: string, rows: Clausal["rows"]): string[] =>
    madeOfClauses(json(value), { rows, list: variable("c"), place: "t.a" }).map(printExpression);
  const FIELDS = [
    ["Erik", "Name"],
    ["Oslo", "Home city"],
  ];

  it("is an object with an entry for each, in whatever order", () => {
    const way = 'object(known(map(c, 1), "t.a.*"), map(c, 0))';
    expect(made('{"name": "Erik", "home_city": "Oslo"}', FIELDS)).toEqual([way]);
    expect(made('{"home_city": "Oslo", "name": "Erik"}', FIELDS)).toEqual([way]);
  });

  it("is a list of records", () => {
    expect(made('[{"k": "name", "v": "Erik"}, {"k": "city", "v": "Oslo"}]', FIELDS)).toEqual([
      'records(["k", "v"], [known(map(c, 1), "t.a[].k"), map(c, 0)])',
    ]);
  });

  it("is a list of what each has, or of what that stands for", () => {
    expect(made('["Erik", "Oslo"]', FIELDS)).toEqual(["map(c, 0)"]);
    expect(made('["sys_name", "city"]', FIELDS)).toEqual(['known(map(c, 1), "t.a[]")']);
    expect(
      made("[3, 12]", [
        ["tea", "3"],
        ["milk", "12"],
      ]),
    ).toEqual(['from_json(concat("[", join(map(c, 1), ","), "]"))']);
  });

  it.each([
    ["is longer", '["Erik", "Oslo", "x"]'],
    ["has nothing of them", "[1, true]"],
    ["is no list of scalars", "[[1], [2]]"],
    ["has values of its own beside the keys", '{"name": "x", "home_city": "y"}'],
  ])("is none that %s", (_, value) => {
    expect(made(value, FIELDS)).toEqual([]);
  });

  it("is none where equal texts go with different values", () => {
    expect(
      made('["name_1", "name_2"]', [
        ["Erik", "Name"],
        ["Ann", "Name"],
      ]),
    ).toEqual([]);
  });
});
