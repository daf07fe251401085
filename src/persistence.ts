/** Keeps the store and the knowledge in memory alike: events out, events in. */

import type { RecordStore, StoredEvent } from "./store/records.js";
import { BoundedMap, type Holding } from "./template/bounded-map.js";
import type { Entry, Exchange, Knowledge } from "./tree/knowledge.js";
import { createPool, decodeEntry, encodeEntry, type Pool } from "./tree/record.js";

/** What the cache is told of a read. */
interface Hooks {
  /** Records that were not what they should be. */
  onDamaged(count: number): void;
  /** Something that was read could not be taken in. */
  onFault(error: unknown): void;
  /** Other processes have erased entries that were known here. */
  onForgotten(): void;
  /** Entries went to stay within bounds. */
  onEvicted(entries: readonly Entry[]): void;
  /** Exchanges that were not known here before. */
  onExchanges(exchanges: readonly Exchange[]): void;
}

// As long as the store itself remembers a forget: an older one is in no log any more.
const REMEMBERED_FOR = 3_600_000;
// Beyond it the oldest are forgotten early: only a record that another process wrote before then and that is read for the
// first time after as many others were erased could come back by that.
const REMEMBERED = { maxEntries: 200_000, maxSize: 32 * 1024 * 1024 };

/** Applies what the store holds to the knowledge, and writes what is learned here. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  // When an id was last erased: what is from before it, read late from another writer, must not bring it back.
  private readonly erased = new BoundedMap<string, number>(REMEMBERED);

  constructor(
    private readonly store: RecordStore | undefined,
    private readonly knowledge: Knowledge,
    private readonly hooks: Hooks,
  ) {}

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { erased: this.erased.holding };
  }

  /** Reads what is new in the store. One read at a time. Never rejects: what cannot be taken in is told. */
  read(): Promise<void> {
    if (!this.store) return Promise.resolve();
    this.reading ??= this.readAll(this.store)
      .catch((error: unknown) => this.hooks.onFault(error))
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }

  private async readAll(store: RecordStore): Promise<void> {
    const fresh: Exchange[] = [];
    const pool = createPool();
    await store.read((page) => this.apply(page, pool, fresh));
    if (fresh.length > 0) this.hooks.onExchanges(fresh);
  }

  /** Reads again every `interval` ms; the timer does not keep the process alive. */
  poll(interval: number): void {
    if (!this.store || interval === 0) return;
    this.timer = setInterval(() => void this.read(), interval);
    this.timer.unref?.();
  }

  async put(entry: Entry): Promise<void> {
    await this.store?.append([{ kind: "put", id: entry.id, at: entry.at, body: encodeEntry(entry) }]);
  }

  note(kind: "agree" | "contradict", id: string, witness: string, at: number): void {
    void this.store?.append([{ kind, id, witness, at }]);
  }

  /** A time for something that happens to an id now: later than its last erasure, so that it is not taken for erased. */
  moment(id: string, now: number): number {
    return Math.max(now, (this.erased.peek(id) ?? -Infinity) + 1);
  }

  /** Erases ids from the store, each as of a time: what happened to it until then counts no more. */
  async erase(ids: ReadonlyMap<string, number>): Promise<void> {
    if (!this.store || ids.size === 0) return;
    for (const [id, at] of ids) this.noteErased(id, at);
    await this.store.append([...ids].map(([id, at]): StoredEvent => ({ kind: "forget", id, at })));
  }

  private noteErased(id: string, at: number): void {
    this.erased.set(id, Math.max(at, this.erased.peek(id) ?? -Infinity));
    for (const [old, then] of this.erased) {
      if (then >= at - REMEMBERED_FOR) break;
      this.erased.delete(old);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.store?.close();
  }

  async flush(): Promise<void> {
    await this.store?.flush();
  }

  /** A fold that gives the same in any order: a put or a witness counts unless a forget of its id is as late or later. */
  private apply(events: readonly StoredEvent[], pool: Pool, fresh: Exchange[]): void {
    let forgotten = 0;
    for (const { kind, id, at } of events) {
      if (kind !== "forget") continue;
      this.noteErased(id, at);
      const entry = this.knowledge.get(id);
      if (entry && entry.at > at) continue;
      if (this.knowledge.remove(id)) forgotten++;
      this.knowledge.dropEvidence(id);
    }
    if (forgotten > 0) this.hooks.onForgotten();
    let damaged = 0;
    // Puts come oldest first: where there is more than fits, the newest stays.
    for (const event of events) {
      if (event.kind === "forget" || event.at <= (this.erased.peek(event.id) ?? -Infinity)) continue;
      try {
        if (event.kind !== "put") {
          if (event.witness !== undefined) this.knowledge[event.kind](event.id, event.witness);
        } else if (!this.take(event, pool, fresh)) damaged++;
      } catch (error) {
        // It fails alone: the rest of the page is none the worse.
        this.hooks.onFault(error);
      }
    }
    if (damaged > 0) this.hooks.onDamaged(damaged);
  }

  /** Adds what was put. Returns whether it was what it should be. */
  private take({ id, at, body }: StoredEvent, pool: Pool, fresh: Exchange[]): boolean {
    const entry = decoded(id, at, body, pool);
    if (!entry) return false;
    if (entry.kind === "exchange" && !this.knowledge.get(id)) fresh.push(entry);
    this.hooks.onEvicted(this.knowledge.add(entry));
    return true;
  }
}

function decoded(id: string, at: number, body: unknown, pool: Pool): Entry | undefined {
  try {
    return decodeEntry(id, at, body, pool);
  } catch {
    return undefined;
  }
}
