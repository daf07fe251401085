import { describe, expect, it } from "vitest";
import { claimsOf, runsOf } from "../../../src/learn/flow/repeats.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import type { Json } from "../../../src/template/json.js";
import type { Turn } from "../../../src/template/turn.js";
import { json, text } from "../../support/turns.js";

const said = (...calls: (readonly [tool: string, args: unknown])[]): Turn => ({
  role: "assistant",
  parts: calls.map(([tool, args]) => ({ kind: "call", tool, args: json(args) })),
});
const shape = (turn: Turn): unknown =>
  runsOf(turn).map(({ first, count, varying, constant }) => [first, count, varying.length, constant.length]);

describe("runs of calls", () => {
  it("are calls of one tool, one after the other, that differ in values alone", () => {
    expect(
      shape(said(["a", { id: 1 }], ["b", { id: 1, n: 0 }], ["b", { id: 2, n: 0 }], ["b", { id: 3, n: 0 }])),
    ).toEqual([[1, 3, 1, 1]]);
    const words = said(["a", { id: [1] }], ["a", { id: [2] }]);
    expect(shape({ ...words, parts: [text("Now."), ...words.parts] })).toEqual([[1, 2, 1, 0]]);
  });

  it("are none where a call is said twice, or arguments differ in more than values", () => {
    expect(shape(said(["a", { id: 1 }], ["a", { id: 1 }]))).toEqual([]);
    expect(shape(said(["a", { id: 1 }], ["a", { id: 2, n: 0 }]))).toEqual([]);
    expect(shape(said(["a", { id: [1] }], ["a", { id: [1, 2] }]))).toEqual([]);
    expect(shape(said(["a", { id: 1 }], ["b", { id: 2 }]))).toEqual([]);
  });
});

describe("what calls hold of the items of a list", () => {
  const items = json([
    { id: "W-1", city: "Rome", price: 12.5, owner: { name: "Ann Marsh" } },
    { id: "W-2", city: "Oslo", price: 8, owner: { name: "Bob Dole" } },
  ]) as Json[];
  const explained = (...args: unknown[]): string[] | undefined => {
    const [run] = runsOf(said(...args.map((each) => ["t", each] as const)));
    const claims = run && claimsOf(run.varying, items, "item");
    return (
      claims &&
      [...claims.values()]
        .flat()
        .map(
          ({ start, end, place }) => `${start}-${end} ${place.hypotheses.map(printExpression).join(" ≡ ")}`,
        )
    );
  };

  it("is a value under one path in each, with its type", () => {
    expect(explained({ order: "W-1" }, { order: "W-2" })).toEqual(["0-3 item.id"]);
    expect(explained({ cost: 12.5 }, { cost: 8 })).toEqual(["0-4 item.price"]);
    expect(explained({ cost: "12.5" }, { cost: "8" })).toEqual(["0-4 text(item.price)"]);
  });

  it("is a text with such values in it and the same words around them", () => {
    expect(explained({ note: "W-1 goes to Rome." }, { note: "W-2 goes to Oslo." })).toEqual([
      "0-3 item.id",
      "12-16 item.city",
    ]);
    expect(explained({ note: "W-1 goes to Rome." }, { note: "W-2 stays in Oslo." })).toBeUndefined();
  });

  it("is a value in another form", () => {
    expect(explained({ login: "ann_marsh" }, { login: "bob_dole" })?.[0]).toContain(
      "snake_case(item.owner.name)",
    );
  });

  it("is nothing if one argument does not follow from the items", () => {
    expect(explained({ order: "W-1", rank: 1 }, { order: "W-2", rank: 2 })).toBeUndefined();
    expect(explained({ order: "W-2" }, { order: "W-1" })).toBeUndefined();
  });
});
