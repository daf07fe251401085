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
    const tables = tablesOf([seen("Boston", "1", "MA"), seen("Denver", "2", "CO"), seen("Boston", "3", "MA")]);
    expect(tables.map(printExpression)).toEqual(['lookup(city, {"Boston": "MA", "Denver": "CO"})']);
    const [table] = tables;
    expect(table && evaluate(table, new Map([["city", "Denver"]]))).toEqual({ ok: true, value: "CO" });
    expect(table && evaluate(table, new Map([["city", "Austin"]]))).toMatchObject({ ok: false });
  });

  it("is none where no key came back, one key gave two outputs, or there is one key only", () => {
    expect(tablesOf([seen("Boston", "1", "MA"), seen("Denver", "2", "CO")])).toEqual([]);
    expect(tablesOf([seen("Boston", "1", "MA"), seen("Boston", "2", "CO"), seen("Denver", "3", "CO")])).toEqual([]);
    expect(tablesOf([seen("Boston", "1", "MA"), seen("Boston", "2", "MA")])).toEqual([]);
    expect(tablesOf([])).toEqual([]);
  });
});
