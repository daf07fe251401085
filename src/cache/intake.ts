/** Takes what a store holds into what is known: a fold over events that gives the same in any order. */

import type { Settings } from "../options.js";
import { type StoredEvent, type StoreEvent, TRIMMED } from "../store/records.js";
import type { Entry, Exchange, Knowledge } from "../tree/knowledge.js";
import { createPool, decodeEntry, type EntryRecord, type Pool } from "../tree/record.js";
import { decodeErasure, type Erasure } from "./erasures.js";
import type { Journal } from "./journal.js";
import type { LetGo, Stub } from "./let-go.js";

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
  onExchanges(exchanges: readonly Exchange[]): void | Promise<void>;
}

interface Parts {
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  readonly settings: Pick<Settings, "now" | "ttl">;
  readonly hooks: Hooks;
  /** What is left in the store. */
  readonly gone: LetGo;
  /** Whether what belongs to a scope is to be in memory. */
  readonly isWanted: (scope: string) => boolean;
  /** Told of a scope of which something is left in the store. */
  readonly onLeft: (scope: string) => void;
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
          if (!("body" in event)) this.leave(event);
          else if (!this.take(event, batch)) damaged++;
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
  find(bodies: ReadonlyMap<string, unknown>, stubs: readonly Stub[], batch: Batch): void {
    let damaged = 0;
    for (const stub of stubs) {
      const { id, at } = stub;
      const body = bodies.get(id);
      if (body === undefined || at <= this.parts.journal.erased.at(id)) continue;
      try {
        if (!this.take({ kind: "put", id, at, body }, batch, stub)) damaged++;
      } catch (error) {
        this.parts.hooks.onFault(error);
      }
    }
    if (damaged > 0) this.parts.hooks.onDamaged(damaged);
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
    const { knowledge, journal, gone, hooks } = this.parts;
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
      if ((gone.get(id)?.at ?? at) <= at) gone.drop(id);
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

  /** Leaves in the store what nobody has asked about. */
  private leave({ id, at, scope, witness: mark }: StoreEvent): void {
    if (scope === undefined || this.isPast(at)) return;
    this.parts.gone.leave(id, { at, scope, mark });
    this.parts.onLeft(scope);
  }

  /**
   * Adds what was put, if it counts. Returns whether it was what it should be. `found`: what was known of it
   * when it was looked for.
   */
  private take({ id, at, witness, body }: StoredEvent, { pool, fresh }: Batch, found?: Stub): boolean {
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
    // Its log does not tell its scope yet.
    if (!found && !knowledge.get(id) && !this.parts.isWanted(entry.scope)) {
      this.leave({ kind: "put", id, at, scope: entry.scope, ...(witness !== undefined && { witness }) });
      return true;
    }
    // What was known here before has been looked at.
    const marks = found ? (found.marks ?? []) : [witness];
    const now = settings.now();
    // Each of its puts may be the one that counts: all are told.
    if (marks.length > 0 && !marks.map((mark) => journal.questions.admits(entry, mark, now)).some(Boolean))
      return true;
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
