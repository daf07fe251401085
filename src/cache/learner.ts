/**
 * Learning in the background: what is observed or loaded waits in a queue, and is learned from here or in a
 * worker.
 */

import type { Emit } from "../events.js";
import type { Outcome, Proposed } from "../learn/model/proposal.js";
import type { Question } from "../learn/model/question.js";
import type { Observation } from "../learn/observation.js";
import { Jobs } from "../learn/schedule/jobs.js";
import type { Settings } from "../options.js";
import type { Holding } from "../template/bounded-map.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Exchange, Knowledge } from "../tree/knowledge.js";
import { type HostOptions, WorkerEngine, WorkerLost } from "../worker/host.js";
import { type Engine, type EngineHooks, ThreadEngine } from "./engine.js";
import type { Keeper } from "./keeper.js";

// The share of `maxSize` for what waits to be learned from.
const WAITING_SHARE = 1 / 4;

/**
 * Exchanges that were learned from before; with `relearned`, all that are left in scopes where something was
 * erased.
 */
interface Recollection {
  readonly exchanges: readonly Exchange[];
  readonly relearned: ReadonlySet<string> | undefined;
  isBegun: boolean;
}

/** Something a model proposes, and what became of it once it was tried. */
interface Suggestion {
  readonly proposed: Proposed;
  outcome: Outcome;
}

type Job = { readonly observation: Observation } | Suggestion | Recollection;

export interface LearnerOptions {
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly settings: Settings;
  readonly evaluation: EvaluateOptions;
  readonly emit: Emit;
  /** Told what a model is to be asked. */
  readonly onQuestion?: (question: Question) => void;
  /** Told how long it took to learn from an exchange, in ms. */
  readonly onLearned?: (took: number) => void;
  /** How a worker is started, and how long it may be silent, where it is not the package's own. */
  readonly worker?: Pick<HostOptions, "spawn" | "patience">;
}

/** The bounded queue in front of the stages. */
export class Learner {
  private engine: Engine;
  private readonly jobs: Jobs<Job>;
  /** The exchanges that wait to be learned from or are, and the scopes that wait to be learned again. */
  private readonly waiting = new Set<string>();
  private readonly relearning = new Set<string>();

  constructor(private readonly options: LearnerOptions) {
    const { settings, emit } = options;
    const inWorker = settings.policy !== "exact" && settings.induction?.worker;
    this.engine = inWorker ? this.workerEngine() : this.threadEngine();
    this.jobs = new Jobs(
      (job) => this.run(job),
      {
        maxJobs: settings.maxQueue,
        maxSize: settings.maxSize * WAITING_SHARE,
        sizeOf: (job) => ("observation" in job ? job.observation.exchange.size : 0),
      },
      (dropped) => emit("fault", { where: "queue", dropped }),
    );
  }

  get queue(): { waiting: number; dropped: number } {
    return { waiting: this.jobs.length, dropped: this.jobs.dropped };
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { queue: this.jobs.holding };
  }

  /** Learns from an observation when its turn comes. Resolves when that is done. */
  async add(observation: Observation): Promise<void> {
    const { id } = observation.exchange;
    this.waiting.add(id);
    await this.jobs.add({ observation });
    this.waiting.delete(id);
  }

  /** Tries what a model proposes when its turn comes. Resolves with what became of it. */
  async propose(proposed: Proposed): Promise<Outcome> {
    const job: Suggestion = { proposed, outcome: { refused: "shed" } };
    await this.awaited(this.jobs.add(job));
    return job.outcome;
  }

  /**
   * Takes in exchanges that were learned from before: their arguments and forms, no new template. Resolves when
   * that is done.
   */
  async recollect(exchanges: readonly Exchange[], relearned?: ReadonlySet<string>): Promise<void> {
    const { settings } = this.options;
    if (settings.policy === "exact" || !settings.induction || exchanges.length === 0) return;
    for (const scope of relearned ?? []) this.relearning.add(scope);
    const job = { exchanges, relearned, isBegun: false };
    // One that was shed because too much waited will not be begun.
    await this.jobs.add(job);
    this.begin(job);
  }

  private begin(job: Recollection): void {
    if (job.isBegun) return;
    job.isBegun = true;
    for (const scope of job.relearned ?? []) this.relearning.delete(scope);
  }

  /** Breaks off what is being learned, and does something while nothing is. */
  interrupt<Result>(work: () => Promise<Result>): Promise<Result> {
    this.engine.breakOff();
    return this.awaited(this.jobs.between(work));
  }

  /**
   * Forgets what was learned in scopes where something was erased, and learns it again from the exchanges
   * that are left.
   */
  relearn(scopes: ReadonlySet<string>): void {
    const { knowledge } = this.options;
    this.engine.breakOff(scopes);
    knowledge.unlearn(scopes);
    // What waits anyway is not taken in twice.
    const fresh = new Set([...scopes].filter((scope) => !this.relearning.has(scope)));
    const left = [...fresh].flatMap((scope) => [...knowledge.scope(scope).exact.values()].flat());
    void this.recollect(
      left.filter(({ id }) => !this.waiting.has(id)),
      fresh,
    );
  }

  /** Waits for something to be learned. */
  awaited<Result>(work: Promise<Result>): Promise<Result> {
    return this.engine.await(work);
  }

  settled(): Promise<void> {
    return this.awaited(this.jobs.settled());
  }

  async close(): Promise<void> {
    await this.settled();
    await this.engine.close();
  }

  private async run(job: Job): Promise<void> {
    try {
      await this.work(job);
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      await this.fallBack();
      // What it was at when it was lost may be what it was lost by.
      if (!error.wasAtWork) await this.work(job);
    }
  }

  private async work(job: Job): Promise<void> {
    if ("proposed" in job) {
      job.outcome = await this.engine.propose(job.proposed);
      return;
    }
    if (!("observation" in job)) {
      this.begin(job);
      return this.engine.recollect(job.exchanges);
    }
    let { observation } = job;
    const began = performance.now();
    // Broken off, it is learned from once more, with what is left.
    while (!(await this.engine.learn(observation))) observation = observation.anew();
    this.options.onLearned?.(performance.now() - began);
  }

  /** Goes on without the worker: what it had at hand is gathered again, what it has found is known. */
  private async fallBack(): Promise<void> {
    const engine = this.threadEngine();
    this.engine = engine;
    const known: Exchange[] = [];
    for (const entry of this.options.knowledge.all()) if (entry.kind === "exchange") known.push(entry);
    await engine.rehearse(known);
  }

  private threadEngine(): ThreadEngine {
    const { knowledge, keeper, settings, evaluation } = this.options;
    return new ThreadEngine({ knowledge, settings, evaluation, finder: keeper, ...this.hooks() });
  }

  private workerEngine(): WorkerEngine {
    const { knowledge, keeper, settings, emit, worker } = this.options;
    return new WorkerEngine({
      ...worker,
      ...{ knowledge, keeper, settings },
      ...this.hooks(),
      onLost: (error) => emit("fault", { where: "worker", error }),
    });
  }

  private hooks(): EngineHooks {
    const { emit, onQuestion } = this.options;
    return {
      onQuestion: (question) => onQuestion?.(question),
      onFault: (error) => emit("fault", { where: "induction", error }),
      onCurtailed: (curtailment) => emit("curtailed", curtailment),
    };
  }
}
