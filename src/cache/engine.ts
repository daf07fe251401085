/**
 * The stages of learning over one copy of what is known: what the learner's queue runs, here or in a worker.
 */
import { nameOf } from "../events.js";
import {
  BOUND_STAGES,
  type Curtailment,
  learn,
  REMEMBERED_STAGES,
  SHOWING_STAGES,
  STAGES,
} from "../learn/index.js";
import type { Outcome, Proposed } from "../learn/model/proposal.js";
import type { Question } from "../learn/model/question.js";
import { verify } from "../learn/model/verify.js";
import { MAX_STEPS, Observation } from "../learn/observation.js";
import { eachInSlices } from "../learn/schedule/jobs.js";
import { Curtailed, Pace } from "../learn/schedule/pace.js";
import type { Stage, Workshop } from "../learn/stage.js";
import { remember } from "../learn/stages/remember.js";
import { Memory } from "../learn/trial/memory.js";
import { noteSeen } from "../learn/trial/predictions.js";
import type { Settings } from "../options.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Template } from "../template/template.js";
import { createLearnt } from "../tree/entry.js";
import { type Fact, takeIn } from "../tree/facts.js";
import type { Entry, Exchange, Knowledge, Learnt, Origin } from "../tree/knowledge.js";

/** Where observations are learned from. */
export interface Engine {
  /**
   * Learns from an observation. Resolves with `false` if it was broken off. Rejects only if it will never
   * learn again.
   */
  learn(observation: Observation): Promise<boolean>;
  /**
   * Tries what a model proposes on everything known, and keeps what is right. Rejects only if it will never
   * learn again.
   */
  propose(proposed: Proposed): Promise<Outcome>;
  /** Takes in exchanges that were learned from before. Rejects only if it will never learn again. */
  recollect(exchanges: readonly Exchange[]): Promise<void>;
  /**
   * Breaks off what is being learned or recollected in these scopes: something that it was begun with was
   * erased. Without scopes, the observation that is being learned from.
   */
  breakOff(scopes?: ReadonlySet<string>): void;
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

/** What an engine tells. */
export interface EngineHooks {
  /** Told the class of what was thrown. */
  readonly onFault: (error: string) => void;
  /** Told where learning from an exchange was given up. */
  readonly onCurtailed: (curtailment: Curtailment) => void;
  /** Told what a model is to be asked. */
  readonly onQuestion: (question: Question) => void;
}

export interface EngineOptions extends EngineHooks {
  readonly knowledge: Knowledge;
  readonly finder: Finder;
  readonly settings: Settings;
  readonly evaluation: EvaluateOptions;
  /** Told of what was added to what is known of a scope. */
  readonly onKnown?: (scope: string, facts: readonly Fact[]) => void;
}

/** Runs the stages on the thread it is called on. */
export class ThreadEngine implements Engine {
  private readonly memory = new Memory();
  /** Scopes with exchanges that were loaded and are not at hand yet. */
  private readonly incomplete = new Set<string>();
  /**
   * The scope that is worked on at the moment; that of an observation; and those that were broken off since
   * that was begun.
   */
  private at = "";
  private learning: string | undefined;
  private readonly broken = new Set<string>();
  private readonly workshop: Workshop;
  private readonly unwatch: () => void;

  constructor(private readonly options: EngineOptions) {
    const { knowledge, finder, settings, evaluation, onKnown } = options;
    // A template is asked for when it is tried and again when it is kept: what it is known by takes long to
    // work out.
    const made = new WeakMap<Template, Learnt>();
    const learntOf = (
      template: Template,
      origin: Origin,
      { scope, at, model, details }: Exchange,
    ): Learnt => {
      const before = made.get(template);
      if (before?.origin === origin && before.scope === scope && before.at === at) return before;
      const learnt = createLearnt({ template, origin, scope, at, model, details });
      made.set(template, learnt);
      return learnt;
    };
    this.unwatch = knowledge.watch({ removed: (entry, by) => this.drop(entry, by) });
    this.workshop = {
      knowledge,
      trust: settings,
      evaluation,
      pace: new Pace(),
      memory: this.memory,
      known: (template, from) => {
        const known = knowledge.get(learntOf(template, "induced", from).id);
        return known?.kind === "template" ? known : undefined;
      },
      isNew: (template, from) => !knowledge.hasSkeleton(learntOf(template, "induced", from).skeleton),
      keep: (template, origin, from) => this.unbroken(() => finder.keep(learntOf(template, origin, from))),
      note: (right, kind, witness) => this.unbroken(() => finder.note(right, kind, witness)),
      know: (scope, facts) =>
        this.unbroken(() => {
          takeIn(knowledge, scope, facts);
          onKnown?.(scope, facts);
        }),
      agree: (learnt, witness) => this.unbroken(() => finder.agree(learnt, witness)),
      contradict: (learnt, witness) => this.unbroken(() => finder.contradict(learnt, witness, "observation")),
      ask: settings.induction?.asks
        ? (question) => this.unbroken(() => options.onQuestion(question))
        : undefined,
      labels: settings.induction?.labels,
    };
  }

  async learn(observation: Observation): Promise<boolean> {
    // Erased while it waited: nothing may be learned from it.
    if (!this.options.knowledge.get(observation.exchange.id)) return true;
    const { scope } = observation.exchange;
    this.broken.clear();
    this.learning = scope;
    await this.complete(scope);
    await this.takeThrough(observation, this.workshop, this.stagesFor(observation));
    this.learning = undefined;
    return !this.broken.has(scope);
  }

  async propose({ exchange: id, together, proposal }: Proposed): Promise<Outcome> {
    const exchangeOf = (known: string): Exchange[] => {
      const entry = this.options.knowledge.get(known);
      return entry?.kind === "exchange" ? [entry] : [];
    };
    const [exchange] = exchangeOf(id);
    if (!exchange) return { refused: "forgotten" };
    this.broken.clear();
    this.at = exchange.scope;
    this.learning = exchange.scope;
    await this.complete(exchange.scope);
    let outcome: Outcome = { refused: "forgotten" };
    await this.guarded(async () => {
      const workshop = { ...this.workshop, pace: new Pace({ maxNodes: MAX_STEPS, enforced: true }) };
      try {
        outcome = await verify({ exchange, together: together.flatMap(exchangeOf), proposal }, workshop);
      } catch (error) {
        if (!(error instanceof Curtailed)) throw error;
        outcome = { refused: "too-large" };
      }
    });
    this.learning = undefined;
    return outcome;
  }

  recollect(exchanges: readonly Exchange[]): Promise<void> {
    this.broken.clear();
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

  breakOff(scopes?: ReadonlySet<string>): void {
    for (const scope of scopes ?? (this.learning === undefined ? [] : [this.learning]))
      this.broken.add(scope);
  }

  await<Result>(work: Promise<Result>): Promise<Result> {
    return work;
  }

  async close(): Promise<void> {
    this.unwatch();
  }

  /** Lets go of what is not known any more; what was recorded again is at hand as it is known now. */
  private drop(entry: Entry, by: Entry | undefined): void {
    if (entry.kind !== "exchange" || !this.memory.has(entry)) return;
    this.memory.drop([entry.id]);
    if (by?.kind === "exchange") this.memory.add(by);
  }

  private async remember(exchanges: readonly Exchange[], workshop: Workshop): Promise<void> {
    await this.eachKnown(exchanges, (exchange) =>
      this.takeThrough(new Observation(exchange), workshop, RECOLLECTING),
    );
  }

  private stagesFor({ isHandedOver }: Observation): readonly Stage[] {
    const { induction } = this.options.settings;
    if (!induction) return BOUND_STAGES;
    if (isHandedOver) return REMEMBERED_STAGES;
    return induction.elsewhere ? SHOWING_STAGES : STAGES;
  }

  private takeThrough(observation: Observation, workshop: Workshop, stages: readonly Stage[]): Promise<void> {
    this.at = observation.exchange.scope;
    return this.guarded(async () => {
      const curtailed = await learn(observation, workshop, stages);
      if (curtailed) this.options.onCurtailed(curtailed);
    });
  }

  /**
   * Takes all exchanges of a scope into memory before the first is learned from there: a template is tried on
   * all of them.
   */
  private async complete(scope: string): Promise<void> {
    if (!this.incomplete.delete(scope)) return;
    const all = [...this.options.knowledge.scope(scope).exact.values()].flat();
    await this.eachKnown(all, (exchange) => this.memory.add(exchange));
  }

  /**
   * Does something with each exchange that is still known. Where something was erased meanwhile, all are
   * recollected anew.
   */
  private async eachKnown(
    exchanges: readonly Exchange[],
    work: (exchange: Exchange) => void | Promise<void>,
  ): Promise<void> {
    await eachInSlices(exchanges, async (exchange) => {
      if (this.broken.has(exchange.scope) || !this.options.knowledge.get(exchange.id)) return;
      await this.guarded(() => work(exchange));
    });
  }

  private unbroken<Value>(act: () => Value): Value {
    if (this.broken.has(this.at)) throw new BrokenOff();
    return act();
  }

  private async guarded(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BrokenOff)) this.options.onFault(nameOf(error));
    }
  }
}

/** Ends what is being learned. */
class BrokenOff extends Error {}

/** What was learned from before is noted, and no template is made of it. */
const RECOLLECTING: readonly Stage[] = [{ name: "recollect", run: noteSeen }, remember];

// Of what a store held, the latest exchanges are looked at again: enough to know the arguments of a scope.
const RECOLLECTED = 5_000;

function latestOf(exchanges: readonly Exchange[]): Exchange[] {
  return exchanges
    .toSorted((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1))
    .slice(-RECOLLECTED);
}
