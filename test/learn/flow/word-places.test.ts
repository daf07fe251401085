import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBoundary } from "../../../src/learn/flow/bind-values.js";
import { WordPlaces } from "../../../src/learn/flow/word-places.js";
import { Pace } from "../../../src/learn/schedule/pace.js";

/** Places found by searching, and by the index. */
async function bothWays(texts: readonly string[]): Promise<WordPlaces[]> {
  const indexed = new WordPlaces(texts, new Pace());
  await indexed.read();
  return [new WordPlaces(texts, new Pace()), indexed];
}

/** The same, found by looking at every offset. */
function everywhere(texts: readonly string[], value: string): { text: number; start: number }[] {
  return texts.flatMap((text, index) => {
    const found: { text: number; start: number }[] = [];
    for (let start = 0; start + value.length <= text.length; start++) {
      const last = found.at(-1);
      if (last && start < last.start + value.length) continue;
      if (text.startsWith(value, start) && isBoundary(text, start) && isBoundary(text, start + value.length))
        found.push({ text: index, start });
    }
    return found;
  });
}

describe("where values stand", () => {
  it("is at token boundaries, in every text, in order", async () => {
    for (const places of await bothWays(["Ann, Annabel and Ann", "", "for Ann Marsh"])) {
      expect([...places.of("Ann")]).toEqual([
        { text: 0, start: 0 },
        { text: 0, start: 17 },
        { text: 2, start: 4 },
      ]);
      expect([...places.of("Ann Marsh")]).toEqual([{ text: 2, start: 4 }]);
      expect([...places.of("Bob")]).toEqual([]);
      expect([...places.of("")]).toEqual([]);
    }
  });

  it("is found for values that begin or end with signs, or are nothing else", async () => {
    for (const places of await bothWays(["pay -5 (now) -- or -50", "****"])) {
      expect([...places.of("-5")]).toEqual([{ text: 0, start: 4 }]);
      expect([...places.of("(now)")]).toEqual([{ text: 0, start: 7 }]);
      expect([...places.of("--")]).toEqual([{ text: 0, start: 13 }]);
      expect([...places.of("**")]).toEqual([
        { text: 1, start: 0 },
        { text: 1, start: 2 },
      ]);
    }
  });

  it("is what looking at every offset finds, with an index and without", async () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "1", " ", ".", "-", "\u0301", "😀", "\ud800"),
      maxLength: 24,
    });
    const value = fc.string({
      unit: fc.constantFrom("a", "b", "1", " ", ".", "-"),
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 3 }), value, async (texts, sought) => {
        for (const places of await bothWays(texts))
          expect([...places.of(sought)]).toEqual(everywhere(texts, sought));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is searched for until that is dearer than an index, which is made once", async () => {
    const pace = new Pace({ maxNodes: 1e9 });
    const places = new WordPlaces(["one two three"], pace);
    for (let search = 0; search < 100 && !places.isWorn; search++)
      for (const _ of places.of(`word${search}`));
    expect(places.isWorn).toBe(true);
    await places.read();
    expect(places.isWorn).toBe(false);
    const before = pace.steps;
    for (let search = 0; search < 1_000; search++) for (const _ of places.of(`word${search}`));
    expect(pace.steps).toBe(before);
  });
});
