/**
 * Keeps records in a file of SQLite, by Node's own driver: batches are transactions, and waiting for another
 * process is not blocking.
 */
import { EventEmitter } from "node:events";
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Keyv } from "keyv";
import { RepriseError } from "../errors.js";
import type { KeyvLike } from "../store/keyv-like.js";

/** How a file is used. */
export interface SqliteOptions {
  /**
   * The table, made when it is not there. Default `keyv`, as `@keyv/sqlite` has it. Letters, digits and `_`.
   */
  readonly table?: string;
  /** Milliseconds to wait for another process that is writing. Default 4,000. */
  readonly busyTimeout?: number;
}

/**
 * A store in a file, for `createCache({ store: sqlite(path) })`, for one or several processes of one machine.
 * Uses `node:sqlite` (Node 22.13 or later). Reads what `@keyv/sqlite` wrote to the same file. A file that is
 * deleted, or replaced by another, is opened again. Throws `RepriseError` `BAD_OPTION` without `node:sqlite`,
 * or for a table's name that is none.
 */
export function sqlite(path: string, options: SqliteOptions = {}): () => Promise<KeyvLike> {
  const { table = "keyv", busyTimeout = 4_000 } = options;
  if (!/^[a-z_]\w{0,62}$/i.test(table))
    throw new RepriseError("BAD_OPTION", 'sqlite: option "table" is not a table\'s name');
  // Not an import: bundlers for older versions of Node take the prefix away, and there is no package of that
  // name.
  const driver = process.getBuiltinModule?.("node:sqlite");
  if (!driver)
    throw new RepriseError("BAD_OPTION", "sqlite: node:sqlite is not there, which needs Node 22.13 or later");
  function open(): KeyvLike {
    const database = new (driver as NonNullable<typeof driver>).DatabaseSync(path, { timeout: SHORT_WAIT });
    try {
      return new Keyv({
        store: new SqliteStore(database, path, { table, busyTimeout }),
      } as never) as KeyvLike;
    } catch (error) {
      database.close();
      throw error;
    }
  }
  return () => patiently(busyTimeout, open);
}

/** How long SQLite itself may wait, which holds up the process; the rest of the waiting is done outside. */
const SHORT_WAIT = 5;
const BUSY = 5;
/** How often it is looked whether the file is still the one that was opened. */
const LOOK_EVERY = 250;

/** Keyv's storage interface on a table `(key, value)`. */
class SqliteStore extends EventEmitter {
  readonly opts = { dialect: "reprise-sqlite" };
  namespace: string | undefined;
  private readonly inode: bigint;
  private looked = performance.now();
  private readonly select: StatementSync;
  private readonly upsert: StatementSync;
  private readonly remove: StatementSync;

  constructor(
    private readonly database: DatabaseSync,
    private readonly path: string,
    private readonly options: { readonly table: string; readonly busyTimeout: number },
  ) {
    super();
    const { table } = options;
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = NORMAL");
    // Bodies stand in no order: a load asks for pages of the index all over the file, which are to stay at
    // hand.
    database.exec("PRAGMA cache_size = -32768");
    // What is deleted is to be gone from the file as well.
    database.exec("PRAGMA secure_delete = ON");
    database.exec(`CREATE TABLE IF NOT EXISTS ${table}(key VARCHAR(255) PRIMARY KEY, value TEXT)`);
    this.select = database.prepare(
      `SELECT key, value FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
    );
    this.upsert = database.prepare(
      `INSERT INTO ${table}(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value`,
    );
    this.remove = database.prepare(`DELETE FROM ${table} WHERE key = ?`);
    this.inode = inodeOf(path);
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    const rows = await this.patiently(() => this.select.all(JSON.stringify(keys)));
    const found = new Map(rows.map(({ key, value }) => [key as string, value as string]));
    return keys.map((key) => found.get(key));
  }

  async set(key: string, value: string): Promise<void> {
    await this.setMany([{ key, value }]);
  }

  async setMany(entries: { key: string; value: string }[]): Promise<void> {
    await this.patiently(() =>
      this.transact(() => entries.forEach(({ key, value }) => void this.upsert.run(key, value))),
    );
  }

  async delete(key: string): Promise<boolean> {
    return await this.deleteMany([key]);
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    let deleted = 0;
    await this.patiently(() =>
      this.transact(() => {
        for (const key of keys) deleted += Number(this.remove.run(key).changes);
      }),
    );
    return deleted > 0;
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? "" : `${this.namespace}:`;
    const clear = this.database.prepare(`DELETE FROM ${this.options.table} WHERE substr(key, 1, ?) = ?`);
    await this.patiently(() => void clear.run(prefix.length, prefix));
  }

  async disconnect(): Promise<void> {
    if (this.database.isOpen) this.database.close();
  }

  private transact(act: () => void): void {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      act();
      this.database.exec("COMMIT");
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  private patiently<Value>(operate: () => Value): Promise<Value> {
    return patiently(this.options.busyTimeout, () => {
      this.look();
      return operate();
    });
  }

  /** A file that was deleted takes everything and keeps nothing. */
  private look(): void {
    const now = performance.now();
    if (now - this.looked < LOOK_EVERY) return;
    if (inodeOf(this.path) !== this.inode) throw new Error("the file is another one");
    this.looked = now;
  }
}

/** What tells one file at a path from the next; 0 for a database in memory. Throws if there is none. */
function inodeOf(path: string): bigint {
  return path === "" || path.startsWith(":memory:") ? 0n : statSync(path, { bigint: true }).ino;
}

/** Runs an operation, again and again while another process holds the file, with other work in between. */
async function patiently<Value>(timeout: number, operate: () => Value): Promise<Value> {
  const until = performance.now() + timeout;
  // The driver answers at once: without this, who waits for one operation after another would keep all else
  // waiting.
  await new Promise((resolve) => setImmediate(resolve));
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    try {
      return operate();
    } catch (error) {
      if (((error as { errcode?: number }).errcode ?? 0) % 256 !== BUSY || performance.now() > until)
        throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
}
