/** Decides what of what is known is missing in the store, and puts it there again: memory is the queue. */

import { subjectOf } from "../learn/model/question.js";
import type { Settings } from "../options.js";
import { BRIEFLY, nameOf, type RecordStore, type StoredEvent, TRIMMED } from "../store/records.js";
import { breath } from "../template/breath.js";
import type { Entry, Knowledge } from "../tree/knowledge.js";
import { encodeEntry } from "../tree/record.js";
import { sightedId } from "../tree/sightings.js";
import { encodeErasure } from "./erasures.js";
import { type Journal, putOf } from "./journal.js";

interface Parts {
  readonly store: RecordStore;
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  readonly settings: Pick<Settings, "now" | "random" | "maxStored">;
  /** Told that something left what is known, to keep the store within its bound. */
  readonly onTrimmed: () => void;
}

/** Several processes that notice the same loss do not put the same again at the same moment. */
const SPREAD = 2_000;
/** How often it is looked whether bodies are still there, and how many at a time. */
const LOOK_EVERY = 60_000;
const LOOKED_AT = 100;
const WALKED_AT_ONCE = 5_000;
const BATCH = 500;
/** What is left of the bound when there was too much, so that it is not too much again at once. */
const TRIM_TO = 0.9;
const TRIMMED_AT_ONCE = 1_000;
/** By so much more than the bound does not wait for the next look, but for this long since the last time. */
const TOO_MANY = 1.25;
const TRIM_AGAIN = 500;
/** Nothing is put again while so many events wait: what fell out of a queue that was full would do so again. */
const MANY_WAITING = 1_000;

/** Compares what is known with what the store holds. */
export class Mender {
  private dueAt: number | undefined;
  private lookedAt: number;
  private trimmedAt = Number.NEGATIVE_INFINITY;
  /** How many times it was looked. */
  private looks = 0;
  private running: Promise<void> | undefined;
  /** How many records there were in the store when they were counted, and how many had been put by then. */
  private counted = 0;
  private putsThen = 0;
  /** How much the store had lost when that was last looked at. */
  private losses = 0;

  constructor(private readonly parts: Parts) {
    this.lookedAt = parts.settings.now();
  }

  /**
   * How many records there are in the store, or more: what was put twice is counted twice until they are
   * counted.
   */
  private get stored(): number {
    return this.counted + this.parts.journal.puts - this.putsThen;
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
    const losses = this.parts.store.losses();
    if (losses > this.losses) this.plan();
    this.losses = losses;
    if (this.dueAt !== undefined && now >= this.dueAt && this.parts.store.waiting() <= MANY_WAITING) {
      this.dueAt = undefined;
      await this.putAgain();
    } else if (now - this.lookedAt >= LOOK_EVERY) {
      this.lookedAt = now;
      await this.look();
      await this.trim(now);
    }
    await this.makeRoom();
  }

  /** Keeps the store within its bound where it is far beyond it: also in between of what takes long. */
  private async makeRoom(): Promise<void> {
    const { now, maxStored } = this.parts.settings;
    if (this.stored > TOO_MANY * maxStored && now() - this.trimmedAt >= TRIM_AGAIN) await this.trim(now());
  }

  /** Something was lost: it is put again with one of the next reads. */
  private plan(): void {
    const { now, random } = this.parts.settings;
    this.dueAt ??= now() + random() * SPREAD;
  }

  /** Puts whatever no log holds. Where the store does not answer, that is due again. */
  async putAgain(): Promise<void> {
    if (!(await this.putMissing())) this.plan();
  }

  private async putMissing(): Promise<boolean> {
    const { store } = this.parts;
    const held = await store.held();
    if (!held) return false;
    let batch: StoredEvent[] = [];
    let doubtful: Entry[] = [];
    const write = async (): Promise<void> => {
      store.record(batch.filter((event) => this.isLeft(event)));
      await store.flush();
      batch = [];
      await this.makeRoom();
    };
    /**
     * A log may name what is no longer there: those of the entries whose bodies are missing are put as well.
     */
    const check = async (): Promise<boolean> => {
      const there = await store.bodies(doubtful.map(({ id }) => id));
      for (const entry of doubtful) if (there && !there.has(entry.id)) batch.push(whole(entry));
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

  /** Whether what was known when it was looked through has not been erased since. */
  private isLeft({ kind, id, at }: StoredEvent): boolean {
    const { erased, erasures } = this.parts.journal;
    if (kind === "put") return this.parts.knowledge.get(id) !== undefined;
    return (kind !== "agree" && kind !== "contradict") || (at > erased.at(id) && !erasures.hasErasedAll(at));
  }

  /**
   * What is known, as the events that tell it. Erasures first: what is put after them is not meant by them.
   */
  private *known(): Iterable<[StoredEvent, Entry?]> {
    const { knowledge, journal } = this.parts;
    const { erasures, erased } = journal;
    for (const erasure of [...erasures.all()])
      yield [{ kind: "erase", at: erasure.at, ...encodeErasure(erasure) }];
    for (const [id, at] of [...erased.forgotten()])
      if (!knowledge.get(id)) yield [{ kind: "forget", id, at, witness: BRIEFLY }];
    const mark = erasures.mark(this.parts.settings.now());
    for (const entry of [...knowledge.all()])
      yield [putOf(entry, entry.kind === "template" ? mark : undefined), entry];
    // It is said to have happened after all erasures that are known now, and before those to come.
    const now = this.parts.settings.now();
    const evidence: StoredEvent[] = [];
    for (const [kind, id, witness] of knowledge.allEvidence())
      evidence.push({ kind, id, witness, at: this.parts.journal.moment(id, now) });
    for (const event of evidence) yield [event];
  }

  /**
   * Erases the records that were of use longest ago, by what all processes have told, when there are too
   * many.
   */
  private async trim(now: number): Promise<void> {
    const { store, settings, knowledge, journal, onTrimmed } = this.parts;
    this.trimmedAt = now;
    if (this.stored <= settings.maxStored || !store.isOwner()) return;
    // What waits to be written is not counted there.
    const puts = journal.puts - store.waiting();
    const held = await store.held();
    if (!held) return;
    const used: { readonly id: string; readonly at: number; readonly last: number }[] = [];
    const notes = new Map<string, Set<string>>();
    for (const [name, at] of held) {
      const [, noted = ""] = name.split(" ");
      const subject = subjectOf(noted) ?? sightedId(noted);
      if (subject !== undefined) notes.set(subject, (notes.get(subject) ?? new Set()).add(noted));
      const id = name.startsWith("put ") ? name.slice(4) : undefined;
      if (id === undefined || at <= (held.get(`forget ${id}`) ?? -Infinity)) continue;
      used.push({ id, at, last: Math.max(at, held.get(`use ${id}`) ?? -Infinity) });
    }
    this.counted = used.length;
    this.putsThen = puts;
    if (used.length <= settings.maxStored) return;
    used.sort((left, right) => left.last - right.last || (left.id < right.id ? -1 : 1));
    const excess = used.slice(0, used.length - Math.floor(settings.maxStored * TRIM_TO));
    const done: Promise<void>[] = [];
    for (let start = 0; start < excess.length; start += TRIMMED_AT_ONCE) {
      const part = excess.slice(start, start + TRIMMED_AT_ONCE);
      const now = settings.now();
      for (const { id } of part) knowledge.remove(id);
      onTrimmed();
      // What a model was asked about them goes with them.
      const going = part.flatMap(({ id, at }) =>
        [id, ...(notes.get(id) ?? [])].map((each) => [each, at] as const),
      );
      const told = store.trim(
        going.map(([id, at]) => ({ kind: "forget", id, at: Math.max(at, now), witness: TRIMMED })),
      );
      done.push(told);
      this.counted -= part.length;
      await breath();
    }
    await Promise.all(done);
  }

  /**
   * Looks at some bodies, others each time, and puts those again that are not there: a store may evict what
   * it likes.
   */
  private async look(): Promise<void> {
    const { store, knowledge } = this.parts;
    // About as many each time, and after so many times all of them: ids are digests.
    const rounds = Math.ceil(knowledge.count / LOOKED_AT);
    const turn = this.looks++ % rounds;
    const ids: string[] = [];
    let seen = 0;
    for (const { id } of knowledge.each()) {
      if (Number.parseInt(id.slice(0, 8), 16) % rounds === turn) ids.push(id);
      if (++seen % WALKED_AT_ONCE === 0) await breath();
    }
    // What waits to be written is not missing.
    await store.flush();
    const there = await store.bodies(ids);
    if (!there) return;
    const missing = ids.flatMap((id): StoredEvent[] => {
      const entry = there.has(id) ? undefined : knowledge.get(id);
      return entry ? [whole(entry)] : [];
    });
    if (missing.length === 0) return;
    store.record(missing);
    // Where one is gone others may be.
    this.lookedAt = -Infinity;
  }
}

function whole(entry: Entry): StoredEvent {
  return { ...putOf(entry), body: encodeEntry(entry) };
}
