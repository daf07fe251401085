/** App keys on each kind of store: what one process does, the others hear of. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @ts-expect-error: it has no types of its own.
import pg from "pg";
import type { KeyvLike } from "reprise";
import { postgres, redis, sqlite } from "reprise/store";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type KeyStore,
  type KeyStoreOptions,
  KeysUnavailable,
  openKeyStore,
} from "../../../server/keys/key-store.js";
import { POSTGRES, REDIS, runsWith } from "../../support/services.js";

const folder = mkdtempSync(join(tmpdir(), "reprise-keys-"));
const name = `keys_${process.pid}_${Date.now()}`;
const hasPostgres = await runsWith(POSTGRES);
const hasRedis = await runsWith(REDIS);

/** A Keyv whose keys have a prefix of their own: a Redis that others use too. */
function prefixed(keyv: KeyvLike): KeyvLike & { readonly written: Map<string, string> } {
  const written = new Map<string, string>();
  const own = (key: string): string => `${name}-${key}`;
  return {
    store: keyv.store,
    written,
    get: (key) => keyv.get(own(key)),
    ...(keyv.getRaw && { getRaw: async (key: string) => await keyv.getRaw?.(own(key)) }),
    getMany: (keys) => keyv.getMany(keys.map(own)),
    set(key, value) {
      written.set(own(key), value);
      return keyv.set(own(key), value);
    },
    async setMany(entries) {
      for (const { key, value } of entries) written.set(own(key), value);
      return await keyv.setMany?.(entries.map(({ key, value }) => ({ key: own(key), value })));
    },
    delete: (key) => keyv.delete(own(key)),
    deleteMany: async (keys) => await keyv.deleteMany?.(keys.map(own)),
    on: (event, listener) => keyv.on(event, listener),
  };
}

const query = async (sql: string): Promise<{ rows: unknown[] }> => {
  const client = new pg.Client(POSTGRES.url);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
};

const shared: KeyvLike[] = [];
const redisKeys = new Map<string, string>();
async function redisStore(): Promise<KeyvLike> {
  const keyv = await redis(REDIS.url)();
  shared.push(keyv);
  const own = prefixed(keyv);
  return Object.assign(own, {
    set: (key: string, value: string) => {
      redisKeys.set(`${name}-${key}`, value);
      return keyv.set(`${name}-${key}`, value);
    },
    setMany: async (entries: { key: string; value: string }[]) => {
      for (const { key, value } of entries) redisKeys.set(`${name}-${key}`, value);
      return await keyv.setMany?.(entries.map(({ key, value }) => ({ key: `${name}-${key}`, value })));
    },
  });
}

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (hasPostgres) await query(`DROP TABLE IF EXISTS ${name}`);
  await shared[0]?.deleteMany?.([...redisKeys.keys()]);
  for (const keyv of shared) await keyv.disconnect?.();
});

const file = join(folder, "keys.sqlite");
const STORES = [
  {
    store: "SQLite",
    isThere: true,
    source: () => sqlite(file),
    all: async () => ["", "-wal"].map((end) => readFileSync(`${file}${end}`).toString("latin1")).join(""),
  },
  {
    store: "Redis",
    isThere: hasRedis,
    source: () => redisStore,
    all: async () => JSON.stringify([...redisKeys]),
  },
  {
    store: "PostgreSQL",
    isThere: hasPostgres,
    source: () => postgres(POSTGRES.url, { table: name }),
    all: async () => JSON.stringify((await query(`SELECT * FROM ${name}`)).rows),
  },
];

function opened(options: Omit<KeyStoreOptions, "namespace">): KeyStore {
  const keys = openKeyStore({ namespace: "default", flushInterval: 0, pollInterval: 0, ...options });
  onTestFinished(() => keys.close());
  return keys;
}

const DAY = 86_400_000;
const patiently = { timeout: 10_000, interval: 50 };

describe.each(STORES)("on $store (skipped when nobody listens there)", ({ isThere, source, all }) => {
  it.skipIf(!isThere)(
    "a key is known everywhere at once, and refused everywhere soon after it is revoked",
    async () => {
      const one = opened({ store: source() });
      const other = opened({ store: source(), pollInterval: 50 });
      const { key, secret } = await one.vend({ name: "agents", models: ["gpt-5*"], limits: { requests: 5 } });
      expect(key).toMatchObject({
        name: "agents",
        namespace: key.id,
        models: ["gpt-5*"],
        limits: { requests: 5 },
      });
      // The other process has never heard of it: it looks before it says no.
      expect(await other.open(secret)).toEqual(key);
      expect(await one.open(secret)).toEqual(key);
      expect((await one.revoke(key.id))?.id).toBe(key.id);
      expect(await one.open(secret)).toBe("revoked");
      await vi.waitFor(async () => expect(await other.open(secret)).toBe("revoked"), patiently);
      // One that begins later knows as well.
      expect(await opened({ store: source() }).open(secret)).toBe("revoked");
    },
  );

  it.skipIf(!isThere)("a rotated secret is taken for its grace, the new one at once", async () => {
    let time = Date.now();
    const now = () => time;
    const one = opened({ store: source(), now });
    const first = await one.vend({ name: "rotating" });
    const second = await one.rotate(first.key.id, 60_000);
    expect(second?.key).toEqual(first.key);
    const other = opened({ store: source(), now });
    for (const keys of [one, other]) {
      expect(await keys.open(first.secret)).toEqual(first.key);
      expect(await keys.open(second?.secret ?? "")).toEqual(first.key);
      expect(keys.list().find(({ id }) => id === first.key.id)).toMatchObject({ oldUntil: time + 60_000 });
    }
    time += 60_000;
    for (const keys of [one, other]) {
      expect(await keys.open(first.secret)).toBe("rotated");
      expect(await keys.open(second?.secret ?? "")).toEqual(first.key);
    }
    const third = await one.rotate(first.key.id, 0);
    expect(await one.open(second?.secret ?? "")).toBe("rotated");
    expect(await one.open(third?.secret ?? "")).toEqual(first.key);
    await one.revoke(first.key.id);
    expect(await one.rotate(first.key.id, 0)).toBeUndefined();
    expect(await one.open(third?.secret ?? "")).toBe("revoked");
  });

  it.skipIf(!isThere)("no secret stands in the store, nor what could be made of it", async () => {
    const one = opened({ store: source() });
    const { key, secret } = await one.vend({ name: "nowhere to be read" });
    const rotated = await one.rotate(key.id, DAY);
    await one.refresh();
    const stored = await all();
    expect(stored).toContain("nowhere to be read");
    for (const text of [secret, rotated?.secret ?? "?"])
      for (const part of [text, text.slice(3), text.slice(3, 20), text.slice(-20)])
        expect(stored.includes(part)).toBe(false);
  });

  it.skipIf(!isThere)("what is done with a key is summed over all processes, and counted once", async () => {
    const one = opened({ store: source(), flushInterval: 20 });
    const two = opened({ store: source(), flushInterval: 20 });
    const { key } = await one.vend({ name: "counted" });
    const hit = { calls: 1, hits: 1, savedInputTokens: 10, savedOutputTokens: 2 };
    for (let round = 0; round < 3; round++) {
      one.count(key.id, hit);
      two.count(key.id, { calls: 1, inputTokens: 100, outputTokens: 7 });
      const third = opened({ store: source() });
      await vi.waitFor(async () => {
        await third.refresh();
        expect(third.usage().get(key.id)).toEqual({
          calls: 2 * (round + 1),
          hits: round + 1,
          inputTokens: 100 * (round + 1),
          outputTokens: 7 * (round + 1),
          savedInputTokens: 10 * (round + 1),
          savedOutputTokens: 2 * (round + 1),
        });
      }, patiently);
    }
  });
});

describe("a key", () => {
  it("is refused from the moment it expires", async () => {
    let time = Date.now();
    const keys = opened({ store: sqlite(join(folder, "expiry.sqlite")), now: () => time });
    const { key, secret } = await keys.vend({ name: "a day" }, time + DAY);
    expect(await keys.open(secret)).toEqual(key);
    time += DAY - 1;
    expect(await keys.open(secret)).toEqual(key);
    time += 1;
    expect(await keys.open(secret)).toBe("expired");
    expect(keys.list()).toMatchObject([{ id: key.id, standing: "expired" }]);
    expect(await keys.rotate(key.id, 0)).toBeUndefined();
  });

  it("is found by its id, the beginning of one, or its name, where that is one key alone", async () => {
    const keys = opened({ store: sqlite(join(folder, "found.sqlite")) });
    const { key } = await keys.vend({ name: "one" });
    await keys.vend({ name: "two" });
    await keys.vend({ name: "two" });
    for (const written of [key.id, key.id.slice(0, 10), "one"]) expect(keys.find(written)?.id).toBe(key.id);
    for (const written of ["", "two", "nothing"]) expect(keys.find(written)).toBeUndefined();
  });

  it("is opened by nothing but its secret", async () => {
    const keys = opened({ store: sqlite(join(folder, "else.sqlite")) });
    const { key, secret } = await keys.vend({ name: "one" });
    const wrong = [
      "",
      "rk_",
      key.id,
      secret.slice(0, -1),
      `${secret}a`,
      secret.toUpperCase(),
      `rk_${"a".repeat(43)}`,
      "__proto__",
    ];
    for (const text of wrong) expect([text, await keys.open(text)]).toEqual([text, "unknown"]);
  });
});

/** A store that can be taken down: every operation fails. */
function breakable(): KeyvLike & { isDown: boolean; asked: number; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    store.asked++;
    if (store.isDown) throw new Error("down");
    return value();
  };
  const store = {
    isDown: false,
    asked: 0,
    kept,
    get: (key: string) => answer(() => kept.get(key)),
    getMany: (keys: string[]) => answer(() => keys.map((key) => kept.get(key))),
    set: (key: string, value: string) => answer(() => void kept.set(key, value)),
    delete: (key: string) => answer(() => kept.delete(key)),
    on: () => undefined,
  };
  return store;
}

describe("a store that does not answer", () => {
  it("keys that are known are taken for a while, others cannot be told of, and nothing is vended", async () => {
    const store = breakable();
    const keys = opened({ store });
    const { key, secret } = await keys.vend({ name: "known" });
    store.isDown = true;
    expect(await keys.open(secret)).toEqual(key);
    await vi.waitFor(
      async () => expect(await keys.open(`rk_${"b".repeat(43)}`)).toBe("unavailable"),
      patiently,
    );
    await expect(keys.vend({ name: "other" })).rejects.toThrow(KeysUnavailable);
    await expect(keys.rotate(key.id, 0)).rejects.toThrow(KeysUnavailable);
    await vi.waitFor(async () => expect(await keys.open(secret, 300)).toBe("unavailable"), patiently);
    store.isDown = false;
    await vi.waitFor(async () => expect(await keys.open(secret, 300)).toEqual(key), patiently);
    expect(keys.list()).toHaveLength(1);
  });

  it("a key that is revoked meanwhile is refused here at once, and everywhere when the store is back", async () => {
    const store = breakable();
    const keys = opened({ store });
    const other = opened({ store });
    const { key, secret } = await keys.vend({ name: "known" });
    expect(await other.open(secret)).toEqual(key);
    store.isDown = true;
    await expect(keys.revoke(key.id)).rejects.toThrow(KeysUnavailable);
    expect(await keys.open(secret)).toBe("revoked");
    store.isDown = false;
    await vi.waitFor(async () => {
      await other.refresh();
      expect(await other.open(secret)).toBe("revoked");
    }, patiently);
  });

  it("is told again what is known when it was emptied", async () => {
    const store = breakable();
    const keys = opened({ store });
    const { key, secret } = await keys.vend({ name: "known" });
    const ended = await keys.vend({ name: "ended" });
    await keys.revoke(ended.key.id);
    store.kept.clear();
    await vi.waitFor(async () => {
      await keys.refresh();
      const other = opened({ store });
      expect(await other.open(secret)).toEqual(key);
      expect(await other.open(ended.secret)).toBe("revoked");
    }, patiently);
  });
});

it("secrets that nobody knows make the store be looked at twice a second at the most, and wait for one look together", async () => {
  const store = breakable();
  const keys = opened({ store });
  await keys.vend({ name: "known" });
  await keys.refresh();
  const before = store.asked;
  const began = performance.now();
  const guesses = Array.from({ length: 2_000 }, (_, index) => `rk_${String(index).padStart(43, "0")}`);
  const answers = await Promise.all(guesses.map(async (guess) => await keys.open(guess)));
  expect(new Set(answers)).toEqual(new Set(["unknown"]));
  const looks = 1 + Math.ceil((performance.now() - began) / 500);
  expect(store.asked - before).toBeLessThanOrEqual(looks * 50);
});
