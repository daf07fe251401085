import { describe, expect, it } from "vitest";
import { tablesOf } from "../../../src/learn/synthesis/table.js";
import { evaluate } from "../../../src/template/derivation/evaluate.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const seen = (city: string, day: string, state: string) => ({
  inputs: new Map([
    ["city", city],
    ["day", day],
  ]),
  output: state,
});

describe("tables over whole examples", () => {
  it("holds what an input that came back has always given", () => {
    const cities = [
      ["Boston", "MA"],
      ["Denver", "CO"],
      ["Boston", "MA"],
      ["Denver", "CO"],
      ["Boston", "MA"],
    ] as const;
    const tables = tablesOf(cities.map(([city, state], index) => seen(city, String(index), state)));
    expect(tables.map(printExpression)).toEqual(['lookup(city, {"Boston": "MA", "Denver": "CO"})']);
    const [table] = tables;
    expect(table && evaluate(table, new Map([["city", "Denver"]]))).toEqual({ ok: true, value: "CO" });
    expect(table && evaluate(table, new Map([["city", "Austin"]]))).toMatchObject({ ok: false });
  });

  it("is none where chance explains that a key came back with the same output", () => {
    const row = (key: string, output: string) => ({ inputs: new Map([["key", key]]), output });
    const rows = [row("3", "1"), row("2", "4"), row("9", "4"), row("9", "4"), row("4", "8")];
    expect(tablesOf(rows)).toEqual([]);
    expect(tablesOf([...rows, row("2", "4"), row("3", "1")])).toHaveLength(1);
  });

  it("is none of values that mostly stand in the inputs: they were chosen", () => {
    const row = (left: string, right: string, output: string) => ({
      inputs: new Map([
        ["left", left],
        ["right", right],
      ]),
      output,
    });
    const rows = [
      row("a", "b", "a"),
      row("a", "c", "a"),
      row("d", "e", "e"),
      row("d", "f", "x"),
      row("a", "g", "a"),
    ];
    expect(tablesOf(rows.filter(({ output }) => output !== "x"))).toEqual([]);
  });

  it("is none where no key came back, one key gave two outputs, or there is one key only", () => {
    expect(tablesOf([seen("Boston", "1", "MA"), seen("Denver", "2", "CO")])).toEqual([]);
    expect(
      tablesOf([seen("Boston", "1", "MA"), seen("Boston", "2", "CO"), seen("Denver", "3", "CO")]),
    ).toEqual([]);
    expect(tablesOf([seen("Boston", "1", "MA"), seen("Boston", "2", "MA")])).toEqual([]);
    expect(tablesOf([])).toEqual([]);
  });
});
