/** How what a template has read, and what it says, lie to what is known: how familiar, how far out, how idle. */
import type { Bindings } from "../template/derivation/expression.js";
import { type Json, scalarText } from "../template/json.js";
import { scalarsOf } from "../template/leaves.js";
import type { Slot } from "../template/template.js";
import type { ReplyPlace } from "../template/traits.js";
import { isOpen } from "../template/value-kinds.js";
import { type Arguments, FAMILIARITIES, type Familiarity } from "../tree/arguments.js";
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import { REACHES, type Reach } from "../tree/seen-values.js";

/**
 * How far the value that lies furthest out does. Of two slots side by side, more words than ever may be those
 * of both; what stands within quotation marks has none within it.
 */
export function reachOf(learnt: Learnt, bindings: Bindings, knowledge: Knowledge): Reach {
  const { beside, quoted } = knowledge.traits(learnt);
  let worst = 0;
  for (const [name, value] of bindings) {
    const reach = REACHES.indexOf(knowledge.seen.reach(learnt.skeleton, name, value));
    const text = scalarText(value) ?? "";
    const isCut =
      (reach > 0 && beside.has(name) && SPACE.test(text)) || (quoted.has(name) && QUOTES.test(text));
    worst = Math.max(worst, isCut ? REACHES.length - 1 : reach);
  }
  return REACHES[worst] ?? "far";
}

const SPACE = /\s/u;
const QUOTES = /["“”„«»‹›`]/u;

type Filled = Exclude<ReplyPlace, { constant: string }>;

/**
 * How well what fills a hole is known there: of several values, and of a list, as well as the least known of
 * them.
 */
export function familiarityOf({ place, extent, forms }: Filled, value: Json, args: Arguments): Familiarity {
  // Codes of this place are known not to follow from their names by any rule ("Oslo" is OSL, "Bergen" is BGO):
  // a value that a rule made is a guess.
  const isMade = forms?.some((form) => !/\b(?:known|lookup)\(/.test(form)) ?? false;
  if (isMade && args.isIrregular(place)) return "novel";
  // Here it is the list itself, which says nothing: its items are judged where they are said.
  if (extent === "list") return "seen";
  const filled = extent === "each" && Array.isArray(value) ? value : [value];
  const scalars = filled.flatMap((each) => scalarsOf(each, place));
  const ranks = scalars.map(({ place, literal }) => {
    const text = scalarText(literal);
    return FAMILIARITIES.indexOf(text === undefined ? "novel" : args.familiarity(place, text));
  });
  // Of nothing said, nothing is known.
  return FAMILIARITIES[Math.max(...ranks)] ?? "novel";
}

/**
 * Whether a hole takes the items of a list as they come. Whom the user enumerates in words, all are meant.
 */
export function isCounted({ extent, forms }: Filled, value: Json): boolean {
  const isList = extent === "list" || (extent === "once" && Array.isArray(value));
  return isList && !forms?.every((form) => /\b(?:enumerated|clauses)\(/.test(form));
}

/** How idle what was read is, from the least. */
export const IDLENESS = ["none", "sent", "weighed", "known", "novel"] as const;
export type Idleness = (typeof IDLENESS)[number];

/** The rank of what was sent to a tool. */
export const SENT = IDLENESS.indexOf("sent");
const WEIGHED = IDLENESS.indexOf("weighed");

/**
 * The id under which the slots of a template's skeleton are noted that a model has said do not decide.
 */
export function weighedId({ skeleton }: Pick<Learnt, "skeleton">): string {
  return `weighed-${skeleton}`;
}

/**
 * How idle what was read is, and the same without what later steps have used: that was for them, and decides
 * nothing here.
 */
export interface Idle {
  readonly read: Idleness;
  readonly left: Idleness;
}

/** How idle what a template leaves aside is, by the most telling of it. */
export function idleOf(learnt: Learnt, knowledge: Knowledge, rankOf: (slot: Slot) => number): Idle {
  let [read, left] = [0, 0];
  for (const slot of knowledge.traits(learnt).unused) {
    const rank = rankOf(slot);
    read = Math.max(read, rank);
    left = Math.max(left, Math.min(rank, leastOf(slot, learnt, knowledge)));
  }
  return { read: IDLENESS[read] ?? "novel", left: IDLENESS[left] ?? "novel" };
}

/** How idle a slot is at the most: a later step has used what it held, or a model thinks that it decides nothing. */
function leastOf({ name }: Slot, learnt: Learnt, knowledge: Knowledge): number {
  if (knowledge.seen.isUsed(learnt.skeleton, name)) return SENT;
  return knowledge.evidenceOf(weighedId(learnt)).agreements.has(name) ? WEIGHED : IDLENESS.length;
}

/**
 * How idle a value is that nobody sent: known values are of a definite form, listed, or known from an
 * argument; JSON that is no scalar is as good as sent.
 */
export function idleness(slot: Slot, value: Json | undefined, args: Arguments): number {
  const text = scalarText(value ?? null);
  if (text === undefined) return SENT;
  const isKnown = slot.domain.values.includes(text) || args.isData(text) || isDefinite(slot) || isNamed(text);
  return IDLENESS.indexOf(isKnown ? "known" : "novel");
}

/** Whether a text looks like a name or a code: a few words, all of which look like data. */
function isNamed(text: string): boolean {
  const words = text.split(/\s+/);
  return words.length <= MAX_NAME && words.every((word) => /\p{N}|\p{Lu}/u.test(word));
}

const MAX_NAME = 4;

/** Whether a slot takes values of a definite form only. */
function isDefinite(slot: Slot): boolean {
  return !slot.domain.kinds.some(isOpen);
}
