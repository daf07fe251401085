import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Erasures } from "../../src/cache/erasures.js";
import type { Criteria } from "../../src/cache/forget.js";
import { meets } from "../../src/cache/forget.js";
import type { Entry } from "../../src/tree/knowledge.js";

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;

function entry(at: number, model = "m"): Entry {
  return {
    kind: "exchange",
    id: "e",
    at,
    model,
    turns: [],
    said: { role: "assistant", parts: [] },
  } as unknown as Entry;
}

describe("the erasures a process knows", () => {
  it("mean what any one of them means, however many there are", () => {
    const criteria = fc.record(
      { model: fc.constantFrom("m", "n"), before: fc.integer({ min: 0, max: 50 }) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Criteria>;
    const told = fc.array(fc.tuple(criteria, fc.integer({ min: 0, max: 60 })), { maxLength: 12 });
    fc.assert(
      fc.property(told, fc.integer({ min: 0, max: 60 }), fc.constantFrom("m", "n"), (all, at, model) => {
        const erasures = new Erasures(() => "ada");
        for (const [each, when] of all) erasures.add(erasures.make(each, when));
        const expected = all.some(([each, when]) => at <= when && meets(entry(at, model), each));
        expect(erasures.hasErased(entry(at, model))).toBe(expected);
      }),
    );
  });

  it("are kept once for the same criteria, and thirty days", () => {
    const erasures = new Erasures(() => "ada");
    for (let hour = 0; hour < 24 * 60; hour++) {
      const at = NOW + hour * HOUR;
      erasures.add(erasures.make({ before: at - HOUR }, at));
      erasures.prune(at);
    }
    expect([...erasures.all()].length).toBe(24 * 30 + 1);
    const { byCriteria, lately } = erasures as unknown as {
      byCriteria: Map<string, unknown[]>;
      lately: unknown[];
    };
    expect([[...byCriteria.values()].flat().length, lately.length]).toEqual([1, 4]);
  });

  it("are marked by no more than an event has room for, the latest", () => {
    const erasures = new Erasures(() => "self");
    for (let n = 0; n < 500; n++)
      erasures.add({ criteria: {}, at: NOW + n, origin: `process${n}`, number: 1 });
    const mark = erasures.mark(NOW + 500) ?? "";
    expect(mark.length).toBeLessThan(2_000);
    expect(mark).toContain("process499:1");
    expect(erasures.doubts(NOW + 600, [mark])).toBeLessThan(NOW + 450);
  });
});
