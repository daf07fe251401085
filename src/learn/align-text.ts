/** Where two texts of one form part ways: the words they share, and the pairs of stretches in which they differ. */

/** Stretches that both texts share, and pairs in which they differ, in turn. */
export type Alignment = readonly (string | readonly [left: string, right: string])[];

// A word with what joins it inside; else one character.
const PIECE = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*|\s+|./gsu;
const MAX_PIECES = 600;

/** What binds two differing stretches into one datum: `John Smith`, `2023-11-21`, `a.b@c`. */
const JOINT = /^[\s.,:@/_+-]$/;

/**
 * Aligns two texts by their longest common subsequence of words (Hunt and Szymanski's problem, solved by the plain
 * table after cutting the common ends). `undefined` when one has a word where the other has none: then they are not of
 * one form. Differences with a single joint between them become one.
 */
export function alignTexts(left: string, right: string): Alignment | undefined {
  if (left === right) return left === "" ? [] : [left];
  const a = left.match(PIECE) ?? [];
  const b = right.match(PIECE) ?? [];
  if (a.length > MAX_PIECES || b.length > MAX_PIECES) return undefined;
  const runs = joined(differences(a, b));
  const result: (string | readonly [string, string])[] = [];
  for (const run of runs) {
    if (typeof run === "string") result.push(run);
    else if (run[0].trim() === "" || run[1].trim() === "") return undefined;
    else result.push(run);
  }
  return result;
}

type Run = string | [left: string, right: string];

function differences(a: readonly string[], b: readonly string[]): Run[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const runs: Run[] = [];
  if (start > 0) runs.push(a.slice(0, start).join(""));
  runs.push(...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)));
  if (end > 0) runs.push(a.slice(a.length - end).join(""));
  return runs;
}

function middle(a: readonly string[], b: readonly string[]): Run[] {
  const width = b.length + 1;
  // Only words count towards what is common: a shared space or comma holds nothing together.
  const weight = (piece: string): number => (/[\p{L}\p{N}]/u.test(piece) ? 4 : 1);
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0);
      const take = a[i] === b[j] ? (best[(i + 1) * width + j + 1] ?? 0) + weight(a[i] as string) : 0;
      best[i * width + j] = Math.max(skip, take);
    }
  }
  const runs: Run[] = [];
  let i = 0;
  let j = 0;
  const differ = (left: string, right: string): void => {
    const last = runs.at(-1);
    if (typeof last === "object") {
      last[0] += left;
      last[1] += right;
    } else runs.push([left, right]);
  };
  while (i < a.length || j < b.length) {
    const here = best[i * width + j] ?? 0;
    if (i < a.length && j < b.length && a[i] === b[j] && here === (best[(i + 1) * width + j + 1] ?? 0) + weight(a[i] as string)) {
      const last = runs.at(-1);
      if (typeof last === "string") runs[runs.length - 1] = last + a[i];
      else runs.push(a[i] as string);
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || here === (best[(i + 1) * width + j] ?? 0))) differ(a[i++] as string, "");
    else differ("", b[j++] as string);
  }
  return runs;
}

/** Joins differences with a lone joint between them, and gives a joint at the edge of a one-sided difference to it. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as Run;
    const last = result.at(-1);
    if (typeof run === "string") {
      const next = runs[index + 1];
      if (typeof last === "object" && typeof next === "object" && JOINT.test(run)) {
        last[0] += run + next[0];
        last[1] += run + next[1];
        index++;
      } else result.push(run);
    } else if (typeof last === "object") {
      last[0] += run[0];
      last[1] += run[1];
    } else result.push([run[0], run[1]]);
  }
  return result;
}
