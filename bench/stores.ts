/** Which stores are measured, each empty at first and removed afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyvLike } from "reprise";
import { postgres, redis, sqlite } from "reprise/store";

/** A store under measurement. */
export interface Bench {
  readonly name: string;
  readonly open: () => Promise<KeyvLike>;
  /** Opens the same store from another process: what `openPlace` takes. */
  readonly place: Place;
  /** How many values there are in it, and how many bytes they have. */
  readonly size: () => Promise<{ readonly keys: number; readonly bytes: number }>;
  readonly remove: () => Promise<void>;
}

/** Where a store is. */
export interface Place {
  readonly kind: "sqlite" | "redis" | "postgres";
  readonly where: string;
  /** A table or a prefix of its own. */
  readonly name: string;
}

/** How to open a store that another process may have open too. */
export function openPlace({ kind, where, name }: Place): () => Promise<KeyvLike> {
  if (kind === "sqlite") return sqlite(where);
  if (kind === "postgres") return postgres(where, { table: name });
  return async () => {
    const [keyv, { default: KeyvRedis }, { Keyv }] = await Promise.all([
      redis(where)(),
      import("@keyv/redis"),
      import("keyv"),
    ]);
    return new Keyv({
      store: new KeyvRedis((keyv.store as { client: never }).client),
      namespace: name,
    }) as unknown as KeyvLike;
  };
}

interface Row {
  readonly keys: number;
  readonly bytes: number;
}

/**
 * SQLite in a file; Redis and PostgreSQL where `REDIS_URL` and `POSTGRES_URL` point, else on this machine.
 */
export const BENCHES: readonly (() => Promise<Bench>)[] = [sqliteBench, redisBench, postgresBench];

async function sqliteBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-bench-"));
  const path = join(folder, "store.sqlite");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const place: Place = { kind: "sqlite", where: path, name: "" };
  return {
    name: "SQLite",
    place,
    open: openPlace(place),
    size: async () => {
      const database = new DatabaseSync(path, { readOnly: true });
      const row = database
        .prepare("SELECT count(*) AS keys, coalesce(sum(length(value)), 0) AS bytes FROM keyv")
        .get() as unknown as Row;
      database.close();
      return { keys: Number(row.keys), bytes: Number(row.bytes) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function redisBench(): Promise<Bench> {
  const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
  const prefix = `bench_${process.pid}_${Date.now()}`;
  const { createClient } = await import("@keyv/redis");
  const place: Place = { kind: "redis", where: url, name: prefix };
  const client = createClient({ url });
  await client.connect();
  async function* keys(): AsyncIterable<string> {
    for await (const some of client.scanIterator({ MATCH: `*${prefix}*`, COUNT: 1_000 }))
      yield* some as unknown as string[];
  }
  return {
    name: "Redis",
    place,
    open: openPlace(place),
    async size() {
      let [count, bytes] = [0, 0];
      for await (const key of keys()) {
        count++;
        bytes += Number(await client.strLen(key));
      }
      return { keys: count, bytes };
    },
    async remove() {
      for await (const key of keys()) await client.del(key);
      client.destroy();
    },
  };
}

async function postgresBench(): Promise<Bench> {
  const url = process.env.POSTGRES_URL ?? "postgresql://postgres@127.0.0.1:5432/postgres";
  const table = `bench_${process.pid}_${Date.now()}`;
  // @ts-expect-error: it has no types of its own.
  const { default: pg } = await import("pg");
  const client = new pg.Client(url);
  await client.connect();
  const place: Place = { kind: "postgres", where: url, name: table };
  return {
    name: "PostgreSQL",
    place,
    open: openPlace(place),
    async size() {
      const { rows } = await client.query(
        `SELECT count(*) AS keys, coalesce(sum(length(value)), 0) AS bytes FROM ${table}`,
      );
      return { keys: Number(rows[0].keys), bytes: Number(rows[0].bytes) };
    },
    async remove() {
      await client.query(`DROP TABLE IF EXISTS ${table}`);
      await client.end();
    },
  };
}
