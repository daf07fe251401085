/**
 * Which erasures a process knows, and what still counts after them.
 *
 * An erasure stands in the log as a fact of its own: criteria and a time. Whatever was learned until then and
 * meets the criteria is gone, whoever has it and whenever it turns up. A template may hold text of an
 * exchange that was erased though it does not meet the criteria itself; whoever knows the erased text can
 * tell, and nobody else. So a template that was learned about the time of an erasure counts only if somebody
 * who knew of the erasure has put it: it carries the mark of the erasures its writer knew.
 *
 *   erasure 3 of ada            at 12:00:00
 *   template learned by bob     at 12:00:01, mark "ada:2"     does not count: bob had not heard of it
 *   the same, put again by bob  at 12:00:01, mark "ada:3"     counts: bob has looked at it since
 */

import { ERASURES_KEPT } from "../store/ledger.js";
import { ALL } from "../store/records.js";
import { shortDigest } from "../template/digest.js";
import type { Entry } from "../tree/knowledge.js";
import { type Criteria, isEverything, meets } from "./forget.js";

/** Criteria, and the time until which what meets them is gone. */
export interface Erasure {
  readonly criteria: Criteria;
  /** In ms since the epoch. */
  readonly at: number;
  /** Which process made it, and which of that process's erasures it is, from 1. */
  readonly origin: string;
  readonly number: number;
}

/** No erasure asks about what was learned longer ago. */
export const ASKED_FOR = 7_200_000;
/** How many processes a mark names. */
const MOST_NAMED = 50;
const MARKED_FOR = 60_000;

/**
 * How far the clocks of processes may be apart: what was learned so long before an erasure may be unknown to
 * who made it.
 */
const MARGIN = 300_000;
/** After this time a process has either heard of an erasure or is to read before it writes a template. */
const HEARD_WITHIN = 3_600_000;

/** The erasures a process knows. */
export class Erasures {
  /** By their criteria but for the time, those that no other covers. */
  private readonly byCriteria = new Map<string, Erasure[]>();
  private readonly byTemplate = new Map<string, Erasure[]>();
  /** All, by who made them; and those that templates are asked about. */
  private readonly known = new Map<string, Map<number, Erasure>>();
  private lately: Erasure[] = [];
  private marked: { readonly at: number; readonly text: string | undefined } | undefined;
  private made = 0;
  private last = Number.NEGATIVE_INFINITY;

  private origin: string | undefined;

  /**
   * `newOrigin` gives the name of this process, when it is first needed: not every runtime has random numbers
   * before.
   */
  constructor(private readonly newOrigin: () => string) {}

  /** Makes an erasure that nobody else has made. */
  make(criteria: Criteria, at: number): Erasure {
    this.origin ??= this.newOrigin();
    return { criteria, at, origin: this.origin, number: ++this.made };
  }

  /** Takes note of an erasure. Returns whether it was new. */
  add(erasure: Erasure): boolean {
    const { criteria, at, origin, number } = erasure;
    let numbers = this.known.get(origin);
    if (numbers?.has(number)) return false;
    if (!numbers) {
      numbers = new Map();
      this.known.set(origin, numbers);
    }
    numbers.set(number, erasure);
    this.lately.push(erasure);
    this.marked = undefined;
    this.last = Math.max(this.last, at);
    if (criteria.template === undefined) {
      const alike = this.byCriteria.get(keyOf(criteria)) ?? [];
      if (alike.some((other) => covers(other, erasure))) return true;
      this.byCriteria.set(keyOf(criteria), [...alike.filter((other) => !covers(erasure, other)), erasure]);
    } else
      this.byTemplate.set(criteria.template, [...(this.byTemplate.get(criteria.template) ?? []), erasure]);
    return true;
  }

  /** All that are known, in no order. */
  *all(): Iterable<Erasure> {
    for (const numbers of this.known.values()) yield* numbers.values();
  }

  /** The time of the latest; what happens now is said to have happened after it. */
  get latest(): number {
    return this.last;
  }

  /** Whether an entry is gone. */
  hasErased(entry: Entry): boolean {
    for (const { criteria, at } of this.byTemplate.get(entry.id) ?? [])
      if (entry.at <= at && meets(entry, criteria)) return true;
    for (const alike of this.byCriteria.values())
      for (const { criteria, at } of alike) if (entry.at <= at && meets(entry, criteria)) return true;
    return false;
  }

  /** Whether what happened at a time is gone because everything is. */
  hasErasedAll(at: number): boolean {
    return (
      this.byCriteria.get(keyOf({}))?.some((erasure) => isEverything(erasure.criteria) && at <= erasure.at) ??
      false
    );
  }

  /**
   * The mark of what is known now: `origin:number` for each process whose erasures, up to this one, are
   * known.
   */
  mark(now: number): string | undefined {
    if (!this.marked || Math.abs(now - this.marked.at) > MARKED_FOR)
      this.marked = { at: now, text: this.markOf(now) };
    return this.marked.text;
  }

  private markOf(now: number): string | undefined {
    const parts: { readonly part: string; readonly latest: number }[] = [];
    for (const [origin, numbers] of this.known) {
      let latest = 0;
      let known = 0;
      for (const { number, at } of [...numbers.values()].sort((left, right) => left.number - right.number)) {
        if (known > 0 && number !== known + 1) break;
        known = number;
        latest = Math.max(latest, at);
      }
      if (known > 0 && latest > now - HEARD_WITHIN - MARGIN)
        parts.push({ part: `${origin}:${known}`, latest });
    }
    // Of more than an event has room for, the latest: what is left out is asked about.
    parts.sort((left, right) => right.latest - left.latest);
    const named = parts.slice(0, MOST_NAMED).map(({ part }) => part);
    return named.length > 0 ? named.sort().join(" ") : undefined;
  }

  /** The time of an erasure that a template was put without knowledge of; `undefined` if it counts. */
  doubts(at: number, marks: Iterable<string | undefined>): number | undefined {
    const known = [...marks].map(parseMark);
    for (const erasure of this.lately) {
      if (!isAbout(at, erasure.at)) continue;
      if (!known.some((mark) => (mark.get(erasure.origin) ?? 0) >= erasure.number)) return erasure.at;
    }
    return undefined;
  }

  /** Drops those that are in no log any more. */
  prune(now: number): void {
    const before = now - ERASURES_KEPT;
    this.lately = this.lately.filter(({ at }) => at >= now - ASKED_FOR - HEARD_WITHIN);
    for (const [origin, numbers] of this.known) {
      for (const { number, at } of numbers.values()) if (at < before) numbers.delete(number);
      if (numbers.size === 0) this.known.delete(origin);
    }
    for (const [key, alike] of this.byCriteria)
      if (alike.every(({ at }) => at < before)) this.byCriteria.delete(key);
    for (const [id, erasures] of this.byTemplate)
      if (erasures.every(({ at }) => at < before)) this.byTemplate.delete(id);
  }
}

/**
 * Whether what was learned at a time may have been learned without knowledge of an erasure, though its maker
 * did not know it.
 */
export function isAbout(at: number, erasedAt: number): boolean {
  return at >= erasedAt - MARGIN && at <= erasedAt + HEARD_WITHIN;
}

function parseMark(mark: string | undefined): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const part of mark?.split(" ") ?? []) {
    const [origin = "", number] = part.split(":");
    numbers.set(origin, Number(number));
  }
  return numbers;
}

function keyOf({ template, tool, model }: Criteria): string {
  return JSON.stringify([template, tool, model]);
}

/** Whether one erasure means all that another with the same criteria but for the time does. */
function covers(wide: Erasure, narrow: Erasure): boolean {
  const { before = Number.POSITIVE_INFINITY } = wide.criteria;
  return wide.at >= narrow.at && before >= (narrow.criteria.before ?? Number.POSITIVE_INFINITY);
}

/** An erasure as a store event's id and witness. */
export function encodeErasure({ criteria, origin, number }: Erasure): { id: string; witness: string } {
  const witness = JSON.stringify([origin, number, criteria]);
  return { id: isEverything(criteria) ? ALL : shortDigest(`erasure ${witness}`), witness };
}

/** The erasure in an event, or `undefined`. */
export function decodeErasure({
  at,
  witness,
}: {
  readonly at: number;
  readonly witness?: string;
}): Erasure | undefined {
  try {
    const [origin, number, criteria] = JSON.parse(witness ?? "") as [unknown, unknown, Criteria];
    if (
      typeof origin !== "string" ||
      !/^[\w-]{1,32}$/.test(origin) ||
      !Number.isSafeInteger(number) ||
      (number as number) < 1
    )
      return undefined;
    const { template, tool, model, before, ...more } = criteria;
    const texts = [template, tool, model].every((text) => text === undefined || typeof text === "string");
    if (!texts || (before !== undefined && !Number.isFinite(before)) || Object.keys(more).length > 0)
      return undefined;
    return { criteria, at, origin, number: number as number };
  } catch {
    return undefined;
  }
}
