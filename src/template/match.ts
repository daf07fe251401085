/**
 * Whether a text, a JSON value or a turn fits a pattern, and with which bindings. Linear, never backtracking.
 */
import type { Bindings } from "./derivation/expression.js";
import { accepts } from "./domain.js";
import { find } from "./find.js";
import { equalJson, type Json, scalarText } from "./json.js";
import { onlyCut } from "./only-cut.js";
import { comparing } from "./parts/index.js";
import type { JsonPattern, Slot, TextPattern, TurnPattern } from "./template.js";
import type { Part, Turn } from "./turn.js";

/**
 * How a match came out: `fits`, or the first reason why not. `ambiguous`: the literals can be placed in more
 * than one way. `domain`: the form fits, a value does not. `conflict`: a variable would have two values.
 */
export type Fit = "fits" | "differs" | "ambiguous" | "domain" | "conflict";

/** Collects the bindings of one match. Start from the bindings of the turns before. */
export class Binder {
  private found: Map<string, Json> | undefined;

  constructor(
    private readonly before: Bindings,
    readonly admits: (slot: Slot, value: Json) => boolean = (slot, value) => accepts(slot.domain, value),
  ) {}

  bind(slot: Slot, value: Json): Fit {
    const known = this.found?.get(slot.name) ?? this.before.get(slot.name);
    if (known !== undefined && !sameValue(known, value)) return "conflict";
    if (!this.admits(slot, value)) return "domain";
    if (known === undefined) {
      this.found ??= new Map();
      this.found.set(slot.name, value);
    }
    return "fits";
  }

  /** All bindings: those of before and those found here. */
  result(): Bindings {
    if (!this.found) return this.before;
    const all = new Map(this.before);
    for (const [name, value] of this.found) all.set(name, value);
    return all;
  }
}

/** One variable may stand as text in one place and as a JSON number in another. */
function sameValue(left: Json, right: Json): boolean {
  const text = scalarText(left);
  return text !== undefined ? text === scalarText(right) : equalJson(left, right);
}

/**
 * Matches a text. Literals are placed as far left as they go, then as far right; the cut is unique exactly
 * when both agree, or when only one takes values that its slots accept (`only-cut.ts`). Slots take at least
 * one character.
 *
 *     pattern   Send ‹a›  to ‹b›.         leftmost: first " to ", rightmost: last " to "
 *     text      Send tea  to me to try.   they differ: ambiguous
 */
export function matchText(pattern: TextPattern<Slot>, text: string, binder: Binder): Fit {
  if (pattern.length === 0) return text === "" ? "fits" : "differs";
  const first = pattern[0];
  if (pattern.length === 1 && typeof first === "string") return text === first ? "fits" : "differs";

  const last = pattern[pattern.length - 1];
  const head = typeof first === "string" ? first : "";
  const tail = typeof last === "string" ? last : "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return "differs";
  const end = text.length - tail.length;

  // 1. Leftmost: each inner literal as early as possible, one character at least before it.
  const inner: string[] = [];
  for (let index = 1; index < pattern.length - 1; index++) {
    const segment = pattern[index];
    if (typeof segment === "string") inner.push(segment);
  }
  let starts: number[] = [];
  let at = head.length;
  for (const literal of inner) {
    const start = find(text, literal, at + 1);
    if (start < 0) return "differs";
    starts.push(start);
    at = start + literal.length;
  }
  if (at >= end) return "differs";

  // 2. Rightmost: a literal that stands again before the next one's place could go there, which means a second
  // cut.
  for (const [index, literal] of inner.entries()) {
    const start = starts[index] as number;
    const room = text.slice(start + 1, (starts[index + 1] ?? end) - 1);
    if (find(room, literal, 0) < 0) continue;
    const slots = pattern.filter((segment): segment is Slot => typeof segment !== "string");
    const only = onlyCut({ text, from: head.length, to: end, slots, literals: inner }, binder.admits);
    if (!only) return "ambiguous";
    starts = only;
    break;
  }

  // 3. Bind what stands between.
  let from = head.length;
  let literal = 0;
  for (const segment of pattern) {
    if (typeof segment === "string") continue;
    const to = starts[literal] ?? end;
    const fit = binder.bind(segment, text.slice(from, to));
    if (fit !== "fits") return fit;
    from = to + (inner[literal]?.length ?? 0);
    literal++;
  }
  return "fits";
}

/** Matches a JSON value: types, key sets and lengths are structure and must be equal. */
export function matchJson(pattern: JsonPattern<Slot>, value: Json, binder: Binder): Fit {
  switch (pattern.kind) {
    case "literal":
      return equalJson(pattern.value, value) ? "fits" : "differs";
    case "text":
      return typeof value === "string" ? matchText(pattern.text, value, binder) : "differs";
    case "value":
      return binder.bind(pattern.place, value);
    case "array": {
      if (!Array.isArray(value) || value.length !== pattern.items.length) return "differs";
      for (const [index, item] of pattern.items.entries()) {
        const fit = matchJson(item, value[index] as Json, binder);
        if (fit !== "fits") return fit;
      }
      return "fits";
    }
    case "object": {
      if (!(value instanceof Map) || value.size !== pattern.entries.size) return "differs";
      for (const [key, item] of pattern.entries) {
        const other = value.get(key);
        if (other === undefined) return "differs";
        const fit = matchJson(item, other, binder);
        if (fit !== "fits") return fit;
      }
      return "fits";
    }
  }
}

/** Matches a turn: role, name, number and kinds of parts, tool names are structure. */
export function matchTurn(pattern: TurnPattern<Slot>, turn: Turn, binder: Binder): Fit {
  if (pattern.role !== turn.role || pattern.name !== turn.name || pattern.parts.length !== turn.parts.length)
    return "differs";
  for (const [index, part] of pattern.parts.entries()) {
    const fit = matchPart(part, turn.parts[index] as Part, binder);
    if (fit !== "fits") return fit;
  }
  return "fits";
}

const matchPart = comparing<TextPattern<Slot>, JsonPattern<Slot>, string, Json, Binder, Fit>({
  text: matchText,
  json: matchJson,
  nothing: "fits",
  unlike: "differs",
});
