/** Keeps the store and the knowledge in memory alike: events out, events in. */
import { type Erasure, Erasures, encodeErasure, isAbout } from "./erasures.js";
import type { Criteria } from "./forget.js";
import { createBatch, decoded, type Hooks, Intake } from "./intake.js";
import { Mender } from "./mender.js";
import type { Settings } from "./options.js";
import { Questions } from "./questions.js";
import { BRIEFLY, type RecordStore, type StoredEvent } from "./store/records.js";
import { BoundedMap, type Holding } from "./template/bounded-map.js";
import { hex, randomBytes } from "./template/bytes.js";
import type { Entry, Exchange, Knowledge } from "./tree/knowledge.js";
import { encodeEntry } from "./tree/record.js";

// How often the store is told that an entry is of use, and for how many it is known when that was.
const TELL_USES = 3_600_000;
const TOLD_USES = 50_000;
const PAGE = 200;
// Where nothing is read again.
const MENDED_EVERY = 10_000;
const DEFAULTS = { now: Date.now, random: Math.random, ttl: undefined, maxStored: Number.POSITIVE_INFINITY };
/** Applies what the store holds to the knowledge, and writes what is learned here. With no store it does nothing. */
export class Persistence {
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private readonly intake: Intake;
  private readonly erasures: Erasures;
  private readonly questions: Questions;
  private readonly mender: Mender | undefined;
  /** When the store was last told that an entry is of use. */
  private readonly toldUses = new BoundedMap<string, number>({ maxEntries: TOLD_USES });

  constructor(
    private readonly store: RecordStore | undefined,
    private readonly knowledge: Knowledge,
    private readonly hooks: Hooks,
    private readonly settings: Pick<Settings, "now" | "random" | "ttl" | "maxStored"> = DEFAULTS,
  ) {
    this.erasures = new Erasures(() => hex(randomBytes(8)));
    this.questions = new Questions(this.erasures);
    const { erasures, questions } = this;
    this.intake = new Intake({
      ...{ knowledge, erasures, questions, settings, hooks },
      erase: (ids) => void this.erase(ids),
      onPut: () => this.mender?.noted(1),
    });
    const onTrimmed = (ids: ReadonlySet<string>): void => {
      for (const id of ids) this.knowledge.remove(id);
      this.hooks.onForgotten(ids, []);
    };
    this.mender = store && new Mender({ store, knowledge, erasures, erased: this.intake.erased, settings, onTrimmed });
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { ...this.intake.holdings, usesTold: this.toldUses.holding, questions: this.questions.holding };
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
    const batch = createBatch();
    await store.read((page) => this.intake.apply(page, batch));
    this.intake.settle();
    await this.mender?.run();
    if (batch.fresh.length > 0) this.hooks.onExchanges(batch.fresh);
  }

  /** Reads again every `interval` ms; the timer does not keep the process alive. With 0 only what the store lost is put again. */
  poll(interval: number): void {
    if (!this.store) return;
    const mend = (): void => void this.mender?.run().catch((error: unknown) => this.hooks.onFault(error));
    this.timer = interval > 0 ? setInterval(() => void this.read(), interval) : setInterval(mend, MENDED_EVERY);
    this.timer.unref?.();
  }

  /** Resolves when it is recorded, or when that has taken too long to wait for. */
  async put(entry: Entry): Promise<void> {
    await this.store?.append([this.putOf(entry)]);
  }

  /** The same where nobody waits for it. */
  putLater(entry: Entry): void {
    this.store?.record([this.putOf(entry)]);
  }

  private putOf(entry: Entry): StoredEvent {
    this.mender?.noted(1);
    const { kind, id, at } = entry;
    const mark = kind === "template" ? this.erasures.mark(this.settings.now()) : undefined;
    if (kind === "template") this.questions.put(id, at, mark);
    return { kind: "put", id, at, body: encodeEntry(entry), ...(mark !== undefined && { witness: mark }) };
  }

  /** Tells of an erasure that is made here. From now on nothing that it means is taken in. */
  tell(criteria: Criteria, at: number): Erasure {
    const erasure = this.erasures.make(criteria, at);
    this.erasures.add(erasure);
    // Without a store nothing is read, and nothing else prunes them.
    this.erasures.prune(at);
    this.store?.record([{ kind: "erase", at, ...encodeErasure(erasure) }]);
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
    if (events.length > 0) this.store.record(events);
  }

  /** What killed processes left behind that no log names. */
  async abandoned(): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const { id, at, body } of (await this.store?.intended()) ?? []) {
      const entry = decoded(id, at, body);
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
    return entry.at <= this.intake.erasedAt(entry.id) || this.erasures.hasErased(entry);
  }

  /** Puts into the store whatever is known and not in it. */
  async putAgain(): Promise<void> {
    if (this.mender && !(await this.mender.putAgain())) this.mender.lost();
  }

  /** Takes in entries of the store by their ids, each with the time when it was learned. Returns whether the store answered. */
  async find(ids: ReadonlyMap<string, number>): Promise<boolean> {
    try {
      const bodies = await this.store?.bodies([...ids.keys()]);
      if (bodies) this.intake.find(bodies, ids);
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
      const erasedAt = Math.max(held.get(`forget ${id}`) ?? -Infinity, this.intake.erasedAt(id));
      if (id !== "" && !this.knowledge.get(id) && at > erasedAt) ids.push([id, at]);
    }
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = new Map(ids.slice(start, start + PAGE));
      const bodies = (await this.store?.bodies([...page.keys()])) ?? new Map<string, unknown>();
      yield [...bodies].flatMap(([id, body]) => decoded(id, page.get(id) ?? 0, body) ?? []);
    }
  }

  /** An exchange by its id; what is not known is looked for among what is new in the store. */
  async exchange(id: string): Promise<Exchange | undefined> {
    if (!this.knowledge.get(id)) await this.readAgain();
    const entry = this.knowledge.get(id);
    return entry?.kind === "exchange" ? entry : undefined;
  }

  /** Tells the store that an entry was of use, now and then. */
  used(id: string): void {
    const now = this.settings.now();
    if (!this.store || now - (this.toldUses.get(id) ?? -Infinity) < TELL_USES) return;
    this.toldUses.set(id, now);
    this.store.record([{ kind: "use", id, at: now }]);
  }

  note(kind: "agree" | "contradict", id: string, witness: string, at: number): void {
    this.store?.record([{ kind, id, witness, at }]);
  }

  /** A time for something that happens to an id now: later than its last erasure, so that it is not taken for erased. */
  moment(id: string, now: number): number {
    return Math.max(now, this.intake.erasedAt(id) + 1, this.erasures.latest + 1);
  }

  /** Erases ids from the store, each as of a time: what happened to it until then counts no more. */
  async erase(ids: ReadonlyMap<string, number>, how?: "briefly"): Promise<void> {
    if (!this.store || ids.size === 0) return;
    for (const [id, at] of ids) this.intake.note(id, at);
    const witness = how && { witness: BRIEFLY };
    await this.store.append([...ids].map(([id, at]): StoredEvent => ({ kind: "forget", id, at, ...witness })));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.store?.close();
  }

  async flush(): Promise<void> {
    await this.store?.flush();
  }
}
