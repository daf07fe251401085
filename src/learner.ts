/** Learning in the background: observations go through the stages one by one, and what was loaded is taken in again. */
import { nameOf } from "./events.js";
import type { Emit, Keeper } from "./keeper.js";
import { BOUND_STAGES, learn, STAGES } from "./learn/index.js";
import { breath, Jobs } from "./learn/schedule/jobs.js";
import type { Observation, Workshop } from "./learn/stage.js";
import { remember } from "./learn/stages/remember.js";
import { Memory } from "./learn/trial/memory.js";
import type { Settings } from "./options.js";
import type { EvaluateOptions } from "./template/derivation/evaluate.js";
import { createLearnt } from "./tree/entry.js";
import type { Exchange, Knowledge } from "./tree/knowledge.js";

// Of what a store held, the latest exchanges are looked at again: enough to know the arguments of a scope.
const RECOLLECTED = 5_000;
const SLICE = 5;

type Job = { readonly observation: Observation } | { readonly exchanges: readonly Exchange[] };

/** The bounded queue in front of the stages. */
export class Learner {
  private readonly memory = new Memory();
  private readonly steps = new Memory();
  private readonly workshop: Workshop;
  private readonly jobs: Jobs<Job>;
  /** Grows with every erasure; what was begun before one is not finished. */
  private erasures = 0;
  private begun = 0;

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
      steps: this.steps,
      isNew: (template, { scope, at, model, details }) =>
        !knowledge.hasSkeleton(createLearnt({ template, origin: "induced", scope, at, model, details }).skeleton),
      keep: (template, origin, { scope, at, model, details }) =>
        this.current(() => keeper.keep(createLearnt({ template, origin, scope, at, model, details }))),
      note: (right, kind, witness) => this.current(() => keeper.note(right, kind, witness)),
      agree: (learnt, witness) => this.current(() => keeper.agree(learnt, witness)),
      contradict: (learnt, witness) => this.current(() => keeper.contradict(learnt, witness, "observation")),
    };
    this.jobs = new Jobs(
      (job) => ("observation" in job ? this.induce(job.observation) : this.recollectAll(job.exchanges)),
      settings.maxQueue,
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
    const latest = [...exchanges].sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1)).slice(-RECOLLECTED);
    if (latest.length > 0) void this.jobs.add({ exchanges: latest });
  }

  /** Lets go of what was erased. */
  drop(ids: ReadonlySet<string>): void {
    this.memory.drop(ids);
    this.steps.drop(ids);
  }

  /** Breaks off what is being learned: what it was begun with may have been erased. */
  breakOff(): void {
    this.erasures++;
  }

  settled(): Promise<void> {
    return this.jobs.settled();
  }

  private async induce(observation: Observation): Promise<void> {
    // Erased while it waited: nothing may be learned from it.
    if (!this.knowledge.get(observation.exchange.id)) return;
    this.begun = this.erasures;
    try {
      await learn(observation, this.workshop, this.settings.induction ? STAGES : BOUND_STAGES);
    } catch (error) {
      // Unless it was erased itself, it is learned from once more, with what is left.
      if (error instanceof BrokenOff) await this.induce(observation);
      else this.emit("fault", { where: "induction", error: nameOf(error) });
    }
  }

  private current<Value>(act: () => Value): Value {
    if (this.begun !== this.erasures) throw new BrokenOff();
    return act();
  }

  private async recollectAll(exchanges: readonly Exchange[]): Promise<void> {
    let since = performance.now();
    for (const exchange of exchanges) {
      if (!this.knowledge.get(exchange.id)) continue;
      try {
        await remember.run({ exchange, given: new Map() }, this.workshop);
      } catch (error) {
        this.emit("fault", { where: "induction", error: nameOf(error) });
      }
      if (performance.now() - since > SLICE) {
        await breath();
        since = performance.now();
      }
    }
  }
}

/** Ends the learning of one observation. */
class BrokenOff extends Error {}
