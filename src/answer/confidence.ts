/** How sure a prediction of an induced template is, judged by how predictions of its kind have turned out. */

import { variablesOf } from "../template/derivation/analyse.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import { type Bindings, type Expression, variable } from "../template/derivation/expression.js";
import { printExpression } from "../template/derivation/print.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { shortDigest } from "../template/digest.js";
import { leafText, leavesOf } from "../template/leaves.js";
import type { PartPattern, Slot } from "../template/template.js";
import { placesOf } from "../template/visit.js";
import { type Arguments, FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import type { Evidence, Knowledge, Learnt } from "../tree/knowledge.js";
import { toolsOf } from "./reply.js";

/** A class of predictions whose fates are counted together. */
export interface Kind {
  readonly id: string;
  /** The same among replies that call the same tools. */
  readonly nearId: string;
  readonly agreements: number;
  readonly familiarity: Familiarity;
  /** Every constant of the reply is known from other replies. */
  readonly solid: boolean;
  /** What was read and plays no part in the reply: nothing, values known as data, or words never seen there. */
  readonly idle: "none" | "known" | "novel";
  /** What the user asked is left open. */
  readonly loose: boolean;
  /** Some value is derived, not copied. */
  readonly derived: boolean;
}

/** The kind of a prediction: what its template has earned, how well its values are known, what it leaves unexplained. */
export function kindOfPrediction(learnt: Learnt, bindings: Bindings, knowledge: Knowledge, evaluation: EvaluateOptions): Kind {
  const { args } = knowledge.scope(learnt.scope);
  let worst = 0;
  let solid = true;
  let derived = learnt.template.guards.length > 0;
  for (const { place, content } of leavesOf(learnt.template.reply)) {
    if ("hole" in content) {
      const value = unanimous(content.hole.hypotheses, bindings, evaluation);
      const text = value === undefined ? undefined : leafText(value);
      const level = text === undefined ? 3 : FAMILIARITIES.indexOf(args.familiarity(place, text));
      worst = Math.max(worst, level);
      // A derivation that has served this place in other wordings is as good as a copy.
      derived ||= !content.hole.hypotheses.some(
        (expression) => isCopy(expression) || args.formCount(place, formOf(expression)) >= KNOWN_FORM,
      );
    } else if ("literal" in content) {
      const text = leafText(content.literal);
      if (text !== undefined && args.count(place, text) < (isDataLike(text) ? 12 : 3)) solid = false;
    }
  }
  const { turns, reply } = learnt.template;
  const expressions = placesOf(reply).flatMap((hole) => hole.hypotheses);
  const used = new Set(expressions.flatMap((expression) => [...variablesOf(expression)]));
  // What earlier calls were given follows from the rest.
  const loose = turns.some((turn) => turn.role === "user" && turn.parts.some(isOpen));
  const unused = turns.flatMap((turn) =>
    turn.role === "assistant" || turn.parts.some(isOpen) ? [] : placesOf(turn).filter((slot) => !used.has(slot.name)),
  );
  const idle = unused.length === 0 ? "none" : unused.every((slot) => isKnown(slot, bindings, args)) ? "known" : "novel";
  // The same words to different conversations: what they say must come from somewhere.
  if (expressions.length === 0 && (loose || idle !== "none") && toolsOf(reply).length === 0) solid = false;
  const count = knowledge.evidence(learnt).agreements.size;
  const agreements = count >= MANY ? PRIORS.length - 1 : Math.min(PRIORS.length - 2, count);
  const familiarity = FAMILIARITIES[worst] ?? "novel";
  const features = `${learnt.scope} ${agreements} ${familiarity} ${solid} ${idle} ${loose} ${derived}`;
  const tools = JSON.stringify([toolsOf(reply), turns.flatMap(toolsOf).at(-1) ?? ""]);
  return {
    id: shortDigest(`kind ${features}`),
    nearId: shortDigest(`kind ${features} ${tools}`),
    agreements,
    familiarity,
    solid,
    idle,
    loose,
    derived,
  };
}

/** Whether an unused value is of a kind that carries data: of a definite form, listed, or known from an argument. */
function isKnown(slot: Slot, bindings: Bindings, args: Arguments): boolean {
  const value = bindings.get(slot.name);
  const text = value === undefined || value === null ? undefined : leafText(value);
  if (text === undefined || slot.domain.values.includes(text) || args.isData(text)) return true;
  return !slot.domain.kinds.some((kind) => kind === "line" || kind === "text" || kind === "any");
}

/** A constant that looks like a value (a code, a date, a name) may be one that depends on something. */
function isDataLike(text: string): boolean {
  return /\p{N}|\p{Lu}/u.test(text) && text.length > 1;
}

function isOpen(part: PartPattern<Slot>): boolean {
  return part.kind === "text" && part.text.length === 1 && typeof part.text[0] === "object";
}

// How many other exchanges a derivation must have explained at a place to count as known there.
const KNOWN_FORM = 2;

/** An expression without the names of its variables: equal for the same derivation in different templates. */
export function formOf(expression: Expression): string {
  return printExpression(withoutNames(expression));
}

function withoutNames(expression: Expression): Expression {
  if (expression.kind === "variable") return variable("x");
  return expression.kind === "call" ? { ...expression, args: expression.args.map(withoutNames) } : expression;
}

function isCopy(expression: Expression): boolean {
  return (
    expression.kind === "variable" ||
    (expression.kind === "call" && expression.name === "from_json" && expression.args[0]?.kind === "variable")
  );
}

// Agreements beyond which their number matters no more.
const MANY = 8;

// What is believed of a kind before anything was seen of it: right and wrong predictions.
const PRIORS: readonly (readonly [right: number, wrong: number])[] = [
  [1, 0.5],
  [3, 0.5],
  [60, 0.6],
  [80, 0.4],
  [200, 0.4],
  [1200, 0.4],
];

// How much less each of these makes a right prediction to be expected, before anything of its kind was seen.
const DOUBTS: readonly (readonly [doubts: (kind: Kind) => boolean, factor: number])[] = [
  [({ familiarity }) => familiarity === "novel", 0.1],
  [({ solid }) => !solid, 0.3],
  [({ idle }) => idle === "known", 0.4],
  [({ idle }) => idle === "novel", 0.02],
  [({ loose }) => loose, 0.3],
  [({ loose, idle }) => loose && idle !== "none", 0.2],
  [({ derived }) => derived, 0.4],
];

const BACKING = 20;

function share(wrong: number, right: number, { agreements, contradictions }: Evidence): number {
  return (wrong + contradictions.size) / (wrong + right + agreements.size + contradictions.size);
}

/** The share of predictions of a kind that is expected to be wrong. */
export function doubtOf(kind: Kind, knowledge: Knowledge): number {
  const [right, wrong] = PRIORS[kind.agreements] as readonly [number, number];
  const weight = DOUBTS.reduce((product, [doubts, factor]) => (doubts(kind) ? product * factor : product), 1);
  const all = knowledge.evidenceOf(kind.id);
  const near = knowledge.evidenceOf(kind.nearId);
  const far = share(wrong, right * weight, all);
  // The near ones decide; of all of its kind, as much counts as a few sightings.
  return share(far * BACKING, (1 - far) * BACKING, near);
}
