import Keyv from "keyv";
import { describe, expect, it } from "vitest";
import type { Hooks } from "../../src/cache/intake.js";
import { Journal } from "../../src/cache/journal.js";
import { LetGo } from "../../src/cache/let-go.js";
import { Persistence } from "../../src/cache/persistence.js";
import { type CacheOptions, createCache } from "../../src/index.js";
import { openRecordStore } from "../../src/store/record-store.js";
import type { RecordStore, StoredEvent } from "../../src/store/records.js";
import { chainOf, createExchange } from "../../src/tree/entry.js";
import { type Exchange, Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { encodeEntry } from "../../src/tree/record.js";
import type { CacheRequest } from "../../src/types.js";
import { ask, calls, heard, hitOf, record, result, says, setUp, short } from "../support/cache.js";
import { exchangeOf, learntOf, says as saysTurn, templateOf, user as userTurn } from "../support/turns.js";

/** What keeps a knowledge and a store alike, with nobody behind it. */
function open(
  store: RecordStore | undefined,
  hooks: Partial<Hooks>,
  knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e6 }),
): { persistence: Persistence; journal: Journal } {
  const nothing = (): void => {};
  const others = {
    onDamaged: nothing,
    onFault: nothing,
    onForgotten: nothing,
    onErasure: nothing,
    onEvicted: nothing,
    onExchanges: nothing,
  };
  const settings = {
    now: Date.now,
    random: Math.random,
    ttl: undefined,
    loadDeadline: 500,
    maxEntries: 9,
    maxStored: Number.POSITIVE_INFINITY,
    preload: 5_000,
  };
  const journal = new Journal({ store, knowledge, now: settings.now });
  const gone = new LetGo(10);
  return {
    persistence: new Persistence({
      store,
      knowledge,
      journal,
      gone,
      settings,
      hooks: { ...others, ...hooks },
    }),
    journal,
  };
}

const greet = (name: string): CacheRequest => ask(`Say hello to ${name}.`, { bindings: { name } });

/** One life of a process on a store. */
async function life<Value>(
  store: Keyv,
  live: (cache: ReturnType<typeof createCache>, told: ReturnType<typeof record>) => Promise<Value>,
  options: CacheOptions = {},
): Promise<Value> {
  const cache = createCache({ store, pollInterval: 0, ...options });
  const told = record(cache);
  const value = await live(cache, told);
  await cache.settled();
  await cache.close();
  return value;
}

describe("a restart on the same store", () => {
  it("serves what was learned: exact replies, templates, and the evidence for them", async () => {
    const store = new Keyv();
    await life(store, async (cache) => {
      await cache.observe(
        ask("plain"),
        { ...says("reply"), reasoning_content: "why" },
        { finishReason: "stop", usage: { inputTokens: 5, outputTokens: 6 } },
      );
      const call = calls("find", { name: "Erik", limit: 10 });
      const request = ask("find Erik", { bindings: { name: "Erik" } });
      await cache.observe(request, call);
      await cache.observe(
        { ...request, messages: [...request.messages, call, result('{"id":9007199254740993}')] },
        says("done"),
      );
      for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
    });
    await life(store, async (cache) => {
      expect(hitOf(await cache.lookup(ask("plain")))).toMatchObject({
        reply: { reasoning_content: "why" },
        saved: { inputTokens: 5, outputTokens: 6 },
        finishReason: "stop",
      });
      expect(short(await cache.lookup(greet("Bob Lee")))).toBe("template Hello Bob Lee!");
      expect(short(await cache.lookup(ask("find Ann", { bindings: { name: "Ann" } })))).toBe(
        "miss untrusted",
      );
      const conversation = {
        messages: [
          ...ask("find Erik").messages,
          calls("find", { limit: 10, name: "Erik" }, "other"),
          result('{ "id": 9007199254740993 }', "other"),
        ],
      };
      expect(short(await cache.lookup(conversation))).toBe("exact done");
      expect(cache.stats().faults).toEqual({});
    });
  });

  it("serves what was learned by the eager, and keeps contradictions", async () => {
    const store = new Keyv();
    const retired = await life(
      store,
      async (cache) => {
        await cache.observe(greet("Erik"), says("Hello Erik!"));
        const { template, id } = hitOf(await cache.lookup(greet("Ann")));
        await cache.feedback(id, "bad");
        await cache.observe(ask("Say bye to Erik.", { bindings: { name: "Erik" } }), says("Bye Erik!"));
        return template;
      },
      { policy: "eager" },
    );
    await life(
      store,
      async (cache) => {
        const answer = await cache.lookup(greet("Ann"));
        expect(answer.status === "hit" && answer.template === retired).toBe(false);
        expect(short(await cache.lookup(ask("Say bye to Ann.")))).toBe("template Bye Ann!");
        expect(cache.stats().templates.retired).toBeGreaterThan(0);
      },
      { policy: "eager" },
    );
  });

  it("remembers what was forgotten, and what was learned again after that", async () => {
    const store = new Keyv();
    let now = 1_000;
    const options: CacheOptions = { now: () => now, policy: "eager" };
    await life(
      store,
      async (cache) => {
        await cache.observe(greet("Erik"), says("Hello Erik!"));
        await cache.observe(ask("other"), says("kept"));
        const { template } = hitOf(await cache.lookup(ask("other")));
        await cache.forget({ namespace: "default" });
        expect((await cache.lookup(greet("Erik"))).status).toBe("miss");
        await cache.observe(ask("other"), says("kept"));
        expect(hitOf(await cache.lookup(ask("other"))).template).toBe(template);
      },
      options,
    );
    now += 1;
    await life(
      store,
      async (cache) => {
        expect((await cache.lookup(greet("Erik"))).status).toBe("miss");
        expect((await cache.lookup(greet("Ann"))).status).toBe("miss");
        expect(short(await cache.lookup(ask("other")))).toBe("exact kept");
      },
      options,
    );
  });

  it("forgets what another process with a fast clock has learned, for good", async () => {
    const store = new Keyv();
    await life(store, (cache) => cache.observe(ask("x"), says("y")), { now: () => 9_000_000 });
    await life(
      store,
      async (cache) => expect(await cache.forget({ namespace: "default" })).toBeGreaterThan(0),
      { now: () => 1_000 },
    );
    await life(store, async (cache) => expect(short(await cache.lookup(ask("x")))).toBe("miss unseen"), {
      now: () => 10_000_000,
    });
  });

  it("lets go of what is beyond its bounds or past its time, and leaves it to others", async () => {
    const store = new Keyv();
    let now = 1_000;
    const known = (options: CacheOptions) =>
      life(
        store,
        async (cache) =>
          Promise.all(["a", "b", "c"].map(async (text) => (await cache.lookup(ask(text))).status)),
        {
          policy: "exact",
          now: () => now,
          ...options,
        },
      );
    await life(
      store,
      async (cache) => {
        for (const text of ["a", "b", "c"]) {
          now += 10;
          await cache.observe(ask(text), says(text));
        }
      },
      { maxEntries: 2, policy: "exact", now: () => now },
    );
    // A smaller bound at the start keeps the newest.
    expect(await known({ maxEntries: 1 })).toEqual(["miss", "miss", "hit"]);
    expect(await known({})).toEqual(["hit", "hit", "hit"]);
    now += 5_000;
    expect(await known({ ttl: 1_000 })).toEqual(["miss", "miss", "miss"]);
    expect(await known({})).toEqual(["hit", "hit", "hit"]);
  });

  it("finds again in the background what it has let go of, templates with what speaks for them", async () => {
    const store = new Keyv();
    await life(
      store,
      async (cache) => {
        for (const name of ["Erik", "Ann"]) await cache.observe(greet(name), says(`Hello ${name}!`));
        await cache.settled();
        expect(short(await cache.lookup(ask("Say hello to Bob.")))).toBe("template Hello Bob!");
        for (let n = 0; n < 6; n++) await cache.observe(ask(`other ${n}`), says("x"));
        expect(short(await cache.lookup(ask("Say hello to Bob.")))).toBe("miss unseen");
        const until = async (text: string, wanted: string) => {
          while (short(await cache.lookup(ask(text))) !== wanted)
            await new Promise((resolve) => setTimeout(resolve, 2));
        };
        await until("Say hello to Bob.", "template Hello Bob!");
        await until("other 0", "exact x");
        expect(cache.stats().exchanges + cache.stats().templates.live).toBeLessThanOrEqual(4);
      },
      { maxEntries: 4, induction: false },
    );
  });

  it("does not carry what callers add to the details, nor a usage that is none", async () => {
    const store = new Keyv();
    await life(store, async (cache) => {
      await cache.observe(ask("a"), says("b"), {
        finishReason: "stop",
        usage: { inputTokens: Number.NaN, outputTokens: 1 },
        raw: "CANARY",
      } as never);
    });
    expect(JSON.stringify([...(store.store as Map<string, unknown>)])).not.toContain("CANARY");
    await life(store, async (cache, told) => {
      const hit = hitOf(await cache.lookup(ask("a")));
      expect([hit.saved, hit.finishReason]).toEqual([undefined, "stop"]);
      expect(heard(told, "fault")).toEqual([]);
    });
  });

  it("sees nothing of another namespace", async () => {
    const store = new Keyv();
    await life(store, (cache) => cache.observe(ask("x"), says("y")), { namespace: "a" });
    await life(store, async (cache) => expect(short(await cache.lookup(ask("x")))).toBe("miss unseen"), {
      namespace: "b",
    });
  });

  it("finds what another living process learned at the next poll, and loses what it forgot", async () => {
    const store = new Keyv();
    const one = createCache({ store, pollInterval: 5 });
    const two = createCache({ store, pollInterval: 5 });
    const until = async (wanted: string): Promise<void> => {
      while ((await two.lookup(ask("x"))).status !== wanted)
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await two.lookup(ask("x"));
    await one.observe(ask("x"), says("y"));
    await until("hit");
    const { id } = hitOf(await two.lookup(ask("x")));
    await one.forget({ namespace: "default" });
    await until("miss");
    expect(await two.feedback(id, "bad")).toBe(false);
    const { answers } = (
      two as unknown as { responder: { verdicts: { answers: { get(id: string): unknown } } } }
    ).responder.verdicts;
    expect(answers.get(id)).toBeUndefined();
    await one.close();
    await two.close();
    expect(short(await two.lookup(ask("x")))).toBe("bypass closed");
  });
});

describe("records that are not what they say", () => {
  it("reads damaged, foreign and hand-written records as absent, counts them, and serves the rest", async () => {
    const store = new Keyv();
    await life(store, async (cache) => {
      for (const text of ["a", "b", "c"]) await cache.observe(ask(text), says(`reply ${text}`));
    });
    const map = store.store as Map<string, string>;
    let spoiled = 0;
    for (const [key, value] of map) {
      if (!JSON.stringify(value).includes("reply a")) continue;
      map.set(key, JSON.parse(JSON.stringify(value).replaceAll("reply a", "reply z")));
      spoiled++;
    }
    expect(spoiled).toBeGreaterThan(0);
    await life(store, async (cache, told) => {
      expect((await cache.lookup(ask("a"))).status).toBe("miss");
      expect(short(await cache.lookup(ask("b")))).toBe("exact reply b");
      expect(heard(told, "fault").length).toBeGreaterThan(0);
      expect(cache.stats().faults.store).toBeGreaterThan(0);
    });
  });

  it("a sealed record whose body is not what its id names is counted, and never served", async () => {
    const store = new Keyv();
    const records = openRecordStore({ keyv: store, namespace: "default", onFault: () => {} });
    await records.append([
      {
        kind: "put",
        id: "0123456789abcdef",
        at: 1,
        body: {
          kind: "exchange",
          scope: "s",
          details: {},
          turns: [],
          reply: { role: "assistant" },
          said: {},
        },
      },
    ]);
    await records.close();
    await life(store, async (cache, told) => {
      expect(short(await cache.lookup(ask("a")))).toBe("miss unseen");
      expect(heard(told, "fault")).toEqual([
        { where: "store", code: "damaged", operation: "read", count: 1 },
      ]);
      expect(cache.stats()).toMatchObject({ exchanges: 0, faults: { store: 1 } });
    });
  });

  it("a store that fails costs a fault, never an answer", async () => {
    const store = new Keyv();
    store.get = (() => Promise.reject(new Error("down"))) as never;
    store.getMany = (() => Promise.reject(new Error("down"))) as never;
    store.set = () => Promise.reject(new Error("down"));
    store.delete = () => Promise.reject(new Error("down"));
    const { cache, told } = setUp({ store, loadDeadline: 20, storeDeadline: 5 });
    expect(short(await cache.lookup(ask("a")))).toBe("miss unseen");
    await cache.observe(ask("a"), says("b"));
    expect(short(await cache.lookup(ask("a")))).toBe("exact b");
    await cache.close();
    expect(heard(told, "fault")).not.toEqual([]);
    expect(heard(told, "fault").every(({ where }) => where === "store")).toBe(true);
  });

  it("a store that hangs at the start holds up lookups for one deadline only", async () => {
    const store = new Keyv();
    store.get = (() => new Promise(() => {})) as never;
    store.getMany = (() => new Promise(() => {})) as never;
    const { cache } = setUp({ store, loadDeadline: 20, storeDeadline: 5 });
    expect(short(await cache.lookup(ask("a")))).toBe("miss unseen");
    await cache.close();
  });
});

describe("a read that fails", () => {
  it("is told of, and ends nothing", async () => {
    const store = new Keyv();
    const { cache, told } = setUp({ store, pollInterval: 2 });
    await cache.lookup(ask("a"));
    const { knowledge } = cache as unknown as { knowledge: Knowledge };
    knowledge.add = () => {
      throw new RangeError("not taken in");
    };
    await life(store, (other) => other.observe(ask("x"), says("y")));
    while (heard(told, "fault").length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(heard(told, "fault")).toEqual([{ where: "read", error: "RangeError" }]);
    await cache.close();
  });

  it("is told of when nothing of it can be taken in", async () => {
    const faults: unknown[] = [];
    const store = { read: () => Promise.reject(new Error("no")) } as unknown as RecordStore;
    const persistence = open(store, { onFault: (error) => faults.push(error) }).persistence;
    await persistence.read();
    expect(faults).toEqual([new Error("no")]);
  });
});

describe("folding events", () => {
  const exchange: Exchange = exchangeOf([userTurn("hi")], saysTurn("hello"), { at: 5 });
  const learnt: Learnt = learntOf(templateOf("hi {{name}}", "hello"), { at: 5 });

  function fold(
    batches: readonly (readonly StoredEvent[])[],
  ): Promise<{ knowledge: Knowledge; damaged: number; journal: Journal; appended: StoredEvent[] }> {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e6 });
    const left = [...batches];
    const appended: StoredEvent[] = [];
    const store: RecordStore = {
      read: async (take) => void take(left.shift() ?? []),
      append: (events) => {
        appended.push(...events);
        return Promise.resolve();
      },
      record: (events) => void appended.push(...events),
      trim: async (events) => void appended.push(...events),
      waiting: () => 0,
      intended: () => Promise.resolve([]),
      held: () => Promise.resolve(undefined),
      bodies: () => Promise.resolve(undefined),
      isOwner: () => false,
      losses: () => 0,
      lag: () => ({ waiting: 0, lag: 0 }),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    let damaged = 0;
    const { persistence, journal } = open(
      store,
      {
        onDamaged: (count) => {
          damaged += count;
        },
      },
      knowledge,
    );
    return (async () => {
      for (const _ of batches) await persistence.read();
      return { knowledge, damaged, journal, appended };
    })();
  }

  const put = (at: number): StoredEvent => ({ kind: "put", id: learnt.id, at, body: encodeEntry(learnt) });
  const forget = (id: string, at: number): StoredEvent => ({ kind: "forget", id, at });

  it("gives the same in any order, in one batch or in several", async () => {
    const events: StoredEvent[] = [
      put(5),
      forget(learnt.id, 7),
      put(9),
      { kind: "contradict", id: learnt.id, at: 6, witness: "old" },
      { kind: "contradict", id: learnt.id, at: 10, witness: "new" },
    ];
    const orders = events.map((_, index) => [...events.slice(index), ...events.slice(0, index)]);
    for (const order of [...orders, ...orders.map((each) => [...each].reverse())]) {
      const { knowledge } = await fold([order]);
      const found = knowledge.get(learnt.id);
      expect(found?.at).toBe(9);
      expect([...knowledge.evidence(learnt).contradictions]).toEqual(["new"]);
    }
    const several = await fold([[put(9)], [put(5), forget(learnt.id, 7)]]);
    expect(several.knowledge.get(learnt.id)?.at).toBe(9);
    const later = await fold([[put(5)], [put(9)], [forget(learnt.id, 7)]]);
    expect(later.knowledge.get(learnt.id)?.at).toBe(9);
    for (const order of [
      [put(5), forget(learnt.id, 5)],
      [forget(learnt.id, 5), put(5)],
    ])
      expect((await fold([order])).knowledge.get(learnt.id)).toBeUndefined();
    expect((await fold([[forget(learnt.id, 6)], [put(5)]])).knowledge.get(learnt.id)).toBeUndefined();
  });

  it("tells of all exchanges of a read at once, however many pages it had", async () => {
    const pages = ["one", "two"].map((text): StoredEvent[] => {
      const asked = [userTurn(text)];
      const { id, at, ...rest } = createExchange({
        ...exchange,
        conversation: chainOf(asked).at(-1) ?? "",
        turns: asked,
      });
      return [{ kind: "put", id, at, body: encodeEntry({ id, at, ...rest }) }];
    });
    const told: number[] = [];
    const store = {
      read: async (take: (page: readonly StoredEvent[]) => unknown) => pages.forEach(take),
      append: async () => {},
      losses: () => 0,
      lag: () => ({ waiting: 0, lag: 0 }),
    };
    const persistence = open(store as unknown as RecordStore, {
      onExchanges: (exchanges) => void told.push(exchanges.length),
    }).persistence;
    await persistence.read();
    expect(told).toEqual([2]);
  });

  it("counts evidence twice told once, and none from before a forget", async () => {
    const agree = (witness: string, at: number): StoredEvent => ({
      kind: "agree",
      id: learnt.skeleton,
      at,
      witness,
    });
    const { knowledge } = await fold([
      [put(5), agree("a", 6), agree("a", 7), agree("b", 8), { kind: "agree", id: learnt.skeleton, at: 9 }],
    ]);
    expect(knowledge.evidence(learnt).agreements.size).toBe(2);
    const forgotten = await fold([[put(5), agree("a", 6), forget(learnt.skeleton, 7), agree("b", 8)]]);
    expect([...forgotten.knowledge.evidence(learnt).agreements]).toEqual(["b"]);
  });

  it("believes no body that is not what its id names", async () => {
    const bodies: unknown[] = [
      undefined,
      5,
      {},
      { ...(encodeEntry(learnt) as object), scope: "t" },
      { ...(encodeEntry(exchange) as object) },
      { ...(encodeEntry(learnt) as object), origin: "magic" },
    ];
    const { knowledge, damaged } = await fold([
      bodies.map((body): StoredEvent => ({ kind: "put", id: learnt.id, at: 5, body })),
    ]);
    expect([knowledge.count, damaged]).toEqual([0, bodies.length]);
  });

  it("says of what happens after an erasure in the same millisecond that it is later", async () => {
    const { journal, appended } = await fold([]);
    expect(journal.moment("x", 50)).toBe(50);
    await journal.erase(new Map([["x", 50]]));
    expect(appended).toEqual([{ kind: "forget", id: "x", at: 50 }]);
    expect([journal.moment("x", 50), journal.moment("x", 60), journal.moment("y", 50)]).toEqual([51, 60, 50]);
    await journal.erase(new Map());
    expect(appended).toHaveLength(1);
  });

  it("does not remember erasures for ever", async () => {
    const { journal } = await fold([]);
    const hour = 3_600_000;
    await journal.erase(new Map(Array.from({ length: 2_000 }, (_, index) => [`old${index}`, index])));
    await journal.erase(
      new Map(Array.from({ length: 5_000 }, (_, index) => [`new${index}`, 2 * hour + index])),
    );
    expect(journal.holdings.erased?.entries).toBe(5_000);
    expect([journal.moment("old7", 0), journal.moment("new7", 0)]).toEqual([0, 2 * hour + 8]);
  });

  it("without a store does nothing", async () => {
    const { persistence, journal } = open(undefined, {});
    persistence.poll(1);
    journal.note({ kind: "agree", id: "a", witness: "b", at: 1 });
    await Promise.all([
      persistence.read(),
      journal.put(exchange),
      journal.erase(new Map([["a", 1]])),
      persistence.flush(),
      persistence.close(),
    ]);
    expect(journal.moment("a", 1)).toBe(1);
  });
});
