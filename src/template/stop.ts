/** Where a turn leaves a pattern that it does not fit, in words: for people who ask why. */
import type { Bindings } from "./derivation/expression.js";
import { type Json, printJson, scalarText } from "./json.js";
import { Binder, type Fit, matchJson, matchText, matchTurn } from "./match.js";
import { escapeControls, printSlot, printText, quote } from "./notation.js";
import { alike, comparing, partKind } from "./parts/index.js";
import { printTurnPattern } from "./print.js";
import type { JsonPattern, PartPattern, Slot, TextPattern, TurnPattern } from "./template.js";
import type { Part, Turn } from "./turn.js";
import { literalTurn } from "./visit.js";

/** Where and why a turn does not fit. Holds its text. */
export interface Stop {
  readonly fit: Exclude<Fit, "fits">;
  /** How much of the turn fits, from 0 to 1: to find the nearest of several patterns. */
  readonly share: number;
  /** What comes after "message 2 …": `differs after "Set the ": "lamp" instead of "light"`. */
  readonly words: string;
}

/**
 * Where a turn leaves a pattern; `undefined` where it fits, as `matchTurn` says. `before` is what the turns
 * before have bound.
 */
export function stopOf(pattern: TurnPattern<Slot>, turn: Turn, before: Bindings): Stop | undefined {
  const fit = matchTurn(pattern, turn, new Binder(before));
  if (fit === "fits") return undefined;
  if (pattern.role !== turn.role)
    return { fit, share: 0, words: `is of role ${quote(turn.role)}, not ${quote(pattern.role)}` };
  if (pattern.name !== turn.name) return { fit, share: 0, words: "is said under another name" };
  const binder = new WatchingBinder(before);
  for (const [index, part] of pattern.parts.entries()) {
    const said = turn.parts[index];
    const stop = said
      ? partStop(part, said, binder)
      : { share: 0, words: `ends where more was said: ${partly(part)}` };
    // What is in the turn before the part that stops counts as it is: all of it.
    if (stop)
      return {
        fit,
        share: (index + stop.share) / Math.max(pattern.parts.length, turn.parts.length),
        words: stop.words,
      };
  }
  const more = turn.parts[pattern.parts.length] as Part;
  return {
    fit,
    share: pattern.parts.length / turn.parts.length,
    words: `goes on where nothing more was said: ${saidOf(more)}`,
  };
}

type Place = Pick<Stop, "share" | "words">;

// A text that has the form of a pattern is nearer to it than any that has not.
const MOST_OF_A_TEXT = 0.9;

/** Remembers what it did not bind. */
class WatchingBinder extends Binder {
  refused: { readonly slot: Slot; readonly value: Json; readonly fit: Fit } | undefined;

  override bind(slot: Slot, value: Json): Fit {
    const fit = super.bind(slot, value);
    if (fit !== "fits") this.refused = { slot, value, fit };
    return fit;
  }
}

function partStop(pattern: PartPattern<Slot>, part: Part, binder: WatchingBinder): Place | undefined {
  if (alike(pattern, part)) return contentStop(pattern, part, binder);
  const words = pattern.kind === part.kind ? partKind(pattern.kind).unlike?.(pattern, part) : undefined;
  return { share: 0, words: words ?? `has ${saidOf(part)} instead of ${partly(pattern)}` };
}

const contentStop = comparing<
  TextPattern<Slot>,
  JsonPattern<Slot>,
  string,
  Json,
  WatchingBinder,
  Place | undefined
>({
  text: textStop,
  json: (pattern, value, binder) => jsonStop(pattern, value, { path: "", binder }),
  nothing: undefined,
  unlike: undefined,
});

/** Where a text leaves a pattern, by the same cuts as `matchText`. */
function textStop(pattern: TextPattern<Slot>, text: string, binder: WatchingBinder): Place | undefined {
  const fit = matchText(pattern, text, binder);
  if (fit === "fits") return undefined;
  if (fit === "ambiguous")
    return { share: MOST_OF_A_TEXT, words: `can be cut in two ways: ${clip(printText(pattern))}` };
  if (fit !== "differs") return { share: MOST_OF_A_TEXT, words: refusalOf(binder) };
  // As the matcher cuts: a literal stands right here, or after a slot anywhere behind at least one character.
  let at = 0;
  let open = false;
  for (const [index, segment] of pattern.entries()) {
    if (typeof segment !== "string") {
      open = true;
      continue;
    }
    if (open) {
      const isLast = index === pattern.length - 1;
      const start =
        isLast && text.endsWith(segment)
          ? text.length - segment.length
          : isLast
            ? -1
            : text.indexOf(segment, at + 1);
      if (start <= at) return missing(text, at, { segment, isLast });
      at = start;
    } else {
      const reach = common(text, at, segment);
      if (reach < segment.length) {
        const isInWord = WORD.test(text[at + reach] ?? "") && WORD.test(segment[reach] as string);
        const start = isInWord ? wordStart(segment, reach) : reach;
        return differing(text, at + start, quote(clip(segment.slice(start))));
      }
    }
    at += segment.length;
    open = false;
  }
  return differing(text, at, open ? "something more" : "its end");
}

function missing(
  text: string,
  at: number,
  { segment, isLast }: { readonly segment: string; readonly isLast: boolean },
): Place {
  const how = isLast ? "does not end with" : "has no";
  return {
    share: sharing(text, at),
    words: `${how} ${quote(clip(segment))}${after(text, at)}: ${restOf(text, at)}`,
  };
}

function differing(text: string, at: number, expected: string): Place {
  return {
    share: sharing(text, at),
    words: `differs${after(text, at)}: ${restOf(text, at)} instead of ${expected}`,
  };
}

const sharing = (text: string, at: number): number =>
  text.length === 0 ? 0 : (at / text.length) * MOST_OF_A_TEXT;
const after = (text: string, at: number): string =>
  at === 0 ? "" : ` after ${quote(lastOf(text.slice(0, at)))}`;
const restOf = (text: string, at: number): string =>
  at < text.length ? quote(clip(text.slice(at))) : "its end";

const FORMS = { text: "a text", array: "a list", object: "an object", value: "another value" } as const;

interface Within {
  readonly path: string;
  readonly binder: WatchingBinder;
}

function jsonStop(known: JsonPattern<Slot>, value: Json, { path, binder }: Within): Place | undefined {
  const pattern = opened(known);
  if (pattern.kind === "text" && typeof value === "string")
    return placed(path, textStop(pattern.text, value, binder));
  if (pattern.kind === "array" && Array.isArray(value)) {
    if (value.length !== pattern.items.length) {
      return placed(path, {
        share: 0.1,
        words: `has ${value.length} items instead of ${pattern.items.length}`,
      });
    }
    return firstStop(pattern.items.entries(), (item, key) =>
      jsonStop(item, value[key] as Json, { path: `${path}[${key}]`, binder }),
    );
  }
  if (pattern.kind === "object" && value instanceof Map) {
    const missing = [...pattern.entries.keys()].find((key) => !value.has(key));
    if (missing !== undefined) return placed(path, { share: 0.1, words: `has no ${quote(clip(missing))}` });
    const added = [...value.keys()].find((key) => !pattern.entries.has(key));
    if (added !== undefined)
      return placed(path, { share: 0.1, words: `has ${quote(clip(added))}, which was never there` });
    return firstStop(pattern.entries, (item, key) =>
      jsonStop(item, value.get(key) as Json, { path: `${path}.${key}`, binder }),
    );
  }
  const fit = matchJson(pattern, value, binder);
  if (fit === "fits") return undefined;
  if (fit === "differs") {
    const expected = pattern.kind === "literal" ? clip(printJson(pattern.value)) : FORMS[pattern.kind];
    return placed(path, { share: 0.2, words: `is ${clip(printJson(value))} instead of ${expected}` });
  }
  return placed(path, { share: 0.8, words: refusalOf(binder) });
}

/** A literal as a pattern of its items, so that what differs in it is found. */
function opened(pattern: JsonPattern<Slot>): JsonPattern<Slot> {
  if (pattern.kind !== "literal") return pattern;
  const { value } = pattern;
  const literal = (item: Json): JsonPattern<Slot> => ({ kind: "literal", value: item });
  if (typeof value === "string") return { kind: "text", text: value === "" ? [] : [value] };
  if (Array.isArray(value)) return { kind: "array", items: value.map(literal) };
  if (value instanceof Map)
    return { kind: "object", entries: new Map([...value].map(([key, item]) => [key, literal(item)])) };
  return pattern;
}

function firstStop<Key extends string | number>(
  items: Iterable<[Key, JsonPattern<Slot>]>,
  stop: (item: JsonPattern<Slot>, key: Key) => Place | undefined,
): Place | undefined {
  for (const [key, item] of items) {
    const found = stop(item, key);
    if (found) return found;
  }
  return undefined;
}

function placed(path: string, place: Place | undefined): Place | undefined {
  return place && path !== ""
    ? { share: place.share, words: `at ${escapeControls(path.replace(/^\./, ""))} ${place.words}` }
    : place;
}

/** Why a value was not bound. */
function refusalOf({ refused }: WatchingBinder): string {
  if (!refused) return "does not fit";
  const { slot, value, fit } = refused;
  const said = quote(clip(scalarText(value) ?? printJson(value)));
  return fit === "conflict"
    ? `has ${said} for {{${slot.name}}}, which was something else before`
    : `has ${said}, which is outside of what {{${clip(printSlot(slot))}}} takes`;
}

const partly = (pattern: PartPattern<Slot>): string =>
  clip(printTurnPattern({ role: "", parts: [pattern] }).replace(/^"": /, ""));
const saidOf = (part: Part): string =>
  clip(printTurnPattern(literalTurn({ role: "", parts: [part] })).replace(/^"": /, ""));

function common(text: string, from: number, literal: string): number {
  let length = 0;
  while (length < literal.length && text[from + length] === literal[length]) length++;
  return length;
}

/** Where the word begins in which a text stops being alike. */
function wordStart(text: string, at: number): number {
  const start = /[\p{L}\p{N}_]*$/u.exec(text.slice(Math.max(0, at - SHOWN), at))?.[0].length ?? 0;
  return at - start;
}

const WORD = /[\p{L}\p{N}_]/u;

const SHOWN = 40;

function clip(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}

function lastOf(text: string): string {
  return text.length <= SHOWN ? text : `…${text.slice(1 - SHOWN)}`;
}
