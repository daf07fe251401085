import { describe, expect, it } from "vitest";
import type { Json } from "../../src/template/json.js";
import { type Fact, readFact, takeIn } from "../../src/tree/facts.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { exchangeOf, json, says, user } from "../support/turns.js";

const told = (...facts: Fact[]): Knowledge => {
  const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
  // What is known of a scope is kept while it has entries.
  knowledge.add(exchangeOf([user("x")], says("y")));
  takeIn(knowledge, "s", facts);
  return knowledge;
};

describe("what an exchange shows", () => {
  it("is taken in by its kind", () => {
    const knowledge = told(
      { kind: "value", place: "find.name", text: "Ann" },
      { kind: "form", place: "find.login", form: "lower(x)" },
      { kind: "lookup", place: "find.code", text: "Oslo", json: '"OSL"' },
      { kind: "read", skeleton: "k", values: [["n", "7"]] },
      { kind: "used", skeleton: "k", slot: "n" },
      { kind: "prose", skeleton: "k", whole: 1, runs: [2, 3] },
    );
    const { args } = knowledge.scope("s");
    expect([args.count("find.name", "Ann"), args.formCount("find.login", "lower(x)")]).toEqual([1, 1]);
    expect([args.textsFor("find.code", "OSL"), args.hasLookups]).toEqual([["Oslo"], true]);
    expect([knowledge.seen.reach("k", "n", "7"), knowledge.seen.reach("k", "n", "8")]).toEqual([
      "within",
      "beyond",
    ]);
    expect(knowledge.seen.isUsed("k", "n")).toBe(true);
    expect([knowledge.prose.countOf("k"), knowledge.prose.commonOf("k")]).toEqual([1, [2, 3]]);
  });

  it("is nothing of a lookup that is no JSON", () => {
    const knowledge = told({ kind: "lookup", place: "find.code", text: "Oslo", json: "{" });
    expect(knowledge.scope("s").args.hasLookups).toBe(false);
  });

  it("counts how predictions fared, those of young templates apart", () => {
    const knowledge = told(
      { kind: "fate", young: true, wrong: 1, expected: 0.5 },
      { kind: "fate", young: false, wrong: 0, expected: 0.25 },
      { kind: "fate", young: false, wrong: 2, expected: 0.25 },
    );
    expect(knowledge.fate("s", true)).toEqual({ wrong: 1, expected: 0.5 });
    expect(knowledge.fate("s", false)).toEqual({ wrong: 2, expected: 0.5 });
  });

  it("is wordings, and what was no data", () => {
    const asked = (text: string, reply: string): Fact => ({
      kind: "asked",
      context: "start",
      pieces: text.split(/( )/),
      ...{ meaning: reply, witness: reply },
    });
    const knowledge = told(
      asked("paint the shed", "1"),
      asked("paint the barn", "1"),
      ...Array.from({ length: 3 }, (): Fact => ({ kind: "wording", text: "shoes" })),
    );
    const { wordings, args } = knowledge.scope("s");
    expect(wordings.isEmpty).toBe(false);
    args.add("buy.item", "hats");
    expect([args.familiarity("buy.item", "shoes"), args.familiarity("buy.item", "boots")]).toEqual([
      "novel",
      "shaped",
    ]);
  });

  it("is what a template read: texts and numbers, and nothing without a measure", () => {
    const bindings = new Map<string, Json>([
      ["a", "x"],
      ["b", json(7)],
      ["c", true],
      ["d", null],
      ["e", json([1])],
      ["f", json({ g: 1 })],
    ]);
    expect(readFact("k", bindings)).toEqual({
      kind: "read",
      skeleton: "k",
      values: [
        ["a", "x"],
        ["b", "7"],
      ],
    });
  });
});
