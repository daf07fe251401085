/** What stands between the cache and a Keyv store: events about records, and the records' bodies. */

/** Something that happened to a record. The cache's state is a fold over events that gives the same in any order. */
export interface StoreEvent {
  /**
   * `put`: the record with this id was learned (its body is stored). `forget`: it was erased. A put and a forget of one
   * id are ordered by `at`. `agree` / `contradict`: evidence about it; `witness` tells one piece of evidence from
   * another, so that the same evidence counted twice is counted once.
   */
  readonly kind: "put" | "forget" | "agree" | "contradict";
  /** Content address of the record: a short text of `[0-9a-z-]`. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly witness?: string;
}

/** An event as read back; a `put` carries its record's body (any JSON value) when that could be read and checked. */
export interface StoredEvent extends StoreEvent {
  readonly body?: unknown;
}

/** The store as the cache sees it. No method ever rejects or throws: what fails is reported through `onFault`. */
export interface RecordStore {
  /**
   * The first call gives all events of all writers, bodies included; later calls give what *other* writers have added
   * since. A put whose body is missing or damaged is left out and counted as a fault.
   */
  read(): Promise<readonly StoredEvent[]>;
  /** Stores events (and the bodies of puts). Resolves when recorded, or when the deadline has passed. */
  append(events: readonly StoredEvent[]): Promise<void>;
  /** Resolves when everything appended so far is recorded or has failed. */
  flush(): Promise<void>;
  /** Flushes and lets go of timers. Does not disconnect the Keyv it was given. */
  close(): Promise<void>;
}

/** What went wrong in the store, without any content: safe to log. */
export interface StoreFault {
  readonly code: "timeout" | "unreachable" | "damaged" | "unknown-version" | "missing" | "too-large";
  readonly operation: "read" | "write" | "erase";
  /** How many records it concerns. */
  readonly count: number;
}
