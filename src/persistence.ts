/** Keeps the store and the knowledge in memory alike: events out, events in. */
import type { RecordStore, StoredEvent } from "./store/records.js";
import { decodeEntry, encodeEntry } from "./tree/entry.js";
import type { Entry, Knowledge } from "./tree/knowledge.js";

/** Called for entries that other processes forgot or that went to stay within bounds. */
interface Hooks {
  onDamaged(count: number): void;
  onEvicted(entries: readonly Entry[]): void;
}

/** Applies what the store holds to the knowledge, and writes what is learned here. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  // When an id was last erased: a put from before it, read late from another writer, must not bring it back.
  private readonly erased = new Map<string, number>();

  constructor(
    private readonly store: RecordStore | undefined,
    private readonly knowledge: Knowledge,
    private readonly hooks: Hooks,
  ) {}

  /** Reads what is new in the store. One read at a time. */
  read(): Promise<void> {
    if (!this.store) return Promise.resolve();
    this.reading ??= this.store
      .read()
      .then((events) => this.apply(events))
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }

  /** Reads again every `interval` ms; the timer does not keep the process alive. */
  poll(interval: number): void {
    if (!this.store || interval === 0) return;
    this.timer = setInterval(() => void this.read(), interval);
    this.timer.unref();
  }

  async put(entry: Entry): Promise<void> {
    await this.store?.append([{ kind: "put", id: entry.id, at: entry.at, body: encodeEntry(entry) }]);
  }

  note(kind: "agree" | "contradict", id: string, witness: string, at: number): void {
    void this.store?.append([{ kind, id, witness, at }]);
  }

  /** Erases entries from the store. */
  async erase(ids: readonly string[], at: number): Promise<void> {
    for (const id of ids) this.erased.set(id, at);
    if (ids.length > 0) await this.store?.append(ids.map((id): StoredEvent => ({ kind: "forget", id, at })));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.store?.close();
  }

  async flush(): Promise<void> {
    await this.store?.flush();
  }

  /** A fold that gives the same in any order: a put counts unless a forget of its id is as late or later. */
  private apply(events: readonly StoredEvent[]): void {
    for (const { kind, id, at } of events) {
      if (kind === "forget") this.erased.set(id, Math.max(at, this.erased.get(id) ?? 0));
    }
    let damaged = 0;
    for (const { kind, id, at, witness, body } of events) {
      const erasedAt = this.erased.get(id);
      if (kind === "forget") {
        const entry = this.knowledge.get(id);
        if (entry && entry.at <= at) this.knowledge.remove(id);
        this.knowledge.dropEvidence(id);
        continue;
      }
      if (erasedAt !== undefined && at <= erasedAt) continue;
      if (kind === "put") {
        try {
          this.hooks.onEvicted(this.knowledge.add(decodeEntry(id, at, body)));
        } catch {
          damaged++;
        }
      } else if (witness !== undefined) this.knowledge[kind](id, witness);
    }
    if (damaged > 0) this.hooks.onDamaged(damaged);
  }
}
