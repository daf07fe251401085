/** What a text is made of when two are aligned: its pieces, with every number, date, phone number or address in one. */
import { piecesOf } from "../../template/pieces.js";

// Every alternative has bounded repetitions, or starts where its token starts: each text is read once.
const MONTH =
  "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|january|february|march|april|august|september|october|november|december)";
const DAY = String.raw`\d{1,2}(?:st|nd|rd|th)?`;
const FORMS = [
  // https://shop.example/a?b=c, a.b@c.example
  String.raw`[a-z][a-z\d+.-]{0,20}:\/\/[^\s"'<>()]*[^\s"'<>().,;:!?]`,
  String.raw`(?<![\w.+@-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}`,
  // November 21st, 2023; 21 Nov 2023
  String.raw`(?<![\p{L}\p{N}])${MONTH}\.? ${DAY}(?:,? \d{4})?(?![\p{L}\p{N}])`,
  String.raw`(?<![\p{L}\p{N}])${DAY}(?: of)? ${MONTH}(?:,? \d{4})?(?![\p{L}\p{N}])`,
  // (630) 305-1488, +1 630 305 1488, 630-305-1488
  String.raw`\(\d{2,4}\) ?\d{3,4}[ -]?\d{2,4}(?!\d)`,
  String.raw`\+\d{1,3}(?:[ -]\d{2,4}){2,4}(?!\d)`,
  String.raw`(?<![\p{L}\p{N}]|\d-)\d{3}-\d{2,4}(?:-\d{4})?(?![\p{L}\p{N}]|-\d)`,
  // 2023-11-21, 21/11/2023, 21.11.23
  String.raw`(?<![\p{L}\p{N}]|\d[./-])\d{1,4}([./-])\d{1,2}\1\d{1,4}(?![\p{L}\p{N}]|[./-]\d)`,
  // 3:30 pm, 15:00; 1,200.50; 1.2.10
  String.raw`(?<![\p{L}\p{N}]|\d[.,:])\d{1,2}(?::\d{2}){0,2} ?[ap]\.?m(?![\p{L}\p{N}])`,
  String.raw`(?<![\p{L}\p{N}]|\d[.,:])\d{1,40}(?:[.,:]\d{1,40}){1,20}(?![\p{L}\p{N}]|[.,:]\d)`,
];
const DATUM = new RegExp(FORMS.join("|"), "giu");

/** The pieces of a text, in order; joined they are the text. */
export function dataPieces(text: string): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const match of text.matchAll(DATUM)) {
    pieces.push(...piecesOf(text.slice(at, match.index)), match[0]);
    at = match.index + match[0].length;
  }
  pieces.push(...piecesOf(text.slice(at)));
  return pieces;
}
