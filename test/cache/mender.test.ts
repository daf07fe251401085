import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { Journal } from "../../src/cache/journal.js";
import { Mender } from "../../src/cache/mender.js";
import { type Cache, type CacheOptions, createCache } from "../../src/index.js";
import type { RecordStore, StoredEvent } from "../../src/store/records.js";
import { redis } from "../../src/stores/index.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import type { CacheRequest } from "../../src/types.js";
import { ScriptedStore } from "../store/scripted-store.js";
import { ask, record, says, short } from "../support/cache.js";
import { ownRedis } from "../support/own-services.js";
import { exchangeOf, says as saysTurn, user } from "../support/turns.js";

const greet = (name: string): CacheRequest => ask(`Say hello to ${name}.`, { bindings: { name } });

/** A cache by a clock, which reads the store when it is told to. */
function join(store: ScriptedStore, clock: { now: number }, options: CacheOptions = {}): Cache {
  return createCache({
    store: new Keyv({ store }),
    pollInterval: 0,
    now: () => clock.now,
    induction: false,
    ...options,
  });
}

async function read(cache: Cache, clock: { now: number }, later = 3_000): Promise<void> {
  clock.now += later;
  await (cache as unknown as { persistence: { read(): Promise<void> } }).persistence.read();
}

describe("what was known before the store lost it", () => {
  it("is put again after an outage that was longer than what may wait", { timeout: 60_000 }, async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const cache = join(store, clock, { storeDeadline: 1 });
    await cache.lookup(ask("x"));
    store.mode = "down";
    for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
    for (let n = 0; n < 10_500; n++)
      await cache.observe(ask(`question ${n}`, { induce: false }), says(`answer ${n}`));
    await cache.settled();
    expect(cache.stats().faults.store ?? 0).toBeGreaterThan(500);
    store.mode = "up";
    await cache.settled();
    // Noticed with one read, put again with the next.
    await read(cache, clock);
    await read(cache, clock);
    const next = join(store, clock, { loadDeadline: 60_000 });
    expect(short(await next.lookup(ask("Say hello to Bob.")))).toBe("template Hello Bob!");
    expect(next.stats().exchanges).toBe(cache.stats().exchanges);
    expect(next.stats().templates).toEqual(cache.stats().templates);
  });

  it("is put again when the store was emptied, once, and what was forgotten is not", async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const [ada, bob] = [join(store, clock), join(store, clock)];
    for (const name of ["Erik", "Ann"]) await ada.observe(greet(name), says(`Hello ${name}!`));
    await bob.observe(ask("x"), says("y"), {});
    await bob.observe(ask("secret", { model: "m" }), says("told"));
    await ada.forget({ model: "m" });
    for (const cache of [ada, bob]) await read(cache, clock);
    const told = record(ada);
    store.map.clear();
    await read(ada, clock);
    expect(
      told.filter(({ name, event }) => name === "fault" && "code" in event && event.code === "lost").length,
    ).toBe(1);
    await read(ada, clock);
    const size = store.map.size;
    expect(size).toBeGreaterThan(3);
    await read(bob, clock);
    await read(bob, clock);
    const carl = join(store, clock);
    expect(short(await carl.lookup(ask("Say hello to Bob.")))).toBe("template Hello Bob!");
    expect(short(await carl.lookup(ask("x")))).toBe("exact y");
    expect(short(await carl.lookup(ask("secret", { model: "m" })))).toBe("miss unseen");
    expect(JSON.stringify([...store.map])).not.toContain("told");
  });

  it("is put again though a log names it, when the body is gone", async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const ada = join(store, clock);
    for (let n = 0; n < 20; n++) await ada.observe(ask(`question ${n}`), says(`answer ${n}`));
    await read(ada, clock);
    store.map.clear();
    // Its next write brings the end of its log back, before it has noticed.
    await ada.observe(ask("another"), says("answer"));
    await read(ada, clock);
    await read(ada, clock);
    const carl = join(store, clock);
    await carl.lookup(ask("x"));
    expect(carl.stats().exchanges).toBe(21);
  });

  it("is put again where the store has evicted a body", async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const ada = join(store, clock);
    for (let n = 0; n < 20; n++) await ada.observe(ask(`question ${n}`), says(`answer ${n}`));
    const bodies = [...store.map.keys()].filter((key) => key.includes(".r."));
    for (const key of bodies.slice(0, 7)) store.map.delete(key);
    await read(ada, clock, 61_000);
    await ada.settled();
    expect([...store.map.keys()].filter((key) => key.includes(".r.")).length).toBe(bodies.length);
  });

  it("is served by a new process after FLUSHALL under a living one", { timeout: 60_000 }, async ({
    skip,
  }) => {
    const server = await ownRedis();
    if (!server) return skip();
    await server.start();
    try {
      const cache = createCache({ store: redis(server.url), pollInterval: 50, induction: false });
      for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
      await cache.settled();
      const other = redis(server.url);
      const keyv = await other();
      await (keyv.store as { client: { flushAll(): Promise<unknown> } }).client.flushAll();
      await keyv.disconnect?.();
      const answer = async (): Promise<string> => {
        const next = createCache({ store: redis(server.url), pollInterval: 0, loadDeadline: 10_000 });
        const found = short(await next.lookup(ask("Say hello to Bob.")));
        await next.close();
        return found;
      };
      expect(await answer()).toBe("miss unseen");
      for (let tries = 0; tries < 100 && (await answer()) !== "template Hello Bob!"; tries++)
        await new Promise((go) => setTimeout(go, 100));
      expect(await answer()).toBe("template Hello Bob!");
      await cache.close();
    } finally {
      await server.remove();
    }
  });
});

describe("a store with more than it may hold", () => {
  it("keeps what was of use last, whichever process used it", async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const [ada, bob] = [join(store, clock, { maxStored: 50 }), join(store, clock, { maxStored: 50 })];
    for (let n = 0; n < 40; n++) await ada.observe(ask(`question ${n}`), says(`answer ${n}`));
    await bob.observe(ask("bob's"), says("own"));
    for (const cache of [ada, bob]) await read(cache, clock);
    clock.now += 1_000;
    for (let n = 0; n < 10; n++)
      expect(short(await bob.lookup(ask(`question ${n}`)))).toBe(`exact answer ${n}`);
    clock.now += 1_000;
    for (let n = 40; n < 70; n++) await ada.observe(ask(`question ${n}`), says(`answer ${n}`));
    for (let times = 0; times < 3; times++) for (const cache of [ada, bob]) await read(cache, clock, 61_000);
    expect([...store.map.keys()].filter((key) => key.includes(".r.")).length).toBe(45);
    const carl = join(store, clock);
    for (const n of [0, 5, 9, 69, 40])
      expect(short(await carl.lookup(ask(`question ${n}`)))).toBe(`exact answer ${n}`);
    // biome-ignore format: one line
    for (const n of [10, 15, 20]) for (const cache of [ada, bob, carl]) expect(short(await cache.lookup(ask(`question ${n}`)))).toBe("miss unseen");
  });

  it("lets go of what a model was asked about with the exchange it was asked about", async () => {
    const store = new ScriptedStore();
    const clock = { now: 1_700_000_000_000 };
    const model = async () => ({ value: { spans: [] } });
    const cache = join(store, clock, { maxStored: 20, induction: { model } });
    for (let n = 0; n < 40; n++) {
      const word = n.toString(36).repeat(4);
      await cache.observe(ask(`${word} ${word}x`), says(`${word}y Z-${n}`));
    }
    await cache.settled();
    for (let times = 0; times < 3; times++) await read(cache, clock, 61_000);
    const next = join(store, clock);
    await next.settled();
    const { knowledge } = next as unknown as {
      knowledge: { allEvidence(): Iterable<readonly [string, string, string]> };
    };
    const asked = new Set(
      [...knowledge.allEvidence()].flatMap(([, id]) => (id.startsWith("ask-") ? [id] : [])),
    );
    expect(asked.size).toBeGreaterThan(0);
    expect(asked.size).toBeLessThanOrEqual(20);
  });
});

const NOW = 1_700_000_000_000;

/** A mender over so many exchanges and as much evidence, and a store that has lost them all. */
function setUp({ count = 600, maxStored = 10_000, called = (_call: string): void => undefined } = {}) {
  const clock = { now: NOW };
  const knowledge = new Knowledge({ maxEntries: 10_000, maxSize: 10_000_000 });
  for (let n = 0; n < count; n++) {
    knowledge.add(exchangeOf([user(`question ${n}`)], saysTurn(`answer ${n}`)));
    knowledge.agree(`skeleton-${n}`, "right");
  }
  const entries = [...knowledge.all()];
  const recorded: StoredEvent[] = [];
  const calls = { flush: 0, bodies: 0 };
  /** What the logs name, how much waits to be written, how often something was lost. */
  const state = {
    ...{ held: new Map<string, number>() as Map<string, number> | undefined, waiting: 0, losses: 0 },
    ...{ isOwner: true, trimmed: [] as string[] },
  };
  const store = {
    held: async () => state.held,
    bodies: async () => {
      called(`bodies ${++calls.bodies}`);
      return new Map();
    },
    record: (events: readonly StoredEvent[]) => void recorded.push(...events),
    append: async () => undefined,
    flush: async () => called(`flush ${++calls.flush}`),
    waiting: () => state.waiting,
    losses: () => state.losses,
    isOwner: () => state.isOwner,
    trim: async (events) => void state.trimmed.push(...events.map(({ id }) => id)),
  } as Partial<RecordStore> as RecordStore;
  const journal = new Journal({ store, knowledge, now: () => clock.now });
  const settings = { now: () => clock.now, random: Math.random, maxStored };
  const mender = new Mender({ store, knowledge, journal, settings, onTrimmed: () => undefined });
  const kinds = (): string[] => recorded.map(({ kind }) => kind);
  return { clock, knowledge, journal, entries, recorded, kinds, state, mender };
}

describe("what is erased while what was lost is put again", () => {
  it.each(["flush 1", "bodies 1", "bodies 2"])("is not put (at %s)", async (when) => {
    const { knowledge, journal, entries, recorded, state, mender } = setUp({
      called(call) {
        if (call !== when) return;
        knowledge.remove(last);
        void journal.erase(new Map([[last, journal.moment(last, NOW)]]));
      },
    });
    const ids = entries.map(({ id }) => id);
    const last = ids.pop() ?? "";
    // The logs name everything, and the bodies are gone.
    if (when.startsWith("bodies")) state.held = new Map(entries.map(({ id, at }) => [`put ${id}`, at]));
    await mender.putAgain();
    const put = recorded.flatMap(({ kind, id }) => (kind === "put" ? [id] : []));
    expect(new Set(put)).toEqual(new Set(ids));
  });

  it.each(["by its name", "with everything"])("is not put of evidence, erased %s", async (how) => {
    const { knowledge, journal, kinds, mender } = setUp({
      called(call) {
        // 600 entries and 400 pieces of evidence have been put.
        if (call !== "flush 2") return;
        if (how === "with everything") journal.tell({}, journal.moment("", NOW));
        else void journal.erase(new Map([["skeleton-599", journal.moment("skeleton-599", NOW)]]));
        knowledge.dropAllEvidence();
      },
    });
    await mender.putAgain();
    expect(kinds().filter((kind) => kind === "agree").length).toBe(how === "by its name" ? 599 : 400);
  });
});

describe("what was erased before", () => {
  it("is told again, ahead of what is put", async () => {
    const { journal, recorded, kinds, mender } = setUp({ count: 1 });
    // By a clock that is ahead.
    journal.tell({ model: "m" }, NOW + 5);
    await journal.erase(new Map([["gone", NOW - 5]]));
    recorded.length = 0;
    await mender.putAgain();
    expect(kinds()).toEqual(["erase", "forget", "put", "agree"]);
    expect(recorded[1]).toMatchObject({ id: "gone", at: NOW - 5 });
    // What is put again happens after it.
    expect(recorded[3]?.at).toBeGreaterThan(journal.erasures.latest);
  });
});

describe("what was lost", () => {
  it("is put again when it was noticed, not while much waits to be written", async () => {
    const { clock, kinds, state, mender } = setUp({ count: 2 });
    const later = async (): Promise<void> => {
      clock.now += 2_001;
      await mender.run();
    };
    await later();
    expect(kinds()).toEqual([]);
    state.losses = 1;
    state.waiting = 1_001;
    for (let times = 0; times < 3; times++) await later();
    expect(kinds()).toEqual([]);
    state.waiting = 1_000;
    await later();
    expect(kinds()).toEqual(["put", "put", "agree", "agree"]);
    await later();
    expect(kinds().length).toBe(4);
  });

  it("is due again where the store does not answer", async () => {
    const { clock, kinds, state, mender } = setUp({ count: 2 });
    state.held = undefined;
    await mender.putAgain();
    state.held = new Map();
    clock.now += 2_001;
    await mender.run();
    expect(kinds()).toEqual(["put", "put", "agree", "agree"]);
  });
});

describe("more than may be stored", () => {
  it("is erased by the one whose turn it is to keep the bound, down to nine tenths, the oldest first", async () => {
    const { clock, journal, entries, state, mender } = setUp({ count: 30, maxStored: 20 });
    state.held = new Map(entries.map(({ id }, index) => [`put ${id}`, NOW + index]));
    journal.puts = 30;
    state.isOwner = false;
    const later = async (): Promise<void> => {
      clock.now += 61_000;
      await mender.run();
    };
    await later();
    expect(state.trimmed).toEqual([]);
    state.isOwner = true;
    await later();
    expect(state.trimmed).toEqual(entries.slice(0, 12).map(({ id }) => id));
  });

  it("is erased at once where there is a quarter too much, and not again within half a second", async () => {
    const { clock, journal, entries, state, mender } = setUp({ count: 40, maxStored: 20 });
    const holds = (count: number): void => {
      state.held = new Map(entries.slice(0, count).map(({ id }, index) => [`put ${id}`, NOW + index]));
      journal.puts = count;
    };
    holds(25);
    await mender.run();
    expect(state.trimmed.length).toBe(0);
    holds(26);
    await mender.run();
    expect(state.trimmed.length).toBe(8);
    // So many were put since.
    journal.puts += 20;
    clock.now += 499;
    await mender.run();
    expect(state.trimmed.length).toBe(8);
    clock.now += 1;
    await mender.run();
    expect(state.trimmed.length).toBe(16);
  });
});
