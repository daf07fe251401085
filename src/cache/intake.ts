/** Takes what a store holds into what is known: a fold over events that gives the same in any order. */

import type { Settings } from "../options.js";
import { type StoredEvent, TRIMMED } from "../store/records.js";
import type { Entry, Exchange, Knowledge } from "../tree/knowledge.js";
import { createPool, decodeEntry, type EntryRecord, type Pool } from "../tree/record.js";
import { decodeErasure, type Erasure } from "./erasures.js";
import type { Journal } from "./journal.js";

/** What the cache is told of a read. */
export interface Hooks {
  /** Records that were not what they should be. */
  onDamaged(count: number): void;
  /** Something that was read could not be taken in. */
  onFault(error: unknown): void;
  /** Other processes have erased something, and what of it was known here. */
  onForgotten(entries: readonly Entry[]): void;
  /** Another process has erased whatever meets certain criteria. */
  onErasure(erasure: Erasure): void;
  /** Entries went to stay within bounds. */
  onEvicted(entries: readonly Entry[]): void;
  /** Exchanges that were not known here before. */
  onExchanges(exchanges: readonly Exchange[]): void;
}

interface Parts {
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  readonly settings: Pick<Settings, "now" | "ttl">;
  readonly hooks: Hooks;
}

/** What is read together: what its entries have in common, and the exchanges that were not known before. */
export interface Batch {
  readonly pool: Pool;
  readonly fresh: Exchange[];
}

/** Takes in pages of events. */
export class Intake {
  constructor(private readonly parts: Parts) {}

  /** A put or a witness counts unless it is erased, by name or by criteria. */
  apply(events: readonly StoredEvent[], batch: Batch): void {
    const { knowledge, journal, hooks } = this.parts;
    const { erased, erasures } = journal;
    this.forget(events);
    let damaged = 0;
    // Puts come oldest first: where there is more than fits, the newest stays.
    for (const event of events) {
      const { kind, id, at, witness } = event;
      if (kind === "forget" || kind === "erase" || kind === "use" || at <= erased.at(id)) continue;
      try {
        if (kind === "put") {
          journal.puts++;
          if (!this.take(event, batch)) damaged++;
        } else if (witness !== undefined && !erasures.hasErasedAll(at) && !this.isPast(at))
          knowledge[kind](id, witness);
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
      if (at > this.parts.journal.erased.at(id)) this.take({ kind: "put", id, at, body }, batch, "found");
    }
    if (batch.fresh.length > 0) this.parts.hooks.onExchanges(batch.fresh);
  }

  /** Takes in what somebody has looked at meanwhile, and erases what nobody has. */
  settle(): void {
    const { settings, journal, knowledge, hooks } = this.parts;
    const { questions, erasures } = journal;
    const now = settings.now();
    const { counted, vain } = questions.settle(now);
    for (const entry of counted) hooks.onEvicted(knowledge.add(entry));
    if (vain.size > 0) void journal.erase(vain);
    erasures.prune(now);
  }

  private forget(events: readonly StoredEvent[]): void {
    const { knowledge, journal, hooks } = this.parts;
    let hasForgotten = false;
    const entries: Entry[] = [];
    for (const event of events) {
      if (event.kind === "erase") this.hear(event);
      if (event.kind !== "forget") continue;
      const { id, at } = event;
      journal.erased.note(id, at, event.witness === TRIMMED ? "trimmed" : "erased");
      const entry = knowledge.get(id);
      if (entry && entry.at > at) continue;
      hasForgotten = true;
      if (entry && event.witness !== TRIMMED) entries.push(entry);
      knowledge.remove(id);
      knowledge.dropEvidence(id);
      journal.questions.drop(id);
    }
    if (hasForgotten) hooks.onForgotten(entries);
  }

  private hear(event: StoredEvent): void {
    const { journal, knowledge, hooks } = this.parts;
    const erasure = decodeErasure(event);
    if (!erasure || !journal.erasures.add(erasure)) return;
    journal.questions.reconsider((id) => knowledge.remove(id));
    hooks.onErasure(erasure);
  }

  /** Adds what was put, if it counts. Returns whether it was what it should be. */
  private take({ id, at, witness, body }: StoredEvent, { pool, fresh }: Batch, how?: "found"): boolean {
    const { knowledge, journal, settings, hooks } = this.parts;
    const entry = decoded({ id, at, body }, pool);
    if (!entry) return false;
    // It is past its time here; for others it may not be.
    if (this.isPast(at)) return true;
    if (journal.erasures.hasErased(entry)) {
      // Whoever wrote it did not know. It is named here, so that it goes from the store as well.
      void journal.erase(new Map([[id, at]]));
      return true;
    }
    // What was known here before has been looked at.
    if (how !== "found" && !journal.questions.admits(entry, witness, settings.now())) return true;
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

/** An entry from its record; `undefined` if that is none. */
export function decoded(stored: EntryRecord, pool: Pool = createPool()): Entry | undefined {
  try {
    return decodeEntry(stored, pool);
  } catch {
    return undefined;
  }
}
