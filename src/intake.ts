/** Takes what a store holds into what is known: a fold over events that gives the same in any order. */
import { decodeErasure, type Erasure, type Erasures } from "./erasures.js";
import type { Settings } from "./options.js";
import type { Questions } from "./questions.js";
import { TRIMS_KEPT } from "./store/ledger.js";
import { type StoredEvent, TRIMMED } from "./store/records.js";
import { BoundedMap, type Holding } from "./template/bounded-map.js";
import type { Entry, Exchange, Knowledge } from "./tree/knowledge.js";
import { createPool, decodeEntry, type Pool } from "./tree/record.js";

/** What the cache is told of a read. */
export interface Hooks {
  /** Records that were not what they should be. */
  onDamaged(count: number): void;
  /** Something that was read could not be taken in. */
  onFault(error: unknown): void;
  /** Other processes have erased these ids, and what of it was known here. */
  onForgotten(ids: ReadonlySet<string>, entries: readonly Entry[]): void;
  /** Another process has erased whatever meets certain criteria. */
  onErasure(erasure: Erasure): void;
  /** Entries went to stay within bounds. */
  onEvicted(entries: readonly Entry[]): void;
  /** Exchanges that were not known here before. */
  onExchanges(exchanges: readonly Exchange[]): void;
}

interface Parts {
  readonly knowledge: Knowledge;
  readonly erasures: Erasures;
  readonly questions: Questions;
  readonly settings: Pick<Settings, "now" | "ttl">;
  readonly hooks: Hooks;
  /** Erases from the store what turns out to be erased; each id as of a time. */
  erase(ids: ReadonlyMap<string, number>): void;
  /** Told of each put. */
  onPut(): void;
}

/** What is read together: what its entries have in common, and the exchanges that were not known before. */
export interface Batch {
  readonly pool: Pool;
  readonly fresh: Exchange[];
}

// As long as the store itself remembers a forget: an older one is in no log any more.
const REMEMBERED_FOR = 3_600_000;
// Beyond it the oldest are forgotten early: only a record that another process wrote before then and that is read for the
// first time after as many others were erased could come back by that.
const REMEMBERED = { maxEntries: 200_000, maxSize: 32 * 1024 * 1024 };

/** Takes in pages of events. */
export class Intake {
  /** When ids were last erased: what is from before it, read late from another writer, must not bring it back. */
  readonly erased = new BoundedMap<string, number>(REMEMBERED);
  /** The same of what went to keep the store within its bound, which is soon of no interest. */
  private readonly trimmed = new BoundedMap<string, number>(REMEMBERED);

  constructor(private readonly parts: Parts) {}

  /** What it holds, by name, for `stats()`. */
  get holdings(): Readonly<Record<"erased" | "trimmed", Holding>> {
    return { erased: this.erased.holding, trimmed: this.trimmed.holding };
  }

  /** A put or a witness counts unless it is erased, by name or by criteria. */
  apply(events: readonly StoredEvent[], batch: Batch): void {
    const { knowledge, erasures, hooks } = this.parts;
    this.forget(events);
    let damaged = 0;
    // Puts come oldest first: where there is more than fits, the newest stays.
    for (const event of events) {
      const { kind, id, at, witness } = event;
      if (kind === "forget" || kind === "erase" || kind === "use" || at <= this.erasedAt(id)) continue;
      try {
        if (kind === "put") {
          this.parts.onPut();
          if (!this.take(event, batch)) damaged++;
        } else if (witness !== undefined && !erasures.hasErasedAll(at) && !this.isPast(at)) knowledge[kind](id, witness);
      } catch (error) {
        // It fails alone: the rest of the page is none the worse.
        hooks.onFault(error);
      }
    }
    if (damaged > 0) hooks.onDamaged(damaged);
  }

  /** Takes in entries that were looked for by name. */
  find(bodies: ReadonlyMap<string, unknown>, ids: ReadonlyMap<string, number>): void {
    const batch = createBatch();
    for (const [id, body] of bodies) {
      const at = ids.get(id) ?? 0;
      if (at > this.erasedAt(id)) this.take({ kind: "put", id, at, body }, batch, "found");
    }
    if (batch.fresh.length > 0) this.parts.hooks.onExchanges(batch.fresh);
  }

  /** Takes in what somebody has looked at meanwhile, and erases what nobody has. */
  settle(): void {
    const { settings, questions, erasures, knowledge, hooks } = this.parts;
    const now = settings.now();
    const { counted, vain } = questions.settle(now);
    for (const entry of counted) hooks.onEvicted(knowledge.add(entry));
    if (vain.size > 0) this.parts.erase(vain);
    erasures.prune(now);
  }

  /** Takes note that an id is erased, as of a time. */
  note(id: string, at: number, why: "erased" | "trimmed" = "erased"): void {
    const [ids, keptFor] = why === "erased" ? [this.erased, REMEMBERED_FOR] : [this.trimmed, TRIMS_KEPT];
    ids.set(id, Math.max(at, ids.peek(id) ?? Number.NEGATIVE_INFINITY));
    for (const [old, then] of ids) {
      if (then >= at - keptFor) break;
      ids.delete(old);
    }
  }

  /** When an id was last erased. */
  erasedAt(id: string): number {
    return Math.max(this.erased.peek(id) ?? Number.NEGATIVE_INFINITY, this.trimmed.peek(id) ?? Number.NEGATIVE_INFINITY);
  }

  private forget(events: readonly StoredEvent[]): void {
    const { knowledge, questions, hooks } = this.parts;
    const forgotten = new Set<string>();
    const entries: Entry[] = [];
    for (const event of events) {
      if (event.kind === "erase") this.hear(event);
      if (event.kind !== "forget") continue;
      const { id, at } = event;
      this.note(id, at, event.witness === TRIMMED ? "trimmed" : "erased");
      const entry = knowledge.get(id);
      if (entry && entry.at > at) continue;
      forgotten.add(id);
      if (entry && event.witness !== TRIMMED) entries.push(entry);
      knowledge.remove(id);
      knowledge.dropEvidence(id);
      questions.drop(id);
    }
    if (forgotten.size > 0) hooks.onForgotten(forgotten, entries);
  }

  private hear(event: StoredEvent): void {
    const { erasures, questions, knowledge, hooks } = this.parts;
    const erasure = decodeErasure(event);
    if (!erasure || !erasures.add(erasure)) return;
    questions.reconsider((id) => knowledge.remove(id));
    hooks.onErasure(erasure);
  }

  /** Adds what was put, if it counts. Returns whether it was what it should be. */
  private take({ id, at, witness, body }: StoredEvent, { pool, fresh }: Batch, how?: "found"): boolean {
    const { knowledge, erasures, questions, settings, hooks } = this.parts;
    const entry = decoded(id, at, body, pool);
    if (!entry) return false;
    // It is past its time here; for others it may not be.
    if (this.isPast(at)) return true;
    if (erasures.hasErased(entry)) {
      // Whoever wrote it did not know. It is named here, so that it goes from the store as well.
      this.parts.erase(new Map([[id, at]]));
      return true;
    }
    // What was known here before has been looked at.
    if (how !== "found" && !questions.admits(entry, witness, settings.now())) return true;
    if (entry.kind === "exchange" && !knowledge.get(id)) fresh.push(entry);
    hooks.onEvicted(knowledge.add(entry));
    return true;
  }

  private isPast(at: number): boolean {
    const { ttl, now } = this.parts.settings;
    return ttl !== undefined && now() - at > ttl;
  }
}

export function createBatch(): Batch {
  return { pool: createPool(), fresh: [] };
}

/** An entry from a body; `undefined` if it is none. */
export function decoded(id: string, at: number, body: unknown, pool: Pool = createPool()): Entry | undefined {
  try {
    return decodeEntry(id, at, body, pool);
  } catch {
    return undefined;
  }
}
