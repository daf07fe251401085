/** Replaces values that a caller has bound by slots, at token boundaries, everywhere in an exchange. */

import type { Expression } from "../../template/derivation/expression.js";
import { variable } from "../../template/derivation/expression.js";
import { type Domain, domainOfKinds } from "../../template/domain.js";
import { type Json, scalarText } from "../../template/json.js";
import { isReplied, mapPart, visit } from "../../template/parts/index.js";
import type { Visitor } from "../../template/parts/kind.js";
import type {
  Hole,
  JsonPattern,
  PartPattern,
  Slot,
  Template,
  TextPattern,
  TurnPattern,
} from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { namedKindOf } from "../../template/value-kinds.js";

/** Why bound values make no template. */
export type UnboundReason = "nothing-bound" | "contradictory" | "adjacent" | "not-derivable";

/**
 * The template of an exchange in which the caller has named the data. Defined outcomes:
 * - overlapping values: the longest at each place wins (`Erik Dunteman` before `Erik`);
 * - a value inside a longer word is left alone (`butter` in `butterfly`);
 * - slots that would touch: no template (`adjacent`);
 * - two names for one value, which does occur: no template (`contradictory`);
 * - an empty value binds nothing; a value that occurs nowhere is ignored; if none occurs there is no
 *   template.
 */
export function bindValues(
  turns: readonly Turn[],
  reply: Turn,
  given: ReadonlyMap<string, string>,
): Template | UnboundReason {
  const values = new BoundValues(given);
  // Variables that are read out of JSON first, and so are numbers or booleans.
  const typed = new Set<string>();
  const read = new Set<string>();
  const patterns = turns.map((turn) =>
    mapTurn<Slot>(turn, values, (name, value) => {
      if (!read.has(name) && typeof value !== "string") typed.add(name);
      read.add(name);
      return { name, domain: domainFor(value) };
    }),
  );
  const said = mapTurn<Hole>(reply, values, (name, value) => ({ hypotheses: [readAs(name, value, typed)] }));
  if (values.clash) return "contradictory";
  if ([...patterns, said].some((pattern) => pattern.parts.some(hasTouchingPlaces))) return "adjacent";
  if (values.used.size === 0) return "nothing-bound";
  // Media in a reply is known by digest only, and cannot be given back.
  if (!said.parts.every(isReplied)) return "not-derivable";
  return { turns: patterns, reply: said, guards: [], given: [...values.used].sort() };
}

/** What else a bound slot takes: values that look like the one given, words in any number. */
export function domainFor(value: Json): Domain {
  return domainOfKinds(namedKindOf(value));
}

/** A JSON number or boolean in a reply is read out of the variable's text, so that it stays one. */
function readAs(name: string, value: Json, typed: ReadonlySet<string>): Expression {
  if (typeof value === "string") return variable(name);
  const text: Expression = typed.has(name)
    ? { kind: "call", name: "text", args: [variable(name)] }
    : variable(name);
  return { kind: "call", name: "from_json", args: [text] };
}

/** The values a caller has bound, longest first, and what became of them. */
export class BoundValues {
  private readonly names = new Map<string, string[]>();
  /** The values that begin with the same code units, as many as all of them have, longest first. */
  private readonly byStart = new Map<string, string[]>();
  private readonly start: number;
  /** The names of those that were found. */
  readonly used = new Set<string>();
  /** A value was found that has two names. */
  clash = false;

  constructor(given: ReadonlyMap<string, string>) {
    for (const [name, value] of given) this.names.set(value, [...(this.names.get(value) ?? []), name]);
    const values = [...this.names.keys()].sort((left, right) => right.length - left.length);
    this.start = Math.min(MAX_START, values.at(-1)?.length ?? 0);
    for (const value of values) {
      const start = value.slice(0, this.start);
      const others = this.byStart.get(start);
      if (others) others.push(value);
      else this.byStart.set(start, [value]);
    }
  }

  /** The name bound to a value that stands at an offset of a text, from token boundary to token boundary. */
  at(text: string, offset: number): { name: string; value: string } | undefined {
    const alike = this.byStart.get(text.slice(offset, offset + this.start));
    if (!alike || !isBoundary(text, offset)) return undefined;
    for (const value of alike) {
      if (!text.startsWith(value, offset) || !isBoundary(text, offset + value.length)) continue;
      return { name: this.use(this.names.get(value) ?? []), value };
    }
    return undefined;
  }

  /** Where values stand in a text, from token boundary to token boundary, the longest at each place. */
  in(text: string): { readonly start: number; readonly end: number; readonly name: string }[] {
    const found: { start: number; end: number; name: string }[] = [];
    for (let at = 0; at < text.length; ) {
      const here = this.at(text, at);
      if (here) found.push({ start: at, end: at + here.value.length, name: here.name });
      at += here?.value.length ?? 1;
    }
    return found;
  }

  /** The name bound to a text as a whole. */
  whole(text: string): string | undefined {
    const names = this.names.get(text);
    return names && this.use(names);
  }

  private use(names: readonly string[]): string {
    if (names.length > 1) this.clash = true;
    const name = names[0] as string;
    this.used.add(name);
    return name;
  }
}

// Longer beginnings would tell few more values apart.
const MAX_START = 8;

const WORD = /[\p{L}\p{M}\p{N}]/u;

/** Whether a token may begin or end at an offset: not between two letters or digits. */
export function isBoundary(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return true;
  // A character beyond the BMP is two code units: look at the whole of it on either side, and never cut it.
  if (isHigh(text, offset - 1) && isLow(text, offset)) return false;
  const before =
    isLow(text, offset - 1) && isHigh(text, offset - 2)
      ? text.slice(offset - 2, offset)
      : text.slice(offset - 1, offset);
  const after = text.slice(offset, isHigh(text, offset) ? offset + 2 : offset + 1);
  return !(WORD.test(before) && WORD.test(after));
}

const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;
const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

type MakePlace<Place> = (name: string, value: Json) => Place;

function mapTurn<Place extends Slot | Hole>(
  turn: Turn,
  values: BoundValues,
  make: MakePlace<Place>,
): TurnPattern<Place> {
  const bound = {
    text: (text: string) => mapText(text, values, make),
    json: (value: Json) => mapJson(value, values, make),
  };
  return { ...turn, parts: turn.parts.map((part) => mapPart(part, bound)) };
}

function mapText<Place extends object>(
  text: string,
  values: BoundValues,
  make: MakePlace<Place>,
): TextPattern<Place> {
  const segments: (string | Place)[] = [];
  let literal = 0;
  for (const { start, end, name } of values.in(text)) {
    if (start > literal) segments.push(text.slice(literal, start));
    segments.push(make(name, text.slice(start, end)));
    literal = end;
  }
  if (literal < text.length) segments.push(text.slice(literal));
  return segments;
}

function mapJson<Place extends object>(
  value: Json,
  values: BoundValues,
  make: MakePlace<Place>,
): JsonPattern<Place> {
  if (typeof value === "string") {
    const text = mapText(value, values, make);
    return text.some((segment) => typeof segment === "object")
      ? { kind: "text", text }
      : { kind: "literal", value };
  }
  if (Array.isArray(value)) return { kind: "array", items: value.map((item) => mapJson(item, values, make)) };
  if (value instanceof Map)
    return {
      kind: "object",
      entries: new Map([...value].map(([key, item]) => [key, mapJson(item, values, make)])),
    };
  const text = scalarText(value);
  const name = text === undefined ? undefined : values.whole(text);
  return name === undefined ? { kind: "literal", value } : { kind: "value", place: make(name, value) };
}

function hasTouchingPlaces(part: PartPattern<object>): boolean {
  return visit(part, TOUCHES, undefined);
}

const TOUCHES: Visitor<TextPattern<object>, JsonPattern<object>, undefined, boolean> = {
  text: touches,
  json: jsonTouches,
  nothing: false,
};

function touches(pattern: TextPattern<object>): boolean {
  return pattern.some(
    (segment, index) => typeof segment === "object" && typeof pattern[index + 1] === "object",
  );
}

function jsonTouches(pattern: JsonPattern<object>): boolean {
  switch (pattern.kind) {
    case "text":
      return touches(pattern.text);
    case "array":
      return pattern.items.some(jsonTouches);
    case "object":
      return [...pattern.entries.values()].some(jsonTouches);
    case "literal":
    case "value":
      return false;
  }
}
