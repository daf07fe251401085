/** Everything that changes what is known: in memory and in the store alike, with an event for each. */

import type { CacheEvents } from "./events.js";
import type { Settings } from "./options.js";
import type { Persistence } from "./persistence.js";
import type { Entry, Exchange, Knowledge, Learnt } from "./tree/knowledge.js";
import { isExpired, type Standing } from "./trust/standing.js";
import { verdictOnTemplate } from "./trust/verdict.js";

/** Emits an event. */
export type Emit = <Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]) => void;

/** Keeps, judges and erases entries. */
export class Keeper {
  constructor(
    private readonly knowledge: Knowledge,
    private readonly persistence: Persistence,
    private readonly settings: Settings,
    private readonly emit: Emit,
    /** Told what is gone, so that it is not remembered elsewhere. */
    private readonly onErased: (ids: ReadonlySet<string>) => void,
  ) {}

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
    this.evict(this.knowledge.add(exchange), "bounds");
    await this.persistence.put(exchange);
  }

  /** Keeps a template, unless it is known and still counts. */
  keep(made: Learnt): Learnt {
    const known = this.knowledge.get(made.id);
    if (known?.kind === "template") {
      if (!isExpired(known, this.settings, made.at)) return known;
      // What spoke for it is as old as it is: it begins anew.
      this.evict([known], "ttl");
    }
    const learnt = { ...made, at: this.persistence.moment(made.id, made.at) };
    this.evict(this.knowledge.add(learnt), "bounds");
    void this.persistence.put(learnt);
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

  /** Erases entries, here and in the store. Resolves when the store has it. */
  async erase(entries: readonly Entry[]): Promise<void> {
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
      erase(id, at);
    }
    for (const entry of entries) {
      // Agreements belong to all templates of a skeleton, and go with the last.
      if (entry.kind === "template" && !this.knowledge.hasSkeleton(entry.skeleton)) erase(entry.skeleton, entry.at);
    }
    this.onErased(new Set(ids.keys()));
    await this.persistence.erase(ids);
  }

  /** Erases entries that the cache itself lets go of. */
  evict(entries: readonly Entry[], why: CacheEvents["evicted"]["why"]): void {
    if (entries.length === 0) return;
    const wrong = why === "bounds" ? entries.filter((entry) => this.knowledge.evidenceOf(entry.id).contradictions.size > 0) : [];
    void this.erase(entries);
    // It went because it was not used, which it was not because it was wrong: learned again, it still is.
    for (const { id } of wrong) this.knowledge.loseEvidence(id);
    this.emit("evicted", { count: entries.length, why });
  }

  /** When something that happens to an id now is said to have happened. */
  private moment(id: string): number {
    return this.persistence.moment(id, this.settings.now());
  }
}
