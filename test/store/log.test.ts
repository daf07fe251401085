import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHead, open } from "../../src/store/codec.js";
import { storeKeys } from "../../src/store/keys.js";
import { emptyLog, extend } from "../../src/store/log.js";

const keys = storeKeys("test");
const value = (key: string, text: string | undefined): unknown => {
  const opened = open(key, text ?? "");
  return opened.ok ? opened.value : opened.flaw;
};

describe("a writer's log", () => {
  it("reads, segment after segment, as all that was ever added, and never rewrites a sealed segment", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 600 }), { maxLength: 6 }),
        (batches) => {
          const store = new Map<string, string>();
          let log = emptyLog("w");
          const added: string[] = [];
          for (const sizes of batches) {
            const events = sizes.map((size, n) => JSON.stringify(`${n} ${"x".repeat(size)}`));
            const before = log;
            const next = extend(log, events, { keys, at: 7 });
            for (const key of next.segments.keys())
              expect(Number(key.split(".").at(-1))).toBeGreaterThanOrEqual(before.to);
            for (const [key, text] of [...next.segments, ...next.head]) store.set(key, text);
            log = next.log;
            added.push(...events);
            const head = decodeHead(value(keys.head("w"), store.get(keys.head("w"))));
            expect(head).toEqual({
              from: 0,
              to: log.to,
              revision: before.revision + 1,
              at: 7,
              isClosed: false,
            });
            const read: unknown[] = [];
            for (let n = 0; n <= log.to; n++) {
              const key = keys.segment("w", n);
              const segment = value(key, store.get(key)) as unknown[];
              expect(segment.length).toBeLessThanOrEqual(256);
              expect((store.get(key) ?? "").length).toBeLessThan(70_000);
              read.push(...segment);
            }
            expect(read).toEqual(added.map((text) => JSON.parse(text)));
            expect(log.total).toBe(added.length);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
