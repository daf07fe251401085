/**
 * Decides that a driver's pool without an error listener gets one: an idle connection that its server ends
 * must not end the process.
 */

interface Pool {
  readonly options: { readonly connectionString?: unknown };
  listenerCount(event: "error"): number;
  on(event: "error", listener: () => void): unknown;
}

interface PoolClass {
  readonly prototype: { connect(this: Pool, ...given: unknown[]): unknown };
}

/** What `@keyv/postgres` 2 looks like. It keeps its pool to itself, and listens to none of its errors. */
interface PostgresStore {
  readonly opts: { readonly dialect: "postgres"; readonly uri: string };
  query(sql: string): Promise<unknown>;
}

/**
 * Listens to the errors of the pool behind a store of `@keyv/postgres`. The pool is found when it is next
 * used, by the address it connects to. Other stores are left alone.
 */
export function guardPool(store: unknown): void {
  if (!isPostgresStore(store)) return;
  const { uri } = store.opts;
  const Pool = poolClass();
  if (!Pool) return;
  const { prototype } = Pool;
  const { connect } = prototype;
  const restore = (): void => {
    if (prototype.connect === noticing) prototype.connect = connect;
  };
  function noticing(this: Pool, ...given: unknown[]): unknown {
    if (this.options.connectionString === uri) {
      if (this.listenerCount("error") === 0) this.on("error", () => undefined);
      restore();
    }
    return Reflect.apply(connect, this, given);
  }
  prototype.connect = noticing;
  store.query("SELECT 1").then(restore, restore);
}

function isPostgresStore(store: unknown): store is PostgresStore {
  const { opts, query } = (store ?? {}) as { opts?: { dialect?: unknown; uri?: unknown }; query?: unknown };
  return opts?.dialect === "postgres" && typeof opts.uri === "string" && typeof query === "function";
}

/** The pool that `@keyv/postgres` makes, as seen from where it is installed. */
function poolClass(): PoolClass | undefined {
  try {
    // Only where there is Node there are such drivers: an import would keep the whole package from other
    // runtimes.
    const { createRequire } = process.getBuiltinModule("node:module");
    const fromHere = createRequire(import.meta.url);
    const fromThere = createRequire(fromHere.resolve("@keyv/postgres"));
    return (fromThere("pg") as { Pool: PoolClass }).Pool;
  } catch {
    return undefined;
  }
}
