/** Decides what a Keyv operation really did: Keyv 5 and 6 both answer an outage as if the key were absent. */
import { openConnection } from "./connection.js";
import type { KeyvLike, StoreSource } from "./keyv-like.js";
import { guardPool } from "./pool-guard.js";

/** Why an operation did not succeed. `damaged`: the store answered, but Keyv could not decode its answer. */
export type Failure = "timeout" | "unreachable" | "damaged";

/** What stands at a key: its string, nothing, or why that is not known. */
export type Cell = { readonly text: string } | { readonly gap: "absent" | Failure };

/** Keyv with honest answers. No method throws or rejects; each takes at most `operationDeadline`. */
export interface KeyvPort {
  /** One cell a key, in order. */
  read(keys: readonly string[]): Promise<Cell[]>;
  /** Writes all entries; if it fails, some of them may have been written. */
  write(entries: ReadonlyMap<string, string>): Promise<Failure | undefined>;
  /** Deletes keys; an absent key is no failure. */
  erase(keys: readonly string[]): Promise<Failure | undefined>;
  /** How many operations have succeeded. */
  succeeded(): number;
  /** Asks the store with the next operation, even if it would be left in peace for a while. */
  hurry(): void;
  /** No longer lets a hanging operation keep the process alive, and closes what was opened for it. */
  release(): Promise<void>;
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** After this many operations that never came back, the next one waits for the pause to be over. */
const MAX_ABANDONED = 8;
const MIN_PAUSE = 1_000;
const MAX_PAUSE = 300_000;
/**
 * @keyv/sqlite looks up each row of a `getMany` by a linear search, so a chunk's cost grows with its square.
 */
const READ_CHUNK = 200;
/**
 * An adapter without a `setMany` of its own writes them one by one, each to the disk, within one operation's
 * deadline.
 */
const WRITE_CHUNK = 25;
/** With one of its own they are one statement, and one commit. */
const WRITE_TOGETHER = 250;

interface ErrorWatch {
  count: number;
  last: unknown;
}

/**
 * One listener a Keyv, however many stores are opened on it: Keyv 5 prints a warning at the hundredth. It
 * stays, because in Keyv 6 an error without a listener is thrown.
 */
const watches = new WeakMap<KeyvLike, ErrorWatch>();

function watchErrors(keyv: KeyvLike): ErrorWatch {
  const known = watches.get(keyv);
  if (known) return known;
  const watch: ErrorWatch = { count: 0, last: undefined };
  watches.set(keyv, watch);
  keyv.on("error", (error) => {
    watch.count++;
    watch.last = error;
  });
  guardPool(keyv.store);
  return watch;
}

/** Opens a store. `clock` is monotonic, in milliseconds. */
export function openPort(source: StoreSource, operationDeadline: number, clock: () => number): KeyvPort {
  // A Keyv that was handed in may fail before it is first asked.
  if (typeof source !== "function") watchErrors(source);
  const connection = openConnection(source, operationDeadline, clock);
  const timers = new Set<NodeJS.Timeout>();
  let released = false;
  let abandoned = 0;
  let succeeded = 0;
  let pause = MIN_PAUSE;
  let pausedUntil = 0;
  const together = { setMany: false, deleteMany: false };

  /** Runs one Keyv call. It failed if it rejected, took too long, or Keyv emitted an error meanwhile. */
  async function run<T>(call: (keyv: KeyvLike) => Promise<T>): Promise<Outcome<T>> {
    if (abandoned >= MAX_ABANDONED) {
      if (clock() < pausedUntil) return { ok: false, failure: "timeout" };
      pausedUntil = clock() + pause;
      pause = Math.min(pause * 2, MAX_PAUSE);
    }
    const outcome = await attempt(call);
    connection.told(outcome.ok || outcome.failure === "damaged" ? "succeeded" : "failed");
    return outcome;
  }

  async function attempt<T>(call: (keyv: KeyvLike) => Promise<T>): Promise<Outcome<T>> {
    let watch: ErrorWatch | undefined;
    let errors = 0;
    const watched = async (): Promise<T> => {
      const keyv = await connection.keyv();
      watch = watchErrors(keyv);
      learn(keyv);
      errors = watch.count;
      return await call(keyv);
    };
    try {
      const value = await limited(watched());
      if (value === TIMED_OUT) return { ok: false, failure: "timeout" };
      pause = MIN_PAUSE;
      if (watch && watch.count !== errors) return { ok: false, failure: failureOf(watch.last) };
      succeeded++;
      return { ok: true, value };
    } catch (error) {
      return { ok: false, failure: failureOf(error) };
    }
  }

  async function limited<T>(operation: Promise<T>): Promise<T | typeof TIMED_OUT> {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    const settled = (): void => {
      if (late) abandoned--;
    };
    operation.then(settled, settled);
    const limit = new Promise<typeof TIMED_OUT>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        abandoned++;
        resolve(TIMED_OUT);
      }, operationDeadline);
      if (released) timer.unref?.();
      timers.add(timer);
    });
    try {
      return await Promise.race([operation, limit]);
    } finally {
      clearTimeout(timer);
      if (timer) timers.delete(timer);
    }
  }

  async function readChunk(keys: string[]): Promise<Cell[]> {
    const all = await run((keyv) => getAll(keyv, keys));
    if (all.ok && Array.isArray(all.value) && all.value.length === keys.length) return all.value.map(cellOf);
    if (!all.ok && all.failure === "timeout") return keys.map(() => ({ gap: "timeout" }));
    // One row that cannot be decoded fails the whole chunk, so each key is asked by itself.
    const cells: Cell[] = [];
    let answered = false;
    for (const key of keys) {
      if (!answered && cells.length >= 3) break;
      const one = await run((keyv) => getOne(keyv, key));
      cells.push(one.ok ? cellOf(one.value) : { gap: one.failure });
      answered ||= one.ok || one.failure === "damaged";
    }
    if (!answered) return keys.map((_, index) => cells[index] ?? { gap: "unreachable" });
    return cells.map((cell) => ("gap" in cell && cell.gap === "unreachable" ? { gap: "damaged" } : cell));
  }

  /** Notes what the store does in one statement. */
  function learn({ store }: KeyvLike): void {
    for (const name of ["setMany", "deleteMany"] as const)
      together[name] =
        typeof (store as { [Name in typeof name]?: unknown } | undefined)?.[name] === "function";
  }

  async function setAll(entries: [string, string][]): Promise<Failure | undefined> {
    if (entries.length > 1) {
      const many = await run(
        async (keyv) => keyv.setMany?.(entries.map(([key, value]) => ({ key, value }))) ?? UNABLE,
      );
      if (many.ok && many.value !== UNABLE && !refused(many.value)) return undefined;
      if (!many.ok && many.failure === "timeout") return "timeout";
    }
    // An adapter may lack a sound `setMany`: its failure counts only if `set` fails too.
    for (const [key, value] of entries) {
      const one = await run((keyv) => keyv.set(key, value));
      if (!one.ok) return one.failure;
      if (one.value === false) return "unreachable";
    }
    return undefined;
  }

  async function deleteAll(keys: string[]): Promise<Failure | undefined> {
    const deleted = await run(async (keyv) => {
      if (keyv.deleteMany && keys.length > 1) await keyv.deleteMany(keys);
      else for (const key of keys) await keyv.delete(key);
    });
    return deleted.ok ? undefined : deleted.failure;
  }

  return {
    async read(keys) {
      const cells: Cell[] = [];
      for (const chunk of chunks(keys, READ_CHUNK)) cells.push(...(await readChunk(chunk)));
      return cells;
    },
    async write(entries) {
      for (const chunk of chunks([...entries], together.setMany ? WRITE_TOGETHER : WRITE_CHUNK)) {
        const failure = await setAll(chunk);
        if (failure) return failure;
      }
      return undefined;
    },
    async erase(keys) {
      for (const chunk of chunks(keys, together.deleteMany ? WRITE_TOGETHER : WRITE_CHUNK)) {
        const failure = await deleteAll(chunk);
        if (failure) return failure;
      }
      return undefined;
    },
    succeeded: () => succeeded,
    hurry() {
      pausedUntil = 0;
      connection.hurry();
    },
    release() {
      released = true;
      for (const timer of timers) timer.unref?.();
      return connection.close();
    },
  };
}

const TIMED_OUT: unique symbol = Symbol("timed out");
const UNABLE: unique symbol = Symbol("no such operation");

// Keyv 5's `get` hides a failure, and so does its `getMany` when the adapter has none; `getRaw` does not.
async function getOne(keyv: KeyvLike, key: string): Promise<unknown> {
  if (!keyv.getRaw) return keyv.get(key);
  const raw = await keyv.getRaw(key);
  return typeof raw === "object" && raw !== null && "value" in raw ? raw.value : raw;
}

function getAll(keyv: KeyvLike, keys: string[]): Promise<unknown[]> {
  const hasGetMany = typeof (keyv.store as { getMany?: unknown } | undefined)?.getMany === "function";
  return hasGetMany ? keyv.getMany(keys) : Promise.all(keys.map((key) => getOne(keyv, key)));
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return { gap: "absent" };
  return typeof value === "string" ? { text: value } : { gap: "damaged" };
}

function failureOf(error: unknown): Failure {
  return error instanceof SyntaxError ? "damaged" : "unreachable";
}

function refused(result: unknown): boolean {
  return result === false || (Array.isArray(result) && result.includes(false));
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
