/**
 * How likely a prediction is to be wrong: what is believed beforehand, how its scope has fared, what became
 * of its kind.
 */
import type { Evidence, Knowledge } from "../tree/knowledge.js";
import type { PredictionKind } from "./kind.js";

/**
 * What is believed beforehand, as odds of right to wrong by how many agreements the template has (0, 1, 2, 3,
 * 4 to 7, 8 and more). Fitted by logistic regression with an effect for each recording over 27,000
 * predictions on twenty of them, every exchange observed; bench/findings.md has the table with each recording
 * left out in turn.
 */
const ODDS: readonly number[] = [6, 20, 160, 240, 300, 800];

/**
 * The same where every value of the reply is copied from the conversation and known at its place, and nothing
 * was read that may decide: over the twelve recordings of bench/findings.md and eight agents, of 656 such
 * predictions with one agreement 4 were wrong (3 of them where wordings are chosen to look alike), of 573
 * with two 5, of 2,080 with more none. So few wrong ones leave room for chance: with one agreement two more
 * wrong ones are believed, so that a scope with any bad luck asks for two.
 */
const COPIED_ODDS: readonly number[] = [6, 105, 160, 400, 800, 1_500];

/**
 * The same of a template that was never tried, where nothing that was read is left over and every value is
 * known at its place: a new wording of known work. Over the twelve recordings and eight agents 467 such
 * predictions were right and 22 wrong, all but two of these in four recordings of models that contradict
 * themselves.
 */
const KNOWN_WORK_ODDS = 20;

/** A feature of a kind, by how much it changes the odds, and what that says to a person. */
interface Factor {
  readonly holds: (kind: PredictionKind) => boolean;
  readonly factor: number;
  readonly says: string;
}

/**
 * By how much the odds change where this holds of a prediction, from the same fit unless it says otherwise.
 */
const FACTORS: readonly Factor[] = [
  {
    holds: ({ familiarity }) => familiarity === "novel",
    factor: 0.05,
    says: "a value is of a kind never said there",
  },
  {
    holds: ({ solid }) => !solid,
    factor: 0.35,
    says: "a constant of the reply is not known from enough other replies",
  },
  {
    holds: ({ idle }) => idle === "sent",
    factor: 0.8,
    says: "a value that was sent to a tool plays no part in the reply",
  },
  // "Find Ann at once" where no other message has said "at once": only the template's own record can tell
  // whether that decides. Set lower than the fit gave.
  {
    holds: ({ idle }) => idle === "novel",
    factor: 0.15,
    says: "words that play no part in the reply may be what decides",
  },
  // A model has said that it does not decide, which is an opinion and no record. Not fitted.
  {
    holds: ({ idle }) => idle === "weighed",
    factor: 0.6,
    says: "words that play no part in the reply may decide, though a model has said that they do not",
  },
  // These two were not fitted either. A template that takes any question is right where a scope does one
  // kind of work, and wrong where it does several.
  { holds: ({ loose }) => loose, factor: 0.7, says: "it takes any question" },
  {
    holds: ({ astray }) => astray,
    factor: 0.05,
    says: "it takes any question, and was silent as often as it was right",
  },
  { holds: ({ derived }) => derived === "known", factor: 0.75, says: "a value is derived" },
  {
    holds: ({ counted }) => counted,
    factor: 0.4,
    says: "how much is said depends on how many items a list has",
  },
  { holds: ({ continued }) => continued, factor: 0.5, says: "it follows from the last step alone" },
  {
    holds: ({ decides }) => decides,
    factor: 0.7,
    says: "the reply is the same whatever was read: what it leaves out may decide",
  },
  { holds: ({ reach }) => reach === "beyond", factor: 0.6, says: "a value lies outside those it has read" },
  // Not fitted: recordings hardly show what an amount of another order of magnitude or other words cost.
  { holds: ({ reach }) => reach === "far", factor: 0.05, says: "a value lies far outside those it has read" },
  { holds: ({ reworded }) => reworded, factor: 0.6, says: "it was asked in other words" },
];

// A kind begins with so many wrong predictions, and with as many right ones as the odds make of them: at odds
// of 100 to 1 as if 0.2 of 20.2 had been wrong.
const KIND_WEIGHT = 0.2;
// Among replies that call the same tools a kind begins with what is known of it among all tools, which counts
// for so many predictions.
const BACKING = 8;
// How many wrong predictions a scope is expected to have had before it began: its record counts beside them.
// The likeliest over the twelve recordings of bench/findings.md: scopes differ widely, so that a scope's own
// record soon says more.
const SCOPE_WEIGHT = 0.5;
// How far the record of a scope changes the odds.
const MOST_LUCK = 50;
const MOST_BAD_LUCK = 30;

function share(wrong: number, right: number, { agreements, contradictions }: Evidence): number {
  return (wrong + contradictions.size) / (wrong + right + agreements.size + contradictions.size);
}

function startingOdds(kind: PredictionKind): number {
  const isPlain =
    kind.derived === "copied" &&
    kind.filled &&
    kind.familiarity !== "novel" &&
    kind.idle !== "novel" &&
    kind.idle !== "weighed" &&
    !kind.decides;
  if (isPlain && isKnownWork(kind)) return KNOWN_WORK_ODDS;
  return (isPlain ? COPIED_ODDS : ODDS)[kind.agreements] ?? 1;
}

function isKnownWork({ agreements, familiarity, idle, solid }: PredictionKind): boolean {
  const isKnown = familiarity === "seen" || familiarity === "typed";
  return agreements === 0 && isKnown && idle === "none" && solid;
}

/**
 * The share of predictions like this one that is expected to be wrong before anything was seen in its scope,
 * from 0 to 1.
 */
export function priorDoubt(kind: PredictionKind): number {
  const odds = FACTORS.reduce(
    (product, { holds, factor }) => (holds(kind) ? product * factor : product),
    startingOdds(kind),
  );
  return 1 / (1 + odds);
}

/**
 * The share of predictions of a kind that is expected to be wrong, from 0 to 1.
 * 1. What is believed of its features beforehand,
 * 2. times how much more or less often than believed such predictions were wrong in this scope: some models
 *    repeat themselves, some do not; where a wording has several meanings, the first predictions of templates
 *    are wrong, the others not; what lies outside the values seen is believed less for that (the square root):
 *    those before may all have lain on one side of a limit;
 * 3. beside what became of predictions of the very kind in this scope, and there among the same tools.
 */
export function doubtOf(kind: PredictionKind, knowledge: Knowledge): number {
  const prior = priorDoubt(kind);
  const luck = luckOf(knowledge.fate(kind.scope, isYoung(kind)));
  const odds = (prior / (1 - prior)) * (kind.reach === "within" || luck > 1 ? luck : Math.sqrt(luck));
  const expected = odds / (1 + odds);
  const far = share(KIND_WEIGHT, KIND_WEIGHT / expected - KIND_WEIGHT, knowledge.evidenceOf(kind.id));
  const near = share(far * BACKING, (1 - far) * BACKING, knowledge.evidenceOf(kind.nearId));
  return Math.max(near, chance(kind));
}

// From here on a scope is said to have fared badly.
const BAD_LUCK = 2;

/** What speaks against a prediction of a kind, for a person to read; the gravest first. */
export function doubtsAbout(kind: PredictionKind, knowledge: Knowledge): string[] {
  const doubts = FACTORS.filter(({ holds }) => holds(kind))
    .sort((left, right) => left.factor - right.factor)
    .map(({ says }) => says);
  if (chance(kind) > priorDoubt(kind))
    doubts.unshift("the reply is frequent: that it was right so often may be chance");
  if (luckOf(knowledge.fate(kind.scope, isYoung(kind))) > BAD_LUCK)
    doubts.push("templates were wrong more often here than is usual");
  return doubts;
}

/** How many times as often as believed predictions were wrong in a scope. */
function luckOf({ wrong, expected }: { readonly wrong: number; readonly expected: number }): number {
  return Math.min(MOST_BAD_LUCK, Math.max(1 / MOST_LUCK, (wrong + SCOPE_WEIGHT) / (expected + SCOPE_WEIGHT)));
}

/** Whether a template has hardly been tried: its fate is counted apart from that of the others. */
export function isYoung({ agreements }: PredictionKind): boolean {
  return agreements <= 1;
}

/**
 * Of a constant reply that leaves out what was read: how likely so many agreements are if what was read
 * decides after all. Where two replies are as frequent, eight in a row are one of 256; of a reply that is
 * given always, nothing is known but that the next may be the first that differs (Laplace's rule of
 * succession).
 */
function chance({ decides, rate, count }: PredictionKind): number {
  return decides ? Math.min(rate ** count, 1 / (count + 2)) : 0;
}
