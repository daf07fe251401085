/** How likely a prediction is to be wrong: what is believed beforehand, and what became of others of its kind. */
import type { Evidence, Knowledge } from "../tree/knowledge.js";
import type { Kind } from "./kind.js";

// What is believed of a kind before anything was seen of it: right and wrong predictions, by how many agreements the
// template has. The table of bench/findings.md has what leaving each recording out in turn says of these numbers.
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
  [({ reach }) => reach === "beyond", 0.5],
  [({ reach }) => reach === "far", 0.02],
];

// How many sightings of its own the record of all of a kind counts for, beside those among the same tools.
const BACKING = 8;
// What is believed of the first predictions of all templates of a scope together.
const YOUNG: readonly [right: number, wrong: number] = [20, 0.2];

function share(wrong: number, right: number, { agreements, contradictions }: Evidence): number {
  return (wrong + contradictions.size) / (wrong + right + agreements.size + contradictions.size);
}

/** The share of predictions of a kind that is expected to be wrong, from 0 to 1. */
export function doubtOf(kind: Kind, knowledge: Knowledge): number {
  const [right, wrong] = PRIORS[kind.agreements] as readonly [number, number];
  const weight = DOUBTS.reduce((product, [doubts, factor]) => (doubts(kind) ? product * factor : product), 1);
  const far = share(wrong, right * weight, knowledge.evidenceOf(kind.id));
  const near = share(far * BACKING, (1 - far) * BACKING, knowledge.evidenceOf(kind.nearId));
  return Math.max(near, unproven(kind, knowledge), chance(kind));
}

/**
 * Of a template that has hardly been tried: how often the first predictions of templates in its scope were wrong. A
 * wording may be known for one meaning of several: no other feature of its first prediction tells.
 */
function unproven({ agreements, youngId }: Kind, knowledge: Knowledge): number {
  if (agreements > 1) return 0;
  const [right, wrong] = YOUNG;
  return share(wrong, right, knowledge.evidenceOf(youngId));
}

/**
 * Of a constant reply that leaves out what was read: how likely so many agreements are if what was read decides after
 * all. Where two replies are as frequent, eight in a row are one of 256; of a reply that is given always, nothing is known
 * but that the next may be the first that differs (Laplace's rule of succession).
 */
function chance({ decides, rate, count }: Kind): number {
  return decides ? Math.min(rate ** count, 1 / (count + 2)) : 0;
}
