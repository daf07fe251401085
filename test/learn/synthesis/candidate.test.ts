import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/learn/schedule/pace.js";
import { Bank, type Candidate, invoke, quoted, whole } from "../../../src/learn/synthesis/candidate.js";
import type { Json } from "../../../src/template/json.js";

function candidate(name: string, cost: number, ...values: Json[]): Candidate {
  return { expression: { kind: "variable", name }, values, cost };
}

describe("a bank of candidates", () => {
  it("keeps the four likeliest of those that give the same", () => {
    const bank = new Bank(100);
    for (const [index, cost] of [5, 3, 4, 1, 2, 6].entries())
      bank.add(candidate(`v${index}`, cost, "a", "b"));
    bank.add(candidate("other", 9, "a", "c"));
    expect(bank.all.map(({ cost }) => cost).sort()).toEqual([1, 2, 3, 4, 9]);
  });

  it("tells values of different types apart", () => {
    const bank = new Bank(100);
    for (let index = 0; index < 4; index++) bank.add(candidate(`t${index}`, 1, "true"));
    expect(bank.add(candidate("b", 1, true))).toBe(true);
  });

  it("keeps no more than its limit", () => {
    const bank = new Bank(2);
    expect(["a", "b", "c"].map((value) => bank.add(candidate(value, 1, value)))).toEqual([true, true, false]);
  });
});

describe("a call under trial", () => {
  const name = candidate("name", 1, "Erik Dunteman", "Anna Berg");

  it("has a value for every example and costs more than its argument", () => {
    const first = invoke(new Pace(), "first_word", name);
    expect(first?.values).toEqual(["Erik", "Anna"]);
    expect(first?.cost).toBeGreaterThan(1);
  });

  it("is nothing as soon as it faults in one example", () => {
    expect(invoke(new Pace(), "slice", name, whole(0), whole(12))).toBeUndefined();
    expect(invoke(new Pace(), "before", name, quoted("@"))).toBeUndefined();
  });

  it("takes more of the budget for longer values", () => {
    const pace = new Pace({ maxNodes: 100 });
    invoke(pace, "lower", name);
    expect(pace.spent).toBe(false);
    invoke(pace, "lower", candidate("long", 1, "x".repeat(2_000)));
    expect(pace.spent).toBe(true);
  });
});
