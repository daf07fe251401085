/**
 * Keeps records in a table of PostgreSQL: one statement for many keys, and a pool that survives its server.
 */
import { EventEmitter } from "node:events";
import { Keyv } from "keyv";
import { RepriseError } from "../errors.js";
import type { KeyvLike } from "../store/keyv-like.js";

/** How to reach PostgreSQL, beyond its URL. */
export interface PostgresOptions {
  /**
   * The table, made when it is not there. Default `keyv`, as `@keyv/postgres` has it. Letters, digits and
   * `_`.
   */
  readonly table?: string;
  /** Most connections at a time. Default 4. */
  readonly connections?: number;
  /**
   * Milliseconds after which a statement or a connection that does not come about is given up. Default 5,000.
   */
  readonly timeout?: number;
}

/** The part of `pg` that is used. */
interface Driver {
  readonly Pool: new (options: Record<string, unknown>) => Pool;
}

interface Client {
  query(sql: string, values: unknown[]): Promise<{ readonly rows: readonly Row[] }>;
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: () => void): unknown;
  release(broken?: boolean): void;
}

interface Pool {
  connect(): Promise<Client>;
  on(event: "error", listener: () => void): unknown;
  end(): Promise<void>;
}

interface Row {
  readonly key: string;
  readonly value: string;
}

/** What PostgreSQL says of a table that is not there. */
const NO_TABLE = "42P01";

/**
 * A store in PostgreSQL, for `createCache({ store: postgres(url) })`. Needs the package `pg`. Reads what
 * `@keyv/postgres` wrote to the same table. Throws `RepriseError` `BAD_OPTION` for a table's name that is
 * none.
 */
export function postgres(url: string, options: PostgresOptions = {}): () => Promise<KeyvLike> {
  const { table = "keyv", connections = 4, timeout = 5_000 } = options;
  if (!/^[a-z_]\w{0,62}$/i.test(table))
    throw new RepriseError("BAD_OPTION", 'postgres: option "table" is not a table\'s name');
  return async () => {
    const driver = await load();
    const pool = new driver.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
      keepAlive: true,
      allowExitOnIdle: true,
    });
    // A connection that its server ended while nobody used it. The next query gets another one.
    pool.on("error", () => undefined);
    const store = new PostgresStore(pool, table);
    try {
      await store.prepare();
    } catch (error) {
      await store.disconnect();
      throw error;
    }
    return new Keyv({ store } as never) as KeyvLike;
  };
}

async function load(): Promise<Driver> {
  // @ts-expect-error: it has no types of its own; `Driver` says what is used of it.
  const module = (await import("pg")) as unknown as { readonly default?: Driver } & Driver;
  return module.default ?? module;
}

/** Keyv's storage interface on a table `(key, value)`. */
class PostgresStore extends EventEmitter {
  readonly opts = { dialect: "reprise-postgres" };
  namespace: string | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly table: string,
  ) {
    super();
  }

  /** Makes the table. Two processes that do it at once may both try: what the other has made is there. */
  async prepare(): Promise<void> {
    try {
      await this.run(
        `CREATE TABLE IF NOT EXISTS ${this.table}(key VARCHAR(255) PRIMARY KEY, value TEXT)`,
        [],
      );
    } catch (error) {
      if ((error as { code?: unknown }).code !== "23505") throw error;
    }
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    const rows = await this.query(`SELECT key, value FROM ${this.table} WHERE key = ANY($1)`, [keys]);
    const found = new Map(rows.map(({ key, value }) => [key, value]));
    return keys.map((key) => found.get(key));
  }

  async set(key: string, value: string): Promise<void> {
    await this.setMany([{ key, value }]);
  }

  async setMany(entries: { key: string; value: string }[]): Promise<void> {
    // One statement may not write a row twice; in the order of keys, two that write the same rows cannot wait
    // for each other.
    const rows = [...new Map(entries.map(({ key, value }) => [key, value]))].sort(([left], [right]) =>
      left < right ? -1 : 1,
    );
    await this.query(
      `INSERT INTO ${this.table}(key, value) SELECT * FROM UNNEST($1::text[], $2::text[])
       ON CONFLICT(key) DO UPDATE SET value = excluded.value`,
      [rows.map(([key]) => key), rows.map(([, value]) => value)],
    );
  }

  async delete(key: string): Promise<boolean> {
    return await this.deleteMany([key]);
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    const deleted = await this.query(`DELETE FROM ${this.table} WHERE key = ANY($1) RETURNING key`, [
      [...keys].sort(),
    ]);
    return deleted.length > 0;
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? "" : `${this.namespace}:`;
    await this.query(`DELETE FROM ${this.table} WHERE starts_with(key, $1)`, [prefix]);
  }

  async disconnect(): Promise<void> {
    await this.pool.end();
  }

  private async query(sql: string, values: unknown[]): Promise<readonly Row[]> {
    try {
      return await this.run(sql, values);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NO_TABLE) throw error;
      // It was dropped while in use.
      await this.prepare();
      return await this.run(sql, values);
    }
  }

  /**
   * Not `pool.query`: with it, the first result over a connection stays in memory for as long as that is
   * open.
   */
  private async run(sql: string, values: unknown[]): Promise<readonly Row[]> {
    const client = await this.pool.connect();
    const ignore = (): void => undefined;
    // What ends the connection meanwhile also fails the query.
    client.on("error", ignore);
    let isBroken = true;
    try {
      const { rows } = await client.query(sql, values);
      isBroken = false;
      return rows;
    } finally {
      client.off("error", ignore);
      client.release(isBroken);
    }
  }
}
