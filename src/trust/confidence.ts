/** How sure a prediction of an induced template is, judged by how predictions of its kind have turned out. */

import type { Bindings } from "../template/derivation/expression.js";
import { type Json, scalarText } from "../template/json.js";
import { scalarsOf } from "../template/leaves.js";
import type { Hole, Slot } from "../template/template.js";
import { type Said, toolsBetween } from "../template/traits.js";
import { type Arguments, FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import type { Evidence, Exchange, Knowledge, Learnt } from "../tree/knowledge.js";

/** A class of predictions whose fates are counted together. */
export interface Kind {
  readonly id: string;
  /** The same among replies that call the same tools. */
  readonly nearId: string;
  readonly agreements: number;
  readonly familiarity: Familiarity;
  /** Every constant of the reply is known from other replies. */
  readonly solid: boolean;
  /**
   * What was read and plays no part in the reply: nothing; what was sent to a tool, or is structured; values known as data;
   * or words never seen there. Any of them may be what decides.
   */
  readonly idle: (typeof IDLENESS)[number];
  /** What the user asked is left open. */
  readonly loose: boolean;
  /** How the values came about: all copied, some derived as has worked for their place in other wordings, or some in a new way. */
  readonly derived: "copied" | "known" | "new";
  /** How many things are said follows from how many items a tool's result has. */
  readonly counted: boolean;
  /** It was made for other words, which have stood for those of the question. */
  readonly reworded: boolean;
  /** It follows from the last step alone. */
  readonly continued: boolean;
}

/**
 * The kind of a prediction: what its template has earned, how well its values are known, what it leaves unexplained.
 * `values` holds what the reply's holes were filled with. Agreements count in full where `minAgreements` is 2; where more
 * are asked for, each counts that much less.
 */
export function kindOfPrediction(
  learnt: Learnt,
  bindings: Bindings,
  values: ReadonlyMap<Hole, Json>,
  knowledge: Knowledge,
  minAgreements: number,
  reworded = false,
): Kind {
  const { args } = knowledge.scope(learnt.scope);
  const { said, unused, sent, loose, fixedText, guarded, several, tools } = knowledge.traits(learnt);
  let worst = 0;
  let solid = true;
  let counted = several;
  let derived: Kind["derived"] = guarded ? "new" : "copied";
  for (const each of said) {
    if ("constant" in each) {
      if (args.count(each.place, each.constant) < (isDataLike(each.constant) ? KNOWN_DATA : KNOWN_WORD)) solid = false;
      continue;
    }
    const value = values.get(each.hole) ?? null;
    worst = Math.max(worst, FAMILIARITIES.indexOf(familiarityOf(each, value, args)));
    if (isCounted(each, value)) counted = true;
    if (each.forms === undefined || derived === "new") continue;
    derived = each.forms.some((form) => args.formCount(each.place, form) >= KNOWN_FORM) ? "known" : "new";
  }
  const idle = IDLENESS[Math.max(0, ...unused.map((slot) => idleness(slot, sent, bindings, args)))] ?? "novel";
  // The same words to different conversations: what they say must come from somewhere.
  if (fixedText && (loose || idle !== "none")) solid = false;
  const count = Math.floor((knowledge.evidence(learnt).agreements.size * 2) / minAgreements);
  const agreements = count >= MANY ? PRIORS.length - 1 : Math.min(PRIORS.length - 2, count);
  const familiarity = FAMILIARITIES[worst] ?? "novel";
  const continued = learnt.template.continuation === true;
  return kindOf({ agreements, familiarity, solid, idle, loose, derived, counted, reworded, continued }, learnt.scope, tools, knowledge);
}

/** The kind of a prediction that a recorded reply holds for its question in other words too. */
export function kindOfRewording(exchange: Exchange, knowledge: Knowledge): Kind {
  const tools = toolsBetween(exchange.turns, exchange.said);
  return kindOf(
    {
      agreements: 1,
      familiarity: "seen",
      solid: true,
      idle: "none",
      loose: false,
      derived: "copied",
      counted: false,
      reworded: true,
      continued: false,
    },
    exchange.scope,
    tools,
    knowledge,
  );
}

function kindOf(parts: Omit<Kind, "id" | "nearId">, scope: string, tools: string, knowledge: Knowledge): Kind {
  const { agreements, familiarity, solid, idle, loose, derived, counted, reworded, continued } = parts;
  const features = [agreements, familiarity, solid ? "solid" : "open", idle, loose ? "loose" : "asked", derived];
  return {
    ...parts,
    ...knowledge.kindIds(
      scope,
      [...features, ...(counted ? ["counted"] : []), ...(reworded ? ["reworded"] : []), ...(continued ? ["continued"] : [])].join("-"),
      tools,
    ),
  };
}

type Filled = Exclude<Said, { constant: string }>;

/** How well what fills a hole is known there: of several values, and of a list, as well as the least known of them. */
function familiarityOf({ place, extent }: Filled, value: Json, args: Arguments): Familiarity {
  // How often something is said is for its derivation to account for; what is said is judged by itself.
  if (extent === "list") return "seen";
  const filled = extent === "each" && Array.isArray(value) ? value : [value];
  const scalars = filled.flatMap((each) => scalarsOf(each, place));
  if (scalars.length === 0) return "novel";
  const ranks = scalars.map(({ place, literal }) => {
    const text = scalarText(literal);
    return FAMILIARITIES.indexOf(text === undefined ? "novel" : args.familiarity(place, text));
  });
  return FAMILIARITIES[Math.max(...ranks)] ?? "novel";
}

/** Whether a hole takes the items of a list as they come. Whom the user enumerates in words, all are meant. */
function isCounted({ extent, forms }: Filled, value: Json): boolean {
  const isList = extent === "list" || (extent === "once" && Array.isArray(value));
  return isList && !forms?.every((form) => form.includes("enumerated("));
}

const IDLENESS = ["none", "sent", "known", "novel"] as const;

/** How idle an unused value is: known values are of a definite form, listed, or known from an argument. */
function idleness(slot: Slot, sent: ReadonlySet<string>, bindings: Bindings, args: Arguments): number {
  const value = bindings.get(slot.name);
  const text = value === undefined || value === null ? undefined : scalarText(value);
  if (text === undefined || sent.has(slot.name)) return IDLENESS.indexOf("sent");
  const isKnown = slot.domain.values.includes(text) || args.isData(text) || isFormed(slot);
  return IDLENESS.indexOf(isKnown ? "known" : "novel");
}

/** Whether a slot takes values of a definite form only. */
function isFormed(slot: Slot): boolean {
  return !slot.domain.kinds.some((kind) => kind === "line" || kind === "text" || kind === "any");
}

/** A constant that looks like a value (a code, a date, a name) may be one that depends on something. */
function isDataLike(text: string): boolean {
  return /\p{N}|\p{Lu}/u.test(text) && text.length > 1;
}

// How often a constant must have been seen at a place to be known there.
const KNOWN_WORD = 3;
const KNOWN_DATA = 12;
// How many other exchanges a derivation must have explained at a place to count as known there.
const KNOWN_FORM = 2;

// Agreements beyond which their number matters no more.
const MANY = 8;

// What is believed of a kind before anything was seen of it: right and wrong predictions.
const PRIORS: readonly (readonly [right: number, wrong: number])[] = [
  [4, 0.4],
  [10, 0.4],
  [60, 0.6],
  [80, 0.4],
  [200, 0.4],
  [1200, 0.4],
];

// How much less each of these makes a right prediction to be expected, before anything of its kind was seen.
const DOUBTS: readonly (readonly [doubts: (kind: Kind) => boolean, factor: number])[] = [
  [({ familiarity }) => familiarity === "novel", 0.1],
  [({ solid }) => !solid, 0.3],
  [({ loose, idle }) => !loose && idle === "known", 0.05],
  [({ idle }) => idle === "novel", 0.02],
  [({ loose }) => loose, 0.3],
  [({ derived }) => derived === "new", 0.6],
  // That all of a few items were taken is often chance.
  [({ counted }) => counted, 0.2],
  [({ reworded }) => reworded, 0.6],
];

// How many sightings of its own the record of all of a kind counts for, beside those among the same tools.
const BACKING = 8;

function share(wrong: number, right: number, { agreements, contradictions }: Evidence): number {
  return (wrong + contradictions.size) / (wrong + right + agreements.size + contradictions.size);
}

// A prediction is served if fewer than one in fifty of its kind is expected to be wrong.
const MAX_DOUBT = 0.02;

/** Whether enough speaks for predictions of a kind to serve them. */
export function isBelieved(kind: Kind, knowledge: Knowledge): boolean {
  return doubtOf(kind, knowledge) <= MAX_DOUBT;
}

/** The share of predictions of a kind that is expected to be wrong. */
export function doubtOf(kind: Kind, knowledge: Knowledge): number {
  const [right, wrong] = PRIORS[kind.agreements] as readonly [number, number];
  const weight = DOUBTS.reduce((product, [doubts, factor]) => (doubts(kind) ? product * factor : product), 1);
  const all = knowledge.evidenceOf(kind.id);
  const near = knowledge.evidenceOf(kind.nearId);
  const far = share(wrong, right * weight, all);
  return share(far * BACKING, (1 - far) * BACKING, near);
}
