import { describe, expect, it } from "vitest";
import { bindingsWitness } from "../../src/learn/evidence.js";
import { type Json, Numeral } from "../../src/template/json.js";

const witness = (...entries: [string, Json][]): string => bindingsWitness(new Map(entries));

describe("what tells one piece of evidence from another", () => {
  it("is the same for the same values, in any order, as text or as a number", () => {
    expect(witness(["a", "1"], ["b", "x"])).toBe(witness(["b", "x"], ["a", new Numeral("1")]));
    expect(witness(["a", true])).toBe(witness(["a", "true"]));
  });

  it("is another for other values, names or shapes", () => {
    const all = [
      witness(),
      witness(["a", "1"]),
      witness(["a", "2"]),
      witness(["b", "1"]),
      witness(["a", ["1"]]),
      witness(["a", null]),
      witness(["__proto__", "1"]),
      witness(["a", "1"], ["b", "1"]),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
