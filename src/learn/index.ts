/** The miss path: an observed exchange goes through the stages of learning, in order. */

import { lastStepOf } from "../answer/continuation.js";
import type { TrustSettings } from "../answer/trust.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Template } from "../template/template.js";
import type { Exchange, Knowledge, Learnt, Origin } from "../tree/knowledge.js";
import { learnBound } from "./bound.js";
import { learnContinuation } from "./continuation.js";
import { testPredictions } from "./evidence.js";
import { learnGuards } from "./guards.js";
import { learnFlow } from "./learn-flow.js";
import type { Memory } from "./memory.js";
import { narrow } from "./narrow.js";
import { notice } from "./notice.js";
import { Pace } from "./pace.js";
import { learnSiblings } from "./siblings.js";
import { formOf, stepFormOf } from "./trial.js";
import { noticeWording } from "./wordings.js";

/** What is learned from: an exchange the model has just made. */
export interface Observation {
  readonly exchange: Exchange;
  /** Values the caller has bound. */
  readonly given: ReadonlyMap<string, string>;
}

/** What the stages work with. Everything learned goes through `keep`, `agree` and `contradict`, which record it. */
export interface Workshop {
  readonly knowledge: Knowledge;
  readonly trust: TrustSettings;
  readonly evaluation: EvaluateOptions;
  readonly memory: Memory;
  /** The same exchanges by the form of their last step. */
  readonly steps: Memory;
  /** Whether no template of this skeleton is known. */
  isNew(template: Template, from: Exchange): boolean;
  /** Adds a template, if it is new. */
  keep(template: Template, origin: Origin, from: Exchange): Learnt;
  /** Counts the fate of a prediction for its kind. */
  note(right: boolean, kind: string, witness: string): void;
  /** Notes that a template was right about an exchange. */
  agree(learnt: Learnt, witness: string): void;
  /** Notes that a template was wrong about an exchange. */
  contradict(learnt: Learnt, witness: string): void;
}

/** A stage of learning. Stages are values: the pipeline is a list of them. */
export interface Stage {
  readonly name: string;
  run(observation: Observation, workshop: Workshop): void | Promise<void>;
}

/** Keeps the exchange at hand, for templates to come to be tried on. */
export const remember: Stage = {
  name: "remember",
  run(observation, workshop) {
    const { exchange } = observation;
    workshop.memory.add(formOf(exchange), exchange);
    if (lastStepOf(exchange.turns)) workshop.steps.add(stepFormOf(exchange), exchange);
    notice(observation, workshop);
    noticeWording(observation, workshop);
  },
};

/** The stages, in order: every observation tests what is known before anything is learned from it. */
export const STAGES: readonly Stage[] = [
  testPredictions,
  narrow,
  learnBound,
  learnFlow,
  learnContinuation,
  learnGuards,
  learnSiblings,
  remember,
];

/** The stages without induction: only what the caller has bound makes a template. */
export const BOUND_STAGES: readonly Stage[] = [testPredictions, learnBound];

/** Takes one observation through the stages; other work of the process gets its turn between them. */
export async function learn(observation: Observation, workshop: Workshop, stages: readonly Stage[] = STAGES): Promise<void> {
  const pace = new Pace();
  for (const stage of stages) {
    await stage.run(observation, workshop);
    if (pace.overdue) await pace.rest();
  }
}
