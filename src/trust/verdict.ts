/** Whether what a template says to a conversation may be served, for serving and explaining alike. */
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import { doubtOf } from "./belief.js";
import { type Kind, kindOfPrediction, type Prediction } from "./kind.js";
import { type Standing, standingOf, type TrustSettings } from "./standing.js";

/** What is thought of a prediction. */
export interface Verdict {
  readonly standing: Standing;
  /** The share of predictions like this one that is expected to be wrong, from 0 to 1. */
  readonly doubt: number;
  /** Of an induced template: the class of predictions whose fates are counted together. */
  readonly kind?: Kind;
}

/**
 * Judges a prediction of a template that no contradiction has retired.
 * - One that a caller has bound is trusted by its own agreements alone.
 * - One that was induced is served under `verified` if its doubt is within the bound; `eager` takes the first reply for
 *   right, but not what was left open in it.
 */
export function verdictOn(prediction: Prediction, knowledge: Knowledge, trust: TrustSettings): Verdict {
  const { learnt } = prediction;
  const standing = standingOf(knowledge.evidence(learnt), trust);
  if (learnt.origin === "bound" || standing === "retired") return { standing, doubt: ownDoubt(learnt, knowledge) };
  const kind = kindOfPrediction(prediction, knowledge, trust.minAgreements);
  const doubt = doubtOf(kind, knowledge);
  return { standing: mayServe(kind, doubt, trust) ? "live" : "candidate", doubt, kind };
}

/** Whether the policy serves a kind of prediction with such a doubt. */
function mayServe(kind: Kind, doubt: number, { policy, maxErrorRate }: TrustSettings): boolean {
  if (policy === "exact") return false;
  return doubt <= maxErrorRate || (policy === "eager" && !kind.loose && kind.idle === "none");
}

// Of a template that the caller has bound, this many right predictions are believed beforehand for each wrong one.
const BOUND = 100;

function ownDoubt(learnt: Learnt, knowledge: Knowledge): number {
  const { agreements, contradictions } = knowledge.evidence(learnt);
  return (1 + contradictions.size) / (BOUND * (1 + agreements.size));
}
