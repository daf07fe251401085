/** Decides what of what is known is missing in the store, and puts it there again: memory is the queue. */
import { type Erasures, encodeErasure } from "./erasures.js";
import { BRIEFLY, nameOf, type RecordStore, type StoredEvent, TRIMMED } from "./store/records.js";
import type { BoundedMap } from "./template/bounded-map.js";
import type { Entry, Knowledge } from "./tree/knowledge.js";
import { encodeEntry } from "./tree/record.js";

interface Parts {
  readonly store: RecordStore;
  readonly knowledge: Knowledge;
  readonly erasures: Erasures;
  /** When ids were erased by name, not long ago. */
  readonly erased: BoundedMap<string, number>;
  readonly settings: { readonly now: () => number; readonly random: () => number; readonly maxStored: number };
  /** Told what went to keep the store within its bound. */
  readonly onTrimmed: (ids: ReadonlySet<string>) => void;
}

/** Several processes that notice the same loss do not put the same again at the same moment. */
const SPREAD = 2_000;
/** How often it is looked whether bodies are still there, and how many at a time. */
const LOOK_EVERY = 60_000;
const LOOKED_AT = 100;
const BATCH = 500;
/** What is left of the bound when there was too much, so that it is not too much again at once. */
const TRIM_TO = 0.9;
/** By so much more than the bound does not wait for the next look, but for this long since the last time. */
const TOO_MANY = 1.25;
const TRIM_AGAIN = 5_000;

/** Compares what is known with what the store holds. */
export class Mender {
  private dueAt: number | undefined;
  private lookedAt: number;
  private trimmedAt = Number.NEGATIVE_INFINITY;
  /** The ids whose bodies are to be looked at in this round. */
  private round: string[] = [];
  private running: Promise<void> | undefined;
  /** How many records there are in the store, or more: what was put twice is counted twice until they are counted. */
  private stored = 0;

  constructor(private readonly parts: Parts) {
    this.lookedAt = parts.settings.now();
  }

  /** Something was lost: it is put again with one of the next reads. */
  lost(): void {
    const { now, random } = this.parts.settings;
    this.dueAt ??= now() + random() * SPREAD;
  }

  /** Takes note of puts, whoever made them. */
  noted(puts: number): void {
    this.stored += puts;
  }

  /** Does what is due. One at a time; what fails is due again. */
  run(): Promise<void> {
    this.running ??= this.mend().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async mend(): Promise<void> {
    const now = this.parts.settings.now();
    if (this.dueAt !== undefined && now >= this.dueAt) {
      this.dueAt = undefined;
      if (!(await this.putAgain())) this.lost();
    } else if (now - this.lookedAt >= LOOK_EVERY) {
      this.lookedAt = now;
      await this.look();
      await this.trim(now);
    } else if (this.stored > TOO_MANY * this.parts.settings.maxStored && now - this.trimmedAt >= TRIM_AGAIN) await this.trim(now);
  }

  /** Puts whatever no log holds. Returns whether the store answered. */
  async putAgain(): Promise<boolean> {
    const { store } = this.parts;
    const held = await store.held();
    if (!held) return false;
    let batch: StoredEvent[] = [];
    let doubtful: Entry[] = [];
    const write = async (): Promise<void> => {
      store.record(batch);
      await store.flush();
      batch = [];
    };
    /** A log may name what is no longer there: those of the entries whose bodies are missing are put as well. */
    const check = async (): Promise<boolean> => {
      const there = await store.bodies(doubtful.map(({ id }) => id));
      for (const entry of doubtful) if (there && !there.has(entry.id)) batch.push(putOf(entry));
      doubtful = [];
      return there !== undefined;
    };
    for (const [event, entry] of this.known()) {
      if (!held.has(nameOf(event))) batch.push(entry ? { ...event, body: encodeEntry(entry) } : event);
      else if (entry) doubtful.push(entry);
      if (doubtful.length >= BATCH && !(await check())) return false;
      if (batch.length >= BATCH) await write();
    }
    const isComplete = await check();
    await write();
    return isComplete;
  }

  /** What is known, as the events that tell it. Erasures first: what is put after them is not meant by them. */
  private *known(): Iterable<[StoredEvent, Entry?]> {
    const { knowledge, erasures, erased } = this.parts;
    for (const erasure of [...erasures.all()]) yield [{ kind: "erase", at: erasure.at, ...encodeErasure(erasure) }];
    for (const [id, at] of [...erased]) if (!knowledge.get(id)) yield [{ kind: "forget", id, at, witness: BRIEFLY }];
    const mark = erasures.mark(this.parts.settings.now());
    for (const entry of [...knowledge.all()]) {
      if (!knowledge.get(entry.id)) continue;
      const { kind, id, at } = entry;
      yield [{ kind: "put", id, at, ...(kind === "template" && mark !== undefined && { witness: mark }) }, entry];
    }
    const at = this.parts.settings.now();
    for (const [kind, id, witness] of [...knowledge.allEvidence()]) {
      yield [{ kind, id, witness, at: Math.max(at, (erased.peek(id) ?? -Infinity) + 1, erasures.latest + 1) }];
    }
  }

  /** Erases the records that were of use longest ago, by what all processes have told, when there are too many. */
  private async trim(now: number): Promise<void> {
    const { store, settings, onTrimmed } = this.parts;
    this.trimmedAt = now;
    if (this.stored <= settings.maxStored || !store.isOwner()) return;
    const held = await store.held();
    if (!held) return;
    const used: { readonly id: string; readonly at: number; readonly last: number }[] = [];
    for (const [name, at] of held) {
      const id = name.startsWith("put ") ? name.slice(4) : undefined;
      if (id === undefined || at <= (held.get(`forget ${id}`) ?? -Infinity)) continue;
      used.push({ id, at, last: Math.max(at, held.get(`use ${id}`) ?? -Infinity) });
    }
    this.stored = used.length;
    if (used.length <= settings.maxStored) return;
    used.sort((left, right) => left.last - right.last || (left.id < right.id ? -1 : 1));
    const excess = used.slice(0, used.length - Math.floor(settings.maxStored * TRIM_TO));
    for (let start = 0; start < excess.length; start += BATCH) {
      const part = excess.slice(start, start + BATCH);
      const now = settings.now();
      onTrimmed(new Set(part.map(({ id }) => id)));
      store.record(part.map(({ id, at }) => ({ kind: "forget", id, at: Math.max(at, now), witness: TRIMMED })));
      await store.flush();
      this.stored -= part.length;
    }
  }

  /** Looks at some bodies, others each time, and puts those again that are not there: a store may evict what it likes. */
  private async look(): Promise<void> {
    const { store, knowledge } = this.parts;
    if (this.round.length === 0) this.round = [...knowledge.all()].map(({ id }) => id);
    const ids = this.round.splice(-LOOKED_AT).filter((id) => knowledge.get(id));
    // What waits to be written is not missing.
    await store.flush();
    const there = await store.bodies(ids);
    if (!there) return;
    const missing = ids.flatMap((id): StoredEvent[] => {
      const entry = there.has(id) ? undefined : knowledge.get(id);
      return entry ? [putOf(entry)] : [];
    });
    if (missing.length === 0) return;
    store.record(missing);
    // Where one is gone others may be.
    this.lookedAt = -Infinity;
  }
}

function putOf(entry: Entry): StoredEvent {
  return { kind: "put", id: entry.id, at: entry.at, body: encodeEntry(entry) };
}
