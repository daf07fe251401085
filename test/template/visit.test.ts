import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonPattern } from "../../src/template/template.js";
import { asJson, asTurn, literalTurn, mapPlaces, mapReply, placesOf } from "../../src/template/visit.js";
import { replies, slots, turnPatterns, turns } from "../support/arbitrary.js";

describe("walking over patterns", () => {
  it("a turn as a pattern is that turn again, with no places", () => {
    fc.assert(
      fc.property(turns, (turn) => {
        expect(asTurn(literalTurn(turn))).toEqual(turn);
        expect(placesOf(literalTurn(turn))).toEqual([]);
      }),
    );
  });

  it("a pattern is a turn exactly when it has no places", () => {
    fc.assert(
      fc.property(
        turnPatterns(slots),
        (pattern) => void expect(asTurn(pattern) === undefined).toBe(placesOf(pattern).length > 0),
      ),
    );
  });

  it("mapping visits every place once, in order, and changes nothing else", () => {
    fc.assert(
      fc.property(turnPatterns(slots), (pattern) => {
        const seen: unknown[] = [];
        const copy = mapPlaces(pattern, (place) => {
          seen.push(place);
          return { mark: seen.length - 1 };
        });
        expect(seen).toEqual(placesOf(pattern));
        expect(placesOf(copy)).toEqual(seen.map((_, mark) => ({ mark })));
        expect(mapPlaces(copy, ({ mark }) => seen[mark] as object)).toEqual(pattern);
      }),
    );
  });

  it("mapping a reply visits the list of a part that repeats before what is made of its items", () => {
    fc.assert(
      fc.property(replies, (reply) => {
        const seen: unknown[] = [];
        const copy = mapReply(reply, (place) => {
          seen.push(place);
          return { mark: seen.length - 1 };
        });
        expect(seen).toEqual(placesOf(reply));
        expect(mapReply(copy, ({ mark }) => seen[mark] as object)).toEqual(reply);
      }),
    );
  });

  it("builds the value of a pattern without places, whatever it is made of", () => {
    const pattern: JsonPattern<object> = {
      kind: "object",
      entries: new Map<string, JsonPattern<object>>([
        [
          "a",
          {
            kind: "array",
            items: [
              { kind: "text", text: ["b"] },
              { kind: "text", text: [] },
              { kind: "literal", value: null },
            ],
          },
        ],
      ]),
    };
    expect(asJson(pattern)).toEqual(new Map([["a", ["b", "", null]]]));
    expect(asJson({ kind: "array", items: [pattern, { kind: "value", place: {} }] })).toBeUndefined();
    expect(
      asJson({ kind: "object", entries: new Map([["a", { kind: "value", place: {} }]]) }),
    ).toBeUndefined();
  });
});
