/** How sure a prediction of an induced template is, judged by how predictions of its kind have turned out. */
import { shortDigest } from "../template/digest.js";
import { leafText, leavesOf } from "../template/leaves.js";
import { FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { unanimous } from "../template/derivation/unanimous.js";

/** A class of predictions whose fates are counted together. */
export interface Kind {
  readonly id: string;
  readonly agreements: number;
  readonly familiarity: Familiarity;
  /** Every constant of the reply is known from other replies. */
  readonly solid: boolean;
}

/** The kind of a prediction: what its template has earned, how well its values are known, what it leaves unexplained. */
export function kindOfPrediction(learnt: Learnt, bindings: Bindings, knowledge: Knowledge, evaluation: EvaluateOptions): Kind {
  const { args } = knowledge.scope(learnt.scope);
  let worst = 0;
  let solid = true;
  for (const { place, content } of leavesOf(learnt.template.reply)) {
    if ("hole" in content) {
      const value = unanimous(content.hole.hypotheses, bindings, evaluation);
      const text = value === undefined ? undefined : leafText(value);
      const level = text === undefined ? 3 : FAMILIARITIES.indexOf(args.familiarity(place, text));
      worst = Math.max(worst, level);
    } else if ("literal" in content) {
      const text = leafText(content.literal);
      if (text !== undefined && args.count(place, text) < 3) solid = false;
    }
  }
  const agreements = Math.min(PRIORS.length - 1, knowledge.evidence(learnt).agreements.size);
  const familiarity = FAMILIARITIES[worst] ?? "novel";
  return { id: shortDigest(`kind ${learnt.scope} ${agreements} ${familiarity} ${solid}`), agreements, familiarity, solid };
}

// What is believed of a kind before anything was seen of it: right and wrong predictions.
const PRIORS: readonly (readonly [right: number, wrong: number])[] = [
  [1, 0.5],
  [3, 0.5],
  [60, 0.6],
  [80, 0.4],
  [200, 0.4],
];

/** The share of predictions of a kind that is expected to be wrong. */
export function doubtOf(kind: Kind, knowledge: Knowledge): number {
  const [right, wrong] = PRIORS[kind.agreements] as readonly [number, number];
  const weight = kind.familiarity === "novel" ? 0.1 : 1;
  const seen = knowledge.evidenceOf(kind.id);
  return (wrong + seen.contradictions.size) / (wrong + right * weight + seen.agreements.size + seen.contradictions.size);
}
