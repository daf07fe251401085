/**
 * Running text in tools' results: what it is, where a conversation has it, and what two of them have in
 * common.
 */

import type { Bindings } from "../template/derivation/expression.js";
import { mixCode, mixText, SEED } from "../template/hash.js";
import { type Json, scalarText } from "../template/json.js";
import { dataIn } from "../template/parts/index.js";
import { fewPiecesOf } from "../template/pieces.js";
import type { JsonPattern, PartPattern, Slot, TextPattern, TurnPattern } from "../template/template.js";
import { isResult } from "../template/traits.js";

/** The running text in the results of a conversation. */
export interface Prose {
  /** Each text as it stands there. */
  readonly texts: readonly string[];
  /** Those that a template leaves open: no literal holds them. */
  readonly open: readonly string[];
  /** The slots that read a piece of running text. */
  readonly slots: ReadonlySet<string>;
}

// So many words are more than a name, a title or a state has.
const MANY_WORDS = 6;
const SENTENCE_END = /[.!?;:]["')\]]?\s+\p{L}|\n\s*\p{L}/u;

/** Whether a text is running text, in which somebody may ask for something: not a name, a code or a state. */
export function isProse(text: string): boolean {
  let words = 0;
  let isWithin = false;
  for (let at = 0; at < text.length; at++) {
    const isSpace = text.charCodeAt(at) <= 32;
    if (!isSpace && !isWithin && ++words >= MANY_WORDS) return true;
    isWithin = !isSpace;
  }
  return words > 2 && SENTENCE_END.test(text);
}

/** The running text that a template finds in the results of a conversation. */
export function proseIn(turns: readonly TurnPattern<Slot>[], bindings: Bindings): Prose {
  const texts: string[] = [];
  const open: string[] = [];
  const slots = new Set<string>();
  for (const turn of turns) {
    if (!isResult(turn)) continue;
    for (const part of turn.parts) {
      for (const { text, pattern } of textsOf(part, bindings)) {
        if (!isProse(text)) continue;
        texts.push(text);
        if (pattern?.every((segment) => typeof segment === "string")) continue;
        open.push(text);
        for (const segment of pattern ?? []) if (typeof segment === "object") slots.add(segment.name);
      }
    }
  }
  return { texts, open, slots };
}

/**
 * A text of a result; `pattern` where it is matched piece by piece, not bound whole with the JSON around it.
 */
interface Piece {
  readonly text: string;
  readonly pattern?: TextPattern<Slot>;
}

function* textsOf(part: PartPattern<Slot>, bindings: Bindings): Iterable<Piece> {
  const data = dataIn(part);
  if (!data) return;
  if ("text" in data) yield { text: filled(data.text, bindings), pattern: data.text };
  else yield* jsonTexts(data.json, bindings);
}

function* jsonTexts(pattern: JsonPattern<Slot>, bindings: Bindings): Iterable<Piece> {
  switch (pattern.kind) {
    case "literal":
      for (const text of proseOf(pattern.value)) yield { text, pattern: [text] };
      return;
    case "text":
      yield { text: filled(pattern.text, bindings), pattern: pattern.text };
      return;
    case "value":
      for (const text of proseOf(bindings.get(pattern.place.name) ?? null)) yield { text };
      return;
    case "array":
      for (const item of pattern.items) yield* jsonTexts(item, bindings);
      return;
    case "object":
      for (const item of pattern.entries.values()) yield* jsonTexts(item, bindings);
      return;
  }
}

/** What a pattern of a text is with values in its slots. */
export function filled(pattern: TextPattern<Slot>, bindings: Bindings): string {
  return pattern
    .map((segment) =>
      typeof segment === "string" ? segment : (scalarText(bindings.get(segment.name) ?? null) ?? ""),
    )
    .join("");
}

// A result is asked for its running text by every template that fits it.
const known = new WeakMap<object, readonly string[]>();

/** The running texts in a value. */
export function proseOf(value: Json): readonly string[] {
  if (typeof value === "string") return isProse(value) ? [value] : [];
  if (!(Array.isArray(value) || value instanceof Map)) return [];
  let texts = known.get(value);
  if (!texts) {
    texts = [...value.values()].flatMap(proseOf);
    known.set(value, texts);
  }
  return texts;
}

// How many words in a row are compared, how many such runs are kept of a conversation, and how many words are
// read of it.
const RUN = 4;
const MOST_RUNS = 256;
const MOST_PIECES = 20_000;

/**
 * What running text says, as numbers: the runs of four words that have the smallest ones, and one number for
 * all of it.
 */
export interface Sketch {
  readonly runs: readonly number[];
  readonly whole: number;
}

/**
 * Sketches texts. Equal texts have equal sketches, and a run that two of them share is in both unless they
 * are very long.
 */
export function sketchOf(texts: readonly string[]): Sketch {
  const runs = new Set<number>();
  let whole = 0;
  for (const text of texts) {
    const words = (fewPiecesOf(text.slice(0, MOST_PIECES * 8).toLowerCase(), MOST_PIECES) ?? []).filter(
      (piece) => /[\p{L}\p{N}]/u.test(piece),
    );
    const hashes = words.map((word) => mixText(SEED, word));
    for (const [at, hash] of hashes.entries()) {
      whole = mixCode(whole, hash);
      if (at + RUN <= hashes.length) runs.add(hashes.slice(at, at + RUN).reduce(mixCode, SEED));
    }
  }
  return { runs: [...runs].sort((left, right) => left - right).slice(0, MOST_RUNS), whole };
}

/** Whether a text says a word, in whatever ending. */
export function saysWord(text: string, word: string): boolean {
  const stem = word.length > 3 ? word.replace(/e$/u, "") : word;
  for (let at = text.indexOf(stem); at >= 0; at = text.indexOf(stem, at + 1)) {
    const isWhole = word.length > 3 || !/[\p{L}\p{N}]/u.test(text[at + stem.length] ?? " ");
    if (isWhole && (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] as string))) return true;
  }
  return false;
}

/**
 * The words of a tool's name without what it belongs to (`mail.send_reply`, `crm__send_reply`), in small
 * letters.
 */
export function wordsOfName(name: string): readonly string[] {
  const own = name.split(/[./:]|__/).findLast((part) => part !== "") ?? name;
  return own
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter(Boolean);
}
