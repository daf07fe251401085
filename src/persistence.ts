/** Keeps the store and the knowledge in memory alike: events out, events in. */
import { randomBytes } from "node:crypto";
import { decodeErasure, type Erasure, Erasures, encodeErasure, isAbout } from "./erasures.js";
import type { Criteria } from "./forget.js";
import { Generations } from "./generations.js";
import { Mender } from "./mender.js";
import type { Settings } from "./options.js";
import { Questions } from "./questions.js";
import { ERASURES_KEPT } from "./store/ledger.js";
import { BRIEFLY, type RecordStore, type StoredEvent, TRIMMED } from "./store/records.js";
import type { Entry, Exchange, Knowledge } from "./tree/knowledge.js";
import { createPool, decodeEntry, encodeEntry, type Pool } from "./tree/record.js";

/** What the cache is told of a read. */
interface Hooks {
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

/** How often the store is told that an entry is of use, and for how many it is known when that was. */
const TELL_USES = 3_600_000;
const TOLD_USES = 50_000;
const PAGE = 200;
const DEFAULTS = { now: Date.now, random: Math.random, ttl: undefined, maxStored: Number.POSITIVE_INFINITY };
// As long as the store itself remembers a forget: an older one is in no log any more.
const REMEMBERED_FOR = 3_600_000;
/** Applies what the store holds to the knowledge, and writes what is learned here. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  // When an id was last erased: what is from before it, read late from another writer, must not bring it back.
  private readonly erased = new Map<string, number>();
  private pruneAt = 1_024;
  private readonly erasures: Erasures;
  private readonly questions: Questions;
  private readonly mender: Mender | undefined;
  /** When the store was last told that an entry is of use. */
  private readonly toldUses = new Generations<string, number>(TOLD_USES);

  constructor(
    private readonly store: RecordStore | undefined,
    private readonly knowledge: Knowledge,
    private readonly hooks: Hooks,
    private readonly settings: Pick<Settings, "now" | "random" | "ttl" | "maxStored"> = DEFAULTS,
  ) {
    this.erasures = new Erasures(randomBytes(8).toString("hex"));
    this.questions = new Questions(this.erasures);
    const onTrimmed = (ids: ReadonlySet<string>): void => {
      for (const id of ids) this.knowledge.remove(id);
      this.hooks.onForgotten(ids, []);
    };
    this.mender = store && new Mender({ store, knowledge, erasures: this.erasures, erased: this.erased, settings, onTrimmed });
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

  /** Reads what is new now: not what a read that had begun before found. */
  async readAgain(): Promise<void> {
    await this.reading;
    await this.read();
  }

  private async readAll(store: RecordStore): Promise<void> {
    const fresh: Exchange[] = [];
    const pool = createPool();
    await store.read((page) => this.apply(page, pool, fresh));
    this.settle();
    await this.mender?.run();
    if (fresh.length > 0) this.hooks.onExchanges(fresh);
  }

  /** Reads again every `interval` ms; the timer does not keep the process alive. */
  poll(interval: number): void {
    if (!this.store || interval === 0) return;
    this.timer = setInterval(() => void this.read(), interval);
    this.timer.unref();
  }

  async put(entry: Entry): Promise<void> {
    if (!this.store) return;
    this.mender?.noted(1);
    const { kind, id, at } = entry;
    const mark = kind === "template" ? this.erasures.mark(this.settings.now()) : undefined;
    if (kind === "template") this.questions.put(id, at, mark);
    await this.store.append([{ kind: "put", id, at, body: encodeEntry(entry), ...(mark !== undefined && { witness: mark }) }]);
  }

  /** Tells of an erasure that is made here. From now on nothing that it means is taken in. */
  tell(criteria: Criteria, at: number): Erasure {
    const erasure = this.erasures.make(criteria, at);
    this.erasures.add(erasure);
    void this.store?.append([{ kind: "erase", at, ...encodeErasure(erasure) }]);
    return erasure;
  }

  /**
   * Says of the templates that were learned about the time of an erasure, and are still known, that they have been looked at
   * since: who made the erasure of all, the others of those they have learned themselves.
   */
  vouch(erasure: Erasure, by: "here" | "elsewhere"): void {
    const mark = this.erasures.mark(this.settings.now());
    if (!this.store || mark === undefined) return;
    const events: StoredEvent[] = [];
    for (const { kind, id, at } of this.knowledge.all()) {
      if (kind !== "template" || !isAbout(at, erasure.at) || (by === "elsewhere" && !this.questions.isOwn(id))) continue;
      this.questions.put(id, at, mark);
      events.push({ kind: "put", id, at, witness: mark });
    }
    if (events.length > 0) void this.store.append(events);
  }

  /** What killed processes left behind that no log names. */
  async abandoned(): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const { id, at, body } of (await this.store?.intended()) ?? []) {
      const entry = decoded(id, at, body, createPool());
      if (entry) found.push(entry);
    }
    return found;
  }

  /** Whether what is let go of is kept elsewhere. */
  get isStored(): boolean {
    return this.store !== undefined;
  }

  /** What was recorded is not in the store, or was given up before it was recorded. */
  lost(): void {
    this.mender?.lost();
  }

  /** Whether an entry is gone, by its name or by what it is. */
  isErased(entry: Entry): boolean {
    return entry.at <= (this.erased.get(entry.id) ?? -Infinity) || this.erasures.hasErased(entry);
  }

  /** Puts into the store whatever is known and not in it. */
  async putAgain(): Promise<void> {
    if (this.mender && !(await this.mender.putAgain())) this.mender.lost();
  }

  /** Takes in entries of the store by their ids, each with the time when it was learned. Returns whether the store answered. */
  async find(ids: ReadonlyMap<string, number>): Promise<boolean> {
    try {
      const bodies = await this.store?.bodies([...ids.keys()]);
      const fresh: Exchange[] = [];
      for (const [id, body] of bodies ?? []) {
        const at = ids.get(id) ?? 0;
        if (at > (this.erased.get(id) ?? -Infinity)) this.take({ kind: "put", id, at, body }, createPool(), fresh, "found");
      }
      if (fresh.length > 0) this.hooks.onExchanges(fresh);
      return bodies !== undefined;
    } catch (error) {
      this.hooks.onFault(error);
      return true;
    }
  }

  /** The entries that stand in the store and not in memory, page by page; none if it does not answer. */
  async *unknown(): AsyncIterable<Entry[]> {
    const held = (await this.store?.held()) ?? new Map<string, number>();
    const ids: [string, number][] = [];
    for (const [name, at] of held) {
      const id = name.startsWith("put ") ? name.slice(4) : "";
      const erasedAt = Math.max(held.get(`forget ${id}`) ?? -Infinity, this.erased.get(id) ?? -Infinity);
      if (id !== "" && !this.knowledge.get(id) && at > erasedAt) ids.push([id, at]);
    }
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = new Map(ids.slice(start, start + PAGE));
      const bodies = (await this.store?.bodies([...page.keys()])) ?? new Map<string, unknown>();
      yield [...bodies].flatMap(([id, body]) => decoded(id, page.get(id) ?? 0, body, createPool()) ?? []);
    }
  }

  /** Tells the store that an entry was of use, now and then. */
  used(id: string): void {
    const now = this.settings.now();
    if (!this.store || now - (this.toldUses.get(id) ?? -Infinity) < TELL_USES) return;
    this.toldUses.set(id, now);
    void this.store.append([{ kind: "use", id, at: now }]);
  }

  note(kind: "agree" | "contradict", id: string, witness: string, at: number): void {
    void this.store?.append([{ kind, id, witness, at }]);
  }

  /** A time for something that happens to an id now: later than its last erasure, so that it is not taken for erased. */
  moment(id: string, now: number): number {
    return Math.max(now, (this.erased.get(id) ?? -Infinity) + 1, this.erasures.latest + 1);
  }

  /** Erases ids from the store, each as of a time: what happened to it until then counts no more. */
  async erase(ids: ReadonlyMap<string, number>, how?: "briefly"): Promise<void> {
    if (!this.store || ids.size === 0) return;
    for (const [id, at] of ids) this.noteErased(id, at);
    const witness = how && { witness: BRIEFLY };
    await this.store.append([...ids].map(([id, at]): StoredEvent => ({ kind: "forget", id, at, ...witness })));
  }

  private noteErased(id: string, at: number): void {
    this.erased.set(id, Math.max(at, this.erased.get(id) ?? -Infinity));
    if (this.erased.size < this.pruneAt) return;
    for (const [old, then] of this.erased) if (then < at - REMEMBERED_FOR) this.erased.delete(old);
    this.pruneAt = Math.max(1_024, this.erased.size * 2);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.store?.close();
  }

  async flush(): Promise<void> {
    await this.store?.flush();
  }

  /** A fold that gives the same in any order: a put or a witness counts unless it is erased, by name or by criteria. */
  private apply(events: readonly StoredEvent[], pool: Pool, fresh: Exchange[]): void {
    const forgotten = new Set<string>();
    const entries: Entry[] = [];
    for (const event of events) {
      if (event.kind === "erase") this.hear(event);
      if (event.kind !== "forget") continue;
      const { id, at } = event;
      this.noteErased(id, at);
      const entry = this.knowledge.get(id);
      if (entry && entry.at > at) continue;
      forgotten.add(id);
      if (entry && event.witness !== TRIMMED) entries.push(entry);
      this.knowledge.remove(id);
      this.knowledge.dropEvidence(id);
      this.questions.drop(id);
    }
    if (forgotten.size > 0) this.hooks.onForgotten(forgotten, entries);
    let damaged = 0;
    // Puts come oldest first: where there is more than fits, the newest stays.
    for (const event of events) {
      const { kind, id, at, witness } = event;
      if (kind === "forget" || kind === "erase" || kind === "use" || at <= (this.erased.get(id) ?? -Infinity)) continue;
      try {
        if (kind === "put") {
          this.mender?.noted(1);
          if (!this.take(event, pool, fresh)) damaged++;
        } else if (witness !== undefined && !this.erasures.hasErasedAll(at) && !this.isPast(at)) this.knowledge[kind](id, witness);
      } catch (error) {
        // It fails alone: the rest of the page is none the worse.
        this.hooks.onFault(error);
      }
    }
    if (damaged > 0) this.hooks.onDamaged(damaged);
  }

  private hear(event: StoredEvent): void {
    const erasure = decodeErasure(event);
    if (!erasure || !this.erasures.add(erasure)) return;
    this.questions.reconsider((id) => this.knowledge.remove(id));
    this.hooks.onErasure(erasure);
  }

  /** Adds what was put, if it counts. Returns whether it was what it should be. */
  private take({ id, at, witness, body }: StoredEvent, pool: Pool, fresh: Exchange[], how?: "found"): boolean {
    const entry = decoded(id, at, body, pool);
    if (!entry) return false;
    // It is past its time here; for others it may not be.
    if (this.isPast(at)) return true;
    if (this.erasures.hasErased(entry)) {
      // Whoever wrote it did not know. It is named here, so that it goes from the store as well.
      void this.erase(new Map([[id, at]]));
      return true;
    }
    // What was known here before has been looked at.
    if (how !== "found" && !this.questions.admits(entry, witness, this.settings.now())) return true;
    if (entry.kind === "exchange" && !this.knowledge.get(id)) fresh.push(entry);
    this.hooks.onEvicted(this.knowledge.add(entry));
    return true;
  }

  private isPast(at: number): boolean {
    return this.settings.ttl !== undefined && this.settings.now() - at > this.settings.ttl;
  }

  /** Takes in what somebody has looked at meanwhile, and erases what nobody has. */
  private settle(): void {
    const now = this.settings.now();
    const { counted, vain } = this.questions.settle(now);
    for (const entry of counted) this.hooks.onEvicted(this.knowledge.add(entry));
    if (vain.size > 0) void this.erase(vain);
    this.erasures.prune(now - ERASURES_KEPT);
  }
}

function decoded(id: string, at: number, body: unknown, pool: Pool): Entry | undefined {
  try {
    return decodeEntry(id, at, body, pool);
  } catch {
    return undefined;
  }
}
