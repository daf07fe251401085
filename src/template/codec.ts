/** Turns and templates as plain JSON for the store, and back with every field checked. */
import type { Expression } from "./derivation/expression.js";
import { parseExpression } from "./derivation/parse.js";
import { printExpression } from "./derivation/print.js";
import { type Json, parseJson, printJson } from "./json.js";
import { parseDomain, printDomain } from "./notation.js";
import type { EachPattern, Hole, JsonPattern, PartPattern, ReplyPattern, Slot, Template, TextPattern, TurnPattern } from "./template.js";
import type { Part, Turn } from "./turn.js";

// A place is a list (a literal is a string): a slot is [name, domain], a hole the list of its expressions.
type EncodedText = (string | string[])[];
type EncodedJson =
  | ["=", string]
  | ["text", EncodedText]
  | ["value", string[]]
  | ["array", EncodedJson[]]
  | ["object", [string, EncodedJson][]];
type EncodedPart =
  | ["text" | "reasoning" | "refusal", EncodedText]
  | ["json", EncodedJson]
  | ["call", string, EncodedJson]
  // Only in replies: a list's expressions, the item's name, a tool and its arguments.
  | ["each", string[], string, string, EncodedJson]
  | ["result", number, boolean]
  | ["opaque", string, string];

/** A turn or a pattern of turns as JSON. */
export interface EncodedTurn {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly EncodedPart[];
}

/** A template as JSON. */
export interface EncodedTemplate {
  readonly turns: readonly EncodedTurn[];
  readonly reply: EncodedTurn;
  readonly guards: readonly string[];
  readonly continuation?: true;
  readonly given?: readonly string[];
}

const encodeSlot = (slot: Slot): string[] => [slot.name, printDomain(slot.domain)];
const encodeBareSlot = (slot: Slot): string[] => [slot.name, ""];
const encodeHole = (hole: Hole): string[] => hole.hypotheses.map(printExpression);

export function encodeTurnPattern(pattern: TurnPattern<Slot>): EncodedTurn {
  return encodeTurnWith(pattern, encodeSlot);
}

/** A conversation's turn, which has no places. */
export function encodeTurn(value: Turn): EncodedTurn {
  return { ...value, parts: value.parts.map(encodePart) };
}

function encodePart(value: Part): EncodedPart {
  switch (value.kind) {
    case "json":
      return ["json", ["=", printJson(value.value)]];
    case "call":
      return ["call", value.tool, ["=", printJson(value.args)]];
    case "result":
      return ["result", value.call, value.error];
    case "opaque":
      return ["opaque", value.type, value.digest];
    default:
      return [value.kind, value.text === "" ? [] : [value.text]];
  }
}

export function encodeTemplate(value: Template): EncodedTemplate {
  return {
    turns: value.turns.map(encodeTurnPattern),
    reply: encodeTurnWith(value.reply, encodeHole),
    guards: value.guards.map(printExpression),
    ...(value.continuation && { continuation: true }),
    ...(value.given && { given: value.given }),
  };
}

/** An encoded template of this template without the domains of its slots. */
export function encodeSkeleton(value: Template, encoded: EncodedTemplate): EncodedTemplate {
  return { ...encoded, turns: value.turns.map((turn) => encodeTurnWith(turn, encodeBareSlot)) };
}

function named(value: { role: string; name?: string | undefined }): { role: string; name?: string } {
  return value.name === undefined ? { role: value.role } : { role: value.role, name: value.name };
}

function encodeTurnWith<Place extends object>(pattern: ReplyPattern<Place>, encode: (place: Place) => string[]): EncodedTurn {
  return { ...named(pattern), parts: pattern.parts.map((each) => encodePartWith(each, encode)) };
}

function encodePartWith<Place extends object>(
  pattern: PartPattern<Place> | EachPattern<Place>,
  encode: (place: Place) => string[],
): EncodedPart {
  switch (pattern.kind) {
    case "each":
      return ["each", encode(pattern.list), pattern.item, pattern.tool, encodeJsonWith(pattern.args, encode)];
    case "json":
      return ["json", encodeJsonWith(pattern.value, encode)];
    case "call":
      return ["call", pattern.tool, encodeJsonWith(pattern.args, encode)];
    case "result":
      return ["result", pattern.call, pattern.error];
    case "opaque":
      return ["opaque", pattern.type, pattern.digest];
    default:
      return [pattern.kind, encodeTextWith(pattern.text, encode)];
  }
}

function encodeTextWith<Place extends object>(pattern: TextPattern<Place>, encode: (place: Place) => string[]): EncodedText {
  return pattern.map((segment) => (typeof segment === "string" ? segment : encode(segment)));
}

function encodeJsonWith<Place extends object>(pattern: JsonPattern<Place>, encode: (place: Place) => string[]): EncodedJson {
  switch (pattern.kind) {
    case "literal":
      return ["=", printJson(pattern.value)];
    case "text":
      return ["text", encodeTextWith(pattern.text, encode)];
    case "value":
      return ["value", encode(pattern.place)];
    case "array":
      return ["array", pattern.items.map((item) => encodeJsonWith(item, encode))];
    case "object":
      return ["object", [...pattern.entries].map(([key, item]): [string, EncodedJson] => [key, encodeJsonWith(item, encode)])];
  }
}

/** Reads a template back; throws if anything in it is not as `encodeTemplate` writes it. */
export function decodeTemplate(encoded: unknown): Template {
  const { turns, reply, guards, continuation, given } = record(encoded, TEMPLATE_FIELDS);
  if (continuation !== undefined && continuation !== true) throw new TypeError("a mark that is none");
  return {
    turns: list(turns).map((turn) => decodeTurnWith(turn, WITH_SLOTS)),
    reply: decodeReply(reply),
    guards: list(guards).map((guard): Expression => parseExpression(string(guard))),
    ...(continuation && { continuation }),
    ...(given !== undefined && { given: list(given).map(string) }),
  };
}

/** Reads a turn back; throws if it is not as `encodeTurn` writes it. */
export function decodeTurn(encoded: unknown): Turn {
  return decodeTurnWith(encoded, WITHOUT_PLACES);
}

const TEMPLATE_FIELDS: ReadonlySet<string> = new Set(["turns", "reply", "guards", "continuation", "given"]);
const TURN_FIELDS: ReadonlySet<string> = new Set(["role", "name", "parts"]);

// The records of a whole store go through here at each start: what a part is follows from its first field, and nothing
// is tried that may not fit.

/** Reads what differs between turns and patterns: texts and JSON values, each throws on what is none. */
interface Reader<Text, Value> {
  text(encoded: unknown): Text;
  json(encoded: unknown): Value;
}

type DecodedPart<Text, Value> =
  | { readonly kind: "text" | "reasoning" | "refusal"; readonly text: Text }
  | { readonly kind: "json"; readonly value: Value }
  | { readonly kind: "call"; readonly tool: string; readonly args: Value }
  | { readonly kind: "result"; readonly call: number; readonly error: boolean }
  | { readonly kind: "opaque"; readonly type: string; readonly digest: string };

interface DecodedTurn<Text, Value> {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly DecodedPart<Text, Value>[];
}

const WITHOUT_PLACES: Reader<string, Json> = {
  text(encoded) {
    const segments = list(encoded);
    if (segments.length > 1) throw new TypeError("a turn has no places");
    return segments.length === 0 ? "" : literalText(segments[0]);
  },
  json(encoded) {
    const [tag, value] = list(encoded, 2);
    if (tag !== "=") throw new TypeError("a turn has no places");
    return jsonText(value);
  },
};
const WITH_SLOTS = withPlaces(decodeSlot);
const WITH_HOLES = withPlaces(decodeHole);

function decodeSlot(encoded: readonly unknown[]): Slot {
  if (encoded.length !== 2) throw new TypeError("a slot is a name and a domain");
  return { name: string(encoded[0]), domain: parseDomain(string(encoded[1])) };
}

function decodeHole(encoded: readonly unknown[]): Hole {
  if (encoded.length === 0) throw new TypeError("a hole has an expression at least");
  return { hypotheses: encoded.map((each) => parseExpression(string(each))) };
}

function withPlaces<Place extends object>(place: (encoded: readonly unknown[]) => Place): Reader<TextPattern<Place>, JsonPattern<Place>> {
  function text(encoded: unknown): TextPattern<Place> {
    const segments = list(encoded).map((segment) => (typeof segment === "string" ? literalText(segment) : place(list(segment))));
    for (let index = 1; index < segments.length; index++) {
      if (typeof segments[index] === typeof segments[index - 1]) throw new TypeError("two segments of a kind touch");
    }
    return segments;
  }

  function json(encoded: unknown): JsonPattern<Place> {
    const [tag, value] = list(encoded, 2);
    switch (tag) {
      case "=":
        return { kind: "literal", value: jsonText(value) };
      case "text":
        return { kind: "text", text: text(value) };
      case "value":
        return { kind: "value", place: place(list(value)) };
      case "array":
        return { kind: "array", items: list(value).map(json) };
      case "object": {
        const entries = new Map<string, JsonPattern<Place>>();
        for (const entry of list(value)) {
          const [name, item] = list(entry, 2);
          const key = string(name);
          if (entries.has(key)) throw new TypeError("a key stands twice");
          entries.set(key, json(item));
        }
        return { kind: "object", entries };
      }
      default:
        throw new TypeError("no kind of value");
    }
  }

  return { text, json };
}

function decodeTurnWith<Text, Value>(encoded: unknown, read: Reader<Text, Value>): DecodedTurn<Text, Value> {
  const { role, name, parts } = record(encoded, TURN_FIELDS);
  const turn = { role: string(role), parts: list(parts).map((part) => decodePartWith(part, read)) };
  return name === undefined ? turn : { ...turn, name: string(name) };
}

function decodeReply(encoded: unknown): ReplyPattern<Hole> {
  const { role, name, parts } = record(encoded, TURN_FIELDS);
  const reply = {
    role: string(role),
    parts: list(parts).map((part) => (list(part)[0] === "each" ? decodeEach(part) : decodePartWith(part, WITH_HOLES))),
  };
  return name === undefined ? reply : { ...reply, name: string(name) };
}

function decodeEach(encoded: unknown): EachPattern<Hole> {
  const [, source, item, tool, args] = list(encoded, 5);
  return { kind: "each", list: decodeHole(list(source)), item: string(item), tool: string(tool), args: WITH_HOLES.json(args) };
}

function decodePartWith<Text, Value>(encoded: unknown, read: Reader<Text, Value>): DecodedPart<Text, Value> {
  const [kind] = list(encoded);
  switch (kind) {
    case "text":
    case "reasoning":
    case "refusal":
      return { kind, text: read.text(list(encoded, 2)[1]) };
    case "json":
      return { kind, value: read.json(list(encoded, 2)[1]) };
    case "call": {
      const [, tool, args] = list(encoded, 3);
      return { kind, tool: string(tool), args: read.json(args) };
    }
    case "result": {
      const [, call, error] = list(encoded, 3);
      if (!Number.isSafeInteger(call) || typeof error !== "boolean")
        throw new TypeError("a result has a call's number and says if it failed");
      return { kind, call: call as number, error };
    }
    case "opaque": {
      const [, type, digest] = list(encoded, 3);
      return { kind, type: string(type), digest: string(digest) };
    }
    default:
      throw new TypeError("no kind of part");
  }
}

function jsonText(encoded: unknown): Json {
  const parsed = parseJson(string(encoded));
  if (!parsed.ok) throw new TypeError("a literal is no JSON");
  return parsed.value;
}

function literalText(encoded: unknown): string {
  if (encoded === "") throw new TypeError("a literal is empty");
  return string(encoded);
}

function string(encoded: unknown): string {
  if (typeof encoded !== "string") throw new TypeError("not a text");
  return encoded;
}

/** A list, of this length if one is given. */
function list(encoded: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(encoded) || (length !== undefined && encoded.length !== length)) throw new TypeError("not such a list");
  return encoded;
}

/** An object with no other fields than these. */
function record(encoded: unknown, fields: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded)) throw new TypeError("not an object");
  for (const field of Object.keys(encoded)) if (!fields.has(field)) throw new TypeError("a field too many");
  return encoded as Record<string, unknown>;
}
