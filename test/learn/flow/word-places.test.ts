import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBoundary } from "../../../src/learn/flow/bind-values.js";
import { WordPlaces } from "../../../src/learn/flow/word-places.js";
import { Pace } from "../../../src/learn/schedule/pace.js";

function placesIn(texts: readonly string[]): WordPlaces {
  const places = new WordPlaces(new Pace());
  for (const text of texts) for (const _ of places.read(text));
  return places;
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
  it("is at token boundaries, in every text, in order", () => {
    const places = placesIn(["Ann, Annabel and Ann", "", "for Ann Marsh"]);
    expect([...places.of("Ann")]).toEqual([
      { text: 0, start: 0 },
      { text: 0, start: 17 },
      { text: 2, start: 4 },
    ]);
    expect([...places.of("Ann Marsh")]).toEqual([{ text: 2, start: 4 }]);
    expect([...places.of("Bob")]).toEqual([]);
    expect([...places.of("")]).toEqual([]);
    expect([places.holds("Annabel", (text) => text === 0), places.holds("Annabel", (text) => text > 0)]).toEqual([true, false]);
  });

  it("is found for values that begin or end with signs, or are nothing else", () => {
    const places = placesIn(["pay -5 (now) -- or -50", "****"]);
    expect([...places.of("-5")]).toEqual([{ text: 0, start: 4 }]);
    expect([...places.of("(now)")]).toEqual([{ text: 0, start: 7 }]);
    expect([...places.of("--")]).toEqual([{ text: 0, start: 13 }]);
    expect([...places.of("**")]).toEqual([
      { text: 1, start: 0 },
      { text: 1, start: 2 },
    ]);
  });

  it("is what looking at every offset finds", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "1", " ", ".", "-", "\u0301", "😀", "\ud800"), maxLength: 24 });
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 3 }),
        fc.string({ unit: fc.constantFrom("a", "b", "1", " ", ".", "-"), minLength: 1, maxLength: 5 }),
        (texts, value) => {
          expect([...placesIn(texts).of(value)]).toEqual(everywhere(texts, value));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
