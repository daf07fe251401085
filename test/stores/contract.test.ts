import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyvPostgres } from "@keyv/postgres";
import { KeyvSqlite } from "@keyv/sqlite";
import { Keyv } from "keyv";
import { afterAll, describe, expect, it } from "vitest";
import { createCache } from "../../src/index.js";
import type { KeyvLike } from "../../src/store/keyv-like.js";
import { postgres, redis, sqlite } from "../../src/stores/index.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { ask, says, short } from "../support/cache.js";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";

const api = { describe, it, expect };
const table = `reprise_stores_${process.pid}_${Date.now()}`;
const folder = await mkdtemp(join(tmpdir(), "reprise-"));
const opened: KeyvLike[] = [];

async function noted(keyv: KeyvLike | Promise<KeyvLike>): Promise<KeyvLike> {
  opened.push(await keyv);
  return keyv;
}

afterAll(async () => {
  for (const keyv of opened) await keyv.disconnect?.();
  await rm(folder, { recursive: true });
});

storeContract("sqlite()", () => noted(sqlite(join(folder, "contract.sqlite"))()), api);

describe.skipIf(!(await runsWith(REDIS)))(`Redis at ${REDIS.url} (skipped when nobody listens there)`, () => {
  storeContract("redis()", () => noted(redis(REDIS.url)()), api);
});

describe.skipIf(!(await runsWith(POSTGRES)))(
  `PostgreSQL at ${POSTGRES.url} (skipped when nobody listens there)`,
  () => {
    storeContract("postgres()", () => noted(postgres(POSTGRES.url, { table })()), api);

    it("reads what @keyv/postgres has written to the same table, and the reverse", async () => {
      const store = new KeyvPostgres({ uri: POSTGRES.url, table });
      const theirs = new Keyv({ store });
      const ours = await noted(postgres(POSTGRES.url, { table })());
      await theirs.set("theirs", "a");
      await ours.set("ours", "b");
      expect([await ours.get("theirs"), await theirs.get("ours")]).toEqual(["a", "b"]);
      await store.query(`DROP TABLE ${table}`);
      // It is made again when it was dropped.
      await ours.set("again", "c");
      expect(await ours.get("again")).toBe("c");
      await store.query(`DROP TABLE ${table}`);
      await store.disconnect();
    });
  },
);

describe("sqlite()", () => {
  it("reads what @keyv/sqlite has written to the same file, and the reverse", async () => {
    const file = join(folder, "shared.sqlite");
    const theirs = new Keyv({ store: new KeyvSqlite({ uri: `sqlite://${file}`, busyTimeout: 5_000 }) });
    await theirs.set("theirs", "a");
    const ours = await noted(sqlite(file)());
    await ours.set("ours", "b");
    expect([await ours.get("theirs"), await theirs.get("ours")]).toEqual(["a", "b"]);
    await theirs.disconnect();
  });

  it("goes on with a new file when the one it had is deleted", async () => {
    const file = join(folder, "deleted.sqlite");
    const cache = createCache({ store: sqlite(file), policy: "exact", pollInterval: 10 });
    await cache.observe(ask("before"), says("a"));
    await rm(file);
    // The file is looked at now and then; what is written to the deleted one is not there for others.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cache.observe(ask("after"), says("b"));
    while (cache.stats().faults.store === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const { mender } = (cache as unknown as { persistence: { mender: { dueAt: number | undefined } } })
      .persistence;
    // Its next round is due at once, and not in some minutes.
    const found = async (): Promise<string[]> => {
      mender.dueAt = 0;
      const next = createCache({ store: sqlite(file), policy: "exact", loadDeadline: 10_000 });
      const answers = [short(await next.lookup(ask("before"))), short(await next.lookup(ask("after")))];
      await next.close();
      return answers;
    };
    await expect.poll(found, { timeout: 15_000, interval: 200 }).toEqual(["exact a", "exact b"]);
    await cache.close();
  });

  it("leaves nothing of what was deleted in its file", async () => {
    const file = join(folder, "erased.sqlite");
    const keyv = await sqlite(file)();
    for (let n = 0; n < 50; n++) await keyv.set(`key ${n}`, `CANARY ${"x".repeat(500)}`);
    await keyv.set("other", "kept");
    await keyv.deleteMany?.(Array.from({ length: 50 }, (_, n) => `key ${n}`));
    await keyv.disconnect?.();
    const bytes = await readFile(file, "latin1");
    expect([bytes.includes("kept"), bytes.includes("CANARY")]).toEqual([true, false]);
  });

  it("lets other work of the process have its turn, however many operations wait for each other", async () => {
    const keyv = await noted(sqlite(join(folder, "turns.sqlite"))());
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 1);
    let operations = 0;
    while (!isOver && operations < 50_000) {
      await keyv.set("key", `${operations++}`);
    }
    expect(isOver).toBe(true);
  });

  it("refuses a table's name that is none", () => {
    for (const name of ["", "a b", "1st", 'x"; DROP TABLE keyv; --']) {
      expect(() => sqlite("file", { table: name })).toThrow(/BAD_OPTION/);
      expect(() => postgres("postgresql://x", { table: name })).toThrow(/BAD_OPTION/);
    }
  });

  it("is a store like any other for an option that expects one, and a number is not", () => {
    expect(() => createCache({ store: 5 as never })).toThrow(/store/);
    void createCache({ store: sqlite(join(folder, "option.sqlite")) }).close();
  });
});
