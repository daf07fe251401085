/** Where values stand in the texts of a conversation: the texts are read once, and asked for value after value. */
import { find } from "../../template/find.js";
import type { Pace } from "../schedule/pace.js";
import { isBoundary } from "./bind-values.js";

/** A text by its position, and an offset in it. */
export interface Place {
  readonly text: number;
  readonly start: number;
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
// A long value is found by the rarest of its first words.
const MAX_WORDS = 32;
// What it takes to look at a place, in steps, and how many characters are compared in the time of a step.
const LOOK = 1 / 8;
const COMPARED = 16_384;

/**
 * Every value that stands somewhere from token boundary to token boundary begins and ends with whole words, or with signs.
 * So it stands where the rarest of its words does, or nowhere.
 */
export class WordPlaces {
  /** For each word the places where it stands, as pairs of a text and an offset, in order. */
  private readonly places = new Map<string, number[]>();

  private readonly texts: string[] = [];

  constructor(private readonly pace: Pace) {}

  /** Adds a text, one word at a time. */
  *read(text: string): Iterable<void> {
    const index = this.texts.push(text) - 1;
    for (const { 0: word, index: start } of text.matchAll(WORD)) {
      const places = this.places.get(word);
      if (places) places.push(index, start);
      else this.places.set(word, [index, start]);
      this.pace.spend(1);
      yield;
    }
  }

  /** Where a value stands, from token boundary to token boundary, in order; of places that overlap the first. */
  *of(value: string): Iterable<Place> {
    if (value === "") return;
    let text = -1;
    let end = 0;
    for (const place of this.candidates(value)) {
      if (place.text !== text) {
        text = place.text;
        end = 0;
      }
      this.pace.spend(LOOK + value.length / COMPARED);
      if (place.start < end || !this.standsAt(value, place)) continue;
      end = place.start + value.length;
      yield place;
    }
  }

  /** Whether a value stands in a text that is meant. */
  holds(value: string, isMeant: (text: number) => boolean): boolean {
    for (const { text } of this.of(value)) if (isMeant(text)) return true;
    return false;
  }

  /** Places where a value may stand. */
  private *candidates(value: string): Iterable<Place> {
    let rarest: readonly number[] | undefined;
    let offset = 0;
    let count = 0;
    for (const { 0: word, index } of value.matchAll(WORD)) {
      const places = this.places.get(word);
      if (!places) return;
      if (!rarest || places.length < rarest.length) {
        rarest = places;
        offset = index;
      }
      if (++count === MAX_WORDS) break;
    }
    if (!rarest) {
      yield* this.signs(value);
      return;
    }
    for (let at = 0; at < rarest.length; at += 2) {
      yield { text: rarest[at] as number, start: (rarest[at + 1] as number) - offset };
    }
  }

  /** Where a value without words stands. */
  private *signs(value: string): Iterable<Place> {
    for (const [index, text] of this.texts.entries()) {
      for (let start = find(text, value, 0); start >= 0; start = find(text, value, start + value.length)) yield { text: index, start };
    }
  }

  private standsAt(value: string, { text, start }: Place): boolean {
    const source = this.texts[text] as string;
    const end = start + value.length;
    return start >= 0 && end <= source.length && isBoundary(source, start) && isBoundary(source, end) && source.startsWith(value, start);
  }
}
