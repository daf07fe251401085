import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Witnesses } from "../../src/tree/witnesses.js";

const LARGE = { maxLoose: 1_000, maxSize: 1e9 };
const ids = ["a", "b", "c", "d", "e", "f", "g", "__proto__"];

describe("evidence", () => {
  it("counts each witness once, and not more than anyone asks for", () => {
    const witnesses = new Witnesses(LARGE, () => false);
    expect([
      witnesses.note("agree", "a", "1"),
      witnesses.note("agree", "a", "1"),
      witnesses.note("contradict", "a", "1"),
    ]).toEqual([true, false, true]);
    for (let index = 0; index < 2_000; index++) witnesses.note("agree", "b", `${index}`);
    expect(witnesses.of("b").agreements.size).toBe(512);
    expect(witnesses.of("c")).toEqual({ agreements: new Set(), contradictions: new Set() });
  });

  it("of what no entry stands behind is bounded, and what is lost of it never makes anything better trusted", () => {
    const step = fc.tuple(
      fc.constantFrom("agree", "agree", "contradict", "ask", "hold", "release", "drop"),
      fc.constantFrom(...ids),
      fc.integer({ min: 1, max: 9 }),
    );
    let lost = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 2, max: 4 }), (steps, maxLoose) => {
        const held = new Set<string>();
        const isHeld = (id: string): boolean => held.has(id);
        const witnesses = new Witnesses({ maxLoose, maxSize: 1e6 }, isHeld);
        const whole = new Witnesses(LARGE, isHeld);
        for (const [verb, id, number] of steps) {
          for (const each of [witnesses, whole]) {
            if (verb === "agree" || verb === "contradict") each.note(verb, id, `${number}`);
            else if (verb === "ask") each.of(id);
            else if (verb === "drop") each.drop(id);
          }
          if (verb === "hold" && !held.has(id)) {
            held.add(id);
            for (const each of [witnesses, whole]) each.hold(id);
          } else if (verb === "release" && held.delete(id))
            for (const each of [witnesses, whole]) each.release(id);
          for (const other of ids) {
            const [left, all] = [witnesses.of(other), whole.of(other)];
            for (const witness of left.agreements) expect(all.agreements.has(witness)).toBe(true);
            expect(left.contradictions.size > 0).toBe(all.contradictions.size > 0);
            if (left.agreements.size < all.agreements.size) lost++;
          }
          const { looseAgreements, looseContradictions } = witnesses.looseHoldings;
          expect(Math.max(looseAgreements.entries, looseContradictions.entries)).toBeLessThanOrEqual(
            maxLoose,
          );
        }
        for (const id of ids) {
          held.delete(id);
          witnesses.drop(id);
        }
        expect(witnesses.size).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(lost).toBeGreaterThan(0);
  });

  it("that spoke against an id is remembered when it is lost, by hand too, until the id is dropped", () => {
    const witnesses = new Witnesses(LARGE, () => false);
    witnesses.note("agree", "a", "1");
    witnesses.note("contradict", "a", "2");
    witnesses.lose("a");
    expect([witnesses.of("a").agreements.size, witnesses.of("a").contradictions.size]).toEqual([0, 1]);
    witnesses.note("agree", "a", "3");
    expect([witnesses.of("a").agreements.size, witnesses.of("a").contradictions.size]).toEqual([1, 1]);
    witnesses.drop("a");
    expect([witnesses.of("a").contradictions.size, witnesses.size]).toEqual([0, 0]);
  });
});
