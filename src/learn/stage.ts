/** What a stage of learning is, and what it works with. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Template } from "../template/template.js";
import type { Fact } from "../tree/facts.js";
import type { Exchange, Knowledge, Learnt, Origin } from "../tree/knowledge.js";
import type { TrustSettings } from "../trust/standing.js";
import type { Question } from "./model/question.js";
import type { Observation } from "./observation.js";
import type { Pace } from "./schedule/pace.js";
import type { Memory } from "./trial/memory.js";

/**
 * What the stages work with. Everything learned goes through `keep`, `agree` and `contradict`, which record
 * it.
 */
export interface Workshop {
  readonly knowledge: Knowledge;
  readonly trust: TrustSettings;
  readonly evaluation: EvaluateOptions;
  /** The budget of the observation at hand, and when to rest. */
  readonly pace: Pace;
  readonly memory: Memory;
  /** The very template, if it is known. */
  known(template: Template, from: Exchange): Learnt | undefined;
  /** Whether no template of this skeleton is known. */
  isNew(template: Template, from: Exchange): boolean;
  /** Adds a template, if it is new. */
  keep(template: Template, origin: Origin, from: Exchange): Learnt;
  /** Counts the fate of a prediction for its kind. */
  note(right: boolean, kind: string, witness: string): void;
  /** Adds to what is known of a scope's arguments and wordings. */
  know(scope: string, facts: readonly Fact[]): void;
  /** Notes that a template was right about an exchange. */
  agree(learnt: Learnt, witness: string): void;

  /** Notes that a template was wrong about an exchange. */
  contradict(learnt: Learnt, witness: string): void;
  /** Asks a model, some time later; absent where there is none. */
  readonly ask?: ((question: Question) => void) | undefined;
  /** It is to be asked what to call variables whose names say nothing. */
  readonly labels?: boolean | undefined;
}

/** A stage of learning. Stages are values: the pipeline is a list of them. */
export interface Stage {
  readonly name: string;
  run(observation: Observation, workshop: Workshop): void | Promise<void>;
}
