/** How wordings are cut and compared: pieces, stretches of them, and what stands beside a stretch. */

/** Begins a piece that stands for data. */
export const DATUM = "\u0000";

/** A stretch of up to three words with the spaces between and beside them. */
export const MAX_STRETCH = 7;

/** A text with one stretch said in other words. */
export interface Rewording {
  readonly text: string;
  /** Where the other words stand in it; both ends are equal where words were left out. */
  readonly start: number;
  readonly end: number;
  /** What was said before, and what stands there now. */
  readonly from: string;
  readonly to: string;
}

/** Two stretches in either order. */
export function bothWays(left: string, right: string): readonly (readonly [string, string])[] {
  return [
    [left, right],
    [right, left],
  ];
}

/** One name for two stretches, whichever comes first. */
export function bothOf(left: string, right: string): string {
  return left < right ? `${left}\u0000${right}` : `${right}\u0000${left}`;
}

/** How many pieces a wording of so many is filed by: less than half of what one short difference leaves. */
export function shareOf(length: number): number {
  return Math.max(1, Math.ceil((length - MAX_STRETCH) / 2));
}

/** What a wording is filed under: how it begins and how it ends, by so many pieces. */
export function filedUnder(context: string, pieces: readonly string[], share: number): string[] {
  if (share > pieces.length) return [];
  return [`${context}>${pieces.slice(0, share).join("")}`, `${context}<${pieces.slice(-share).join("")}`];
}

/** Whether two wordings are the same, data in them included. */
export function sameText(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((piece, index) => piece === right[index]);
}

/** The next word or sign from a position on; what is data looks alike everywhere. */
export function neighbour(pieces: readonly string[], from: number, step: 1 | -1): string {
  let index = from;
  while (pieces[index]?.trim() === "") index += step;
  const piece = pieces[index];
  return piece?.startsWith(DATUM) ? DATUM : (piece ?? "");
}

/** Mere words: no data, no number, no name. The first word of a text may be capitalised. */
export function isWording(pieces: readonly string[], isFirst: boolean): boolean {
  return pieces.every(
    (piece, index) =>
      !piece.startsWith(DATUM) &&
      !/\p{N}|["“”]/u.test(piece) &&
      !hasCapital(isFirst && index === 0 ? piece.slice(1) : piece),
  );
}

/** Whether a text has a capital anywhere. */
export function hasCapital(text: string): boolean {
  return /\p{Lu}/u.test(text);
}
