import { describe, expect, it } from "vitest";
import { bindingsWitness, witnessOf } from "../../../src/learn/trial/witness.js";
import { type Json, Numeral } from "../../../src/template/json.js";
import type { Template } from "../../../src/template/template.js";
import { exchangeOf, says, templateOf, user } from "../../support/turns.js";

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

  it("is the question alone where a template leaves it open, or continues from the last step", () => {
    const of = (kept: Template, question: string, value: string): string =>
      witnessOf(kept, new Map([["x", value]]), exchangeOf([user(question)], says("ok")));
    for (const open of [
      templateOf("{{asked:any}}"),
      { ...templateOf("stop"), continuation: true as const },
    ]) {
      expect(of(open, "stop", "1")).toBe(of(open, "stop", "2"));
      expect(of(open, "stop", "1")).not.toBe(of(open, "go", "1"));
    }
    const asked = templateOf("stop {{x}}");
    expect(of(asked, "stop 1", "1")).not.toBe(of(asked, "stop 1", "2"));
    expect(of(asked, "stop 1", "1")).toBe(of(asked, "stop 2", "1"));
  });
});
