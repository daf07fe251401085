import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, type UserFunction } from "../../../src/template/derivation/evaluate.js";
import type { Expression } from "../../../src/template/derivation/expression.js";
import { FUNCTION_GROUPS, FUNCTIONS } from "../../../src/template/derivation/functions/index.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import { unanimous } from "../../../src/template/derivation/unanimous.js";
import { equalJson, type Json, Numeral, parseJson, printJson } from "../../../src/template/json.js";
import { written as json } from "../../support/turns.js";
import { expressions, values } from "./arbitrary.js";

function bindings(record: Record<string, string>): Map<string, Json> {
  return new Map(Object.entries(record).map(([name, text]) => [name, json(text)]));
}

/** The value as JSON text, or the fault's code after an exclamation mark. */
function run(text: string, variables: Record<string, string> = {}, options = {}): string {
  const result = evaluate(parseExpression(text), bindings(variables), options);
  return result.ok ? printJson(result.value) : `!${result.fault}`;
}

describe("evaluate", () => {
  it.each(
    FUNCTION_GROUPS.flatMap((group) => group.functions).map((one) => [one.name, ...one.example] as const),
  )("gives for %s what its documentation says: %s is %s", (_name, expression, value) => {
    const result = evaluate(parseExpression(expression), new Map());
    expect(result.ok && printJson(result.value)).toBe(printJson(json(value)));
  });

  it("never throws, whatever the expression and the values, and always gives a value or a fault", () => {
    fc.assert(
      fc.property(
        expressions,
        fc.dictionary(fc.constantFrom("a", "b", "full name"), values),
        (expression, variables) => {
          const result = evaluate(expression, new Map(Object.entries(variables)), {
            maxSteps: 500,
            maxSize: 1_000,
          });
          if (result.ok) expect(result.value).toBeDefined();
          else expect(result.fault).toMatch(/^[a-z-]+$/);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it("gives well-formed JSON from every function on every argument", () => {
    const calls = fc.tuple(
      fc.constantFrom(...FUNCTIONS.keys()),
      fc.array(values, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(calls, ([name, args]) => {
        const result = evaluate(
          { kind: "call", name, args: args.map((value) => ({ kind: "literal", value })) },
          new Map(),
        );
        if (!result.ok) return;
        const again = parseJson(printJson(result.value));
        expect(again.ok && equalJson(again.value, result.value)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["x + 1", "!unbound"],
    ["nonesuch(1)", "!unknown-function"],
    ["upper()", "!arguments"],
    ["upper(1)", "!type"],
    ['"2" + 1', "!type"],
    ["1 / 0", "!division-by-zero"],
    ["1 % 0", "!division-by-zero"],
    ["0 ^ -1", "!division-by-zero"],
    ["[1][1]", "!range"],
    ["[1][-2]", "!range"],
    ["[1][0.5]", "!range"],
    ['{"a": 1}.b', "!missing"],
    ['{"a": 1}.__proto__', "!missing"],
    ['{"a": 1}.constructor', "!missing"],
    ["first([])", "!range"],
    ['number("six")', "!unreadable"],
    ['lookup("c", {"a": 1})', "!missing"],
    ['slice("abc", 2, 5)', "!range"],
    ['split("abc", "")', "!range"],
    ['before("abc", "@")', "!missing"],
    ["if(1, 2, 3)", "!type"],
    ["sort([1, true])", "!type"],
    ['min_by([{"n": 1}, {"n": 1}], "n")', "!range"],
    ['parse_date("05/06/2023")', "!unreadable"],
    ['parse_date("November 21")', "!unreadable"],
    ['parse_date("2023-02-29")', "!unreadable"],
    ['from_json("{\\"a\\":1,\\"a\\":2}")', "!unreadable"],
  ])("faults on %s: %s", (text, fault) => {
    expect(run(text)).toBe(fault);
  });

  it("evaluates only the branch a condition chooses", () => {
    expect(run("if(count(x) > 0, x[0], 0)", { x: "[]" })).toBe("0");
    expect(run("count(x) > 0 and x[0] == 1", { x: "[]" })).toBe("false");
    expect(run("count(x) == 0 or x[0] == 1", { x: "[]" })).toBe("true");
  });

  it("knows a variable that is bound to null", () => {
    expect(run('default(x, "none")', { x: "null" })).toBe('"none"');
  });

  it("keeps the digits of numbers it only passes on", () => {
    expect(run("x.price", { x: '{"price": 9007199254740993.10}' })).toBe("9007199254740993.10");
    expect(run('number("2.50")')).toBe("2.50");
  });

  it("reads a key named __proto__ like any other", () => {
    expect(run("x.__proto__", { x: '{"__proto__": 5}' })).toBe("5");
    expect(run("__proto__")).toBe("!unbound");
  });
});

describe("limits", () => {
  const huge = "9".repeat(15);
  it.each([
    `pad_start("x", ${huge}, "y")`,
    `repeat("x", ${huge})`,
    `repeat("xy", 40000)`,
    `pad_end("", ${huge})`,
  ])("refuses to build %s", (text) => {
    expect(run(text)).toBe("!size");
  });

  it("refuses joins, replacements and concatenations before they are built", () => {
    const list = JSON.stringify(Array.from({ length: 100 }, () => "x".repeat(1_000)));
    expect(run('join(x, "")', { x: list })).toBe("!size");
    expect(run("concat(x, x)", { x: JSON.stringify("x".repeat(40_000)) })).toBe("!size");
    expect(run('replace(x, "x", x)', { x: JSON.stringify("x".repeat(1_000)) })).toBe("!size");
    expect(run("to_json(x)", { x: list })).toBe("!size");
  });

  it("refuses numbers of over a thousand digits, however they come about", () => {
    expect(run(`10 ^ 2000`)).toBe("!size");
    expect(run(`x * x`, { x: "9".repeat(800) })).toBe("!size");
    expect(run(`2 ^ ${huge}`)).toBe("!size");
    expect(run("1e900 * 1e900")).toBe("!size");
  });

  it("stops at the step limit, and counts long texts as more than one step", () => {
    expect(run("1 + 1", {}, { maxSteps: 2 })).toBe("!steps");
    expect(run("1 + 1", {}, { maxSteps: 3 })).toBe("2");
    expect(run("length(x)", { x: JSON.stringify("x".repeat(10_000)) }, { maxSteps: 40 })).toBe("!steps");
    expect(run("length(x)", { x: JSON.stringify("x".repeat(10_000)) }, { maxSteps: 41 })).toBe("10000");
  });

  it("stops in a tree that is deeper than any stack", () => {
    let deep: Expression = { kind: "variable", name: "x" };
    for (let index = 0; index < 100_000; index++) deep = { kind: "call", name: "not", args: [deep] };
    expect(evaluate(deep, new Map([["x", true]]), { maxSteps: 1_000_000 })).toEqual({
      ok: false,
      fault: "steps",
    });
  });

  it("stops on values that hold themselves", () => {
    const cyclic: Json[] = [];
    cyclic.push(cyclic);
    for (const name of ["to_json", "unique", "count"]) {
      expect(
        evaluate({ kind: "call", name, args: [{ kind: "variable", name: "x" }] }, new Map([["x", cyclic]])),
      ).toBeDefined();
    }
  });
});

describe("a user's functions", () => {
  const functions = new Map<string, UserFunction>([
    ["shout", ([text]) => `${String(text)}!`],
    ["upper", () => "shadowed"],
    [
      "broken",
      () => {
        throw new Error("secret");
      },
    ],
    ["nothing", () => undefined],
    ["raw", () => 5 as never],
    ["nan", () => [new Numeral("NaN")]],
    ["large", () => "x".repeat(100_000)],
  ]);

  it.each([
    ['shout(upper("a"))', '"A!"'],
    ["broken()", "!user-function"],
    ["nothing()", "!user-function"],
    ["raw()", "!user-function"],
    ["nan()", "!user-function"],
    ["large()", "!size"],
  ])("are called by name, cannot shadow, and cannot do harm: %s is %s", (text, expected) => {
    expect(run(text, {}, { functions })).toBe(expected);
  });

  it("ask where a text has been a value", () => {
    const known = { held: (place: string, text: string) => place === "weather.city" && text === "Oslo" };
    expect(run('held("Oslo", "weather.city")', {}, known)).toBe("true");
    expect(run('held("Oslo", "weather.state")', {}, known)).toBe("false");
    expect(run('held("Oslo", "weather.city")')).toBe("false");
    expect(run('held(1, "weather.city")', {}, known)).toBe("!type");
    expect(run('held("Oslo")', {}, known)).toBe("!arguments");
  });
});

describe("unanimous", () => {
  const all = (...texts: string[]) => texts.map(parseExpression);
  const name = new Map<string, Json>([["name", "Erik Dunteman"]]);

  it("gives the value that every expression gives", () => {
    expect(unanimous(all('split(name, " ")[0]', "first_word(name)"), name)).toBe("Erik");
  });

  it("gives nothing when two differ, in value or in type, or when one faults", () => {
    expect(unanimous(all('split(name, " ")[0]', "name"), name)).toBeUndefined();
    expect(unanimous(all("1", '"1"'), name)).toBeUndefined();
    expect(unanimous(all("1", "1.0"), name)).toBeUndefined();
    expect(unanimous(all("first_word(name)", "nonesuch"), name)).toBeUndefined();
  });

  it("gives nothing when there is no expression", () => {
    expect(unanimous([], name)).toBeUndefined();
  });

  it("can agree on null", () => {
    expect(unanimous(all("null", "x"), new Map([["x", null]]))).toBeNull();
  });
});
