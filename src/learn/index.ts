/** The miss path: an observed exchange goes through the stages of learning, in order. */
import { evaluationIn } from "../tree/evaluation.js";
import type { Observation } from "./observation.js";
import { Curtailed } from "./schedule/pace.js";
import type { Stage, Workshop } from "./stage.js";
import { askModel } from "./stages/ask.js";
import { learnBound } from "./stages/bound.js";
import { learnContinuation } from "./stages/continuation.js";
import { learnFlow } from "./stages/flow.js";
import { learnGuards } from "./stages/guards.js";
import { narrow } from "./stages/narrow.js";
import { keepAtHand, remember } from "./stages/remember.js";
import { learnSiblings } from "./stages/siblings.js";
import { testPredictions } from "./stages/test.js";

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
  askModel,
];

/**
 * The stages without induction: only what the caller has bound makes a template, and is tried on what was
 * seen before.
 */
export const BOUND_STAGES: readonly Stage[] = [testPredictions, learnBound, keepAtHand];

/**
 * The stages where induction is done by another process: what the exchange shows of its scope is needed to
 * trust what that learns.
 */
export const SHOWING_STAGES: readonly Stage[] = [testPredictions, learnBound, remember];

/** The stages for an exchange that was remembered when it was loaded. */
export const REMEMBERED_STAGES: readonly Stage[] = STAGES.filter((stage) => stage !== remember);

/** Where learning from an exchange was broken off, and after how many steps. */
export interface Curtailment {
  readonly stage: string;
  readonly steps: number;
}

/**
 * Takes one observation through the stages; other work of the process gets its turn between them and within
 * them. Where the observation's budget is used up, nothing further is learned from it: then it says where
 * that was.
 */
export async function learn(
  observation: Observation,
  workshop: Workshop,
  stages: readonly Stage[] = STAGES,
): Promise<Curtailment | undefined> {
  const { pace } = observation;
  const { knowledge, evaluation } = workshop;
  const paced = {
    ...workshop,
    pace,
    evaluation: evaluationIn(observation.exchange.scope, knowledge, evaluation),
  };
  for (const stage of stages) {
    try {
      await stage.run(observation, paced);
    } catch (error) {
      if (error instanceof Curtailed) return { stage: stage.name, steps: error.steps };
      throw error;
    }
    if (pace.overdue) await pace.rest();
  }
  return undefined;
}
