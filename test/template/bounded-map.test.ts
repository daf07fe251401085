import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedMap } from "../../src/template/bounded-map.js";

type Entry = [key: string, value: number];
type Step = readonly [verb: "set" | "get" | "peek" | "delete", key: string, value: number];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom("set" as const, "set" as const, "get" as const, "peek" as const, "delete" as const),
    fc.constantFrom("a", "b", "c", "d", "e", "__proto__"),
    fc.integer({ min: 0, max: 12 }),
  ),
  { maxLength: 60 },
);

/** The same by a list, the entry used longest ago first. */
class Model {
  entries: Entry[] = [];
  readonly dropped: Entry[] = [];

  constructor(
    private readonly most: number,
    private readonly largest: number,
  ) {}

  take([verb, key, value]: Step): number | boolean | undefined {
    const known = this.entries.find(([name]) => name === key);
    if (verb === "peek") return known?.[1];
    const others = this.entries.filter((entry) => entry !== known);
    if (verb === "get") {
      if (known) this.entries = [...others, known];
      return known?.[1];
    }
    this.entries = others;
    if (verb === "delete") return known !== undefined;
    if (value > this.largest) this.dropped.push([key, value]);
    else this.entries.push([key, value]);
    while (this.entries.length > this.most || this.sum > this.largest)
      this.dropped.push(this.entries.shift() as Entry);
    return undefined;
  }

  get sum(): number {
    return this.entries.reduce((sum, [, value]) => sum + value, 0);
  }
}

describe("a map with bounds", () => {
  it("is a plain map from which the entries used longest ago have gone", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 30 }),
        (taken, maxEntries, maxSize) => {
          const model = new Model(maxEntries, maxSize);
          const dropped: Entry[] = [];
          const map = new BoundedMap<string, number>(
            { maxEntries, maxSize },
            { sizeOf: (value) => value, onDropped: (...entry) => void dropped.push(entry) },
          );
          for (const step of taken) {
            const [verb, key, value] = step;
            const given = verb === "set" ? map.set(key, value) : map[verb](key);
            expect(given).toBe(model.take(step));
            expect([...map]).toEqual(model.entries);
            expect(map.holding).toEqual({
              entries: model.entries.length,
              bytes: model.sum,
              maxEntries,
              maxBytes: maxSize,
            });
          }
          expect(dropped).toEqual(model.dropped);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("weighs a text key by its length unless it is told how, and has no limit of size unless it is told one", () => {
    const map = new BoundedMap<string, string>({ maxEntries: 2 });
    map.set("four", "x".repeat(1_000));
    expect(map.holding).toEqual({ entries: 1, bytes: 68, maxEntries: 2 });
  });

  it("can be gone through while it changes, each entry once", () => {
    const map = new BoundedMap<number, string>({ maxEntries: 9 });
    for (let key = 0; key < 6; key++) map.set(key, `value ${key}`);
    const seen: string[] = [];
    for (const value of map.values()) {
      seen.push(value);
      map.get(0);
      map.get(4);
      map.delete(2);
      if (seen.length === 1) map.set(8, "new");
    }
    expect(seen).toEqual(["value 0", "value 1", "value 3", "value 4", "value 5", "new"]);
  });

  it("keeps what a test holds for, and can be emptied", () => {
    const map = new BoundedMap<number, string>({ maxEntries: 9 });
    for (let key = 0; key < 6; key++) map.set(key, `value ${key}`);
    map.keep((_, key) => key % 2 === 1);
    expect([...map].map(([key]) => key)).toEqual([1, 3, 5]);
    map.clear();
    expect([map.size, [...map], map.holding.bytes]).toEqual([0, [], 0]);
    map.set(7, "again");
    expect([...map]).toEqual([[7, "again"]]);
  });
});
