/**
 * What the slots of each template have held, told by measures instead of the values: how far they reached.
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import { type Json, scalarText } from "../template/json.js";

/**
 * How a value lies to those that a slot has held.
 * - `within`: between numbers that it has held, or a text like those it has held.
 * - `beyond`: a number smaller or larger than any, or a text of more words than any. What a limit decides
 *   changes here.
 * - `far`: a number of another order of magnitude or another sign.
 */
export type Reach = "within" | "beyond" | "far";

export const REACHES: readonly Reach[] = ["within", "beyond", "far"];

/** The measures of what one slot has held. */
interface Measure {
  count: number;
  numbers: number;
  least: number;
  most: number;
  words: number;
  /** A later step of a conversation has used what it held. */
  isUsed?: true;
}

// Skeletons beyond it: those noted longest ago are forgotten, and their values are `beyond` until they are
// noted again.
const MAX_SKELETONS = 50_000;
const MAX_SLOTS = 64;

/** The measures of all slots, by the skeleton of their template. Holds no text of a conversation. */
export class SeenValues {
  private readonly bySkeleton = new BoundedMap<string, Map<string, Measure>>(
    { maxEntries: MAX_SKELETONS },
    { sizeOf: (slots) => ENTRY_SIZE * (2 + 2 * slots.size) },
  );

  get holding(): Holding {
    return this.bySkeleton.holding;
  }

  /** Notes what a template has read, by slot, in an exchange that it was right about. */
  note(skeleton: string, values: Iterable<readonly [slot: string, text: string]>): void {
    const slots = this.bySkeleton.get(skeleton) ?? new Map<string, Measure>();
    for (const [name, text] of values) {
      let slot = slots.get(name);
      if (!slot) {
        if (slots.size >= MAX_SLOTS) continue;
        slot = {
          count: 0,
          numbers: 0,
          least: Number.POSITIVE_INFINITY,
          most: Number.NEGATIVE_INFINITY,
          words: 0,
        };
        slots.set(name, slot);
      }
      slot.count++;
      const number = numberIn(text);
      if (number !== undefined) {
        slot.numbers++;
        slot.least = Math.min(slot.least, number);
        slot.most = Math.max(slot.most, number);
      }
      slot.words = Math.max(slot.words, wordsIn(text));
    }
    this.bySkeleton.set(skeleton, slots);
  }

  /** Notes that a later step has used what a slot held, which the template left aside. */
  credit(skeleton: string, name: string): void {
    const slot = this.bySkeleton.peek(skeleton)?.get(name);
    if (slot) slot.isUsed = true;
  }

  /** Whether a later step has ever used what a slot held. */
  isUsed(skeleton: string, name: string): boolean {
    return this.bySkeleton.peek(skeleton)?.get(name)?.isUsed === true;
  }

  drop(skeleton: string): void {
    this.bySkeleton.delete(skeleton);
  }

  /** How a value lies to those that a slot of a template has held; of one that has held nothing, `beyond`. */
  reach(skeleton: string, name: string, value: Json): Reach {
    const text = textOf(value);
    if (text === undefined) return "within";
    const slot = this.bySkeleton.get(skeleton)?.get(name);
    if (!slot) return "beyond";
    const number = numberIn(text);
    if (number === undefined || slot.numbers === 0) return wordsIn(text) > slot.words ? "beyond" : "within";
    if (number >= slot.least && number <= slot.most) return "within";
    // Few values tell little of the order of magnitude: the tenth of them tells it, the first leaves it ten
    // times as wide.
    const room = 10 * (1 + 9 / slot.numbers);
    const most = Math.max(Math.abs(slot.least), Math.abs(slot.most));
    const least = Math.min(Math.abs(slot.least), Math.abs(slot.most));
    const isSigned = number < 0 && slot.least >= 0;
    return isSigned || Math.abs(number) > most * room || Math.abs(number) * room < least ? "far" : "beyond";
  }
}

function textOf(value: Json): string | undefined {
  return value === null || typeof value === "boolean" ? undefined : scalarText(value);
}

const NUMBER = /^[$€£¥]?\s?-?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,9})?\s?%?$/;

function numberIn(text: string): number | undefined {
  if (text.length > 24 || !NUMBER.test(text)) return undefined;
  const number = Number(text.replace(/[^\d.-]/g, ""));
  return Number.isFinite(number) ? number : undefined;
}

function wordsIn(text: string): number {
  let words = 0;
  let isWithin = false;
  for (let at = 0; at < text.length; at++) {
    const isSpace = text.charCodeAt(at) <= 32;
    if (!isSpace && !isWithin) words++;
    isWithin = !isSpace;
  }
  return words;
}
