/** Fills a reply's holes from the bindings: one pass into the parsed structure, never re-scanned, never re-parsed. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { type Json, scalarText } from "../template/json.js";
import type { Hole, JsonPattern, PartPattern, TextPattern, TurnPattern } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";

class Underived extends Error {}

/** The reply, or `undefined` when a hole cannot be derived: an expression fails, or its hypotheses disagree. */
export function hydrate(reply: TurnPattern<Hole>, bindings: Bindings, options: EvaluateOptions): Turn | undefined {
  const fill = (hole: Hole): Json => {
    const value = unanimous(hole.hypotheses, bindings, options);
    if (value === undefined) throw new Underived();
    return value;
  };
  try {
    return { ...reply, parts: reply.parts.map((part) => fillPart(part, fill)) };
  } catch (error) {
    if (error instanceof Underived) return undefined;
    throw error;
  }
}

type Fill = (hole: Hole) => Json;

function fillPart(pattern: PartPattern<Hole>, fill: Fill): Part {
  switch (pattern.kind) {
    case "call":
      return { kind: "call", tool: pattern.tool, args: fillJson(pattern.args, fill) };
    case "json":
    case "result":
    case "opaque":
      // A reply made from these would lack them: media are known by digest only, results are no assistant's.
      throw new Underived();
    default:
      return { kind: pattern.kind, text: fillText(pattern.text, fill) };
  }
}

function fillText(pattern: TextPattern<Hole>, fill: Fill): string {
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

function fillJson(pattern: JsonPattern<Hole>, fill: Fill): Json {
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
