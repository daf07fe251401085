/** Where the command keeps what it learns, by an address such as `sqlite://reprise.sqlite`. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { StoreSource } from "reprise";
import { postgres, redis, sqlite } from "reprise/store";

/** A store as the command was told it. */
export interface ChosenStore {
  /** Absent where nothing is kept. */
  readonly store: StoreSource | undefined;
  /** What a person is told of it, without credentials. */
  readonly told: string;
  /** A file beside it for what belongs to the same machine; absent where the store is elsewhere. */
  readonly beside: string | undefined;
  /** The file itself, where it is one. */
  readonly file?: string;
}

/**
 * The store for an address, or the one that a module exports, as its default or as `store`: a Keyv, or a function that
 * gives one. Throws a `RangeError` for what is neither.
 */
export async function findStore(address: string): Promise<ChosenStore> {
  if (!/\.[cm]?[jt]s$/.test(address) || /^\w+:\/\//.test(address)) return storeAt(address);
  const path = resolve(address);
  let found: { readonly default?: unknown; readonly store?: unknown };
  try {
    found = (await import(pathToFileURL(path).href)) as typeof found;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    throw new RangeError(`the store's module ${path} cannot be loaded (${why})`);
  }
  const store = found.default ?? found.store;
  const isKeyv = typeof store === "object" && store !== null && "get" in store && "set" in store;
  if (!isKeyv && typeof store !== "function")
    throw new RangeError(
      `${path} exports no Keyv: as its default, or as "store", itself or a function that gives it`,
    );
  return { store: store as StoreSource, told: path, beside: undefined };
}

/** What has to be installed for an address, if it is not; `undefined` where nothing is missing. */
export async function missingFor(address: string): Promise<string | undefined> {
  try {
    // @ts-expect-error: it has no types of its own.
    if (/^postgres(?:ql)?:/.test(address)) await import("pg");
    if (/^(?:rediss?|valkey):/.test(address)) await import("@keyv/redis");
    return undefined;
  } catch (error) {
    return installFor(address, error);
  }
}

/** What to install, where a package was looked for in vain. */
export function installFor(address: string, error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
  const packages = address.startsWith("postgres") ? "pg@8" : "keyv@5 @keyv/redis@5";
  return `${address.split(":")[0]}:// needs a package that is not there: npm install ${packages}`;
}

/** The store for an address. Throws a `RangeError` for one that is none. */
export function storeAt(address: string): ChosenStore {
  if (address === "memory")
    return { store: undefined, told: "memory alone: it is lost when this ends", beside: undefined };
  const file = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(address)?.[1];
  if (file !== undefined) {
    const path = resolve(file);
    return { store: sqlite(path), told: path, beside: `${path}.secret`, file: path };
  }
  const driver = /^postgres(?:ql)?:\/\//.test(address)
    ? postgres
    : /^(?:redis|rediss|valkey):\/\//.test(address)
      ? redis
      : undefined;
  if (!driver || !URL.canParse(address))
    throw new RangeError(
      "a store is sqlite://FILE, postgresql://…, redis://…, memory, or a module such as ./store.mjs",
    );
  const { protocol, host, pathname } = new URL(address);
  return {
    store: driver(address.replace(/^valkey:/, "redis:")),
    told: `${protocol}//${host}${pathname}`,
    beside: undefined,
  };
}

/**
 * What tenants are digested with: as given, or kept in a file that only its owner reads. Throws a
 * `RangeError` where neither is possible.
 */
export function secretFor({
  given,
  chosen,
  shared,
}: {
  readonly given: string | undefined;
  readonly chosen: ChosenStore;
  readonly shared: boolean;
}): string {
  if (given !== undefined) return given;
  if (chosen.beside !== undefined) return keptIn(chosen.beside);
  // Nothing outlives this process, or there is nobody to tell apart but by what is told him.
  if (chosen.store === undefined || shared) return randomBytes(32).toString("hex");
  throw new RangeError(
    "a store that others use needs REPRISE_SECRET, the same for all of them: 16 characters or more, such as `openssl rand -hex 32` prints",
  );
}

function keptIn(path: string): string {
  try {
    writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}
