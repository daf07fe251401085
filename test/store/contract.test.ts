import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyvPostgres } from "@keyv/postgres";
import KeyvRedis from "@keyv/redis";
import { KeyvSqlite } from "@keyv/sqlite";
import { Keyv } from "keyv";
import { Keyv as Keyv6 } from "keyv6";
import { afterAll, describe, expect, it } from "vitest";
import type { KeyvLike } from "../../src/store/index.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { POSTGRES, REDIS, runsWith } from "../support/services.js";

const api = { describe, it, expect };
const run = `reprise_test_${process.pid}_${Date.now()}`;

/** Stores for Keyv 5 work in Keyv 6 through its bridge, which its types do not know. */
const VERSIONS = {
  "Keyv 5": (store: object): KeyvLike => new Keyv({ store, namespace: run }),
  "Keyv 6": (store: object): KeyvLike => new Keyv6({ store: store as Map<string, unknown>, namespace: run }),
};

for (const [version, wrap] of Object.entries(VERSIONS)) {
  const memory = new Map<string, unknown>();
  storeContract(`memory with ${version}`, () => wrap(memory), api);

  describe(`SQLite on disk, ${version}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "reprise-"));
    const stores: KeyvSqlite[] = [];
    afterAll(async () => {
      for (const store of stores) await store.disconnect();
      await rm(folder, { recursive: true });
    });
    const make = (): KeyvLike => {
      const store = new KeyvSqlite({ uri: `sqlite://${join(folder, "store.sqlite")}`, busyTimeout: 5_000 });
      stores.push(store);
      return wrap(store);
    };
    storeContract(`SQLite with ${version}`, make, api);
  });

  describe.skipIf(!(await runsWith(REDIS)))(
    `Redis at ${REDIS.url} (skipped when nobody listens there), ${version}`,
    () => {
      const stores: KeyvRedis<unknown>[] = [];
      afterAll(async () => {
        for (const store of stores) await store.disconnect();
      });
      const make = (): KeyvLike => {
        const store = new KeyvRedis(REDIS.url);
        stores.push(store);
        return wrap(store);
      };
      storeContract(`Redis with ${version}`, make, api);
    },
  );

  describe.skipIf(!(await runsWith(POSTGRES)))(
    `PostgreSQL at ${POSTGRES.url} (skipped when nobody listens there), ${version}`,
    () => {
      const table = `${run}_${version.slice(-1)}`;
      const stores: KeyvPostgres[] = [];
      afterAll(async () => {
        await stores[0]?.query(`DROP TABLE IF EXISTS ${table}`);
        await stores[0]?.disconnect();
      });
      const make = (): KeyvLike => {
        const store = new KeyvPostgres({ uri: POSTGRES.url, table });
        stores.push(store);
        return wrap(store);
      };
      storeContract(`PostgreSQL with ${version}`, make, api);
    },
  );
}
