/** Everything that changes what is known: in memory and in the store alike, with an event for each. */

import type { CacheEvents } from "./events.js";
import { LetGo } from "./let-go.js";
import type { Settings } from "./options.js";
import type { Persistence } from "./persistence.js";
import type { Holding } from "./template/bounded-map.js";
import { decodeTemplate, encodeTemplate } from "./template/codec.js";
import type { Entry, Exchange, Knowledge, Learnt } from "./tree/knowledge.js";
import { isExpired, type Standing } from "./trust/standing.js";
import { verdictOnTemplate } from "./trust/verdict.js";

/** Emits an event. */
export type Emit = <Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]) => void;

/** Evidence as it was gathered elsewhere: witnesses about an id. */
export interface Told {
  readonly id: string;
  readonly agree: readonly string[];
  readonly contradict: readonly string[];
}

// How many entries that left memory are still known by name, for each one that may be in it.
const STUBS = 2;

/** Keeps, judges, lets go of and erases entries. */
export class Keeper {
  private readonly gone: LetGo;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly persistence: Persistence,
    private readonly settings: Settings,
    private readonly emit: Emit,
    /** Told what is gone, so that it is not remembered elsewhere. */
    private readonly onErased: (ids: ReadonlySet<string>) => void,
  ) {
    this.gone = new LetGo(STUBS * settings.maxEntries);
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { letGo: this.gone.holding };
  }

  /** Whether a template is served where what it reads is like what it has read. */
  standing(learnt: Learnt): Standing {
    return verdictOnTemplate(learnt, this.knowledge, this.settings).standing;
  }

  /**
   * Keeps an exchange, unless it is known and still counts. Resolves when it is recorded. `alone`: what else was answered to
   * the same conversation goes.
   */
  async record(exchange: Exchange, alone = false): Promise<void> {
    if (alone) {
      const recorded = this.knowledge.scope(exchange.scope).exact.get(exchange.conversation) ?? [];
      await this.erase(recorded.filter(({ id }) => id !== exchange.id));
    }
    const known = this.knowledge.get(exchange.id);
    if (known && !isExpired(known, this.settings, exchange.at)) return;
    this.letGo(this.knowledge.add(exchange), "bounds");
    await this.persistence.put(exchange);
  }

  /** Takes in an entry that was learned elsewhere. Returns whether it is known now: what was erased is not. */
  admit(entry: Entry): boolean {
    if (this.persistence.isErased(entry)) return false;
    this.letGo(this.knowledge.add(entry), "bounds");
    return true;
  }

  /** Takes in evidence that was gathered elsewhere. */
  believe({ id, agree, contradict }: Told): void {
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
    const learnt = { ...made, template, at: this.persistence.moment(made.id, made.at) };
    this.letGo(this.knowledge.add(learnt), "bounds");
    this.persistence.putLater(learnt);
    this.emit("learned", { template: learnt.id, origin: learnt.origin });
    return learnt;
  }

  /** Counts the fate of a prediction for its kind. */
  note(right: boolean, kind: string, witness: string): void {
    const verb = right ? "agree" : "contradict";
    if (this.knowledge[verb](kind, witness)) this.persistence.note(verb, kind, witness, this.moment(kind));
  }

  agree(learnt: Learnt, witness: string): void {
    const before = this.standing(learnt);
    if (!this.knowledge.agree(learnt.skeleton, witness)) return;
    this.persistence.note("agree", learnt.skeleton, witness, this.moment(learnt.skeleton));
    if (before !== "live" && this.standing(learnt) === "live") this.emit("promoted", { template: learnt.id });
  }

  contradict(learnt: Learnt, witness: string, by: "observation" | "feedback"): void {
    const before = this.standing(learnt);
    if (!this.knowledge.contradict(learnt.id, witness)) return;
    this.persistence.note("contradict", learnt.id, witness, this.moment(learnt.id));
    if (before !== "retired") this.emit("retired", { template: learnt.id, by });
  }

  /**
   * Erases entries, here and in the store. Resolves when the store has it. `briefly`: it need not be told for long, because
   * an erasure that means them is told as well.
   */
  async erase(entries: readonly Entry[], how?: "briefly"): Promise<void> {
    if (entries.length === 0) return;
    const ids = new Map<string, number>();
    const now = this.settings.now();
    const erase = (id: string, at: number): void => {
      this.knowledge.dropEvidence(id);
      // Another process's clock may be ahead, and what was just learned again here may be too.
      ids.set(id, Math.max(at, this.persistence.moment(id, now)));
    };
    for (const { id, at } of entries) {
      this.knowledge.remove(id);
      this.gone.drop(id);
      erase(id, at);
    }
    for (const entry of entries) {
      // Agreements belong to all templates of a skeleton, and go with the last.
      if (entry.kind === "template" && !this.knowledge.hasSkeleton(entry.skeleton)) erase(entry.skeleton, entry.at);
    }
    this.onErased(new Set(ids.keys()));
    await this.persistence.erase(ids, how);
  }

  /** Erases the evidence under ids, here and in the store. */
  async eraseEvidence(ids: readonly string[]): Promise<void> {
    const now = this.settings.now();
    for (const id of ids) this.knowledge.dropEvidence(id);
    await this.persistence.erase(new Map(ids.map((id) => [id, this.persistence.moment(id, now)])), "briefly");
  }

  /** Lets go of entries: they leave memory and stay in the store, where others may use them and where they are found again. */
  letGo(entries: readonly Entry[], why: CacheEvents["evicted"]["why"]): void {
    if (entries.length === 0) return;
    const isKept = this.persistence.isStored && why === "bounds";
    for (const entry of entries) {
      this.knowledge.remove(entry.id);
      if (isKept) this.gone.note(entry);
      else this.dropEvidence(entry, why);
    }
    this.onErased(new Set(entries.map(({ id }) => id)));
    this.emit("evicted", { count: entries.length, why });
  }

  /** Drops what was seen of an entry that will not be found again. */
  private dropEvidence(entry: Entry, why: CacheEvents["evicted"]["why"]): void {
    const { knowledge } = this;
    // It went because it was not used, which it was not because it was wrong: learned again, it still is.
    if (why === "bounds" && knowledge.evidenceOf(entry.id).contradictions.size > 0) knowledge.loseEvidence(entry.id);
    else knowledge.dropEvidence(entry.id);
    if (entry.kind === "template" && !knowledge.hasSkeleton(entry.skeleton)) knowledge.dropEvidence(entry.skeleton);
  }

  /** Looks in the background for what was let go of and might have answered. */
  missed(scope: string, conversation: string): void {
    const stubs = this.gone.wanted(scope, conversation);
    if (stubs.length === 0) return;
    for (const { id } of stubs) this.gone.drop(id);
    void this.persistence.find(new Map(stubs.map(({ id, at }) => [id, at]))).then((isAnswered) => {
      // They are still there: the next miss asks again.
      if (!isAnswered) for (const stub of stubs) this.gone.keep(stub);
    });
  }

  /** Takes note that an entry was of use. */
  used(entry: Entry): void {
    this.knowledge.touch(entry);
    this.persistence.used(entry.id);
  }

  /** When something that happens to an id now is said to have happened. */
  private moment(id: string): number {
    return this.persistence.moment(id, this.settings.now());
  }
}
