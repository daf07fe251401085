/** Fills a reply's holes from the bindings: one pass into the parsed structure, never re-scanned, never re-parsed. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { type Json, scalarText } from "../template/json.js";
import type { Hole, JsonPattern, PartPattern, Slot, TextPattern, TurnPattern } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";

class Underived extends Error {}

/**
 * The reply, or `undefined` when a hole cannot be derived: an expression fails, or its hypotheses disagree. Into
 * `values`, if given, goes what each hole was filled with.
 */
export function hydrate(
  reply: TurnPattern<Hole>,
  bindings: Bindings,
  options: EvaluateOptions,
  values?: Map<Hole, Json>,
): Turn | undefined {
  // A reply made from these would lack them: media are known by digest only, results are no assistant's.
  if (reply.parts.some(({ kind }) => kind === "opaque" || kind === "json" || kind === "result")) return undefined;
  return fillTurn(reply, (hole) => {
    const value = unanimous(hole.hypotheses, bindings, options);
    if (value !== undefined) values?.set(hole, value);
    return value;
  });
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
    if (value === undefined) throw new Underived();
    return value;
  };
  try {
    return { ...pattern, parts: pattern.parts.map((part) => fillPart(part, fill)) };
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
      const value = scalarText(fill(segment));
      if (value === undefined) throw new Underived();
      text += value;
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
