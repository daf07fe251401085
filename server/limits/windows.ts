/**
 * Counts by the minute, in memory or for several processes together in Redis or PostgreSQL; while such a store does not
 * answer, in memory all the same.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRedis } from "rate-limiter-flexible";
import { redis } from "reprise/store";

/** What stands in a window. */
export interface Window {
  /** What was counted since it began, this time included. */
  readonly count: number;
  /** Milliseconds until it ends. */
  readonly left: number;
}

/** Windows of a minute by name: each begins with the first count, and is gone when it ends. */
export interface Windows {
  /** Counts, and tells what stands there then; 0 only asks. Never rejects. */
  add(name: string, count: number): Promise<Window>;
  close(): Promise<void>;
}

/** Where counts are kept. */
export interface WindowsOptions {
  /** `memory`, `redis://…`, `rediss://…`, `valkey://…`, `postgresql://…`. */
  readonly store: string;
  /** How long a store may take in milliseconds; then, and for a second more, memory counts. */
  readonly timeout: number;
  /** Told of each failure of the store. */
  readonly onFault: (error: unknown) => void;
}

const MINUTE = 60;
/** How long a store that has failed is not asked. */
const REST = 1_000;
const CONNECT_TIMEOUT = 5_000;
const TABLE = "reprise_limits";

/** Opens windows. A store is connected to when it is first needed. Throws a `RangeError` for an address that is none. */
export function openWindows({ store, timeout, onFault }: WindowsOptions): Windows {
  // Nothing is refused by the limiter: it counts, and whoever asks has the limit.
  const options = { keyPrefix: "reprise", points: 1, duration: MINUTE };
  const memory = new RateLimiterMemory(options);
  if (store === "memory") return windowsOf(memory, () => Promise.resolve());
  const insured = { ...options, insuranceLimiter: memory };
  if (/^(?:rediss?|valkey):\/\//.test(store) && URL.canParse(store)) {
    const shared = patient(() => openRedis(store), { timeout, onFault });
    const storeClient = {
      eval: (script: string, given: object) => shared.use((client) => client.eval(script, given)),
    };
    return windowsOf(new RateLimiterRedis({ ...insured, storeClient, useRedisPackage: true }), shared.close);
  }
  if (/^postgres(?:ql)?:\/\//.test(store) && URL.canParse(store)) {
    const shared = patient(() => openPostgres(store, timeout), { timeout, onFault });
    const storeClient = { query: (query: object) => shared.use((client) => client.query(query)) };
    return windowsOf(
      new RateLimiterPostgres({
        ...{ ...insured, storeClient, storeType: "client", tableName: TABLE },
        // It is made when a connection is.
        tableCreated: true,
      }),
      shared.close,
    );
  }
  throw new RangeError("a store of limits is memory, redis://… or postgresql://…");
}

function windowsOf(
  limiter: RateLimiterMemory | RateLimiterRedis | RateLimiterPostgres,
  close: () => Promise<void>,
): Windows {
  return {
    async add(name, count) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(name, count);
      return { count: consumedPoints, left: Math.max(0, msBeforeNext) };
    },
    close,
  };
}

/** A connection to a store. */
interface Closable {
  close(): Promise<unknown>;
}

/** A connection that is opened when it is needed, asked within a deadline, and left in peace after a failure. */
interface Patient<Client> {
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

function patient<Client extends Closable>(
  open: () => Promise<Client>,
  { timeout, onFault }: Pick<WindowsOptions, "timeout" | "onFault">,
): Patient<Client> {
  let opened: Promise<Client> | undefined;
  let rests = Number.NEGATIVE_INFINITY;

  function connect(): Promise<Client> {
    if (opened) return opened;
    const opening = open();
    opened = opening;
    opening.catch(() => {
      if (opened === opening) opened = undefined;
    });
    return opening;
  }

  return {
    async use(work) {
      if (performance.now() < rests) throw new Error("the store of limits rests");
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error("the store of limits does not answer")), timeout);
      });
      try {
        return await Promise.race([connect().then(work), late]);
      } catch (error) {
        rests = performance.now() + REST;
        onFault(error);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      rests = Number.POSITIVE_INFINITY;
      const closed = opened?.then((client) => client.close()).catch(() => undefined);
      opened = undefined;
      // One that does not answer is not waited for.
      await Promise.race([closed, sleep(REST, undefined, { ref: false })]);
    },
  };
}

interface RedisClient extends Closable {
  eval(script: string, given: object): Promise<unknown>;
}

/** The client that a store of `reprise/store` has: it gives up what cannot be sent now, and connects again by itself. */
async function openRedis(url: string): Promise<RedisClient> {
  const keyv = await redis(url.replace(/^valkey:/, "redis:"), { timeout: CONNECT_TIMEOUT })();
  const { client } = keyv.store as { readonly client: Pick<RedisClient, "eval"> & { destroy(): void } };
  return { eval: (script, given) => client.eval(script, given), close: async () => client.destroy() };
}

interface PostgresClient extends Closable {
  query(query: object): Promise<unknown>;
}

interface Pool {
  query(query: object): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  end(): Promise<void>;
}

async function openPostgres(url: string, timeout: number): Promise<PostgresClient> {
  // @ts-expect-error: it has no types of its own; `Pool` says what is used of it.
  const module = (await import("pg")) as unknown as { readonly default: PoolModule };
  const pool = new module.default.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: Math.max(timeout, CONNECT_TIMEOUT),
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // A connection that its server ended while nobody used it. The next query gets another one.
  pool.on("error", () => undefined);
  try {
    await pool.query({
      text: `CREATE TABLE IF NOT EXISTS ${TABLE}(key VARCHAR(255) PRIMARY KEY, points INTEGER NOT NULL DEFAULT 0, expire BIGINT)`,
    });
  } catch (error) {
    // Two processes that make it at once may both try: what the other has made is there.
    if ((error as { code?: unknown }).code !== "23505") {
      await pool.end();
      throw error;
    }
  }
  return { query: (query) => pool.query(query), close: () => pool.end() };
}

interface PoolModule {
  readonly Pool: new (options: Record<string, unknown>) => Pool;
}
