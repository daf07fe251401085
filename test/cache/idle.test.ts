import { Keyv } from "keyv";
import { describe, expect, it, vi } from "vitest";
import { type Cache, type CacheOptions, createCache } from "../../src/index.js";
import { ScriptedStore } from "../store/scripted-store.js";
import { ask, heard, record, says, short } from "../support/cache.js";

const MINUTE = 60_000;

function setUp(options: CacheOptions = {}) {
  const store = new ScriptedStore();
  const clock = { now: 1_700_000_000_000 };
  const cache = createCache({
    store: new Keyv({ store }),
    pollInterval: 0,
    loadDeadline: 60_000,
    now: () => clock.now,
    ...options,
  });
  return { store, clock, cache, told: record(cache) };
}

async function read(cache: Cache): Promise<void> {
  await (cache as unknown as { persistence: { read(): Promise<void> } }).persistence.read();
}

/** Several minutes, in each of which the store is read. */
async function pass(cache: Cache, clock: { now: number }, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 10) {
    clock.now += 10 * MINUTE;
    await read(cache);
  }
}

const greet = (name: string, tenant: string) =>
  ask(`Say hello to ${name}.`, { bindings: { name }, scope: { tenant } });

async function teach(cache: Cache, tenant: string): Promise<void> {
  for (const name of ["Erik", "Ann"]) await cache.observe(greet(name, tenant), says(`Hello ${name}!`));
  await cache.settled();
}

describe("a scope that nobody asks about", () => {
  it("leaves memory after an hour, and one that is used does not", async () => {
    const { cache, clock, told } = setUp();
    await teach(cache, "busy");
    await teach(cache, "idle");
    const before = cache.stats();
    for (let minute = 0; minute < 120; minute += 10) {
      await pass(cache, clock, 10);
      expect(short(await cache.lookup(greet("Erik", "busy")))).toBe("exact Hello Erik!");
    }
    expect([cache.stats().exchanges, cache.stats().templates.live]).toEqual([
      before.exchanges / 2,
      before.templates.live / 2,
    ]);
    expect(heard(told, "evicted")).toEqual([
      { count: (before.exchanges + before.templates.live) / 2, why: "idle" },
    ]);
    expect(cache.stats().memory).toMatchObject({ scopesUsed: { entries: 2 }, scopesAsleep: { entries: 1 } });
  });

  it("is back when it is asked about again, with all it knew", async () => {
    const { cache, clock } = setUp();
    await teach(cache, "idle");
    const before = cache.stats();
    await pass(cache, clock, 120);
    expect(cache.stats().exchanges).toBe(0);
    expect(short(await cache.lookup(greet("Bob", "idle")))).toBe("template Hello Bob!");
    expect([cache.stats().exchanges, cache.stats().templates]).toEqual([before.exchanges, before.templates]);
    expect(cache.stats().memory.scopesAsleep?.entries).toBe(0);
  });

  it("stays in memory while the store does not have it", async () => {
    const { cache, clock, store } = setUp();
    await teach(cache, "idle");
    store.mode = "down";
    await pass(cache, clock, 120);
    expect(cache.stats().exchanges).toBe(2);
    store.mode = "up";
    // An eviction in the store: what is not there is put again, and not let go of before.
    for (const key of store.map.keys()) if (key.includes(".r.")) store.map.delete(key);
    await pass(cache, clock, 60);
    await vi.waitFor(async () =>
      expect(short(await cache.lookup(greet("Erik", "idle")))).toBe("exact Hello Erik!"),
    );
  });

  it("stays in memory where it is too large for the store", async () => {
    const { cache, clock } = setUp({ induction: false });
    await cache.observe(ask("long"), says("x".repeat(300_000)));
    await cache.observe(ask("short"), says("reply"));
    await pass(cache, clock, 120);
    expect(cache.stats().exchanges).toBe(1);
    expect(short(await cache.lookup(ask("long")))).toMatch(/^exact xxx/);
    expect(short(await cache.lookup(ask("short")))).toBe("exact reply");
  });

  it("is erased like any other, and is part of an export", async () => {
    const { cache, clock, store } = setUp();
    await teach(cache, "idle");
    const { exchanges, templates } = cache.stats();
    const entries = exchanges + templates.live + templates.candidate + templates.retired;
    await pass(cache, clock, 120);
    const lines: string[] = [];
    for await (const line of cache.export()) lines.push(line);
    expect(lines.join("")).toContain("Hello Erik!");
    await pass(cache, clock, 120);
    expect(cache.stats().exchanges).toBe(0);
    expect(await cache.forget({ namespace: "default" })).toBe(entries);
    expect(JSON.stringify([...store.map])).not.toContain("Erik");
    expect(short(await cache.lookup(greet("Bob", "idle")))).toBe("miss unseen");
    await cache.settled();
    expect(short(await cache.lookup(greet("Bob", "idle")))).toBe("miss unseen");
  });
});
