/**
 * App keys in the store that the cache is kept in, under a key space of their own: vended, rotated and revoked by any
 * process, heard of by all that look, every few seconds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openRecordStore, type StoredEvent, type StoreFault, type StoreSource } from "reprise";
import {
  type AppKey,
  digestOf,
  isSecret,
  type KeySettings,
  keySettings,
  newId,
  newSecret,
} from "./app-key.js";
import {
  createKeyRing,
  type KeyListing,
  keyIssued,
  keyRevoked,
  type NotOpened,
  secretEnds,
  secretIssued,
} from "./key-ring.js";
import { createUsageBook, type KeyUsage } from "./usage.js";

/** The keys of one store. */
export interface KeyStore {
  /**
   * The key that a secret opens, or why it opens none; `unavailable` where that cannot be told, because the store does
   * not answer. Answers at once for a secret that is known. For one that is not, the store is looked at first, for all of
   * them together and at most twice a second: it may have been vended elsewhere a moment ago. `staleFor`: how many
   * milliseconds keys that are known are taken while the store does not answer, one hour by default.
   */
  open(secret: string, staleFor?: number): AppKey | KeyRefusal | Promise<AppKey | KeyRefusal>;
  /** Makes a key. Its secret is told here and never again. Rejects with `KeysUnavailable`. */
  vend(settings: KeySettings, expires?: number): Promise<Vended>;
  /**
   * Gives a key another secret; those that it had are taken for `grace` milliseconds more. `undefined` where there is
   * no such key, or it has ended. Rejects with `KeysUnavailable`.
   */
  rotate(id: string, grace: number): Promise<Vended | undefined>;
  /**
   * Ends a key, with all of its secrets. `undefined` where there is none. Rejects with `KeysUnavailable`: this process
   * then refuses the key all the same, and goes on trying to record it.
   */
  revoke(id: string): Promise<AppKey | undefined>;
  /** All keys as they are known now, the oldest first. */
  list(): KeyListing[];
  /** The key of an id, of its first characters, or of a name, where there is exactly one. */
  find(written: string): AppKey | undefined;
  /** Counts what was done with a key; it is recorded every few seconds. */
  count(key: string, more: Partial<KeyUsage>): void;
  /** What all processes have counted by key, of a month such as `2026-11` or of all that are kept. */
  usage(month?: string): ReadonlyMap<string, KeyUsage>;
  /** Looks into the store now. Resolves with whether it answered. */
  refresh(): Promise<boolean>;
  /** Records what was counted, and lets go of the store. A Keyv that was handed in stays open. */
  close(): Promise<void>;
}

/** Why a secret opens nothing. */
export type KeyRefusal = NotOpened | "unavailable";

/** A key with its secret, which is told once. */
export interface Vended {
  readonly key: AppKey;
  readonly secret: string;
}

/** The store of the keys did not answer. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
  constructor() {
    super(
      "the store of the app keys does not answer: nothing that is told of was recorded for sure; try again",
    );
  }
}

/** How keys are opened. Times are in milliseconds. */
export interface KeyStoreOptions {
  readonly store: StoreSource;
  /** That of the cache beside it: gateways of other namespaces on the store have other keys. */
  readonly namespace: string;
  /** How often the store is looked at; 0: only when told to. Default 2,000. */
  readonly pollInterval?: number;
  /** How often what was counted is recorded. Default 5,000. */
  readonly flushInterval?: number;
  /** How long one operation of the store may take. Default 5,000. */
  readonly operationDeadline?: number;
  readonly onFault?: (fault: StoreFault) => void;
  readonly now?: () => number;
}

/** No namespace of a cache begins so, unless somebody wants it to. */
const KEY_SPACE = "\u0000app-keys ";
/** How often secrets that nobody knows make the store be looked at. */
const LOOK_EVERY = 500;
const HOUR = 3_600_000;
const MAX_RECORD = 4 * 1024 * 1024;

/** Opens the keys of a store. Nothing is read before the first call. */
export function openKeyStore(options: KeyStoreOptions): KeyStore {
  const { pollInterval = 2_000, flushInterval = 5_000, now = Date.now } = options;
  const clock = (): number => performance.now();
  let hasFailed = false;
  const records = openRecordStore({
    keyv: options.store,
    namespace: `${KEY_SPACE}${options.namespace}`,
    maxRecordBytes: MAX_RECORD,
    operationDeadline: options.operationDeadline ?? 5_000,
    onFault(fault) {
      if (fault.operation === "read" && (fault.code === "timeout" || fault.code === "unreachable"))
        hasFailed = true;
      options.onFault?.(fault);
    },
  });
  const ring = createKeyRing();
  const book = createUsageBook(newId());
  /** When the store was last read as a whole, and when it was last asked. */
  let readAt = Number.NEGATIVE_INFINITY;
  let began = Number.NEGATIVE_INFINITY;
  let reading: Promise<boolean> | undefined;
  /** A look that has not begun yet. */
  let looking: Promise<boolean> | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let losses = 0;

  function refresh(): Promise<boolean> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function read(): Promise<boolean> {
    began = clock();
    hasFailed = false;
    await records.read((events) => {
      ring.take(events);
      book.take(events);
    });
    if (!hasFailed) readAt = clock();
    // A store that was emptied is told again what is known.
    if (records.losses() !== losses) records.record([...ring.all(), ...book.own()]);
    losses = records.losses();
    return !hasFailed;
  }

  /** One after the other, so that it can be told whether what was just written is recorded. */
  function write(events: readonly StoredEvent[]): Promise<boolean> {
    const written = writing.then(async () => {
      if (events.length === 0) return true;
      records.record(events);
      await records.flush();
      return records.lag().waiting === 0;
    });
    writing = written;
    return written;
  }

  async function writeOrFail(events: readonly StoredEvent[]): Promise<void> {
    if (!(await write(events))) throw new KeysUnavailable();
  }

  /** Whoever changes something knows all there is before. */
  async function latest(): Promise<void> {
    if (!(await refresh())) throw new KeysUnavailable();
  }

  function openKnown(secret: string, staleFor: number): AppKey | KeyRefusal {
    return clock() - readAt > staleFor ? "unavailable" : ring.open(secret, now());
  }

  /** Reads what has been recorded until now, together with all who ask for the same before that begins. */
  function look(): Promise<boolean> {
    looking ??= (async () => {
      await sleep(Math.max(0, began + LOOK_EVERY - clock()));
      await reading;
      looking = undefined;
      return await refresh();
    })();
    return looking;
  }

  async function openUnknown(secret: string, staleFor: number): Promise<AppKey | KeyRefusal> {
    if (!isSecret(secret)) return "unknown";
    const isRead = await look();
    const found = openKnown(secret, staleFor);
    return found === "unknown" && !isRead ? "unavailable" : found;
  }

  function newSecretOf(key: string): { readonly text: string; readonly event: StoredEvent } {
    const text = newSecret();
    const event = secretIssued({ v: 1, key, secret: newId(), digest: digestOf(text), issued: now() });
    return { text, event };
  }

  const timers = [
    ...(pollInterval > 0 ? [setInterval(() => void refresh(), pollInterval)] : []),
    ...(flushInterval > 0 ? [setInterval(() => void write(book.due(now())), flushInterval)] : []),
  ];
  for (const timer of timers) timer.unref();

  return {
    open(secret, staleFor = HOUR) {
      const found = openKnown(secret, staleFor);
      return found === "unknown" || found === "unavailable" ? openUnknown(secret, staleFor) : found;
    },
    async vend(settings, expires) {
      await latest();
      const { name, namespace, models, limits } = keySettings.parse(settings);
      const id = newId();
      const key: AppKey = {
        ...{ id, name, namespace: namespace ?? id, models, limits, issued: now() },
        ...(expires !== undefined && { expires }),
      };
      const { text: secret, event } = newSecretOf(id);
      const events = [keyIssued(key), event];
      if (!(await write(events))) {
        // It may yet be recorded: nobody has its secret, and it is to open nothing.
        records.record([keyRevoked(id, now())]);
        throw new KeysUnavailable();
      }
      ring.take(events);
      return { key, secret };
    },
    async rotate(id, grace) {
      await latest();
      const key = ring.list(now()).find((each) => each.id === id && each.standing === "valid");
      if (!key) return undefined;
      const at = now();
      const { text: secret, event } = newSecretOf(id);
      const ending = ring.lasting(id).map((old) => secretEnds(old.secret, { at, until: at + grace }));
      await writeOrFail([event, ...ending]);
      ring.take([event, ...ending]);
      const { standing: _, oldUntil: __, ...plain } = key;
      return { key: plain, secret };
    },
    async revoke(id) {
      const answered = await refresh();
      const key = ring.list(now()).find((each) => each.id === id);
      if (!key && !answered) throw new KeysUnavailable();
      if (!key) return undefined;
      const event = keyRevoked(id, now());
      ring.take([event]);
      await writeOrFail([event]);
      const { standing: _, oldUntil: __, ...plain } = key;
      return plain;
    },
    list: () => ring.list(now()),
    find: (written) => ring.find(written),
    count: (key, more) => book.add(key, more, now()),
    usage: (month) => book.sums(month),
    refresh,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await write(book.due(now()));
      await records.close();
    },
  };
}
