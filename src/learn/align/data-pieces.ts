/**
 * What a text is made of when two are aligned: its pieces, with every number, date, phone number or address
 * in one.
 */
import { fewPiecesOf, piecesOf } from "../../template/pieces.js";
import { Pace } from "../schedule/pace.js";

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
    for (const piece of piecesOf(text.slice(at, match.index))) pieces.push(piece);
    pieces.push(match[0]);
    at = match.index + match[0].length;
  }
  for (const piece of piecesOf(text.slice(at))) pieces.push(piece);
  return pieces;
}

/** A text cut up: its pieces, and for each a number that is the same wherever it stands. */
export interface Cut {
  readonly pieces: readonly string[];
  readonly numbers: Int32Array;
}

// Longer texts are not aligned: in pieces, in characters, and in pieces before those of one datum are put
// together.
const MAX_PIECES = 600;
const MAX_LENGTH = 30_000;
const MAX_BARE = 6_000;
// How many characters are cut up in the time of a step.
const CUT = 8;

/** The pieces of texts that are compared with each other: each text is cut up once. */
export class Pieces {
  private readonly cuts = new Map<string, Cut | undefined>();
  private readonly numbers = new Map<string, number>();
  private readonly words: boolean[] = [];
  private readonly pairs = new Map<Cut, Map<Cut, object>>();

  constructor(readonly pace: Pace = new Pace()) {}

  /** A text's pieces; `undefined` if there are too many. */
  of(text: string): Cut | undefined {
    if (this.cuts.has(text)) return this.cuts.get(text);
    this.pace.spend(Math.min(text.length, MAX_LENGTH) / CUT);
    const isShort = text.length <= MAX_LENGTH && fewPiecesOf(text, MAX_BARE) !== undefined;
    const pieces = isShort ? dataPieces(text) : [];
    const cut =
      isShort && pieces.length <= MAX_PIECES
        ? { pieces, numbers: Int32Array.from(pieces, (piece) => this.numberOf(piece)) }
        : undefined;
    this.cuts.set(text, cut);
    return cut;
  }

  /**
   * What was worked out for two texts, or what is worked out now: the same two are aligned in view of others,
   * and alone.
   */
  remembered<Made extends object>(left: Cut, right: Cut, make: () => Made): Made {
    let known = this.pairs.get(left);
    if (!known) {
      known = new Map();
      this.pairs.set(left, known);
    }
    let made = known.get(right) as Made | undefined;
    if (!made) {
      made = make();
      known.set(right, made);
    }
    return made;
  }

  /** Whether the piece of a number has letters or digits in it. */
  isWord(number: number): boolean {
    return this.words[number] === true;
  }

  private numberOf(piece: string): number {
    let number = this.numbers.get(piece);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(piece, number);
      this.words.push(isWord(piece));
    }
    return number;
  }
}

/** Whether a text has letters or digits in it. */
export function isWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
