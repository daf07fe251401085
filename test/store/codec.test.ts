import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBucket,
  decodeEvents,
  decodeHead,
  encodeBucket,
  encodeEvent,
  encodeHead,
  open,
  seal,
} from "../../src/store/codec.js";
import { storeKeys } from "../../src/store/keys.js";
import type { StoreEvent } from "../../src/store/records.js";

const id = fc.stringMatching(/^[0-9a-z-]{1,40}$/);
const kind = fc.constantFrom<StoreEvent["kind"][]>("put", "forget", "agree", "contradict");
const at = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const event: fc.Arbitrary<StoreEvent> = fc.oneof(
  fc.record({ kind, id, at }),
  fc.record({ kind, id, at, witness: fc.string({ unit: "binary" }) }),
  fc.record({ kind, id, at, scope: fc.string() }),
  fc.record({ kind, id, at, witness: fc.string({ unit: "binary", minLength: 1 }), scope: fc.string() }),
);

describe("a sealed record", () => {
  it("opens to the same JSON value, and is a string any encoding can carry", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), fc.string(), (json, key) => {
        const sealed = seal(key, json);
        expect(open(key, sealed)).toEqual({ ok: true, value: JSON.parse(json) });
      }),
    );
  });

  it("is not believed when any character of it is changed, cut off or added, or at another key", () => {
    const sealed = seal("key", JSON.stringify({ text: "some text", n: 17 }));
    for (let n = 0; n < sealed.length; n++) {
      const other = sealed[n] === "x" ? "y" : "x";
      expect(open("key", sealed.slice(0, n) + other + sealed.slice(n + 1)).ok).toBe(false);
      expect(open("key", sealed.slice(0, n)).ok).toBe(false);
    }
    expect(open("key", `${sealed} `).ok).toBe(false);
    expect(open("yek", sealed).ok).toBe(false);
  });

  it("of another version is told from damage", () => {
    const sealed = seal("key", "1");
    expect(open("key", `2${sealed.slice(1)}`)).toEqual({ ok: false, flaw: "unknown-version" });
    expect(open("key", "hello")).toEqual({ ok: false, flaw: "damaged" });
    expect(open("key", seal("key", "{cut"))).toEqual({ ok: false, flaw: "damaged" });
  });
});

describe("events, heads and buckets", () => {
  it("decode to what was encoded", () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(decodeEvents(JSON.parse(`[${events.map(encodeEvent).join(",")}]`))).toEqual(events);
      }),
    );
    for (const isClosed of [true, false]) {
      const head = { from: 1, to: 3, revision: 9, at: 5, isClosed };
      expect(decodeHead(JSON.parse(encodeHead(head)))).toEqual(head);
    }
    const bucket = new Map([["ada", 1]]);
    expect(decodeBucket(JSON.parse(encodeBucket(bucket)))).toEqual(bucket);
  });

  it("that have another shape are no records", () => {
    for (const value of [
      null,
      {},
      "x",
      [1],
      [[9, "a", 1]],
      [[0, "A", 1]],
      [[0, "a", "1"]],
      [[0, "a", 1, 5]],
      [["__proto__", "a", 1]],
    ]) {
      expect(decodeEvents(value)).toBeUndefined();
    }
    for (const value of [null, [0, 0, 1], [2, 1, 1, 1], [0, 0.5, 1, 1], [0, -1, 1, 1], ["0", 1, 1, 1]])
      expect(decodeHead(value)).toBeUndefined();
    for (const value of [null, {}, [["A", 1]], [["a"]], ["ab"]]) expect(decodeBucket(value)).toBeUndefined();
  });
});

describe("keys", () => {
  it("are different for different namespaces, plain, and short enough for every store", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 500 }),
        fc.string({ unit: "binary" }),
        (one, two) => {
          const key = storeKeys(one).body("r".repeat(100));
          expect(key).toMatch(/^[0-9a-z.-]{1,150}$/);
          expect(key === storeKeys(two).body("r".repeat(100))).toBe(one === two);
        },
      ),
    );
    expect(storeKeys("\ud800").body("a")).not.toBe(storeKeys("\ud801").body("a"));
    expect(storeKeys("x").head("a")).not.toBe(storeKeys("x").body("a"));
  });
});
