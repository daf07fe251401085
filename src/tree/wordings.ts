/** Which words may stand for each other: wordings that differ in one stretch alone and got the same reply. */
import { ENTRY_SIZE } from "../template/bounded-map.js";
import { piecesOf } from "../template/pieces.js";
import { spellingsOf } from "./spellings.js";
import {
  bothOf,
  bothWays,
  DATUM,
  filedUnder,
  hasCapital,
  isWording,
  MAX_STRETCH,
  neighbour,
  type Rewording,
  sameText,
  shareOf,
} from "./stretches.js";
import { type Generation, Window, type WindowOptions } from "./window.js";

/** What was seen of two stretches of words that stood in each other's place and never made a difference. */
interface Pair {
  /** The different replies that stayed the same when one took the other's place. */
  readonly same: Set<string>;
  /** The words before and after them where the reply stayed the same. */
  readonly before: Set<string>;
  readonly after: Set<string>;
}

/** A wording as it was added: its pieces, data in it as one piece each that begins with `DATUM`. */
interface Wording {
  readonly pieces: readonly string[];
  readonly meaning: string;
}

/** Longer wordings are not kept, in pieces. */
export const MAX_PIECES = 80;
// How many wordings that begin or end alike are compared with a new one.
const MAX_BUCKET = 256;
const MAX_MEANINGS = 16;
const MAX_NEIGHBOURS = 64;
// What is kept of a scope at the most, roughly in characters, where nothing else is said.
const MAX_SIZE = 16 * 1024 * 1024;
/** How many rewordings of one text are looked at. */
const MAX_REWORDINGS = 32;

/** What one generation of wordings shows. */
interface Seen extends Generation {
  /**
   * Wordings by how they begin and by how they end: two that differ in one short stretch share one of these.
   */
  readonly buckets: Map<string, Wording[]>;
  readonly pairs: Map<string, Map<string, Pair>>;
  /** Pairs that made a difference: they do not mean the same. */
  readonly parted: Set<string>;
  /** Words that have been seen without a capital. */
  readonly small: Set<string>;
  /** Words that have stood side by side. */
  readonly neighbours: Set<string>;
}

function create(): Seen {
  return {
    buckets: new Map(),
    pairs: new Map(),
    parted: new Set(),
    small: new Set(),
    neighbours: new Set(),
    size: 0,
  };
}

/** What a wording was answered with. */
export interface Answered {
  /** Equal for answers that say the same but for the data in them. */
  readonly meaning: string;
  /** Equal for the same answer. */
  readonly witness: string;
}

/**
 * The wordings of one scope. The same wordings in any order give the same pairs, as long as its bound is not
 * reached. The oldest wordings are dropped with all they have shown, so that no pair outlives what parted it.
 */
export class Wordings {
  private readonly window: Window<Seen>;

  constructor({
    maxSize = MAX_SIZE,
    onResized,
  }: Partial<Pick<WindowOptions<Seen>, "maxSize" | "onResized">> = {}) {
    this.window = new Window({ create, maxSize, onResized });
  }

  /** Roughly in characters. */
  get size(): number {
    return this.window.size;
  }

  /**
   * Adds a wording of which the pieces are given, and what it was answered with. `context` is equal for
   * conversations that differ in this text alone.
   */
  add(context: string, pieces: readonly string[], { meaning, witness }: Answered): void {
    if (pieces.length === 0 || pieces.length > MAX_PIECES) return;
    const fresh = { pieces, meaning };
    let isKnown = false;
    const compared = new Set<Wording>();
    const { young } = this.window.current();
    for (let length = pieces.length - MAX_STRETCH; length <= pieces.length + MAX_STRETCH; length++) {
      for (const key of filedUnder(context, pieces, shareOf(length))) {
        for (const seen of this.window.generations) {
          for (const known of seen.buckets.get(key) ?? []) {
            if (compared.has(known)) continue;
            compared.add(known);
            // What only the older generation knows is taken in once more, and stays.
            if (sameText(known.pieces, pieces)) isKnown ||= seen === young && known.meaning === meaning;
            else this.compare(known, fresh, { witness, seen, young });
          }
        }
      }
    }
    if (isKnown) return;
    let grown = 0;
    for (const key of filedUnder(context, pieces, shareOf(pieces.length)))
      grown += file(young.buckets, key, fresh);
    for (const piece of pieces) if (!hasCapital(piece)) grown += noted(young.small, piece);
    for (let index = 0; index <= pieces.length; index++) {
      grown += noted(young.neighbours, `${neighbour(pieces, index - 1, -1)} ${neighbour(pieces, index, 1)}`);
    }
    this.window.grow(grown);
  }

  /** Whether there is anything to say otherwise. */
  get isEmpty(): boolean {
    return this.window.generations.every(({ pairs }) => pairs.size === 0);
  }

  /**
   * A text as it could have been said otherwise, the surest first: spelled otherwise (`spellings.ts`), then one
   * stretch replaced by words that have stood in its place beside one of the same neighbours, with the same
   * reply, under at least `least` different replies, and never with another reply.
   */
  rewordings(text: string, least: number): Rewording[] {
    const pieces = piecesOf(text);
    if (pieces.length > MAX_PIECES) return [];
    const spellings = spellingsOf(pieces, (before, after) => this.stood(before, after));
    return [...spellings, ...this.exchanged(text, pieces, least)].slice(0, MAX_REWORDINGS);
  }

  /** A text with one stretch replaced by what has stood for it. */
  private exchanged(text: string, pieces: readonly string[], least: number): Rewording[] {
    if (this.isEmpty) return [];
    const found: (Rewording & { readonly sure: number })[] = [];
    for (let start = 0, at = 0; start <= pieces.length; at += pieces[start]?.length ?? 0, start++) {
      const before = neighbour(pieces, start - 1, -1);
      for (let end = start; end <= Math.min(pieces.length, start + MAX_STRETCH); end++) {
        const from = pieces.slice(start, end).join("");
        const [young, old] = this.othersOf(from);
        if ((!young && !old) || !this.isWord(from)) continue;
        const after = neighbour(pieces, end, 1);
        for (const [to, pair] of eachPair(young, old)) {
          const elder = pair === old?.get(to) ? undefined : old?.get(to);
          const isBeside = (known: Pair | undefined): boolean =>
            known?.before.has(before) === true || known?.after.has(after) === true;
          if (!isBeside(pair) && !isBeside(elder)) continue;
          const sure = repliesUnder(pair, elder);
          if (sure < least || !this.reads(before, to, after) || !this.isWord(to)) continue;
          const reworded = text.slice(0, at) + to + text.slice(at + from.length);
          found.push({ text: reworded, start: at, end: at + to.length, from, to, sure });
        }
      }
    }
    return found.sort((left, right) => right.sure - left.sure || (left.text < right.text ? -1 : 1));
  }

  /** Whether two pieces have stood side by side; an empty one stands for where a text begins or ends. */
  private stood(before: string, after: string): boolean {
    return this.window.generations.some(({ neighbours }) => neighbours.has(`${before} ${after}`));
  }

  /** Takes the one for the other no more. */
  part(from: string, to: string): void {
    this.partIn(this.window.current().young, from, to);
  }

  private partIn(young: Seen, from: string, to: string): void {
    this.window.grow(noted(young.parted, bothOf(from, to)), young);
    for (const seen of this.window.generations) {
      const pair = seen.pairs.get(from)?.get(to);
      if (!pair) continue;
      for (const [one, other] of bothWays(from, to)) {
        const others = seen.pairs.get(one);
        others?.delete(other);
        if (others?.size === 0) seen.pairs.delete(one);
      }
      this.window.grow(-sizeOfPair(from, to, pair), seen);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.window.clear();
  }

  /** What has stood in the place of a stretch, in each generation. */
  private othersOf(from: string): readonly (ReadonlyMap<string, Pair> | undefined)[] {
    return this.window.generations.map(({ pairs }) => pairs.get(from));
  }

  /**
   * Whether a stretch begins with no name: a first word with a capital is a word that is also written
   * without.
   */
  private isWord(stretch: string): boolean {
    const [first = ""] = piecesOf(stretch);
    return !hasCapital(first) || this.window.generations.some(({ small }) => small.has(first.toLowerCase()));
  }

  /**
   * Whether words could stand between these two: with each of them, or with data in its place, they have
   * stood before.
   */
  private reads(before: string, words: string, after: string): boolean {
    const has = (left: string, right: string): boolean => this.stood(left, right);
    const pieces = piecesOf(words).filter((piece) => piece.trim() !== "");
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return has(before, after);
    return (has(before, first) || has(DATUM, first)) && (has(last, after) || has(last, DATUM));
  }

  /**
   * Notes what two wordings say of the stretch in which they differ, if it is one short stretch of mere
   * words. What speaks for a pair is kept beside the older wording, `seen`, and goes with it: it could speak
   * against the pair no more.
   */
  private compare(
    left: Wording,
    right: Wording,
    { witness, seen, young }: { readonly witness: string; readonly seen: Seen; readonly young: Seen },
  ): void {
    const [a, b] = [left.pieces, right.pieces];
    const shorter = Math.min(a.length, b.length);
    let start = 0;
    while (start < shorter && a[start] === b[start]) start++;
    let end = 0;
    while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const [mine, other] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
    if (start + end === 0 || mine.length > MAX_STRETCH || other.length > MAX_STRETCH) return;
    if (!isWording(mine, start === 0) || !isWording(other, start === 0)) return;
    const [one, two] = [mine.join(""), other.join("")];
    if (left.meaning !== right.meaning) {
      this.partIn(young, one, two);
      return;
    }
    const pair = this.pairOf(one, two, seen);
    if (!pair) return;
    let grown = 0;
    if (pair.same.size < MAX_MEANINGS) grown += noted(pair.same, witness);
    if (pair.before.size < MAX_NEIGHBOURS) grown += noted(pair.before, neighbour(a, start - 1, -1));
    if (pair.after.size < MAX_NEIGHBOURS) grown += noted(pair.after, neighbour(a, a.length - end, 1));
    this.window.grow(grown, seen);
  }

  /** What a generation knows of two stretches, whichever comes first; `undefined` if they were parted. */
  private pairOf(left: string, right: string, seen: Seen): Pair | undefined {
    const known = seen.pairs.get(left)?.get(right);
    if (known) return known;
    const both = bothOf(left, right);
    if (this.window.generations.some(({ parted }) => parted.has(both))) return undefined;
    const pair = { same: new Set<string>(), before: new Set<string>(), after: new Set<string>() };
    for (const [from, to] of bothWays(left, right)) {
      const others = seen.pairs.get(from);
      if (others) others.set(to, pair);
      else seen.pairs.set(from, new Map([[to, pair]]));
    }
    this.window.grow(sizeOfPair(left, right, pair), seen);
    return pair;
  }
}

// What a piece of a wording, and a pair, cost beside their texts.
const PIECE = 16;
const PAIR = 8 * ENTRY_SIZE;

function sizeOfPair(from: string, to: string, { same, before, after }: Pair): number {
  let size = PAIR + 2 * (from.length + to.length);
  for (const texts of [same, before, after]) for (const text of texts) size += ENTRY_SIZE + text.length;
  return size;
}

/** A wording stands in two buckets. */
function shareOfSize({ pieces }: Wording): number {
  return pieces.reduce((sum, piece) => sum + (PIECE + piece.length) / 2, ENTRY_SIZE);
}

/** Adds a wording to its bucket. Returns by how much that made the buckets larger. */
function file(buckets: Map<string, Wording[]>, key: string, wording: Wording): number {
  const bucket = buckets.get(key);
  if (!bucket) {
    buckets.set(key, [wording]);
    return ENTRY_SIZE + key.length + shareOfSize(wording);
  }
  bucket.push(wording);
  const shifted = bucket.length > MAX_BUCKET ? bucket.shift() : undefined;
  return shareOfSize(wording) - (shifted ? shareOfSize(shifted) : 0);
}

/** Adds a text. Returns by how much that made the set larger. */
function noted(texts: Set<string>, text: string): number {
  if (texts.has(text)) return 0;
  texts.add(text);
  return ENTRY_SIZE + text.length;
}

/** The words of both generations, each once, with what the younger knows of them. */
function* eachPair(
  young: ReadonlyMap<string, Pair> | undefined,
  old: ReadonlyMap<string, Pair> | undefined,
): Iterable<[string, Pair]> {
  if (young) yield* young;
  for (const each of old ?? []) if (!young?.has(each[0])) yield each;
}

/** Under how many different replies two stretches stood for each other, as both generations know it. */
function repliesUnder({ same }: Pair, elder: Pair | undefined): number {
  let count = same.size;
  for (const reply of elder?.same ?? []) if (!same.has(reply)) count++;
  return count;
}
