/** The miss path: an observed exchange goes through the stages of learning, in order. */
import type { Observation } from "./observation.js";
import type { Stage, Workshop } from "./stage.js";
import { learnBound } from "./stages/bound.js";
import { learnContinuation } from "./stages/continuation.js";
import { learnFlow } from "./stages/flow.js";
import { learnGuards } from "./stages/guards.js";
import { narrow } from "./stages/narrow.js";
import { remember } from "./stages/remember.js";
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
];

/** The stages without induction: only what the caller has bound makes a template. */
export const BOUND_STAGES: readonly Stage[] = [testPredictions, learnBound];

/** Takes one observation through the stages; other work of the process gets its turn between them. */
export async function learn(observation: Observation, workshop: Workshop, stages: readonly Stage[] = STAGES): Promise<void> {
  const { pace } = observation;
  for (const stage of stages) {
    await stage.run(observation, workshop);
    if (pace.overdue) await pace.rest();
  }
}
