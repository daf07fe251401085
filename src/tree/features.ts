/** What a turn shows at a glance: hashes by which an index finds the few patterns that could fit it. */
import { mixCode, mixText, SEED } from "../template/hash.js";
import { type Json, Numeral } from "../template/json.js";
import { contentOf, placeNameOf } from "../template/parts/index.js";
import type { JsonPattern, Slot, TextPattern, TurnPattern } from "../template/template.js";
import type { PartOf, Turn } from "../template/turn.js";

/** How far from a text's two ends a word counts as near an end. */
const EDGE = 2048;

/** A letter or digit; everything beyond ASCII counts as one. */
function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code > 127
  );
}

/** What is done with a word, and with two words in a row. Each returns whether that is enough. */
interface SeenWords {
  one(hash: number, start: number, end: number): boolean;
  two(hash: number, start: number, end: number): boolean;
}

/**
 * Hands over every whole word in `text` that begins between two offsets, and every two words that follow each
 * other there, as a hash and the places where it starts and ends. A word cut by the first offset is left out.
 * Words alone are shared by many siblings; two in a row seldom are. Returns whether it was stopped.
 */
function eachWord(text: string, { from, to }: Stretch, seen: SeenWords): boolean {
  let at = from;
  let before = 0;
  let beforeStart = -1;
  while (at < to) {
    while (at < to && !isWordCode(text.charCodeAt(at))) at++;
    if (at >= to) return false;
    const start = at;
    let hash = SEED;
    while (at < text.length && isWordCode(text.charCodeAt(at))) hash = mixCode(hash, text.charCodeAt(at++));
    if (start === from && start > 0 && isWordCode(text.charCodeAt(start - 1))) continue;
    if (seen.one(hash, start, at)) return true;
    if (beforeStart >= 0 && seen.two(Math.imul(before, 31) ^ hash, beforeStart, at)) return true;
    before = hash;
    beforeStart = start;
  }
  return false;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A feature every turn that fits a pattern must show. */
export interface Anchor {
  readonly hash: number;
  /** It is found without reading the whole turn. */
  readonly near: boolean;
  /** It is a single word: turns that do not fit are likely to show it too. */
  readonly common: boolean;
}

/**
 * Hands over the features of a turn; one may come more than once. With `whole` false, long texts are read
 * only near their ends.
 */
export function eachFeature(turn: Turn, whole: boolean, seen: (hash: number) => void): void {
  const all = (hash: number): boolean => {
    seen(hash);
    return false;
  };
  const words = { one: all, two: all };
  for (const part of turn.parts) {
    const content = contentOf(part);
    if (!content) continue;
    if ("json" in content) jsonFeatures(content.json, pathOf(part), all);
    else {
      const { text } = content;
      if (whole || text.length <= 2 * EDGE) eachWord(text, { from: 0, to: text.length }, words);
      else {
        eachWord(text, { from: 0, to: EDGE }, words);
        eachWord(text, { from: text.length - EDGE, to: text.length }, words);
      }
    }
  }
}

/** Where the values of a part stand: those of calls of two tools are told apart. */
function pathOf(part: PartOf<unknown, unknown>): number {
  const place = placeNameOf(part);
  return place === undefined ? SEED : mixText(SEED, place);
}

/** As `eachWord`, for the shape and the values of JSON. */
function jsonFeatures(value: Json, path: number, seen: (hash: number) => boolean): boolean {
  if (Array.isArray(value)) {
    return (
      seen(mixCode(path, 0x10000 + value.length)) ||
      value.some((item, index) => jsonFeatures(item, mixCode(path, index), seen))
    );
  }
  if (!(value instanceof Map)) return seen(scalarFeature(value, path));
  if (seen(keysFeature(value.keys(), path))) return true;
  for (const [key, item] of value) if (jsonFeatures(item, mixText(path, key), seen)) return true;
  return false;
}

function keysFeature(keys: Iterable<string>, path: number): number {
  // Order must not matter: a sum is the same in any order.
  let sum = 0;
  for (const key of keys) sum = (sum + mixText(SEED, key)) | 0;
  return mixCode(path, sum);
}

function scalarFeature(value: null | boolean | string | Numeral, path: number): number {
  return mixText(
    mixCode(path, typeof value === "string" ? 2 : 3),
    value instanceof Numeral ? value.raw : String(value),
  );
}

/** Returns whether that is enough. */
type SeenAnchor = (anchor: Anchor) => boolean;

/** Hands over the features that every turn fitting a pattern shows, until one is enough. */
export function eachAnchor(pattern: TurnPattern<Slot>, seen: SeenAnchor): void {
  for (const part of pattern.parts) {
    const content = contentOf(part);
    if (!content) continue;
    if ("text" in content ? textAnchors(content.text, seen) : jsonAnchors(content.json, pathOf(part), seen))
      return;
  }
}

/**
 * Words, and two in a row, that lie whole inside a literal: a slot beside a letter could make another word of
 * it.
 */
function textAnchors(pattern: TextPattern<Slot>, seen: SeenAnchor): boolean {
  return pattern.some((segment, index) => {
    if (typeof segment !== "string") return false;
    const isFirst = index === 0;
    const isLast = index === pattern.length - 1;
    const show = (anchor: Omit<Anchor, "near">, start: number, end: number): boolean => {
      if ((start === 0 && !isFirst) || (end === segment.length && !isLast)) return false;
      // Two in a row are seen near the beginning only if the second begins there too: `end` is beyond that.
      const near = (isFirst && end <= EDGE) || (isLast && segment.length - start <= EDGE);
      return seen({ ...anchor, near });
    };
    return eachWord(
      segment,
      { from: 0, to: segment.length },
      {
        one: (hash, start, end) => show({ hash, common: true }, start, end),
        two: (hash, start, end) => show({ hash, common: false }, start, end),
      },
    );
  });
}

function jsonAnchors(pattern: JsonPattern<Slot>, path: number, seen: SeenAnchor): boolean {
  const show = (hash: number): boolean => seen({ hash, near: true, common: false });
  switch (pattern.kind) {
    case "literal":
      return jsonFeatures(pattern.value, path, show);
    case "array":
      return (
        show(mixCode(path, 0x10000 + pattern.items.length)) ||
        pattern.items.some((item, index) => jsonAnchors(item, mixCode(path, index), seen))
      );
    case "object":
      return (
        show(keysFeature(pattern.entries.keys(), path)) ||
        [...pattern.entries].some(([key, item]) => jsonAnchors(item, mixText(path, key), seen))
      );
    // Data stands there.
    case "text":
    case "value":
      return false;
  }
}
