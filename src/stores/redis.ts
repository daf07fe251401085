/**
 * Keeps records in Redis or Valkey: a client that does not let operations wait for a connection it does not
 * have.
 */
import { Keyv } from "keyv";
import type { KeyvLike } from "../store/keyv-like.js";

/** How to reach Redis, beyond its URL. */
export interface RedisOptions {
  /** Milliseconds after which a connection that does not come about is given up. Default 5,000. */
  readonly timeout?: number;
}

/** The part of `@keyv/redis` that is used. */
interface Driver {
  readonly default: new (client: Client, options: Record<string, unknown>) => object;
  createClient(options: Record<string, unknown>): Client;
}

interface Client {
  connect(): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  destroy(): void;
}

/**
 * A store in Redis or Valkey, for `createCache({ store: redis(url) })`. Needs the package `@keyv/redis` 5. A
 * Redis of its own: one that evicts keys, or is emptied, costs what is put again.
 */
export function redis(url: string, options: RedisOptions = {}): () => Promise<KeyvLike> {
  const { timeout = 5_000 } = options;
  return async () => {
    const driver = (await import("@keyv/redis")) as unknown as Driver;
    const client = driver.createClient({
      url,
      // Without a connection an operation fails now, and is tried again by the cache, rather than queue up
      // here.
      disableOfflineQueue: true,
      pingInterval: 30_000,
      socket: {
        connectTimeout: timeout,
        reconnectStrategy: (attempts: number) => Math.min(100 * 2 ** attempts, 5_000),
      },
    });
    client.on("error", () => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("Redis does not answer")), timeout);
    });
    try {
      // `connect` itself tries for ever.
      await Promise.race([client.connect(), late]);
    } catch (error) {
      client.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const store = new driver.default(client, { throwOnErrors: true, throwOnConnectError: true });
    return new Keyv({ store } as never) as KeyvLike;
  };
}
