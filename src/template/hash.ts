/**
 * A quick hash for indices and sketches in memory (FNV-1a over UTF-16 code units). Whoever could be attacked
 * by it takes `digest.ts`.
 */

/** What a hash begins with. */
export const SEED = 0x811c9dc5 | 0;

/** A hash with one number more. */
export function mixCode(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** A hash with one text more. The end of a text counts: "a" and "b" are not "ab" and "". */
export function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let index = 0; index < text.length; index++) mixed = mixCode(mixed, text.charCodeAt(index));
  return mixCode(mixed, 0x1f);
}
