/** Where texts of one form part ways: the words they share, and the stretches in which they differ. */
import { isWord, Pieces } from "./data-pieces.js";

/** Stretches that both texts share, and pairs in which they differ, in turn. */
export type Alignment = readonly (string | readonly [left: string, right: string])[];

/** How two texts are aligned. */
export interface AlignOptions {
  /**
   * More texts of their kind: what the two share and these do not is a coincidence, and part of a difference.
   */
  readonly others?: readonly string[] | undefined;
  /**
   * Whether the others are known to be of the same form. If not, one that lacks many shared words has no say.
   */
  readonly sameForm?: boolean | undefined;
  /** The pieces of texts that are known already. */
  readonly pieces?: Pieces | undefined;
}

// The share of common words that may be there by chance; what lacks more is of another form. One word always
// may.
const COINCIDENCES = 1 / 3;

/** What binds two differing stretches into one datum: `John Smith`, `AB-12`, `x_y`. */
const JOINT = /^[\s.,:;|@#&/\\_+-]$/;

/**
 * Aligns two texts by their longest common subsequence of words (Hunt and Szymanski's problem, solved by the
 * plain table after cutting the common ends). Numbers, dates and addresses are one piece. `undefined` when
 * one has a word where the other has none: then they are not of one form. Differences with a single joint
 * between them become one, unless the joint is a space between data of two kinds (`12 pens`).
 */
export function alignTexts(left: string, right: string, options: AlignOptions = {}): Alignment | undefined {
  const { others = [], sameForm = false, pieces = new Pieces() } = options;
  if (left === right && others.length === 0) return left === "" ? [] : [left];
  const a = pieces.of(left);
  const b = a && pieces.of(right);
  if (!a || !b) return undefined;
  let shared = pieces.remembered(a, b, () => commonPieces(a.numbers, b.numbers, pieces));
  const least = sameForm
    ? 0
    : Math.min(wordsIn(shared, pieces) - 1, wordsIn(shared, pieces) * (1 - COINCIDENCES));
  for (const other of others) shared = narrowed(shared, other, { least, pieces });
  const result: (string | readonly [string, string])[] = [];
  for (const run of joined(runsOf(a.pieces, b.pieces, shared))) {
    if (typeof run === "string") result.push(run);
    else if (run[0].trim() === "" || run[1].trim() === "") return undefined;
    else if (others.length > 0 && !run.every(isWord)) return undefined;
    else result.push(run);
  }
  return result;
}

/** A piece that two texts share, and where it stands in each. */
interface Shared {
  readonly number: number;
  readonly left: number;
  readonly right: number;
}

function commonPieces(a: Int32Array, b: Int32Array, pieces: Pieces): readonly Shared[] {
  const shared: Shared[] = [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++;
  const take = (left: number, right: number): void => {
    shared.push({ number: a[left] as number, left, right });
  };
  for (let at = 0; at < start; at++) take(at, at);
  for (const [left, right] of longest(
    a.subarray(start, a.length - end),
    b.subarray(start, b.length - end),
    pieces,
  ))
    take(start + left, start + right);
  for (let at = end; at > 0; at--) take(a.length - at, b.length - at);
  return shared;
}

/**
 * Of what is shared, what another text has too; all of it where so few words would be left that it is of
 * another form.
 */
function narrowed(
  shared: readonly Shared[],
  text: string,
  { least, pieces }: { readonly least: number; readonly pieces: Pieces },
): readonly Shared[] {
  const other = pieces.of(text);
  if (!other) return shared;
  const numbers = Int32Array.from(shared, ({ number }) => number);
  const kept = commonPieces(numbers, other.numbers, pieces).map(({ left }) => shared[left] as Shared);
  return wordsIn(kept, pieces) < least ? shared : kept;
}

function wordsIn(shared: readonly Shared[], pieces: Pieces): number {
  return shared.reduce((count, { number }) => count + (pieces.isWord(number) ? 1 : 0), 0);
}

// How many cells of the table are filled in the time of a step.
const CELLS = 256;

/** The positions of a longest common subsequence. */
function longest(
  a: Int32Array,
  b: Int32Array,
  pieces: Pieces,
): readonly (readonly [left: number, right: number])[] {
  const width = b.length + 1;
  pieces.pace.spend((a.length * b.length) / CELLS);
  // Only words count towards what is common: a shared space or comma holds nothing together.
  const weights = Uint8Array.from(a, (number) => (pieces.isWord(number) ? 4 : 1));
  // The texts have 600 pieces at most: no sum of weights is larger than 2,400.
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    const [number, weight, row] = [a[i] as number, weights[i] as number, i * width];
    for (let j = b.length - 1; j >= 0; j--) {
      const at = row + j;
      let most = Math.max(best[at + width] as number, best[at + 1] as number);
      if (b[j] === number) most = Math.max(most, (best[at + width + 1] as number) + weight);
      best[at] = most;
    }
  }
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const at = i * width + j;
    if (a[i] === b[j] && best[at] === (best[at + width + 1] as number) + (weights[i] as number))
      pairs.push([i++, j++]);
    else if (best[at] === best[at + width]) i++;
    else j++;
  }
  return pairs;
}

type Run = string | [left: string, right: string];

/** What is shared as text, what lies between as differences. */
function runsOf(a: readonly string[], b: readonly string[], shared: readonly Shared[]): Run[] {
  const runs: Run[] = [];
  let left = 0;
  let right = 0;
  const differUpTo = (i: number, j: number): void => {
    if (i > left || j > right) runs.push([a.slice(left, i).join(""), b.slice(right, j).join("")]);
    left = i + 1;
    right = j + 1;
  };
  for (const { left: i, right: j } of shared) {
    differUpTo(i, j);
    const piece = a[i] as string;
    const last = runs.at(-1);
    if (typeof last === "string") runs[runs.length - 1] = last + piece;
    else runs.push(piece);
  }
  differUpTo(a.length, b.length);
  return runs;
}

/** Joins differences with a lone joint between them. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as Run;
    const last = result.at(-1);
    if (typeof run === "string") {
      const next = runs[index + 1];
      if (
        typeof last === "object" &&
        typeof next === "object" &&
        JOINT.test(run) &&
        bindsTogether(last, run, next)
      ) {
        last[0] += run + next[0];
        last[1] += run + next[1];
        index++;
      } else result.push(run);
    } else result.push([run[0], run[1]]);
  }
  return result;
}

/**
 * Whether what stands on both sides of a joint is one datum: not a number and a word (`12 pens`), nor a sum
 * (`3+4`).
 */
function bindsTogether(
  before: readonly [string, string],
  joint: string,
  after: readonly [string, string],
): boolean {
  return [0, 1].some((side) => {
    const endsInNumber = /\p{N}$/u.test(before[side] as string);
    const startsWithNumber = /^\p{N}/u.test(after[side] as string);
    if (joint.trim() === "") return endsInNumber === startsWithNumber;
    return !(endsInNumber && startsWithNumber && SIGN.test(joint));
  });
}

const SIGN = /^[+/-]$/;
