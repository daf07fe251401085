/** Where the command keeps what it learns, by an address such as `sqlite://reprise.sqlite`. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
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
}

/** The store for an address. Throws a `RangeError` for one that is none. */
export function storeAt(address: string): ChosenStore {
  if (address === "memory")
    return { store: undefined, told: "memory alone: it is lost when this ends", beside: undefined };
  const file = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(address)?.[1];
  if (file !== undefined) {
    const path = resolve(file);
    return { store: sqlite(path), told: path, beside: `${path}.secret` };
  }
  const driver = /^postgres(?:ql)?:\/\//.test(address)
    ? postgres
    : /^(?:redis|rediss|valkey):\/\//.test(address)
      ? redis
      : undefined;
  if (!driver || !URL.canParse(address))
    throw new RangeError("a store is sqlite://FILE, postgresql://…, redis://… or memory");
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
