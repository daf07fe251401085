/** Walking over patterns: which places they hold, and patterns made of patterns. */
import type { Json } from "./json.js";
import { contentOf, mapPart, mapPartIfAll, wordsIn } from "./parts/index.js";
import type { Change } from "./parts/kind.js";
import type {
  EachPattern,
  JsonPattern,
  PartPattern,
  ReplyPattern,
  TextPattern,
  TurnPattern,
} from "./template.js";
import type { Part, Turn } from "./turn.js";

/**
 * Every place of a turn pattern or reply, in the order in which it stands there; a list before what is made
 * of its items.
 */
export function placesOf<Place extends object>(pattern: ReplyPattern<Place>): Place[] {
  return pattern.parts.flatMap(placesOfPart);
}

function placesOfPart<Place extends object>(part: PartPattern<Place> | EachPattern<Place>): readonly Place[] {
  if (part.kind === "each") return [part.list, ...placesOfJson(part.args)];
  const content = contentOf(part);
  if (!content) return [];
  return "text" in content ? placesOfText(content.text) : placesOfJson(content.json);
}

/** As `wordsIn`, of a part of a reply. */
export function replyWordsIn<Place extends object>(
  part: PartPattern<Place> | EachPattern<Place>,
): TextPattern<Place> | undefined {
  return part.kind === "each" ? undefined : wordsIn(part);
}

function placesOfText<Place extends object>(pattern: TextPattern<Place>): Place[] {
  return pattern.filter((segment) => typeof segment === "object");
}

function placesOfJson<Place extends object>(pattern: JsonPattern<Place>): Place[] {
  switch (pattern.kind) {
    case "literal":
      return [];
    case "text":
      return placesOfText(pattern.text);
    case "value":
      return [pattern.place];
    case "array":
      return pattern.items.flatMap(placesOfJson);
    case "object":
      return [...pattern.entries.values()].flatMap(placesOfJson);
  }
}

/** The same pattern with every place replaced. */
export function mapPlaces<From extends object, To extends object>(
  pattern: TurnPattern<From>,
  change: (place: From) => To,
): TurnPattern<To> {
  const replaced = replacing(change);
  return { ...pattern, parts: pattern.parts.map((part) => mapPart(part, replaced)) };
}

/** The same reply with every place replaced. */
export function mapReply<From extends object, To extends object>(
  pattern: ReplyPattern<From>,
  change: (place: From) => To,
): ReplyPattern<To> {
  const replaced = replacing(change);
  return {
    ...pattern,
    parts: pattern.parts.map((part) =>
      part.kind === "each"
        ? { ...part, list: change(part.list), args: replaced.json(part.args) }
        : mapPart(part, replaced),
    ),
  };
}

function replacing<From extends object, To extends object>(
  change: (place: From) => To,
): Change<TextPattern<From>, JsonPattern<From>, TextPattern<To>, JsonPattern<To>> {
  return { text: (text) => mapText(text, change), json: (value) => mapJson(value, change) };
}

function mapText<From extends object, To extends object>(
  pattern: TextPattern<From>,
  change: (place: From) => To,
): TextPattern<To> {
  return pattern.map((segment) => (typeof segment === "string" ? segment : change(segment)));
}

export function mapJson<From extends object, To extends object>(
  pattern: JsonPattern<From>,
  change: (place: From) => To,
): JsonPattern<To> {
  switch (pattern.kind) {
    case "literal":
      return pattern;
    case "text":
      return { kind: "text", text: mapText(pattern.text, change) };
    case "value":
      return { kind: "value", place: change(pattern.place) };
    case "array":
      return { kind: "array", items: pattern.items.map((item) => mapJson(item, change)) };
    case "object":
      return {
        kind: "object",
        entries: new Map([...pattern.entries].map(([key, item]) => [key, mapJson(item, change)])),
      };
  }
}

/** The pattern that only this turn fits. */
export function literalTurn(turn: Turn): TurnPattern<never> {
  return { ...turn, parts: turn.parts.map(literalPart) };
}

export function literalPart(part: Part): PartPattern<never> {
  return mapPart(part, LITERAL);
}

const LITERAL: Change<string, Json, TextPattern<never>, JsonPattern<never>> = {
  text: (text) => (text === "" ? [] : [text]),
  json: (value) => ({ kind: "literal", value }),
};

/** The one turn a pattern without places fits; `undefined` if it has places. */
export function asTurn(pattern: TurnPattern<object>): Turn | undefined {
  const parts: Part[] = [];
  for (const part of pattern.parts) {
    const literal = mapPartIfAll<TextPattern<object>, JsonPattern<object>, string, Json>(part, {
      text: asText,
      json: asJson,
    });
    if (!literal) return undefined;
    parts.push(literal);
  }
  return { ...pattern, parts };
}

/** The place that a text consists of, with nothing before or after it. */
export function onePlaceIn<Place extends object>(pattern: TextPattern<Place>): Place | undefined {
  const [only] = pattern;
  return pattern.length === 1 && typeof only === "object" ? only : undefined;
}

function asText(pattern: TextPattern<object>): string | undefined {
  if (pattern.length === 0) return "";
  const [only] = pattern;
  return pattern.length === 1 && typeof only === "string" ? only : undefined;
}

/** The one value a JSON pattern without places fits; `undefined` if it has places. */
export function asJson(pattern: JsonPattern<object>): Json | undefined {
  switch (pattern.kind) {
    case "literal":
      return pattern.value;
    case "text":
      return asText(pattern.text);
    case "value":
      return undefined;
    case "array": {
      const items = pattern.items.map(asJson);
      return items.some((item) => item === undefined) ? undefined : (items as Json[]);
    }
    case "object": {
      const entries = [...pattern.entries].map(([key, item]) => [key, asJson(item)] as const);
      return entries.some(([, item]) => item === undefined)
        ? undefined
        : new Map(entries as [string, Json][]);
    }
  }
}
