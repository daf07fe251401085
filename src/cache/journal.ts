/** What this process tells the store: each change of what is known here. Without a store nobody is told. */
import type { RecordStore, StoredEvent, StoreEvent } from "../store/records.js";
import { BRIEFLY } from "../store/records.js";
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import { hex, randomBytes } from "../template/bytes.js";
import type { Entry, Knowledge } from "../tree/knowledge.js";
import { encodeEntry } from "../tree/record.js";
import { ErasedIds } from "./erased-ids.js";
import { type Erasure, Erasures, encodeErasure, isAbout } from "./erasures.js";
import type { Criteria } from "./forget.js";
import { Questions } from "./questions.js";

// How often the store is told that an entry is of use, and for how many it is known when that was.
const TELL_USES = 3_600_000;
const TOLD_USES = 50_000;

export interface JournalOptions {
  readonly store: RecordStore | undefined;
  readonly knowledge: Knowledge;
  readonly now: () => number;
}

/** Writes events, and knows what was erased: what is told of must not be taken for that. */
export class Journal {
  readonly erasures = new Erasures(() => hex(randomBytes(8)));
  readonly questions = new Questions(this.erasures);
  readonly erased = new ErasedIds();
  /** How many records were put since it was made, by whomever; one that was put twice counts twice. */
  puts = 0;
  /** When the store was last told that an entry is of use. */
  private readonly toldUses = new BoundedMap<string, number>({ maxEntries: TOLD_USES });

  constructor(private readonly options: JournalOptions) {}

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { ...this.erased.holdings, usesTold: this.toldUses.holding, questions: this.questions.holding };
  }

  /** Whether what is let go of is kept elsewhere. */
  get isStored(): boolean {
    return this.options.store !== undefined;
  }

  /** Resolves when it is recorded, or when that has taken too long to wait for. */
  async put(entry: Entry): Promise<void> {
    await this.options.store?.append([this.putOf(entry)]);
  }

  /** The same where nobody waits for it. */
  putLater(entry: Entry): void {
    this.options.store?.record([this.putOf(entry)]);
  }

  private putOf(entry: Entry): StoredEvent {
    this.puts++;
    const { kind, id, at } = entry;
    const mark = kind === "template" ? this.erasures.mark(this.options.now()) : undefined;
    if (kind === "template") this.questions.put(id, at, mark);
    return { ...putOf(entry, mark), body: encodeEntry(entry) };
  }

  /** Tells the store what speaks for or against an entry. */
  note(event: { kind: "agree" | "contradict"; id: string; witness: string; at: number }): void {
    this.options.store?.record([event]);
  }

  /** Tells the store that an entry was of use, now and then. */
  used(id: string): void {
    const { store, now } = this.options;
    const at = now();
    if (!store || at - (this.toldUses.get(id) ?? Number.NEGATIVE_INFINITY) < TELL_USES) return;
    this.toldUses.set(id, at);
    store.record([{ kind: "use", id, at }]);
  }

  /** Erases ids from the store, each as of a time: what happened to it until then counts no more. */
  async erase(ids: ReadonlyMap<string, number>, how?: "briefly"): Promise<void> {
    const { store } = this.options;
    if (!store || ids.size === 0) return;
    for (const [id, at] of ids) this.erased.note(id, at);
    const witness = how && { witness: BRIEFLY };
    await store.append([...ids].map(([id, at]): StoredEvent => ({ kind: "forget", id, at, ...witness })));
  }

  /** Tells of an erasure that is made here. From now on nothing that it means is taken in. */
  tell(criteria: Criteria, at: number): Erasure {
    const erasure = this.erasures.make(criteria, at);
    this.erasures.add(erasure);
    // Without a store nothing is read, and nothing else prunes them.
    this.erasures.prune(at);
    this.options.store?.record([{ kind: "erase", at, ...encodeErasure(erasure) }]);
    return erasure;
  }

  /**
   * Says of the templates that were learned about the time of an erasure, and are still known, that they have
   * been looked at since: who made the erasure of all, the others of those they have learned themselves.
   */
  vouch(erasure: Erasure, by: "here" | "elsewhere"): void {
    const { store, knowledge, now } = this.options;
    const mark = this.erasures.mark(now());
    if (!store || mark === undefined) return;
    const events: StoredEvent[] = [];
    for (const entry of knowledge.all()) {
      const { kind, id, at } = entry;
      if (
        kind !== "template" ||
        !isAbout(at, erasure.at) ||
        (by === "elsewhere" && !this.questions.isOwn(id))
      )
        continue;
      this.questions.put(id, at, mark);
      events.push(putOf(entry, mark));
    }
    if (events.length > 0) store.record(events);
  }

  /** Whether an entry is gone, by its name or by what it is. */
  isErased(entry: Entry): boolean {
    return entry.at <= this.erased.at(entry.id) || this.erasures.hasErased(entry);
  }

  /**
   * A time for something that happens to an id now: later than its last erasure, so that it is not taken for
   * erased.
   */
  moment(id: string, now: number): number {
    return Math.max(now, this.erased.at(id) + 1, this.erasures.latest + 1);
  }
}

// A scope's key is a digest; what is longer was imported.
const LONGEST_SCOPE = 64;

/** Says of an entry that it is there; `mark` tells which erasures its writer knows. */
export function putOf({ id, at, scope }: Entry, mark?: string): StoreEvent {
  return {
    ...{ kind: "put" as const, id, at },
    ...(mark !== undefined && { witness: mark }),
    ...(scope.length <= LONGEST_SCOPE && { scope }),
  };
}
