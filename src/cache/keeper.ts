/** Everything that changes what is known: in memory and in the store alike, with an event for each. */

import type { CacheEvents, Emit } from "../events.js";
import { askedId, labellingId, proposedId, weighingId } from "../learn/model/question.js";
import type { Settings } from "../options.js";
import { decodeTemplate, encodeTemplate } from "../template/codec.js";
import { formOf } from "../tree/form.js";
import type { Entry, Exchange, Knowledge, Learnt } from "../tree/knowledge.js";
import { labelId } from "../tree/labels.js";
import { reviewId } from "../tree/reviews.js";
import { sightedId, sightingId } from "../tree/sightings.js";
import { weighedId } from "../trust/familiar.js";
import { isExpired, type Standing } from "../trust/standing.js";
import { verdictOnTemplate } from "../trust/verdict.js";
import type { Journal } from "./journal.js";
import type { LetGo } from "./let-go.js";

/** Evidence as it was gathered elsewhere: witnesses about an id. */
export interface Told {
  readonly id: string;
  readonly agree: readonly string[];
  readonly contradict: readonly string[];
}

export interface KeeperOptions {
  readonly knowledge: Knowledge;
  readonly journal: Journal;
  /** Takes note of what leaves memory and stays in the store. */
  readonly gone: LetGo;
  readonly settings: Settings;
  readonly emit: Emit;
}

/** Keeps, judges, lets go of and erases entries. */
export class Keeper {
  private readonly knowledge: Knowledge;
  private readonly journal: Journal;
  private readonly gone: LetGo;
  private readonly settings: Settings;
  private readonly emit: Emit;

  constructor({ knowledge, journal, gone, settings, emit }: KeeperOptions) {
    this.knowledge = knowledge;
    this.journal = journal;
    this.gone = gone;
    this.settings = settings;
    this.emit = emit;
  }

  /** Whether a template is served where what it reads is like what it has read. */
  standing(learnt: Learnt): Standing {
    return verdictOnTemplate(learnt, this.knowledge, this.settings).standing;
  }

  /**
   * Keeps an exchange, unless it is known and still counts. Resolves when it is recorded. `alone`: what else
   * was answered to the same conversation goes.
   */
  async record(exchange: Exchange, alone = false): Promise<void> {
    if (alone) {
      const recorded = this.knowledge.scope(exchange.scope).exact.get(exchange.conversation) ?? [];
      await this.erase(recorded.filter(({ id }) => id !== exchange.id));
    }
    const known = this.knowledge.get(exchange.id);
    if (known && !isExpired(known, this.settings, exchange.at)) return;
    this.letGo(this.knowledge.add(exchange), "bounds");
    await this.journal.put(exchange);
  }

  /**
   * Takes in an entry that was learned elsewhere. Returns whether it is known now: what was erased is not.
   */
  admit(entry: Entry): boolean {
    if (this.journal.isErased(entry)) return false;
    this.letGo(this.knowledge.add(entry), "bounds");
    return true;
  }

  /** Takes in evidence that was gathered elsewhere. What was seen of an exchange goes with it. */
  believe({ id, agree, contradict }: Told): void {
    const sighted = sightedId(id);
    if (sighted !== undefined && !this.knowledge.get(sighted)) return;
    for (const witness of agree) this.knowledge.agree(id, witness);
    for (const witness of contradict) this.knowledge.contradict(id, witness);
  }

  /** Keeps a template, unless it is known and still counts. */
  keep(made: Learnt): Learnt {
    const known = this.knowledge.get(made.id);
    if (known?.kind === "template") {
      if (!isExpired(known, this.settings, made.at)) return known;
      // What spoke for it is as old as it is: it begins anew.
      this.letGo([known], "ttl");
    }
    // A copy: a text cut out of another keeps all of that in memory, and what was learned from may be erased.
    const template = decodeTemplate(JSON.parse(JSON.stringify(encodeTemplate(made.template))));
    const learnt = { ...made, template, at: this.journal.moment(made.id, made.at) };
    this.letGo(this.knowledge.add(learnt), "bounds");
    this.journal.putLater(learnt);
    this.emit("learned", { template: learnt.id, origin: learnt.origin });
    return learnt;
  }

  /** Counts the fate of a prediction for its kind. */
  note(right: boolean, kind: string, witness: string): void {
    const verb = right ? "agree" : "contradict";
    if (this.knowledge[verb](kind, witness)) this.tell(verb, kind, witness);
  }

  /** Takes in what checks saw of an exchange. */
  see(exchange: string, witness: string): void {
    this.note(true, sightingId(exchange), witness);
  }

  agree(learnt: Learnt, witness: string): void {
    const before = this.standing(learnt);
    if (!this.knowledge.agree(learnt.skeleton, witness)) return;
    this.tell("agree", learnt.skeleton, witness);
    if (before !== "live" && this.standing(learnt) === "live") this.emit("promoted", { template: learnt.id });
  }

  contradict(learnt: Learnt, witness: string, by: "observation" | "feedback"): void {
    const before = this.standing(learnt);
    if (!this.knowledge.contradict(learnt.id, witness)) return;
    this.tell("contradict", learnt.id, witness);
    if (before !== "retired") this.emit("retired", { template: learnt.id, by });
  }

  /**
   * Erases entries, here and in the store. Resolves when the store has it. `briefly`: it need not be told for
   * long, because an erasure that means them is told as well.
   */
  async erase(entries: readonly Entry[], how?: "briefly"): Promise<void> {
    if (entries.length === 0) return;
    const ids = new Map<string, number>();
    const now = this.settings.now();
    const erase = (id: string, at: number): void => {
      this.knowledge.dropEvidence(id);
      // Another process's clock may be ahead, and what was just learned again here may be too.
      ids.set(id, Math.max(at, this.journal.moment(id, now)));
    };
    for (const { id, at } of entries) {
      this.knowledge.remove(id);
      this.gone.drop(id);
      erase(id, at);
    }
    for (const entry of entries) {
      // What was said of it goes, too: a reason may quote it.
      const isReviewed = entry.kind === "template" && this.knowledge.reviews.holding.entries > 0;
      for (const review of isReviewed ? [entry.id, formOf(entry)].map(reviewId) : [])
        if (this.knowledge.reviews.has(review)) erase(review, entry.at);
      if (entry.kind === "exchange" && this.knowledge.sightings.maybe(entry.id))
        erase(sightingId(entry.id), entry.at);
      // Agreements belong to all templates of a skeleton, and go with the last.
      const isLast = entry.kind === "template" && !this.knowledge.hasSkeleton(entry.skeleton);
      if (isLast) erase(entry.skeleton, entry.at);
      // What a model was asked, and the names it gave.
      for (const id of notesOn(entry, isLast))
        if (this.knowledge.evidenceOf(id).agreements.size > 0) erase(id, entry.at);
    }
    await this.journal.erase(ids, how);
  }

  /** Erases the evidence under ids, here and in the store. */
  async eraseEvidence(ids: readonly string[]): Promise<void> {
    const now = this.settings.now();
    for (const id of ids) this.knowledge.dropEvidence(id);
    await this.journal.erase(new Map(ids.map((id) => [id, this.journal.moment(id, now)])), "briefly");
  }

  /**
   * Lets go of entries: they leave memory and stay in the store, where others may use them and where they are
   * found again.
   */
  letGo(entries: readonly Entry[], why: CacheEvents["evicted"]["why"]): void {
    if (entries.length === 0) return;
    const isKept = this.journal.isStored && why !== "ttl";
    for (const entry of entries) {
      this.knowledge.remove(entry.id);
      if (isKept) this.gone.note(entry);
      else this.dropEvidence(entry, why);
    }
    this.emit("evicted", { count: entries.length, why });
  }

  /** Drops what was seen of an entry that will not be found again. */
  private dropEvidence(entry: Entry, why: CacheEvents["evicted"]["why"]): void {
    const { knowledge } = this;
    // It went because it was not used, which it was not because it was wrong: learned again, it still is.
    if (why === "bounds" && knowledge.evidenceOf(entry.id).contradictions.size > 0)
      knowledge.loseEvidence(entry.id);
    else knowledge.dropEvidence(entry.id);
    if (knowledge.sightings.has(entry.id)) knowledge.dropEvidence(sightingId(entry.id));
    if (entry.kind === "template" && !knowledge.hasSkeleton(entry.skeleton))
      knowledge.dropEvidence(entry.skeleton);
  }

  /** Takes note that an entry was of use. */
  used(entry: Entry): void {
    this.knowledge.touch(entry);
    this.journal.used(entry.id);
  }

  /** When something that happens to an id now is said to have happened. */
  /** Tells the store what speaks for or against an entry. */
  private tell(kind: "agree" | "contradict", id: string, witness: string): void {
    this.journal.note({ kind, id, witness, at: this.journal.moment(id, this.settings.now()) });
  }
}

/** The ids under which there may be notes on an entry, those on its skeleton among them. */
function notesOn(entry: Entry, isLast: boolean): string[] {
  if (entry.kind === "exchange") return [askedId(entry.id)];
  const own = [weighingId(entry.id), labellingId(entry.id)];
  return isLast ? [...own, weighedId(entry), labelId(entry), proposedId(entry.skeleton)] : own;
}
