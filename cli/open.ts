/** Opens a cache over a store for a command, and closes both. */
import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { type Cache, type CacheOptions, createCache, type KeyvLike } from "reprise";
import { genaiPrices } from "reprise/prices";
import { type Io, Refused } from "./io.js";
import { type ChosenStore, findStore, installFor } from "./store.js";

/** What every command that opens a store is given. */
export interface StoreGiven {
  readonly store: string;
  readonly namespace: string;
  readonly policy: NonNullable<CacheOptions["policy"]>;
  readonly json?: boolean;
}

/** Adds the options that name a store and a namespace in it, and how the result is printed. */
export function withStoreAddress(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--store <address>",
        "where it is kept: sqlite://FILE, postgresql://…, redis://…, or a module (./store.mjs) that exports a Keyv",
      )
        .default("sqlite://reprise.sqlite")
        .env("REPRISE_STORE"),
    )
    .addOption(
      new Option("--namespace <name>", "what was learned under this name")
        .default("default")
        .env("REPRISE_NAMESPACE"),
    )
    .option("--json", "print the result as JSON");
}

/** Adds these, and by which policy it is looked at. */
export function withStore(command: Command): Command {
  return withStoreAddress(command).addOption(
    new Option("--policy <name>", "what may be served")
      .choices(["exact", "eager", "verified"])
      .default("verified")
      .env("REPRISE_POLICY"),
  );
}

/** What a command works with. */
export interface Opened {
  readonly cache: Cache;
  readonly store: ChosenStore;
  /** What the store reported while it was read, by code: `damaged`, `unknown-version`, `missing` … */
  readonly faults: ReadonlyMap<string, number>;
}

/** How a store is opened. */
export interface Opening {
  /** The command writes: a file that is not there is made. */
  readonly makes?: boolean;
  readonly options?: Partial<CacheOptions>;
}

// A command waits as long as it takes: there is no agent behind it.
const PATIENCE = 24 * 3_600_000;
const GIGABYTE = 1024 ** 3;

/**
 * Does something with a cache over the store that was named, all of which has been read.
 * Throws `Refused` for a store that is not there, cannot be reached, or needs a package that is not installed.
 */
export async function withCache<Result>(
  given: StoreGiven,
  { makes = false, options = {} }: Opening,
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const store = await findStore(given.store);
  if (!store.store) throw new Refused("this command needs a store that is kept: --store sqlite://FILE, say");
  if (!makes && store.file !== undefined && !existsSync(store.file))
    throw new Refused(
      `there is no file ${store.file}: name another with --store, or make one with reprise learn`,
    );
  const keyv = await connect(store, given.store);
  const faults = new Map<string, number>();
  const cache = createCache({
    store: keyv,
    namespace: given.namespace,
    policy: given.policy,
    prices: genaiPrices(),
    pollInterval: 0,
    loadDeadline: PATIENCE,
    maxSize: GIGABYTE,
    // A person looks at all there is.
    preload: Number.MAX_SAFE_INTEGER,
    ...options,
  });
  cache.on("fault", (fault) => {
    if (fault.where !== "store") return;
    faults.set(fault.code, (faults.get(fault.code) ?? 0) + fault.count);
  });
  try {
    await cache.settled();
    const unread = (faults.get("unreachable") ?? 0) + (faults.get("timeout") ?? 0);
    if (unread > 0)
      throw new Refused(`the store at ${store.told} does not answer: is it running, and its own?`);
    return await work({ cache, store, faults });
  } finally {
    await cache.close();
    await keyv.disconnect?.();
  }
}

/** A connection to a store. Throws `Refused` with what is to be done where there is none. */
export async function connect({ store, told }: ChosenStore, address: string): Promise<KeyvLike> {
  try {
    return typeof store === "function" ? await store() : (store as KeyvLike);
  } catch (error) {
    const missing = installFor(address, error);
    if (missing) throw new Refused(missing);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refused(
      `cannot open the store at ${told} (${code ?? message}): is it running, and may this user read it?`,
    );
  }
}

/** Prints a result as JSON, or as people read it. */
export function printResult(
  io: Io,
  { json, result }: { readonly json: StoreGiven["json"]; readonly result: unknown },
  print: () => void,
): void {
  if (json) io.out(JSON.stringify(result, null, 2));
  else print();
}
