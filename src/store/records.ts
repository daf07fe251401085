/** What stands between the cache and a Keyv store: events about records, and the records' bodies. */

/**
 * Something that happened to a record. The cache's state is a fold over events that gives the same in any
 * order.
 */
export interface StoreEvent {
  /**
   * `put`: the record with this id was learned (its body is stored). `forget`: it was erased. A put and a
   * forget of one id are ordered by `at`. `agree` / `contradict`: evidence about it; `witness` tells one
   * piece of evidence from another, so that the same evidence counted twice is counted once. `erase`:
   * whatever meets certain criteria was erased; `witness` tells which, to those who know records. With the id
   * `all` it erases whatever happened until `at`. `use`: the record was of use at this time.
   */
  readonly kind: "put" | "forget" | "agree" | "contradict" | "erase" | "use";
  /** Content address of the record: a short text of `[0-9a-z-]`. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * Of evidence, what tells it from other evidence; of a put, whatever its writer has to say of it; of a
   * forget, `BRIEFLY` or `TRIMMED`.
   */
  readonly witness?: string;
  /** Of a put: the scope of its record, by which it can be left where it is until somebody asks for it. */
  readonly scope?: string;
}

/**
 * The witness of a forget that need not be remembered for long: an erasure that means the record is told as
 * well.
 */
export const BRIEFLY = "brief";

/** The witness of a forget that keeps the store within its bound. It is not remembered for long either. */
export const TRIMMED = "trim";

/** The id of an erasure of everything. */
export const ALL = "all";

/**
 * An event as read back; a `put` carries its record's body (any JSON value) when that could be read and
 * checked.
 */
export interface StoredEvent extends StoreEvent {
  readonly body?: unknown;
}

/** Takes in a page of events. */
export type Take = (page: readonly StoredEvent[]) => unknown;

/** Whether the body of a put that tells its scope is to be read; `among` so many puts of this read. */
export type Wants = (put: StoreEvent, among: number) => boolean;

/**
 * The store as the cache sees it. No method rejects or throws of itself: what fails is reported through
 * `onFault`.
 */
export interface RecordStore {
  /**
   * The first call gives all events of all writers, bodies included; later calls give what *other* writers
   * have added since. `take` gets them in pages, so that a store's bodies are never in memory all at once,
   * and other work comes in between: first everything but puts, then the puts that nobody wants, without
   * their bodies, then the others, oldest first. A put whose body is
   * missing or damaged is left out and counted as a fault; a put that was forgotten is left out. What
   * could not be read for now comes with a later call. An event may come twice: after its writer died and
   * another took over its log, or after a write that hung. Rejects only with what `take` throws.
   */
  read(take: Take, wants?: Wants): Promise<void>;
  /**
   * Stores events (and the bodies of puts; a put without one says that the body is stored already). Resolves
   * when recorded, or when the deadline has passed; the write then goes on in the background.
   */
  append(events: readonly StoredEvent[]): Promise<void>;
  /** The same for a caller that does not wait. */
  record(events: readonly StoredEvent[]): void;
  /**
   * Erases records to keep the store within its bound, in turn with what waits to be written, however much that
   * is. Resolves when it is recorded or an attempt to has failed; what is not when the store is closed is left to
   * the next owner.
   */
  trim(events: readonly StoreEvent[]): Promise<void>;
  /** How many events wait to be written. */
  waiting(): number;
  /**
   * What the writers of this store were about to put when they last wrote: it may stand in the store though
   * no log names it, if its writer was killed. Those that are there, with their bodies. Never rejects.
   */
  intended(): Promise<StoredEvent[]>;
  /**
   * What all logs hold, for comparison with what is known: the name of each event, and when it happened; see
   * `nameOf`. `undefined` if the store did not answer. Never rejects.
   */
  held(): Promise<ReadonlyMap<string, number> | undefined>;
  /**
   * How often so far something was found missing that had been recorded, or was given up before it was: it is
   * to be put again.
   */
  losses(): number;
  /** How many events are not recorded yet, and for how many milliseconds the oldest of them has waited. */
  lag(): { readonly waiting: number; readonly lag: number };
  /**
   * Whether it is for this process to keep the store within its bound: one of those that write, and no other
   * at the same time.
   */
  isOwner(): boolean;
  /**
   * The bodies of records by their ids, those that are there; `undefined` if the store did not answer. Never
   * rejects.
   */
  bodies(ids: readonly string[]): Promise<ReadonlyMap<string, unknown> | undefined>;
  /** Resolves when everything appended so far is recorded or has failed. */
  flush(): Promise<void>;
  /** Flushes and lets go of timers. Does not disconnect the Keyv it was given. */
  close(): Promise<void>;
}

/** What went wrong in the store, without any content: safe to log. */
export interface StoreFault {
  /**
   * `slow`: a caller did not wait longer for a write, which goes on. `timeout`: no answer at all.
   * `unreachable`: the store refused or failed. Both are tried again. `damaged`, `unknown-version`,
   * `missing`: a record that is not believed or not there, read as absent. `too-large`: a record beyond
   * `maxRecordBytes`, not stored. `dropped`: events given up, because too many were waiting or the store was
   * closed before they could be recorded. `lost`: what had been recorded is no longer there; what is known of
   * it is put again.
   */
  readonly code:
    | "slow"
    | "lost"
    | "timeout"
    | "unreachable"
    | "damaged"
    | "unknown-version"
    | "missing"
    | "too-large"
    | "dropped";
  readonly operation: "read" | "write" | "erase";
  /** How many records it concerns. */
  readonly count: number;
}

/** What tells an event from others: the same for the same thing that happened, whoever tells it. */
export function nameOf({ kind, id, witness }: StoreEvent): string {
  return kind === "agree" || kind === "contradict" || kind === "erase"
    ? `${kind} ${id} ${witness ?? ""}`
    : `${kind} ${id}`;
}

/** How the parts of the store report a fault; a count of zero is no fault. */
export type Report = (code: StoreFault["code"], operation: StoreFault["operation"], count: number) => void;
