/** Where values stand in the texts of a conversation, from token boundary to token boundary. */
import { find } from "../../template/find.js";
import type { Pace } from "../schedule/pace.js";
import { isBoundary } from "./bind-values.js";

/** A text by its position, and an offset in it. */
export interface Place {
  readonly text: number;
  readonly start: number;
}

// What is longer is cut, in texts and values alike.
const WORD = /[\p{L}\p{M}\p{N}]{1,16384}/gu;
// A long value is found by the rarest of its first words.
const MAX_WORDS = 32;
// The engine's own search is fast for values up to so many characters, whatever they are made of.
const SHORT = 32;
// After so many searches through the texts it is cheaper to have an index of their words.
const SEARCHES = 24;
// What it takes to turn to the next text, in characters.
const EACH = 16;
// How many characters are searched through, and how many compared, in the time of a step; what it takes to
// look at a place.
const SEARCHED = 4_096;
const COMPARED = 16_384;
const LOOK = 1 / 8;

/**
 * Values are searched for in the texts, as long as there are few. For many, an index of the words is made: a
 * value that stands somewhere from boundary to boundary stands where the rarest of its words does, or it has
 * none.
 */
export class WordPlaces {
  private readonly length: number;
  private searched = 0;
  private index: WordIndex | undefined;

  constructor(
    private readonly texts: readonly string[],
    private readonly pace: Pace,
  ) {
    this.length = texts.reduce((sum, text) => sum + text.length + EACH, 0);
  }

  /** Whether so much was searched for that it is time to `read`. */
  get isWorn(): boolean {
    return this.isWornBy(0);
  }

  /** The same with `searches` more to come. */
  isWornBy(searches: number): boolean {
    return !this.index && this.searched + searches * this.length > SEARCHES * this.length;
  }

  /** Makes the index. */
  async read(): Promise<void> {
    const index = new WordIndex();
    for (const [text, content] of this.texts.entries()) {
      for (const { 0: word, index: start } of content.matchAll(WORD)) {
        index.add(word, text, start);
        this.pace.spend(1);
        if (this.pace.tired) await this.pace.rest();
      }
    }
    this.index = index;
  }

  /** Where a value stands, in order; of places that overlap the first. */
  *of(value: string): Iterable<Place> {
    if (value === "") return;
    const rarest = this.index?.rarestOf(value);
    if (rarest === "none") return;
    let end = 0;
    let text = -1;
    for (const place of rarest ? (this.index as WordIndex).placesOf(rarest) : this.searchFor(value)) {
      this.pace.spend(LOOK + value.length / COMPARED);
      if (place.text !== text) end = 0;
      text = place.text;
      if (place.start < end || !this.standsAt(value, place)) continue;
      end = place.start + value.length;
      yield place;
    }
  }

  private *searchFor(value: string): Iterable<Place> {
    const next = (text: string, from: number): number =>
      value.length < SHORT ? text.indexOf(value, from) : find(text, value, from);
    for (const [index, text] of this.texts.entries()) {
      this.searched += text.length + EACH;
      this.pace.spend((text.length + EACH) / SEARCHED);
      for (let start = next(text, 0); start >= 0; start = next(text, start + 1)) yield { text: index, start };
    }
  }

  private standsAt(value: string, { text, start }: Place): boolean {
    const source = this.texts[text] as string;
    const end = start + value.length;
    return (
      start >= 0 &&
      end <= source.length &&
      isBoundary(source, start) &&
      isBoundary(source, end) &&
      source.startsWith(value, start)
    );
  }
}

/** The places of a word, and where it stands in the value that is sought. */
interface Rarest {
  readonly first: number;
  readonly offset: number;
}

/**
 * The words of texts. A place is a number, by which its text, its offset and the next place of the same word
 * are found.
 */
class WordIndex {
  private readonly firsts = new Map<string, number>();
  private readonly texts: number[] = [];
  private readonly starts: number[] = [];
  private readonly next: number[] = [];
  /** Of the first place of a word: its last, and how many there are. */
  private readonly lasts: number[] = [];
  private readonly counts: number[] = [];

  add(word: string, text: number, start: number): void {
    const place = this.texts.push(text) - 1;
    this.starts.push(start);
    this.next.push(-1);
    this.lasts.push(place);
    this.counts.push(1);
    const first = this.firsts.get(word);
    if (first === undefined) {
      this.firsts.set(word, place);
      return;
    }
    this.next[this.lasts[first] as number] = place;
    this.lasts[first] = place;
    this.counts[first] = (this.counts[first] as number) + 1;
  }

  /** The rarest of a value's words; `none` if one stands nowhere, `undefined` if the value has no words. */
  rarestOf(value: string): Rarest | "none" | undefined {
    let rarest: Rarest | undefined;
    let words = 0;
    for (const { 0: word, index: offset } of value.matchAll(WORD)) {
      const first = this.firsts.get(word);
      if (first === undefined) return "none";
      if (!rarest || (this.counts[first] as number) < (this.counts[rarest.first] as number))
        rarest = { first, offset };
      if (++words === MAX_WORDS) break;
    }
    return rarest;
  }

  *placesOf({ first, offset }: Rarest): Iterable<Place> {
    for (let place = first; place >= 0; place = this.next[place] as number) {
      yield { text: this.texts[place] as number, start: (this.starts[place] as number) - offset };
    }
  }
}
