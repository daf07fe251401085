/** The stages of learning over one copy of what is known: what the learner's queue runs, here or in a worker. */
import { nameOf } from "./events.js";
import { BOUND_STAGES, learn, STAGES } from "./learn/index.js";
import { eachInSlices } from "./learn/schedule/jobs.js";
import type { Observation, Workshop } from "./learn/stage.js";
import { remember } from "./learn/stages/remember.js";
import { Memory } from "./learn/trial/memory.js";
import { noteSeen } from "./learn/trial/predictions.js";
import type { Settings } from "./options.js";
import type { EvaluateOptions } from "./template/derivation/evaluate.js";
import { createLearnt } from "./tree/entry.js";
import { type Fact, takeIn } from "./tree/facts.js";
import type { Exchange, Knowledge, Learnt } from "./tree/knowledge.js";

/** Where observations are learned from. */
export interface Engine {
  /** Learns from an observation. Rejects only if it will never learn again. */
  learn(observation: Observation): Promise<void>;
  /** Takes in exchanges that were learned from before. Rejects only if it will never learn again. */
  recollect(exchanges: readonly Exchange[]): Promise<void>;
  /** Lets go of what was erased. */
  drop(ids: ReadonlySet<string>): void;
  /** Waits for it as long as somebody does: what is not waited for does not keep the process alive. */
  await<Result>(work: Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Takes in what the stages have found. */
export interface Finder {
  keep(made: Learnt): Learnt;
  note(right: boolean, kind: string, witness: string): void;
  agree(learnt: Learnt, witness: string): void;
  contradict(learnt: Learnt, witness: string, by: "observation"): void;
}

export interface EngineOptions {
  readonly knowledge: Knowledge;
  readonly finder: Finder;
  readonly settings: Settings;
  readonly evaluation: EvaluateOptions;
  /** Told the class of what was thrown. */
  readonly onFault: (error: string) => void;
  /** Told of what was added to what is known of a scope. */
  readonly onKnown?: (scope: string, facts: readonly Fact[]) => void;
}

/** Runs the stages on the thread it is called on. */
export class ThreadEngine implements Engine {
  private readonly memory = new Memory();
  /** Scopes with exchanges that were loaded and are not at hand yet. */
  private readonly incomplete = new Set<string>();
  private readonly workshop: Workshop;

  constructor(private readonly options: EngineOptions) {
    const { knowledge, finder, settings, evaluation, onKnown } = options;
    this.workshop = {
      knowledge,
      trust: settings,
      evaluation,
      memory: this.memory,
      known: (template, { scope, at, model, details }) => {
        const known = knowledge.get(createLearnt({ template, origin: "induced", scope, at, model, details }).id);
        return known?.kind === "template" ? known : undefined;
      },
      isNew: (template, { scope, at, model, details }) =>
        !knowledge.hasSkeleton(createLearnt({ template, origin: "induced", scope, at, model, details }).skeleton),
      keep: (template, origin, { scope, at, model, details }) => finder.keep(createLearnt({ template, origin, scope, at, model, details })),
      note: (right, kind, witness) => finder.note(right, kind, witness),
      know: (scope, facts) => {
        takeIn(knowledge, scope, facts);
        onKnown?.(scope, facts);
      },
      agree: (learnt, witness) => finder.agree(learnt, witness),
      contradict: (learnt, witness) => finder.contradict(learnt, witness, "observation"),
    };
  }

  async learn(observation: Observation): Promise<void> {
    // Erased while it waited: nothing may be learned from it.
    if (!this.options.knowledge.get(observation.exchange.id)) return;
    await this.complete(observation.exchange.scope);
    await this.guarded(() => learn(observation, this.workshop, this.options.settings.induction ? STAGES : BOUND_STAGES));
  }

  recollect(exchanges: readonly Exchange[]): Promise<void> {
    const latest = latestOf(exchanges);
    const isLatest = new Set(latest);
    for (const exchange of exchanges) if (!isLatest.has(exchange)) this.incomplete.add(exchange.scope);
    return this.remember(latest, this.workshop);
  }

  /** Keeps exchanges at hand whose arguments and wordings are known already. */
  rehearse(exchanges: readonly Exchange[]): Promise<void> {
    for (const { scope } of exchanges) this.incomplete.add(scope);
    return this.remember(latestOf(exchanges), { ...this.workshop, know: () => undefined });
  }

  drop(ids: ReadonlySet<string>): void {
    this.memory.drop(ids);
  }

  await<Result>(work: Promise<Result>): Promise<Result> {
    return work;
  }

  async close(): Promise<void> {}

  private async remember(exchanges: readonly Exchange[], workshop: Workshop): Promise<void> {
    await this.eachKnown(exchanges, (exchange) => {
      const observation: Observation = { exchange, given: new Map() };
      noteSeen(observation, workshop);
      return remember.run(observation, workshop);
    });
  }

  /** Takes all exchanges of a scope into memory before the first is learned from there: a template is tried on all of them. */
  private async complete(scope: string): Promise<void> {
    if (!this.incomplete.delete(scope)) return;
    const all = [...this.options.knowledge.scope(scope).exact.values()].flat();
    await this.eachKnown(all, (exchange) => this.memory.add(exchange));
  }

  /** Does something with each exchange that is still known. */
  private async eachKnown(exchanges: readonly Exchange[], work: (exchange: Exchange) => void | Promise<void>): Promise<void> {
    await eachInSlices(exchanges, async (exchange) => {
      if (this.options.knowledge.get(exchange.id)) await this.guarded(() => work(exchange));
    });
  }

  private async guarded(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.onFault(nameOf(error));
    }
  }
}

// Of what a store held, the latest exchanges are looked at again: enough to know the arguments of a scope.
const RECOLLECTED = 5_000;

function latestOf(exchanges: readonly Exchange[]): Exchange[] {
  return exchanges.toSorted((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1)).slice(-RECOLLECTED);
}
