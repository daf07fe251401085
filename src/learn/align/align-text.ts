/** Where texts of one form part ways: the words they share, and the stretches in which they differ. */
import { dataPieces } from "./data-pieces.js";

/** Stretches that both texts share, and pairs in which they differ, in turn. */
export type Alignment = readonly (string | readonly [left: string, right: string])[];

/** How two texts are aligned. */
export interface AlignOptions {
  /** More texts of their kind: what the two share and these do not is a coincidence, and part of a difference. */
  readonly others?: readonly string[] | undefined;
  /** Whether the others are known to be of the same form. If not, one that lacks many shared words has no say. */
  readonly sameForm?: boolean | undefined;
}

const MAX_PIECES = 600;
// The share of common words that may be there by chance; what lacks more is of another form. One word always may.
const COINCIDENCES = 1 / 3;

/** What binds two differing stretches into one datum: `John Smith`, `AB-12`, `x_y`. */
const JOINT = /^[\s.,:;|@#&/\\_+-]$/;

/**
 * Aligns two texts by their longest common subsequence of words (Hunt and Szymanski's problem, solved by the plain
 * table after cutting the common ends). Numbers, dates and addresses are one piece. `undefined` when one has a
 * word where the other has none: then they are not of one form. Differences with a single joint between them become
 * one, unless the joint is a space between data of two kinds (`12 pens`).
 */
export function alignTexts(left: string, right: string, { others = [], sameForm = false }: AlignOptions = {}): Alignment | undefined {
  if (left === right && others.length === 0) return left === "" ? [] : [left];
  const a = dataPieces(left);
  const b = dataPieces(right);
  if (a.length > MAX_PIECES || b.length > MAX_PIECES) return undefined;
  let shared = commonPieces(a, b);
  const least = sameForm ? 0 : Math.min(wordsIn(shared) - 1, wordsIn(shared) * (1 - COINCIDENCES));
  for (const other of others) shared = narrowed(shared, dataPieces(other), least);
  const result: (string | readonly [string, string])[] = [];
  for (const run of joined(runsOf(a, b, shared))) {
    if (typeof run === "string") result.push(run);
    else if (run[0].trim() === "" || run[1].trim() === "") return undefined;
    else if (others.length > 0 && !run.every(isWord)) return undefined;
    else result.push(run);
  }
  return result;
}

/** A piece that two texts share, and where it stands in each. */
interface Shared {
  readonly piece: string;
  readonly left: number;
  readonly right: number;
}

function commonPieces(a: readonly string[], b: readonly string[]): readonly Shared[] {
  const shared: Shared[] = [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const take = (left: number, right: number): void => {
    shared.push({ piece: a[left] as string, left, right });
  };
  for (let at = 0; at < start; at++) take(at, at);
  for (const [left, right] of longest(a.slice(start, a.length - end), b.slice(start, b.length - end))) take(start + left, start + right);
  for (let at = end; at > 0; at--) take(a.length - at, b.length - at);
  return shared;
}

/** Of what is shared, what another text has too; all of it where so few words would be left that it is of another form. */
function narrowed(shared: readonly Shared[], other: readonly string[], least: number): readonly Shared[] {
  if (other.length > MAX_PIECES) return shared;
  const kept = commonPieces(
    shared.map(({ piece }) => piece),
    other,
  ).map(({ left }) => shared[left] as Shared);
  return wordsIn(kept) < least ? shared : kept;
}

function wordsIn(shared: readonly Shared[]): number {
  return shared.filter(({ piece }) => isWord(piece)).length;
}

function isWord(piece: string): boolean {
  return /[\p{L}\p{N}]/u.test(piece);
}

/** The positions of a longest common subsequence. */
function longest(a: readonly string[], b: readonly string[]): readonly (readonly [left: number, right: number])[] {
  const width = b.length + 1;
  // Only words count towards what is common: a shared space or comma holds nothing together.
  const weight = (piece: string): number => (isWord(piece) ? 4 : 1);
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0);
      const take = a[i] === b[j] ? (best[(i + 1) * width + j + 1] ?? 0) + weight(a[i] as string) : 0;
      best[i * width + j] = Math.max(skip, take);
    }
  }
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const here = best[i * width + j] ?? 0;
    if (a[i] === b[j] && here === (best[(i + 1) * width + j + 1] ?? 0) + weight(a[i] as string)) pairs.push([i++, j++]);
    else if (here === (best[(i + 1) * width + j] ?? 0)) i++;
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
  for (const { piece, left: i, right: j } of shared) {
    differUpTo(i, j);
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
      if (typeof last === "object" && typeof next === "object" && JOINT.test(run) && bindsTogether(last, run, next)) {
        last[0] += run + next[0];
        last[1] += run + next[1];
        index++;
      } else result.push(run);
    } else result.push([run[0], run[1]]);
  }
  return result;
}

/** Whether what stands on both sides of a joint is one datum: not a number and a word (`12 pens`), nor a sum (`3+4`). */
function bindsTogether(before: readonly [string, string], joint: string, after: readonly [string, string]): boolean {
  return [0, 1].some((side) => {
    const endsInNumber = /\p{N}$/u.test(before[side] as string);
    const startsWithNumber = /^\p{N}/u.test(after[side] as string);
    if (joint.trim() === "") return endsInNumber === startsWithNumber;
    return !(endsInNumber && startsWithNumber && SIGN.test(joint));
  });
}

const SIGN = /^[+/-]$/;
