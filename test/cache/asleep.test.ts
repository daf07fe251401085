import { Keyv } from "keyv";
import { describe, expect, it, vi } from "vitest";
import { type Cache, type CacheOptions, createCache } from "../../src/index.js";
import { openRecordStore } from "../../src/store/index.js";
import { encodeEntry } from "../../src/tree/record.js";
import { ScriptedStore } from "../store/scripted-store.js";
import { ask, says, short } from "../support/cache.js";
import { exchangeOf, learntOf, says as saysTurn, templateOf, user } from "../support/turns.js";

const greet = (name: string, tenant: string) =>
  ask(`Say hello to ${name}.`, { bindings: { name }, scope: { tenant } });
const TENANTS = ["blue", "green", "red"];

function stored() {
  const store = new ScriptedStore();
  /** Ids of records whose bodies were asked for. */
  const read = new Set<string>();
  store.before = (key, operation) => {
    if (operation === "get" && key.includes(".r.")) read.add(key.slice(key.lastIndexOf(".") + 1));
  };
  const join = (options: CacheOptions = {}): Cache =>
    createCache({
      store: new Keyv({ store }),
      pollInterval: 0,
      auditRate: 0,
      loadDeadline: 60_000,
      preload: 0,
      ...options,
    });
  return { store, read, join };
}

/** A store that knows how three tenants are greeted. */
async function filled() {
  const made = stored();
  const writer = made.join();
  for (const tenant of TENANTS)
    for (const name of ["Erik", "Ann"]) await writer.observe(greet(name, tenant), says(`Hello ${name}!`));
  await writer.settled();
  const counts = writer.stats();
  await writer.close();
  made.read.clear();
  return { ...made, counts };
}

function poll(cache: Cache): Promise<void> {
  return (cache as unknown as { persistence: { read(): Promise<void> } }).persistence.read();
}

describe("a scope that nobody has asked about", () => {
  it("is left in the store, and taken in as a whole by who asks first", async () => {
    const { join, read, counts } = await filled();
    const cache = join();
    await cache.settled();
    expect([cache.stats().exchanges, cache.stats().templates.live, read.size]).toEqual([0, 0, 0]);
    expect(cache.stats().memory).toMatchObject({ scopesAsleep: { entries: 3 } });
    expect(short(await cache.lookup(greet("Bob", "green")))).toBe("template Hello Bob!");
    expect(short(await cache.lookup(greet("Erik", "green")))).toBe("exact Hello Erik!");
    const { exchanges, templates } = cache.stats();
    expect([3 * exchanges, 3 * templates.live]).toEqual([counts.exchanges, counts.templates.live]);
    expect(read.size).toBe(exchanges + templates.live);
    expect(cache.stats().memory).toMatchObject({ scopesAsleep: { entries: 2 } });
    expect(short(await cache.lookup(greet("Bob", "yellow")))).toBe("miss unseen");
  });

  it("is read at the start where the store has little", async () => {
    const { join, counts } = await filled();
    const all = counts.exchanges + counts.templates.live;
    for (const [preload, exchanges] of [
      [all, counts.exchanges],
      [all - 1, 0],
    ] as const) {
      const cache = join({ preload });
      await cache.settled();
      expect(cache.stats().exchanges).toBe(exchanges);
    }
  });

  it("is waited for by several at once, and read once", async () => {
    const { join, store, counts } = await filled();
    const cache = join();
    await cache.settled();
    const before = store.calls;
    const answers = await Promise.all(["Bob", "Erik", "Cid"].map((name) => cache.lookup(greet(name, "red"))));
    expect(answers.map(short)).toEqual(["template Hello Bob!", "exact Hello Erik!", "template Hello Cid!"]);
    expect(3 * (store.calls - before)).toBe(counts.exchanges + counts.templates.live);
  });

  it("is known before anything is learned there", async () => {
    const { join } = await filled();
    const cache = join();
    await cache.observe(greet("Erik", "blue"), says("Go away, Erik!"));
    // The same was answered in two ways: neither is served.
    expect(short(await cache.lookup(greet("Erik", "blue")))).not.toMatch(/^exact/);
    expect(cache.stats().exchanges).toBe(3);
  });

  it("stays there when others add to it, who are heard by who asks", async () => {
    const { join } = await filled();
    const [cache, other] = [join(), join()];
    await cache.settled();
    await other.observe(greet("Cid", "blue"), says("Hello Cid!"));
    await other.observe(greet("Cid", "black"), says("Hello Cid!"));
    await poll(cache);
    expect(cache.stats().exchanges).toBe(0);
    for (const tenant of ["blue", "black"])
      expect(short(await cache.lookup(greet("Cid", tenant)))).toBe("exact Hello Cid!");
    // It is awake: what is added now is heard of by the next read.
    await other.observe(greet("Dan", "blue"), says("Hello Dan!"));
    await poll(cache);
    expect(cache.stats().exchanges).toBe(5);
  });

  it("is a miss while the store does not answer, and known when it does again", async () => {
    const { join, store } = await filled();
    const cache = join({ loadDeadline: 50 });
    await cache.settled();
    await vi.waitFor(() => expect(cache.stats().memory.scopesAsleep?.entries).toBe(3));
    store.mode = "down";
    expect(short(await cache.lookup(greet("Bob", "red")))).toBe("miss unseen");
    await vi.waitFor(() => expect(cache.stats().memory.scopesAsleep?.entries).toBe(3));
    await cache.observe(greet("Cid", "red"), says("Hello Cid!"));
    await vi.waitFor(() => expect(cache.stats().memory.scopesAsleep?.entries).toBe(3), { timeout: 10_000 });
    const requests = [greet("Cid", "red"), ask("x", { scope: { tenant: "red" } })];
    expect(requests.map((request) => cache.explain(request).isUnread)).toEqual([undefined, true]);
    store.mode = "up";
    await vi.waitFor(
      async () => expect(short(await cache.lookup(greet("Bob", "red")))).toBe("template Hello Bob!"),
      { timeout: 10_000 },
    );
  });

  it("is taken in up to what memory holds, the newest of it, in whatever order it was heard of", async () => {
    const { join, read } = stored();
    let now = 1_700_000_000_000;
    const [cache, other] = [join({ maxEntries: 2 }), join({ now: () => now, induction: false })];
    await cache.settled();
    for (const [name, at] of [
      ["newest", 9],
      ["oldest", 1],
      ["newer", 5],
    ] as const) {
      now = 1_700_000_000_000 + at;
      await other.observe(ask(name), says(`${name} answer`));
      await poll(cache);
    }
    expect(read.size).toBe(0);
    expect(short(await cache.lookup(ask("newer")))).toBe("exact newer answer");
    expect(read.size).toBe(2);
    expect(short(await cache.lookup(ask("newest")))).toBe("exact newest answer");
    expect(short(await cache.lookup(ask("oldest")))).toBe("miss unseen");
  });

  it("is said to be unread where somebody asks why, until it is read", async () => {
    const { join, store } = await filled();
    const cache = join();
    await cache.settled();
    const unread =
      "Not served: nothing that is known fits the conversation; what the store holds for this model, these tools and " +
      "settings and this tenant has not been read yet: the next call reads it first.";
    const explained = cache.explain(greet("Bob", "green"));
    expect(explained).toMatchObject({ reason: "unseen", isUnread: true, sentence: unread });
    // To ask why reads nothing.
    expect(cache.explain(greet("Bob", "green")).sentence).toBe(unread);
    const hung = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    store.before = () => {
      asked.resolve();
      return hung.promise;
    };
    const answer = cache.lookup(greet("Bob", "green"), { id: "why" });
    await asked.promise;
    expect(cache.explain(greet("Bob", "green")).sentence).toBe(unread);
    hung.resolve();
    expect(short(await answer)).toBe("template Hello Bob!");
    for (const request of [greet("Bob", "green"), "why"])
      expect(cache.explain(request)).toMatchObject({ outcome: "hit" });
    for (const request of [greet("Bob", "yellow"), ask("x", { scope: { tenant: "green" } })]) {
      const { sentence, reason, isUnread } = cache.explain(request);
      expect([reason, isUnread, sentence.includes("read")]).toEqual(["unseen", undefined, false]);
    }
  });

  it("is said to be unread of a call whose scope has left memory since", async () => {
    const { store, join } = stored();
    const clock = { now: 1_700_000_000_000 };
    const cache = join({ preload: 5_000, now: () => clock.now });
    for (const name of ["Erik", "Ann"]) await cache.observe(greet(name, "blue"), says(`Hello ${name}!`));
    await cache.lookup(greet("Bob", "blue"), { id: "why" });
    expect(cache.explain("why").isUnread).toBeUndefined();
    for (let minutes = 0; minutes < 70; minutes += 35) {
      clock.now += 35 * 60_000;
      await poll(cache);
    }
    expect(store.map.size).toBeGreaterThan(0);
    const { sentence, isUnread } = cache.explain("why");
    expect([isUnread, sentence]).toEqual([
      true,
      expect.stringMatching(/^Then: served\. Now: .* has not been read yet/),
    ]);
  });

  it("is left there though something was erased since, and the store did not answer at first", async () => {
    const { join, store, read } = await filled();
    const eraser = join();
    await eraser.forget({ model: "other" });
    await eraser.close();
    read.clear();
    store.mode = "down";
    const cache = join({ loadDeadline: 10 });
    await cache.settled();
    store.mode = "up";
    await vi.waitFor(async () => {
      await poll(cache);
      expect(cache.stats().memory.scopesAsleep?.entries).toBe(3);
    });
    expect([read.size, cache.stats().exchanges]).toEqual([0, 0]);
  });

  it("is part of an export, which is the same as one of a process that knows all", async () => {
    const { join } = await filled();
    const exported = async (cache: Cache): Promise<string> => {
      let lines = "";
      for await (const line of cache.export()) lines += line;
      return lines;
    };
    const [some, all] = [join(), join({ preload: 1_000 })];
    expect(await exported(some)).toBe(await exported(all));
  });

  it("is left in the store though its log does not tell whose records are whose", async () => {
    const { store, join, read } = stored();
    const records = openRecordStore({
      keyv: new Keyv({ store }),
      namespace: "default",
      deadline: 10_000,
      onFault: () => undefined,
    });
    const entries = [exchangeOf([user("a")], saysTurn("b")), learntOf(templateOf("c {{x}}"))];
    await records.append(
      entries.map((entry) => ({ kind: "put", id: entry.id, at: entry.at, body: encodeEntry(entry) })),
    );
    await records.close();
    const cache = join();
    await cache.settled();
    expect(read.size).toBe(2);
    expect([cache.stats().exchanges, cache.stats().templates.live]).toEqual([0, 0]);
    let lines = "";
    for await (const line of cache.export()) lines += line;
    for (const { id } of entries) expect(lines).toContain(id);
  });
});
