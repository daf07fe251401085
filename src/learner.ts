/** Learning in the background: observations go through the stages one by one, and what was loaded is taken in again. */
import { nameOf } from "./events.js";
import type { Emit, Keeper } from "./keeper.js";
import { BOUND_STAGES, learn, STAGES } from "./learn/index.js";
import { Observation } from "./learn/observation.js";
import { breath, Jobs } from "./learn/schedule/jobs.js";
import { Pace } from "./learn/schedule/pace.js";
import type { Stage, Workshop } from "./learn/stage.js";
import { remember } from "./learn/stages/remember.js";
import { Memory } from "./learn/trial/memory.js";
import type { Settings } from "./options.js";
import type { EvaluateOptions } from "./template/derivation/evaluate.js";
import type { Template } from "./template/template.js";
import { createLearnt } from "./tree/entry.js";
import type { Exchange, Knowledge, Learnt, Origin } from "./tree/knowledge.js";

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

  constructor(
    private readonly knowledge: Knowledge,
    keeper: Keeper,
    private readonly settings: Settings,
    evaluation: EvaluateOptions,
    private readonly emit: Emit,
  ) {
    // A template is asked for when it is tried and again when it is kept: what it is known by takes long to work out.
    const made = new WeakMap<Template, Learnt>();
    const learntOf = (template: Template, origin: Origin, { scope, at, model, details }: Exchange): Learnt => {
      const known = made.get(template);
      if (known?.origin === origin && known.scope === scope && known.at === at) return known;
      const learnt = createLearnt({ template, origin, scope, at, model, details });
      made.set(template, learnt);
      return learnt;
    };
    this.workshop = {
      knowledge,
      trust: settings,
      evaluation,
      pace: new Pace(),
      memory: this.memory,
      steps: this.steps,
      isNew: (template, from) => !knowledge.hasSkeleton(learntOf(template, "induced", from).skeleton),
      keep: (template, origin, from) => keeper.keep(learntOf(template, origin, from)),
      note: (right, kind, witness) => keeper.note(right, kind, witness),
      agree: (learnt, witness) => keeper.agree(learnt, witness),
      contradict: (learnt, witness) => keeper.contradict(learnt, witness, "observation"),
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

  settled(): Promise<void> {
    return this.jobs.settled();
  }

  private async induce(observation: Observation): Promise<void> {
    // Erased while it waited: nothing may be learned from it.
    if (!this.knowledge.get(observation.exchange.id)) return;
    await this.takeThrough(observation, this.settings.induction ? STAGES : BOUND_STAGES);
  }

  private async takeThrough(observation: Observation, stages: readonly Stage[]): Promise<void> {
    try {
      const curtailed = await learn(observation, this.workshop, stages);
      if (curtailed) this.emit("curtailed", curtailed);
    } catch (error) {
      this.emit("fault", { where: "induction", error: nameOf(error) });
    }
  }

  private async recollectAll(exchanges: readonly Exchange[]): Promise<void> {
    let since = performance.now();
    for (const exchange of exchanges) {
      if (!this.knowledge.get(exchange.id)) continue;
      await this.takeThrough(new Observation(exchange), [remember]);
      if (performance.now() - since > SLICE) {
        await breath();
        since = performance.now();
      }
    }
  }
}
