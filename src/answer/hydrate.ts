/** Fills a reply's holes from the bindings: one pass into the parsed structure, never re-scanned, never re-parsed. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { type Json, scalarText } from "../template/json.js";
import type { EachPattern, Hole, JsonPattern, PartPattern, ReplyPattern, Slot, TextPattern, TurnPattern } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";

class Underived extends Error {}

// One for all: what fits but says nothing is common, and a trace of where it was thrown costs more than the rest.
const UNDERIVED = new Underived();

/** How many calls one list may lead to. A longer one is no reply: an agent that means so many is rare, a mistake is not. */
export const MAX_REPEATS = 64;

/**
 * The reply, or `undefined` when a hole cannot be derived: an expression fails, its hypotheses disagree, or a list of
 * calls to be made is empty, too long, or no list. Into `values`, if given, goes what each hole was filled with; of a hole
 * that is filled once for each item of a list, the list of all its values.
 */
export function hydrate(
  reply: ReplyPattern<Hole>,
  bindings: Bindings,
  options: EvaluateOptions,
  values?: Map<Hole, Json>,
): Turn | undefined {
  // A reply made from these would lack them: media are known by digest only, results are no assistant's.
  if (reply.parts.some(({ kind }) => kind === "opaque" || kind === "json" || kind === "result")) return undefined;
  const valueOf = (hole: Hole, known: Bindings): Json => {
    const value = unanimous(hole.hypotheses, known, options);
    return value === undefined ? underived() : value;
  };
  const fill = (hole: Hole): Json => {
    const value = valueOf(hole, bindings);
    values?.set(hole, value);
    return value;
  };
  const fillEach = ({ list, item, tool, args }: EachPattern<Hole>): Part[] => {
    const items = fill(list);
    if (!Array.isArray(items) || items.length === 0 || items.length > MAX_REPEATS) return underived();
    const all = new Map<Hole, Json[]>();
    const parts = items.map((value): Part => {
      const within = new Map(bindings).set(item, value);
      const fillOne = (hole: Hole): Json => {
        const filled = valueOf(hole, within);
        const others = all.get(hole);
        if (others) others.push(filled);
        else all.set(hole, [filled]);
        return filled;
      };
      return { kind: "call", tool, args: fillJson(args, fillOne) };
    });
    for (const [hole, filled] of all) values?.set(hole, filled);
    return parts;
  };
  return derived(() => ({
    ...reply,
    parts: reply.parts.flatMap((part) => (part.kind === "each" ? fillEach(part) : [fillPart(part, fill)])),
  }));
}

/** The conversation that fits patterns of turns with these bindings; `undefined` if a slot has no value. */
export function conversationOf(patterns: readonly TurnPattern<Slot>[], bindings: Bindings): Turn[] | undefined {
  const turns: Turn[] = [];
  for (const pattern of patterns) {
    const turn = fillTurn(pattern, (slot) => bindings.get(slot.name));
    if (!turn) return undefined;
    turns.push(turn);
  }
  return turns;
}

function fillTurn<Place extends object>(pattern: TurnPattern<Place>, valueOf: (place: Place) => Json | undefined): Turn | undefined {
  const fill = (place: Place): Json => {
    const value = valueOf(place);
    return value === undefined ? underived() : value;
  };
  return derived(() => ({ ...pattern, parts: pattern.parts.map((part) => fillPart(part, fill)) }));
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

type Fill<Place> = (place: Place) => Json;

function fillPart<Place extends object>(pattern: PartPattern<Place>, fill: Fill<Place>): Part {
  switch (pattern.kind) {
    case "json":
      return { kind: "json", value: fillJson(pattern.value, fill) };
    case "call":
      return { kind: "call", tool: pattern.tool, args: fillJson(pattern.args, fill) };
    case "result":
    case "opaque":
      return pattern;
    default:
      return { kind: pattern.kind, text: fillText(pattern.text, fill) };
  }
}

function fillText<Place extends object>(pattern: TextPattern<Place>, fill: Fill<Place>): string {
  let text = "";
  for (const segment of pattern) {
    if (typeof segment === "string") text += segment;
    else {
      // Only a scalar has one text; a list or object would need a format that nobody has shown.
      text += scalarText(fill(segment)) ?? underived();
    }
  }
  return text;
}

function fillJson<Place extends object>(pattern: JsonPattern<Place>, fill: Fill<Place>): Json {
  switch (pattern.kind) {
    case "literal":
      return pattern.value;
    case "text":
      return fillText(pattern.text, fill);
    case "value":
      return fill(pattern.place);
    case "array":
      return pattern.items.map((item) => fillJson(item, fill));
    case "object":
      return new Map([...pattern.entries].map(([key, item]) => [key, fillJson(item, fill)]));
  }
}
