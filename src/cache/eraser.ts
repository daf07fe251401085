/** Carries out an erasure in this process: whatever holds what was erased goes, wherever it is kept. */

import { eachInSlices } from "../learn/schedule/jobs.js";
import type { Entry, Knowledge, Learnt } from "../tree/knowledge.js";
import type { Erasure } from "./erasures.js";
import { type Criteria, isEverything, meets } from "./forget.js";
import type { Journal } from "./journal.js";
import type { Keeper } from "./keeper.js";
import type { Learner } from "./learner.js";
import type { Responder } from "./responder.js";
import type { Stored } from "./stored.js";
import { wordsOf } from "./words.js";

/** Who made an erasure: this process, or another that it has been heard of from. */
export type By = "here" | "elsewhere";

interface Parts {
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly journal: Journal;
  readonly stored: Stored;
  readonly learner: Learner;
  readonly responder: Responder;
  /** Takes scopes in that nobody has asked about. */
  readonly wake: (scopes: Iterable<string>) => Promise<void>;
}

// How many entries are erased before the event loop gets its turn.
const ERASED_AT_ONCE = 200;

/** Carries out erasures one after another. */
export class Eraser {
  private last: Promise<unknown> = Promise.resolve();
  /** How many are not done, and those that are. */
  private underway = 0;
  private done: { readonly erasure: Erasure; readonly by: By }[] = [];

  constructor(private readonly parts: Parts) {}

  /**
   * Erases what is known now and meant. Resolves with how many entries went, when the store has been told.
   */
  run(erasure: Erasure, by: By): Promise<number> {
    const known = [...this.parts.knowledge.all()];
    this.underway++;
    // From now on nothing is learned: it would be put as if it had been looked at.
    const held = this.parts.learner.interrupt(() => this.eraseKnown(known, erasure, by));
    return this.inTurn(async () => {
      const { meant, tainted, told } = await held;
      const stored = by === "here" ? await this.stored(erasure.criteria) : [];
      // Templates there may hold words of what went.
      await this.parts.wake(scopesOf(stored));
      const beside = stored.length > 0 ? await this.purge(stored) : 0;
      await told;
      return meant + tainted + stored.length + beside;
    }).finally(() => this.vouch({ erasure, by }));
  }

  /** Erases what was learned of entries that were erased elsewhere, and are gone from what is known. */
  follow(entries: readonly Entry[]): Promise<number> {
    if (entries.length > 0) this.parts.learner.relearn(scopesOf(entries));
    this.parts.responder.unremember();
    return this.inTurn(() => this.purge(entries));
  }

  private inTurn(work: () => Promise<number>): Promise<number> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  /** Says that what is left has been looked at: not before all erasures that are known are carried out. */
  private vouch(done: { readonly erasure: Erasure; readonly by: By }): void {
    this.done.push(done);
    if (--this.underway > 0) return;
    for (const { erasure, by } of this.done.splice(0)) this.parts.journal.vouch(erasure, by);
  }

  private async eraseKnown(known: readonly Entry[], { criteria, at }: Erasure, by: By) {
    const { knowledge, keeper } = this.parts;
    const meant: Entry[] = [];
    const scopes = new Set<string>();
    await eachInSlices(known, (entry) => {
      // What was learned elsewhere after the erasure is not meant by it; here everything that was known is.
      if ((by === "elsewhere" && entry.at > at) || !meets(entry, criteria)) return;
      scopes.add(entry.scope);
      if (knowledge.get(entry.id) === entry) meant.push(entry);
    });
    const parts: Entry[][] = [];
    for (let start = 0; start < meant.length; start += ERASED_AT_ONCE)
      parts.push(meant.slice(start, start + ERASED_AT_ONCE));
    const told: Promise<void>[] = [];
    await eachInSlices(parts, (part) => void told.push(keeper.erase(part, "briefly")));
    if (isEverything(criteria)) knowledge.dropAllEvidence();
    this.parts.learner.relearn(scopesOf(meant));
    this.parts.responder.unremember(scopes);
    return { meant: meant.length, tainted: await this.purge(meant), told: Promise.all(told) };
  }

  /** Erases what is meant and stands in the store alone: memory holds less than that. */
  private async stored(criteria: Criteria): Promise<Entry[]> {
    const { keeper, stored } = this.parts;
    const meant: Entry[] = [];
    for await (const page of stored.unknown()) {
      const found = page.filter((entry) => meets(entry, criteria));
      meant.push(...found);
      await keeper.erase(found, "briefly");
    }
    const abandoned = (await stored.abandoned()).filter((entry) => meets(entry, criteria));
    await keeper.erase(abandoned);
    return [...meant, ...abandoned];
  }

  /**
   * Erases the templates that hold words of what was erased, and evidence that is about nothing any more.
   * Resolves with how many went.
   */
  private async purge(erased: readonly Entry[]): Promise<number> {
    const { knowledge, keeper } = this.parts;
    const words = await wordsByScope(erased);
    const tainted = await this.tainted(words);
    const done = keeper.erase(tainted);
    this.parts.responder.unremember();
    const emptied = [...scopesOf(erased)].filter((scope) => !knowledge.scopes.has(scope));
    await Promise.all([done, keeper.eraseEvidence(emptied.flatMap((scope) => knowledge.kindsOf(scope)))]);
    return tainted.length;
  }

  /** Templates that hold a word of what was erased which nothing that is left in their scope holds. */
  private async tainted(erased: ReadonlyMap<string, ReadonlySet<string>>): Promise<Learnt[]> {
    const { knowledge } = this.parts;
    const suspects: { readonly learnt: Learnt; readonly words: ReadonlySet<string> }[] = [];
    const open = new Map<string, Set<string>>();
    const entries = [...knowledge.all()].filter(({ scope }) => erased.has(scope));
    await eachInSlices(entries, (entry) => {
      if (entry.kind !== "template") return;
      const words = new Set([...wordsOf(entry)].filter((word) => erased.get(entry.scope)?.has(word)));
      if (words.size === 0) return;
      suspects.push({ learnt: entry, words });
      const wanted = open.get(entry.scope) ?? new Set();
      open.set(entry.scope, wanted);
      for (const word of words) wanted.add(word);
    });
    await eachInSlices(entries, (entry) => {
      const wanted = open.get(entry.scope);
      if (entry.kind !== "exchange" || !wanted || wanted.size === 0) return;
      for (const word of wordsOf(entry)) wanted.delete(word);
    });
    return suspects
      .filter(
        ({ learnt, words }) =>
          [...words].some((word) => open.get(learnt.scope)?.has(word)) && knowledge.get(learnt.id) === learnt,
      )
      .map(({ learnt }) => learnt);
  }
}

function scopesOf(entries: readonly Entry[]): Set<string> {
  return new Set(entries.map(({ scope }) => scope));
}

async function wordsByScope(entries: readonly Entry[]): Promise<Map<string, Set<string>>> {
  const words = new Map<string, Set<string>>();
  await eachInSlices(entries, (entry) => {
    const known = words.get(entry.scope) ?? new Set();
    words.set(entry.scope, known);
    if (entry.kind === "exchange") for (const word of wordsOf(entry)) known.add(word);
  });
  return words;
}
