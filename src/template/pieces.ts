/** What a text is made of when texts are compared: words, the spaces between them, single signs. */

// A word with what joins it inside; else one character.
const PIECE = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*|\s+|./gsu;

/** The pieces of a text, in order; joined they are the text. */
export function piecesOf(text: string): readonly string[] {
  return text.match(PIECE) ?? [];
}

/** The same of a text of no more than `most` pieces; `undefined` of one of more. */
export function fewPiecesOf(text: string, most: number): readonly string[] | undefined {
  const pieces: string[] = [];
  for (const [piece] of text.matchAll(PIECE)) if (pieces.push(piece) > most) return undefined;
  return pieces;
}
