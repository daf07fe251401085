/** Learning in the background: observations go through the stages one by one, and what was loaded is taken in again. */
import { nameOf } from "./events.js";
import type { Emit, Keeper } from "./keeper.js";
import { BOUND_STAGES, learn, STAGES } from "./learn/index.js";
import { eachInSlices, Jobs } from "./learn/schedule/jobs.js";
import type { Observation, Workshop } from "./learn/stage.js";
import { remember } from "./learn/stages/remember.js";
import { Memory } from "./learn/trial/memory.js";
import { noteSeen } from "./learn/trial/predictions.js";
import type { Settings } from "./options.js";
import type { Holding } from "./template/bounded-map.js";
import type { EvaluateOptions } from "./template/derivation/evaluate.js";
import { createLearnt } from "./tree/entry.js";
import type { Exchange, Knowledge } from "./tree/knowledge.js";

// Of what a store held, the latest exchanges are looked at again: enough to know the arguments of a scope.
const RECOLLECTED = 5_000;
// The share of `maxSize` for what waits to be learned from.
const WAITING_SHARE = 1 / 4;

type Job = { readonly observation: Observation } | { readonly exchanges: readonly Exchange[] };

/** The bounded queue in front of the stages. */
export class Learner {
  private readonly memory = new Memory();
  /** Scopes with exchanges that were loaded and are not at hand yet. */
  private readonly incomplete = new Set<string>();
  private readonly workshop: Workshop;
  private readonly jobs: Jobs<Job>;

  constructor(
    private readonly knowledge: Knowledge,
    keeper: Keeper,
    private readonly settings: Settings,
    evaluation: EvaluateOptions,
    private readonly emit: Emit,
  ) {
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
      keep: (template, origin, { scope, at, model, details }) => keeper.keep(createLearnt({ template, origin, scope, at, model, details })),
      note: (right, kind, witness) => keeper.note(right, kind, witness),
      agree: (learnt, witness) => keeper.agree(learnt, witness),
      contradict: (learnt, witness) => keeper.contradict(learnt, witness, "observation"),
    };
    this.jobs = new Jobs(
      (job) => ("observation" in job ? this.induce(job.observation) : this.recollectAll(job.exchanges)),
      {
        maxJobs: settings.maxQueue,
        maxSize: settings.maxSize * WAITING_SHARE,
        sizeOf: (job) => ("observation" in job ? job.observation.exchange.size : 0),
      },
      (dropped) => this.emit("fault", { where: "queue", dropped }),
    );
  }

  get queue(): { waiting: number; dropped: number } {
    return { waiting: this.jobs.length, dropped: this.jobs.dropped };
  }

  /** Learns from an observation when its turn comes. Resolves when that is done. */
  add(observation: Observation): Promise<void> {
    return this.jobs.add({ observation });
  }

  /** Takes in exchanges that were learned from before: their arguments and forms, no new template. */
  recollect(exchanges: Iterable<Exchange>): void {
    if (this.settings.policy === "exact" || !this.settings.induction) return;
    const sorted = [...exchanges].sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1));
    const latest = sorted.splice(-RECOLLECTED);
    for (const { scope } of sorted) this.incomplete.add(scope);
    if (latest.length > 0) void this.jobs.add({ exchanges: latest });
  }

  /** Lets go of what was erased. */
  drop(ids: ReadonlySet<string>): void {
    this.memory.drop(ids);
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { queue: this.jobs.holding };
  }

  /** Does something while nothing is learned. */
  between<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.jobs.between(work);
  }

  settled(): Promise<void> {
    return this.jobs.settled();
  }

  private async induce(observation: Observation): Promise<void> {
    // Erased while it waited: nothing may be learned from it.
    if (!this.knowledge.get(observation.exchange.id)) return;
    try {
      await this.complete(observation.exchange.scope);
      await learn(observation, this.workshop, this.settings.induction ? STAGES : BOUND_STAGES);
    } catch (error) {
      this.emit("fault", { where: "induction", error: nameOf(error) });
    }
  }

  private recollectAll(exchanges: readonly Exchange[]): Promise<void> {
    return this.eachKnown(exchanges, (exchange) => {
      const observation = { exchange, given: new Map<string, string>() };
      noteSeen(observation, this.workshop);
      return remember.run(observation, this.workshop);
    });
  }

  /** Takes all exchanges of a scope into memory before the first is learned from there: a template is tried on all of them. */
  private async complete(scope: string): Promise<void> {
    if (!this.incomplete.delete(scope)) return;
    await this.eachKnown([...this.knowledge.scope(scope).exact.values()].flat(), (exchange) => this.memory.add(exchange));
  }

  /** Does something with each exchange that is still known, and gives the event loop its turns. */
  private async eachKnown(exchanges: readonly Exchange[], work: (exchange: Exchange) => void | Promise<void>): Promise<void> {
    await eachInSlices(exchanges, async (exchange) => {
      if (!this.knowledge.get(exchange.id)) return;
      try {
        await work(exchange);
      } catch (error) {
        this.emit("fault", { where: "induction", error: nameOf(error) });
      }
    });
  }
}
