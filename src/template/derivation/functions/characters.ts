/** What the text functions share: characters, words, counting and joining within the limits. */
import { Numeral } from "../../json.js";
import { checkSize, EvaluationFault, type Meter } from "../fault.js";

/** The pieces of a text between runs of white space. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** A JavaScript integer as a number of the language. */
export function integer(value: number): Numeral {
  return new Numeral(String(value));
}

/** Joins after checking that the result is not too large. */
export function joined(pieces: readonly string[], separator: string, meter: Meter): string {
  const gaps = Math.max(0, pieces.length - 1) * separator.length;
  checkSize(
    meter,
    pieces.reduce((total, piece) => total + piece.length, gaps),
  );
  return pieces.join(separator);
}

/** The characters of a text: the text itself where every unit is one. */
export function characters(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

/** How often a part occurs in a text, without overlaps. */
export function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** Faults because something is not there. */
export function missing(): never {
  throw new EvaluationFault("missing");
}
