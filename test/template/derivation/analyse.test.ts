import { describe, expect, it } from "vitest";
import { order, sizeOf, substitute, variablesOf } from "../../../src/template/derivation/analyse.js";
import type { Expression } from "../../../src/template/derivation/expression.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const definitions = (record: Record<string, string>) =>
  new Map(Object.entries(record).map(([name, text]) => [name, parseExpression(text)]));

describe("what is known of an expression", () => {
  it("tells the variables it reads, each once, in the order of use", () => {
    expect([...variablesOf(parseExpression('b * a + lookup(b, {"c": 1}).d'))]).toEqual(["b", "a"]);
  });

  it("counts its nodes", () => {
    expect(sizeOf(parseExpression("a"))).toBe(1);
    expect(sizeOf(parseExpression("a * b + 1"))).toBe(5);
  });

  it("replaces variables all at once", () => {
    const swapped = substitute(
      parseExpression("a - b"),
      new Map([
        ["a", parseExpression("b + c")],
        ["b", parseExpression("a")],
      ]),
    );
    expect(printExpression(swapped)).toBe("b + c - a");
  });
});

describe("order", () => {
  it("puts every definition after those it reads", () => {
    expect(order(definitions({ total: "net * 2", net: "gross - tax", tax: "gross * rate" }))).toEqual({
      ok: true,
      names: ["tax", "net", "total"],
    });
  });

  it("names the circle when there is one", () => {
    expect(order(definitions({ x: "a", a: "b + 1", b: "c", c: "a" }))).toEqual({
      ok: false,
      cycle: ["a", "b", "c"],
    });
    expect(order(definitions({ a: "a" }))).toEqual({ ok: false, cycle: ["a"] });
  });

  it("orders a chain longer than the call stack is deep", () => {
    const chain = new Map<string, Expression>();
    for (let index = 0; index < 50_000; index++)
      chain.set(`v${index}`, { kind: "variable", name: `v${index + 1}` });
    const ordered = order(chain);
    expect(ordered.ok && [ordered.names[0], ordered.names.length]).toEqual(["v49999", 50_000]);
  });
});
