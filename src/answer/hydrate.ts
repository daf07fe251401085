/**
 * Fills a reply's holes from the bindings: one pass into the parsed structure, never re-scanned, never
 * re-parsed.
 */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { fillerOf } from "../template/fill.js";
import type { Json } from "../template/json.js";
import { isReplied, mapPart } from "../template/parts/index.js";
import type { EachPattern, Hole, ReplyPattern, Slot, TurnPattern } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";

class Underived extends Error {}

// One for all: what fits but says nothing is common, and a trace of where it was thrown costs more than the
// rest.
const UNDERIVED = new Underived();

/**
 * How many calls one list may lead to. A longer one is no reply: an agent that means so many is rare, a
 * mistake is not.
 */
export const MAX_REPEATS = 64;

/** How a reply is filled. */
export interface HydrateOptions extends EvaluateOptions {
  /**
   * What each hole was filled with is put in here; of a hole that is filled once for each item of a list, the
   * list of all its values.
   */
  readonly values?: Map<Hole, Json>;
}

/**
 * The reply, or `undefined` when a hole cannot be derived: an expression fails, its hypotheses disagree, or a
 * list of calls to be made is empty, too long, or no list.
 */
export function hydrate(
  reply: ReplyPattern<Hole>,
  bindings: Bindings,
  options: HydrateOptions,
): Turn | undefined {
  // A reply made from these would lack them: media are known by digest only, results are no assistant's.
  if (!reply.parts.every((part) => part.kind === "each" || isReplied(part))) return undefined;
  const valueOf = (hole: Hole, known: Bindings): Json => {
    const value = unanimous(hole.hypotheses, known, options);
    return value === undefined ? underived() : value;
  };
  const fill = (hole: Hole): Json => {
    const value = valueOf(hole, bindings);
    options.values?.set(hole, value);
    return value;
  };
  const fillEach = ({ list, item, tool, args }: EachPattern<Hole>): Part[] => {
    const items = fill(list);
    if (!Array.isArray(items) || items.length === 0 || items.length > MAX_REPEATS) return underived();
    const all = new Map<Hole, Json[]>();
    const parts = items.map((value): Part => {
      const within = new Map(bindings).set(item, value);
      const fillOne = (hole: Hole): Json => {
        const made = valueOf(hole, within);
        const others = all.get(hole);
        if (others) others.push(made);
        else all.set(hole, [made]);
        return made;
      };
      return { kind: "call", tool, args: fillerOf({ valueOf: fillOne, unwritable: underived }).json(args) };
    });
    for (const [hole, made] of all) options.values?.set(hole, made);
    return parts;
  };
  const filling = fillerOf({ valueOf: fill, unwritable: underived });
  return derived(() => ({
    ...reply,
    parts: reply.parts.flatMap((part) => (part.kind === "each" ? fillEach(part) : [mapPart(part, filling)])),
  }));
}

/** The conversation that fits patterns of turns with these bindings; `undefined` if a slot has no value. */
export function conversationOf(
  patterns: readonly TurnPattern<Slot>[],
  bindings: Bindings,
): Turn[] | undefined {
  const turns: Turn[] = [];
  for (const pattern of patterns) {
    const turn = fillTurn(pattern, bindings);
    if (!turn) return undefined;
    turns.push(turn);
  }
  return turns;
}

function fillTurn(pattern: TurnPattern<Slot>, bindings: Bindings): Turn | undefined {
  const valueOf = ({ name }: Slot): Json => {
    const value = bindings.get(name);
    return value === undefined ? underived() : value;
  };
  const filling = fillerOf({ valueOf, unwritable: underived });
  return derived(() => ({ ...pattern, parts: pattern.parts.map((part) => mapPart(part, filling)) }));
}

function underived(): never {
  throw UNDERIVED;
}

/** What is made, or `undefined` if something in it cannot be. */
function derived<Made>(make: () => Made): Made | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Underived) return undefined;
    throw error;
  }
}
