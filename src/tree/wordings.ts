/** Which words may stand for each other: wordings that differ in one stretch alone and got the same reply. */
import { piecesOf } from "../template/pieces.js";

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

/** Begins a piece that stands for data. */
export const DATUM = "\u0000";

// A stretch of up to three words with the spaces between and beside them.
const MAX_STRETCH = 7;
/** Longer wordings are not kept, in pieces. */
export const MAX_PIECES = 80;
// How many wordings that begin or end alike are compared with a new one, and how many pairs are kept.
const MAX_BUCKET = 256;
const MAX_BUCKETS = 20_000;
const MAX_PAIRS = 20_000;
// What made a difference must not be forgotten: once there are too many, no further pair is learned.
const MAX_PARTED = 50_000;
const MAX_MEANINGS = 16;
const MAX_NEIGHBOURS = 64;
const MAX_NEIGHBOURS_KNOWN = 50_000;
/** How many rewordings of one text are looked at. */
const MAX_REWORDINGS = 32;

/** The wordings of one scope. The same wordings in any order give the same pairs, as long as its bounds are not reached. */
export class Wordings {
  /** Wordings by how they begin and by how they end: two that differ in one short stretch share one of these. */
  private readonly buckets = new Map<string, Wording[]>();
  private readonly pairs = new Map<string, Map<string, Pair>>();
  /** Pairs that made a difference: they do not mean the same. */
  private readonly parted = new Set<string>();
  /** Words that have been seen without a capital. */
  private readonly small = new Set<string>();
  /** Words that have stood side by side. */
  private readonly neighbours = new Set<string>();
  private count = 0;

  /**
   * Adds a wording and what it was answered with. `context` is equal for conversations that differ in this text alone,
   * `meaning` for answers that say the same but for the data in them, `witness` for the same answer.
   */
  add(context: string, pieces: readonly string[], meaning: string, witness: string): void {
    if (pieces.length === 0 || pieces.length > MAX_PIECES) return;
    const fresh = { pieces, meaning };
    let isKnown = false;
    const compared = new Set<Wording>();
    for (let length = pieces.length - MAX_STRETCH; length <= pieces.length + MAX_STRETCH; length++) {
      for (const key of keysOf(context, pieces, shareOf(length))) {
        for (const known of this.buckets.get(key) ?? []) {
          if (compared.has(known)) continue;
          compared.add(known);
          if (sameText(known.pieces, pieces)) isKnown ||= known.meaning === meaning;
          else this.compare(known, fresh, witness);
        }
      }
    }
    if (isKnown) return;
    for (const key of keysOf(context, pieces, shareOf(pieces.length))) this.file(key, fresh);
    for (const piece of pieces) if (this.small.size < MAX_NEIGHBOURS_KNOWN && !hasCapital(piece)) this.small.add(piece);
    for (let index = 0; index <= pieces.length; index++) this.meet(neighbour(pieces, index - 1, -1), neighbour(pieces, index, 1));
  }

  /** Whether there is anything to say otherwise. */
  get isEmpty(): boolean {
    return this.pairs.size === 0;
  }

  /**
   * A text as it could have been said otherwise, the surest first: one stretch replaced by words that have stood in its
   * place beside one of the same neighbours, with the same reply, under at least `least` different replies, and never with
   * another reply.
   */
  rewordings(text: string, least: number): Rewording[] {
    const pieces = piecesOf(text);
    if (this.isEmpty || pieces.length > MAX_PIECES) return [];
    const found: (Rewording & { readonly sure: number })[] = [];
    for (let start = 0, at = 0; start <= pieces.length; at += pieces[start]?.length ?? 0, start++) {
      const before = neighbour(pieces, start - 1, -1);
      for (let end = start; end <= Math.min(pieces.length, start + MAX_STRETCH); end++) {
        const from = pieces.slice(start, end).join("");
        const others = this.pairs.get(from);
        if (!others) continue;
        const after = neighbour(pieces, end, 1);
        for (const [to, pair] of others) {
          if (pair.same.size < least || !(pair.before.has(before) || pair.after.has(after))) continue;
          if (!this.reads(before, to, after) || !this.isWord(from) || !this.isWord(to)) continue;
          const reworded = text.slice(0, at) + to + text.slice(at + from.length);
          found.push({ text: reworded, start: at, end: at + to.length, from, to, sure: pair.same.size });
        }
      }
    }
    return found.sort((left, right) => right.sure - left.sure || (left.text < right.text ? -1 : 1)).slice(0, MAX_REWORDINGS);
  }

  /** Never again takes the one for the other. */
  part(from: string, to: string): void {
    if (this.parted.size < MAX_PARTED) this.parted.add(bothOf(from, to));
    if (!this.pairs.get(from)?.has(to)) return;
    this.count--;
    for (const [one, other] of bothWays(from, to)) {
      const others = this.pairs.get(one);
      others?.delete(other);
      if (others?.size === 0) this.pairs.delete(one);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.buckets.clear();
    this.pairs.clear();
    this.parted.clear();
    this.neighbours.clear();
    this.small.clear();
    this.count = 0;
  }

  /** Whether a stretch begins with no name: a first word with a capital is a word that is also written without. */
  private isWord(stretch: string): boolean {
    const [first = ""] = piecesOf(stretch);
    return !hasCapital(first) || this.small.has(first.toLowerCase());
  }

  private meet(before: string, after: string): void {
    if (this.neighbours.size < MAX_NEIGHBOURS_KNOWN) this.neighbours.add(`${before} ${after}`);
  }

  /** Whether words could stand between these two: with each of them, or with data in its place, they have stood before. */
  private reads(before: string, words: string, after: string): boolean {
    const has = (left: string, right: string): boolean =>
      this.neighbours.has(`${left} ${right}`) || this.neighbours.size >= MAX_NEIGHBOURS_KNOWN;
    const pieces = piecesOf(words).filter((piece) => piece.trim() !== "");
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return has(before, after);
    return (has(before, first) || has(DATUM, first)) && (has(last, after) || has(last, DATUM));
  }

  /** Notes what two wordings say of the stretch in which they differ, if it is one short stretch of mere words. */
  private compare(left: Wording, right: Wording, witness: string): void {
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
      this.part(one, two);
      return;
    }
    const pair = this.pairOf(one, two);
    if (!pair) return;
    if (pair.same.size < MAX_MEANINGS) pair.same.add(witness);
    if (pair.before.size < MAX_NEIGHBOURS) pair.before.add(neighbour(a, start - 1, -1));
    if (pair.after.size < MAX_NEIGHBOURS) pair.after.add(neighbour(a, a.length - end, 1));
  }

  /** What is known of two stretches, whichever comes first; `undefined` if they were parted, or once there are too many. */
  private pairOf(left: string, right: string): Pair | undefined {
    const known = this.pairs.get(left)?.get(right);
    if (known) return known;
    if (this.count >= MAX_PAIRS || this.parted.size >= MAX_PARTED || this.parted.has(bothOf(left, right))) return undefined;
    const pair = { same: new Set<string>(), before: new Set<string>(), after: new Set<string>() };
    this.count++;
    for (const [from, to] of bothWays(left, right)) {
      const others = this.pairs.get(from);
      if (others) others.set(to, pair);
      else this.pairs.set(from, new Map([[to, pair]]));
    }
    return pair;
  }

  private file(key: string, wording: Wording): void {
    const bucket = this.buckets.get(key) ?? [];
    bucket.push(wording);
    if (bucket.length > MAX_BUCKET) bucket.shift();
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size <= MAX_BUCKETS) return;
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}

function bothWays(left: string, right: string): readonly (readonly [string, string])[] {
  return [
    [left, right],
    [right, left],
  ];
}

function bothOf(left: string, right: string): string {
  return left < right ? `${left}\u0000${right}` : `${right}\u0000${left}`;
}

/** How many pieces a wording of so many is filed by: less than half of what one short difference leaves. */
function shareOf(length: number): number {
  return Math.max(1, Math.ceil((length - MAX_STRETCH) / 2));
}

function keysOf(context: string, pieces: readonly string[], share: number): string[] {
  if (share > pieces.length) return [];
  return [`${context}>${pieces.slice(0, share).join("")}`, `${context}<${pieces.slice(-share).join("")}`];
}

function sameText(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((piece, index) => piece === right[index]);
}

/** The next word or sign from a position on; what is data looks alike everywhere. */
function neighbour(pieces: readonly string[], from: number, step: 1 | -1): string {
  let index = from;
  while (pieces[index]?.trim() === "") index += step;
  const piece = pieces[index];
  return piece?.startsWith(DATUM) ? DATUM : (piece ?? "");
}

/** Mere words: no data, no number, no name. The first word of a text may be capitalised. */
function isWording(pieces: readonly string[], isFirst: boolean): boolean {
  return pieces.every(
    (piece, index) =>
      !piece.startsWith(DATUM) && !/\p{N}|["“”]/u.test(piece) && !hasCapital(isFirst && index === 0 ? piece.slice(1) : piece),
  );
}

function hasCapital(text: string): boolean {
  return /\p{Lu}/u.test(text);
}
