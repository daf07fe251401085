import { describe, expect, it } from "vitest";
import {
  commonPaths,
  derivationsOf,
  isReordered,
  type List,
  listsIn,
  selectionsOf,
} from "../../../src/learn/flow/lists.js";
import { evaluate } from "../../../src/template/derivation/evaluate.js";
import { constantOf } from "../../../src/template/derivation/expression.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { equalJson, type Json } from "../../../src/template/json.js";
import { json } from "../../support/turns.js";

const listOf = (value: unknown): List => ({
  expression: { kind: "variable", name: "list" },
  items: json(value) as Json[],
});
const shown = (lists: readonly List[]): string[] =>
  lists.map(({ expression }) => printExpression(expression));
const ways = (value: unknown, wanted: unknown): string[] =>
  derivationsOf(listOf(value), json(wanted) as Json[], constantOf).map(printExpression);

describe("the lists of a result", () => {
  const value = json({
    orders: [
      { id: "a", tags: ["x"] },
      { id: "b", tags: ["y", "z"] },
    ],
    by: { k1: "v1", k2: "v2" },
  });
  const lists = listsIn({ name: "result", value }, 2);

  it("are its arrays, the keys and values of its objects, and the lists of a list joined", () => {
    const found = shown(lists);
    expect(found).toEqual(
      expect.arrayContaining([
        "result.orders",
        "result.orders[1].tags",
        "keys(result.by)",
        "values(result.by)",
      ]),
    );
    expect(found).toContain('flatten(map(result.orders, "tags"))');
    // One item is too few here.
    expect(found).not.toContain("result.orders[0].tags");
  });

  it("are what their expressions give", () => {
    for (const { expression, items } of lists) {
      const given = evaluate(expression, new Map([["result", value]]));
      expect(given.ok && equalJson(given.value, [...items])).toBe(true);
    }
  });

  it("are bounded in number, and none is too long to look at", () => {
    const many = json(Array.from({ length: 300 }, (_, index) => [index, index + 1]));
    expect(listsIn({ name: "result", value: many }, 2).length).toBe(100);
    const long = json({ items: Array.from({ length: 600 }, (_, index) => index) });
    expect(listsIn({ name: "result", value: long }, 2)).toEqual([]);
  });
});

describe("the ways to a list of values", () => {
  const orders = [
    { id: "W-1", at: { city: "Rome" }, state: "open" },
    { id: "W-2", at: { city: "Oslo" }, state: "shipped" },
    { id: "W-3", at: { city: "Rome" }, state: "open" },
  ];

  it("are the list itself, or one path in all its items", () => {
    expect(ways(["a", "b"], ["a", "b"])).toEqual(["list"]);
    expect(ways(orders, ["W-1", "W-2", "W-3"])).toEqual(['map(list, "id")']);
    expect(ways(orders, ["Rome", "Oslo", "Rome"])).toEqual(['map(map(list, "at"), "city")']);
    expect(ways(orders, orders)).toEqual(["list"]);
  });

  it("are those items that have one value under a key, where not all are taken", () => {
    expect(ways(orders, ["W-1", "W-3"])).toEqual(['map(filter(list, "state", "open"), "id")']);
    expect(ways(orders, ["W-1", "W-2"])).toEqual([]);
  });

  it("are the values once each, where some stood there twice", () => {
    expect(ways(orders, ["Rome", "Oslo"])).toEqual(['unique(map(map(list, "at"), "city"))']);
  });

  it("never are the same values in another order, nor values of another type", () => {
    expect(ways(orders, ["W-2", "W-1", "W-3"])).toEqual([]);
    expect(ways([1, 2], ["1", "2"])).toEqual([]);
  });

  it("leave it open whether a value that all items share is why all were taken, unless it is part of the list's shape", () => {
    const rows = [
      { id: "a", owner: "Ann", state: "open" },
      { id: "b", owner: "Ann", state: "open" },
    ];
    expect(ways(rows, ["a", "b"])).toEqual(['map(list, "id")', 'map(filter(list, "owner", "Ann"), "id")']);
  });

  it("name the value of a key as they are told", () => {
    const [way] = selectionsOf(listOf(orders), {
      count: 2,
      fits: () => true,
      constantFor: () => ({ kind: "variable", name: "wanted" }),
    });
    expect(way && printExpression(way.expression)).toBe('filter(list, "state", wanted)');
  });
});

describe("items side by side", () => {
  it("have the paths in common that lead to a value in each", () => {
    const items = json([
      { a: { b: 1 }, c: 2 },
      { a: { b: 3 }, c: "x", d: 4 },
    ]) as Json[];
    expect(commonPaths(items, () => true)).toEqual([[], ["a"], ["a", "b"], ["c"]]);
  });

  it("are reordered where the same values stand there in another order", () => {
    const list = listOf([{ id: "a" }, { id: "b" }, { id: "a" }]);
    expect(isReordered(list, ["b", "a", "a"])).toBe(true);
    expect(isReordered(list, ["b", "b", "a"])).toBe(false);
    expect(isReordered(list, ["a", "b"])).toBe(false);
  });
});
