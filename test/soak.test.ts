import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import { createCache } from "../src/index.js";
import { census } from "./support/census.js";
import { drive, randomFrom, traffic } from "./support/traffic.js";

// `npm run soak:memory -- MINUTES` runs it for so long and looks at the heap too.
const MINUTES = Number(process.env.SOAK_MINUTES ?? 0);
const LEG = 130;
const BOUNDS = { maxEntries: 100, maxSize: 350_000 };

/** The heap after a full collection, in megabytes. */
function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Runs the traffic, and after each leg checks that nothing is beyond its bound, and that nothing grows. */
async function soak(options: Parameters<typeof createCache>[0], legs: number): Promise<void> {
  const cache = createCache({ ...BOUNDS, pollInterval: 0, random: randomFrom(3), ...options });
  const exchanges = traffic(1);
  const random = randomFrom(2);
  const most = new Map<string, number>();
  const warm = Math.ceil(legs / 2);
  let warmHeap = 0;
  const end = performance.now() + MINUTES * 60_000;
  for (let leg = 1; leg <= legs || performance.now() < end; leg++) {
    await drive(cache, exchanges, LEG, random);
    for (const [name, { entries, bytes, maxEntries, maxBytes }] of Object.entries(cache.stats().memory)) {
      expect([name, maxEntries ?? maxBytes]).toEqual([name, expect.any(Number)]);
      expect([name, entries <= (maxEntries ?? Number.POSITIVE_INFINITY)]).toEqual([name, true]);
      // Before the next exchange makes room, the last may lie above.
      expect([name, bytes <= (maxBytes ?? Number.POSITIVE_INFINITY) + 20_000]).toEqual([name, true]);
    }
    for (const [way, count] of census(cache)) {
      const known = most.get(way) ?? 0;
      if (leg <= warm) most.set(way, Math.max(known, count));
      else expect([way, count, count <= known * 1.4 + 100]).toEqual([way, count, true]);
    }
    if (leg === warm) warmHeap = heap();
    if (MINUTES > 0 && leg > warm) expect(heap()).toBeLessThan(warmHeap + 30);
  }
  const { hits, templates } = cache.stats();
  expect([hits.template > 50, templates.retired > 0]).toEqual([true, true]);
  await cache.close();
}

describe("in the long run", () => {
  const timeout = (MINUTES + 2) * 60_000;
  it("nothing in memory grows beyond its bound", { timeout }, () => soak({}, MINUTES > 0 ? 20 : 8));
  it("nor with a store", { timeout }, () => {
    const keyv = new Keyv();
    // What stands in the store is not in the cache's memory. What is known of it fills its bound in the third leg.
    return soak({ store: () => keyv }, MINUTES > 0 ? 20 : 6);
  });
});
