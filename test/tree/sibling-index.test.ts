import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { domainOfKinds } from "../../src/template/domain.js";
import { type Json, Numeral } from "../../src/template/json.js";
import { Binder, matchTurn } from "../../src/template/match.js";
import type { JsonPattern, Slot, TextPattern, TurnPattern } from "../../src/template/template.js";
import type { Part, Turn } from "../../src/template/turn.js";
import { SiblingIndex } from "../../src/tree/sibling-index.js";

interface Item {
  readonly pattern: TurnPattern<Slot>;
  readonly key: string;
}

const slot = (name: string): Slot => ({ name, domain: domainOfKinds("any") });
const words = fc.constantFrom("a", "be", "Sea", "3", "naïve", "x9", "be9", "-", "…");

const texts = fc
  .array(fc.tuple(words, fc.constantFrom(" ", "", ", ")), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.flat().join(""));
/** Literal text and slots, on both sides of a long filler or not. */
const textPatterns: fc.Arbitrary<TextPattern<Slot>> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: texts },
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.nat(3).map((n) => `${"lorem ".repeat(338 + n)}`) },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => {
    const pattern: (string | Slot)[] = [];
    for (const [index, piece] of pieces.entries()) {
      const last = pattern.at(-1);
      if (piece === undefined) {
        if (typeof last !== "object") pattern.push(slot(`s${index}`));
      } else if (typeof last === "string") pattern[pattern.length - 1] = last + piece;
      else pattern.push(piece);
    }
    return pattern;
  });

const scalars = fc.oneof(
  texts,
  fc.constantFrom<Json>(null, true, false, new Numeral("1"), new Numeral("1.0")),
);
const jsonPatterns: fc.Arbitrary<JsonPattern<Slot>> = fc.letrec<{ pattern: JsonPattern<Slot> }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    scalars.map((value): JsonPattern<Slot> => ({ kind: "literal", value })),
    fc.array(scalars, { maxLength: 2 }).map(
      (value): JsonPattern<Slot> => ({
        kind: "literal",
        value: [...value, new Map([["k", value[0] ?? null]])],
      }),
    ),
    fc.constantFrom("p", "q").map((name): JsonPattern<Slot> => ({ kind: "value", place: slot(name) })),
    texts.map((text): JsonPattern<Slot> => ({ kind: "text", text: [text, slot("t")] })),
    fc.array(tie("pattern"), { maxLength: 3 }).map((items): JsonPattern<Slot> => ({ kind: "array", items })),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "__proto__"), tie("pattern")), { maxLength: 3 })
      .map((entries): JsonPattern<Slot> => ({ kind: "object", entries: new Map(entries) })),
  ),
})).pattern;

const fillers = fc.constantFrom("be", "a be", "x", "9", " ", "lorem ".repeat(400), "Sea, a");

function textOf(pattern: TextPattern<Slot>, value: () => string): string {
  return pattern.map((segment) => (typeof segment === "string" ? segment : value())).join("");
}

function jsonOf(pattern: JsonPattern<Slot>, value: () => string): Json {
  switch (pattern.kind) {
    case "literal":
      return pattern.value;
    case "text":
      return textOf(pattern.text, value);
    case "value":
      return value();
    case "array":
      return pattern.items.map((item) => jsonOf(item, value));
    case "object":
      // The other way round: order is free.
      return new Map([...pattern.entries].reverse().map(([key, item]) => [key, jsonOf(item, value)]));
  }
}

/** Every sibling that fits a turn made from one of them must be among the candidates. */
function holds(
  parts: fc.Arbitrary<TurnPattern<Slot>["parts"]>,
  fill: (pattern: TurnPattern<Slot>, value: () => string) => Part[],
): { fits: number; tried: number; all: number } {
  const seen = { fits: 0, tried: 0, all: 0 };
  fc.assert(
    fc.property(
      fc.array(parts, { minLength: 12, maxLength: 30 }),
      fc.nat(),
      fc.array(fillers, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (all, chosen, values, removed) => {
        const index = new SiblingIndex<Item>();
        const items = all.map(
          (each, key): Item => ({ pattern: { role: "user", parts: each }, key: `${key}` }),
        );
        for (const item of items) index.add(item);
        const gone = new Set(removed.map((at) => items[at % items.length] as Item));
        for (const item of gone) index.remove(item);
        expect(index.size).toBe(items.length - gone.size);
        expect(new Set(index.values())).toEqual(new Set(items.filter((item) => !gone.has(item))));

        let next = 0;
        const turn: Turn = {
          role: "user",
          parts: fill(
            items[chosen % items.length]?.pattern as TurnPattern<Slot>,
            () => values[next++ % values.length] as string,
          ),
        };
        const candidates = [...index.candidates(turn)];
        expect(new Set(candidates).size).toBe(candidates.length);
        seen.tried += candidates.length;
        seen.all += items.length;
        for (const item of items) {
          if (matchTurn(item.pattern, turn, new Binder(new Map())) !== "fits") continue;
          seen.fits++;
          expect(candidates.includes(item)).toBe(!gone.has(item));
        }
      },
    ),
    { numRuns: 400 },
  );
  return seen;
}

describe("the index over siblings", () => {
  it("names every text pattern that fits, in short texts and in long ones", () => {
    const seen = holds(
      textPatterns.map((text) => [{ kind: "text", text }]),
      ({ parts: [part] }, value) => [
        { kind: "text", text: part?.kind === "text" ? textOf(part.text, value) : "" },
      ],
    );
    expect(seen.fits).toBeGreaterThan(200);
  });

  it("names every pattern of tool arguments that fits", () => {
    const seen = holds(
      jsonPatterns.map((args) => [{ kind: "call", tool: "t", args }]),
      ({ parts: [part] }, value) => [
        { kind: "call", tool: "t", args: part?.kind === "call" ? jsonOf(part.args, value) : null },
      ],
    );
    expect(seen.fits).toBeGreaterThan(200);
    expect(seen.tried).toBeLessThan(seen.all * 0.7);
  });

  it("names every pattern of a JSON result that fits", () => {
    const seen = holds(
      jsonPatterns.map((value) => [
        { kind: "result", call: 0, error: false },
        { kind: "json", value },
      ]),
      ({ parts: [, part] }, value) => [
        { kind: "result", call: 0, error: false },
        { kind: "json", value: part?.kind === "json" ? jsonOf(part.value, value) : null },
      ],
    );
    expect(seen.fits).toBeGreaterThan(200);
    expect(seen.tried).toBeLessThan(seen.all * 0.7);
  });

  it("knows what it holds by pattern and key, and takes out only that", () => {
    const index = new SiblingIndex<Item>();
    const pattern: TurnPattern<Slot> = { role: "user", parts: [{ kind: "text", text: ["a ", slot("x")] }] };
    const item: Item = { pattern, key: "k" };
    index.add(item);
    expect([
      index.get(pattern, "k"),
      index.get(pattern, "other"),
      index.get({ ...pattern, role: "tool" }, "k"),
      index.get({ ...pattern, name: "n" }, "k"),
    ]).toEqual([item, undefined, undefined, undefined]);
    index.remove({ pattern, key: "other" });
    expect(index.size).toBe(1);
    expect([...index.candidates({ role: "system", parts: [] })]).toEqual([]);
    index.remove(item);
    expect([index.size, [...index.values()]]).toEqual([0, []]);
  });
});
