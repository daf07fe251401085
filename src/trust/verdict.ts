/**
 * Whether what a template says may be served: the one place that says so, for serving, explaining, counting
 * and events alike.
 */
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import type { Review } from "../types.js";
import { doubtOf, doubtsAbout } from "./belief.js";
import { kindOfPrediction, kindOfTemplate, type Prediction, type PredictionKind } from "./kind.js";
import { type Objection, objectionTo, standingObjection } from "./provenance.js";
import { type Standing, standingOf, type TrustSettings } from "./standing.js";

/** What is thought of a prediction. */
export interface Verdict {
  readonly standing: Standing;
  /** The share of predictions like this one that is expected to be wrong, from 0 to 1. */
  readonly doubt: number;
  /** Of an induced template: the class of predictions whose fates are counted together. */
  readonly kind?: PredictionKind;
  /** What speaks against serving it, whatever its record. */
  readonly objection?: Objection;
  /** A person has approved it, and nothing has spoken against it since. */
  readonly approved?: Review;
}

/**
 * Judges a prediction of a template that no contradiction has retired.
 * - One that a caller has bound is trusted by its own agreements alone.
 * - One that was induced is served under `verified` if its doubt is within the bound; `eager` takes the first
 *   reply for right where it takes something from the question, or leaves nothing of it aside; what takes any
 *   question, it does not.
 * - Neither is served that acts on running text in a tool's result (`provenance.ts`).
 * - One that a person has approved needs no record: its doubt counts as what is borne, and what only a record would
 *   outweigh is no objection. What does not depend on what the user asked stays one.
 */
export function verdictOn(prediction: Prediction, knowledge: Knowledge, trust: TrustSettings): Verdict {
  const objection = objectionTo(prediction, knowledge, trust.policy);
  const kind = () => kindOfPrediction(prediction, knowledge, trust);
  return judged({ learnt: prediction.learnt, objection, kind }, knowledge, trust);
}

/** Judges a template: what becomes of its predictions where the values are like those it has read. */
export function verdictOnTemplate(learnt: Learnt, knowledge: Knowledge, trust: TrustSettings): Verdict {
  const objection = standingObjection(learnt, knowledge, trust.policy);
  const kind = () => kindOfTemplate(learnt, knowledge, trust);
  return judged({ learnt, objection, kind }, knowledge, trust);
}

/** What is judged: `kind` is worked out only where it decides. */
interface Case {
  readonly learnt: Learnt;
  readonly objection: Objection | undefined;
  readonly kind: () => PredictionKind;
}

function judged(
  { learnt, objection: found, kind: kindOf }: Case,
  knowledge: Knowledge,
  trust: TrustSettings,
): Verdict {
  const { approval, standing } = standingWith(learnt, knowledge, trust);
  const isRetired = standing === "retired";
  const objection = approval && found && APPROVABLE.has(found) ? undefined : found;
  const against = objection && !isRetired ? { objection } : {};
  if (learnt.origin === "bound" || isRetired)
    return {
      standing: objection && !isRetired ? "candidate" : standing,
      doubt: ownDoubt(learnt, knowledge),
      ...against,
      ...(!objection && approval),
    };
  const kind = kindOf();
  if (approval && !objection) {
    const doubt = Math.min(doubtOf(kind, knowledge), trust.maxErrorRate);
    return { standing: "live", doubt, kind, ...approval };
  }
  const doubt = doubtOf(kind, knowledge);
  return {
    standing: !objection && mayServe(kind, doubt, trust) ? "live" : "candidate",
    doubt,
    kind,
    ...against,
  };
}

// What a person can see in a template, and answer for: not what nobody has asked for.
const APPROVABLE: ReadonlySet<Objection> = new Set(["unproven"]);

/** A template's standing, and who has approved it where that is why it is served. */
function standingWith(learnt: Learnt, knowledge: Knowledge, trust: TrustSettings) {
  const evidence = knowledge.evidence(learnt);
  const standing = standingOf(evidence, trust);
  const { review } = evidence;
  const isApproved = standing === "live" && review?.verdict === "approve";
  return { standing, approval: isApproved ? { approved: toldOf(review) } : undefined };
}

/** What is told of a review: what it excuses is bookkeeping. */
export function toldOf({ verdict, author, reason, at }: Review): Review {
  return { verdict, author, reason, at };
}

/** What speaks against a template whatever it reads, the gravest first; nothing where it is live. */
export function doubtsAboutTemplate(learnt: Learnt, knowledge: Knowledge, trust: TrustSettings): string[] {
  const { standing, kind, objection } = verdictOnTemplate(learnt, knowledge, trust);
  if (standing !== "candidate") return [];
  return [...objected(objection), ...(kind ? doubtsAbout(kind, knowledge) : [])];
}

/** What is missing before a candidate's prediction is served. */
export interface Missing {
  /** So many more agreements are enough, everything else being equal; `undefined` if none would be. */
  readonly agreements: number | undefined;
  /** What speaks against it, the gravest first. */
  readonly doubts: readonly string[];
}

// How many more agreements are thought of.
const MOST_MISSING = 128;

/** Tells what a prediction with its verdict lacks; nothing where it is not a candidate. */
export function missingOf(
  prediction: Prediction & Verdict,
  knowledge: Knowledge,
  trust: TrustSettings,
): Missing {
  const { kind, objection, standing } = prediction;
  if (standing !== "candidate") return { agreements: 0, doubts: [] };
  const { agreements } = knowledge.evidence(prediction.learnt);
  if (!kind)
    return {
      agreements: objection ? undefined : Math.max(0, trust.minAgreements - agreements.size),
      doubts: objected(objection),
    };
  const doubts = [...objected(objection), ...doubtsAbout(kind, knowledge)];
  if (objection || trust.policy === "exact") return { agreements: undefined, doubts };
  for (let more = 1; more <= MOST_MISSING; more++) {
    const then = kindOfPrediction(prediction, knowledge, { minAgreements: trust.minAgreements, more });
    if (mayServe(then, doubtOf(then, knowledge), trust)) return { agreements: more, doubts };
  }
  return { agreements: undefined, doubts };
}

const OBJECTIONS: Readonly<Record<Objection, string>> = {
  change: "it would change something and does not depend on what was asked",
  prose: "a value comes from running text in a tool's result, and does not depend on what was asked",
  told: "running text in a tool's result asks for it, and the user has not",
  unproven:
    "it would change something after running text in a tool's result, and was not right after enough others",
};

function objected(objection: Objection | undefined): string[] {
  return objection ? [OBJECTIONS[objection]] : [];
}

/** Whether the policy serves a kind of prediction with such a doubt. */
function mayServe(kind: PredictionKind, doubt: number, { policy, maxErrorRate }: TrustSettings): boolean {
  if (policy === "exact") return false;
  return (
    doubt <= maxErrorRate || (policy === "eager" && !kind.loose && (kind.filled || kind.idle === "none"))
  );
}

// Of a template that the caller has bound, this many right predictions are believed beforehand for each wrong
// one.
const BOUND = 100;

function ownDoubt(learnt: Learnt, knowledge: Knowledge): number {
  const { agreements, contradictions } = knowledge.evidence(learnt);
  return (1 + contradictions.size) / (BOUND * (1 + agreements.size));
}
