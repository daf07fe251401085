/**
 * The slots that a template will have: the stretches of the conversation they take, and the values that are
 * known by their names.
 */
import type { Slot, TurnPattern } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { reachOf } from "../align/reach.js";
import type { Names } from "./names.js";
import { type Claim, Claims, patternOf, type Site } from "./sites.js";

/** The slots found so far. */
export class Slots {
  private claims = new Claims<Slot>();
  private values = new Map<string, string>();
  /** Variables that are read out of JSON first, and so are numbers or booleans. */
  private typed = new Set<string>();
  private claimed = 0;

  constructor(readonly names: Names) {}

  /** What is claimed and known in a copy changes nothing here. */
  copy(): Slots {
    const copy = new Slots(this.names.copy());
    copy.claims = this.claims.copy();
    copy.values = new Map(this.values);
    copy.typed = new Set(this.typed);
    copy.claimed = this.claimed;
    return copy;
  }

  /** How many stretches are slots. */
  get size(): number {
    return this.claimed;
  }

  /** Every value that is a variable, with the variable's name. */
  get known(): ReadonlyMap<string, string> {
    return this.values;
  }

  /** Whether a variable's value is a number or boolean, and no text. */
  isTyped(name: string): boolean {
    return this.typed.has(name);
  }

  isFree(site: Site, start: number, end: number): boolean {
    return this.claims.isFree(site.key, start, end);
  }

  /** Whether a list is a slot that a path leads into. */
  isWithin(turn: number, part: number, path: Site["path"]): boolean {
    return this.claims.isWithin(turn, part, path);
  }

  /** Makes a slot of a stretch, by the key of its site. */
  claim(key: string, claim: Claim<Slot>): void {
    this.claimed++;
    this.claims.add(key, claim);
  }

  /** Notes what a value is called, wherever it comes from. What it was called before stays. */
  know(value: string, name: string): void {
    if (!this.values.has(value)) this.values.set(value, name);
  }

  /** Notes that a variable's value is a number or boolean. */
  knowTyped(name: string): void {
    this.typed.add(name);
  }

  /** A turn with its slots; `undefined` if two of them touch. */
  pattern(turn: Turn, index: number): TurnPattern<Slot> | undefined {
    return patternOf(turn, index, this.claims);
  }
}

/** A slot that takes texts like this one. */
export function slotLike(text: string, name: string): Slot {
  return { name, domain: reachOf(text) };
}
