/** Turns and templates as plain JSON for the store, and back with every field checked. */
import * as z from "zod";
import type { Expression } from "./derivation/expression.js";
import { parseExpression } from "./derivation/parse.js";
import { printExpression } from "./derivation/print.js";
import { type Json, parseJson, printJson } from "./json.js";
import { parseDomain, printDomain } from "./notation.js";
import type { Hole, JsonPattern, PartPattern, Slot, Template, TextPattern, TurnPattern } from "./template.js";
import type { Part, Turn } from "./turn.js";

// A place is a list (a literal is a string): a slot is [name, domain], a hole the list of its expressions.
const place = z.array(z.string()).min(1);
const text = z.array(z.union([z.string().min(1), place]));
type EncodedText = z.infer<typeof text>;

const json: z.ZodType<EncodedJson> = z.lazy(() =>
  z.union([
    z.tuple([z.literal("="), z.string()]),
    z.tuple([z.literal("text"), text]),
    z.tuple([z.literal("value"), place]),
    z.tuple([z.literal("array"), z.array(json)]),
    z.tuple([z.literal("object"), z.array(z.tuple([z.string(), json]))]),
  ]),
);
type EncodedJson =
  | ["=", string]
  | ["text", EncodedText]
  | ["value", string[]]
  | ["array", EncodedJson[]]
  | ["object", [string, EncodedJson][]];

const part = z.union([
  z.tuple([z.enum(["text", "reasoning", "refusal"]), text]),
  z.tuple([z.literal("json"), json]),
  z.tuple([z.literal("call"), z.string(), json]),
  z.tuple([z.literal("result"), z.number().int(), z.boolean()]),
  z.tuple([z.literal("opaque"), z.string(), z.string()]),
]);
type EncodedPart = z.infer<typeof part>;

const turn = z.strictObject({ role: z.string(), name: z.string().optional(), parts: z.array(part) });
const template = z.strictObject({ turns: z.array(turn), reply: turn, guards: z.array(z.string()) });

/** A template as JSON. */
export type EncodedTemplate = z.infer<typeof template>;
/** A turn or a pattern of turns as JSON. */
export type EncodedTurn = z.infer<typeof turn>;

const encodeSlot = (slot: Slot): string[] => [slot.name, printDomain(slot.domain)];
const encodeHole = (hole: Hole): string[] => hole.hypotheses.map(printExpression);
const decodeHole = (encoded: string[]): Hole => ({ hypotheses: encoded.map(parseExpression) });

function decodeSlot(encoded: string[]): Slot {
  const [name, domain] = encoded;
  if (name === undefined || domain === undefined || encoded.length > 2) throw new TypeError("a slot is a name and a domain");
  return { name, domain: parseDomain(domain) };
}

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
  };
}

/** Reads a template back; throws if anything in it is not as `encodeTemplate` writes it. */
export function decodeTemplate(encoded: unknown): Template {
  const checked = template.parse(encoded);
  return {
    turns: checked.turns.map((each) => decodeTurnWith(each, decodeSlot)),
    reply: decodeTurnWith(checked.reply, decodeHole),
    guards: checked.guards.map((guard): Expression => parseExpression(guard)),
  };
}

/** Reads a turn back; throws if it is not as `encodeTurn` writes it. */
export function decodeTurn(encoded: unknown): Turn {
  const checked = turn.parse(encoded);
  return { ...named(checked), parts: checked.parts.map(decodePart) };
}

function decodePart(encoded: EncodedPart): Part {
  switch (encoded[0]) {
    case "json":
      return { kind: "json", value: decodeLiteral(encoded[1]) };
    case "call":
      return { kind: "call", tool: encoded[1], args: decodeLiteral(encoded[2]) };
    case "result":
      return { kind: "result", call: encoded[1], error: encoded[2] };
    case "opaque":
      return { kind: "opaque", type: encoded[1], digest: encoded[2] };
    default: {
      const [only = ""] = encoded[1];
      if (encoded[1].length > 1 || typeof only !== "string") throw new TypeError("a turn has no places");
      return { kind: encoded[0], text: only };
    }
  }
}

function decodeLiteral(encoded: EncodedJson): Json {
  if (encoded[0] !== "=") throw new TypeError("a turn has no places");
  return decodeJsonText(encoded[1]);
}

function decodeJsonText(encoded: string): Json {
  const parsed = parseJson(encoded);
  if (!parsed.ok) throw new TypeError("a literal is no JSON");
  return parsed.value;
}

function named(value: { role: string; name?: string | undefined }): { role: string; name?: string } {
  return value.name === undefined ? { role: value.role } : { role: value.role, name: value.name };
}

function encodeTurnWith<Place extends object>(pattern: TurnPattern<Place>, encode: (place: Place) => string[]): EncodedTurn {
  return { ...named(pattern), parts: pattern.parts.map((each) => encodePartWith(each, encode)) };
}

function encodePartWith<Place extends object>(pattern: PartPattern<Place>, encode: (place: Place) => string[]): EncodedPart {
  switch (pattern.kind) {
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

function decodeTurnWith<Place extends object>(encoded: EncodedTurn, decode: (encoded: string[]) => Place): TurnPattern<Place> {
  return { ...named(encoded), parts: encoded.parts.map((each) => decodePartWith(each, decode)) };
}

function decodePartWith<Place extends object>(encoded: EncodedPart, decode: (encoded: string[]) => Place): PartPattern<Place> {
  switch (encoded[0]) {
    case "json":
      return { kind: "json", value: decodeJsonWith(encoded[1], decode) };
    case "call":
      return { kind: "call", tool: encoded[1], args: decodeJsonWith(encoded[2], decode) };
    case "result":
      return { kind: "result", call: encoded[1], error: encoded[2] };
    case "opaque":
      return { kind: "opaque", type: encoded[1], digest: encoded[2] };
    default:
      return { kind: encoded[0], text: decodeTextWith(encoded[1], decode) };
  }
}

function decodeTextWith<Place extends object>(encoded: EncodedText, decode: (encoded: string[]) => Place): TextPattern<Place> {
  const segments = encoded.map((segment) => (typeof segment === "string" ? segment : decode(segment)));
  for (let index = 1; index < segments.length; index++) {
    if (typeof segments[index] === typeof segments[index - 1]) throw new TypeError("two segments of a kind touch");
  }
  return segments;
}

function decodeJsonWith<Place extends object>(encoded: EncodedJson, decode: (encoded: string[]) => Place): JsonPattern<Place> {
  switch (encoded[0]) {
    case "=":
      return { kind: "literal", value: decodeJsonText(encoded[1]) };
    case "text":
      return { kind: "text", text: decodeTextWith(encoded[1], decode) };
    case "value":
      return { kind: "value", place: decode(encoded[1]) };
    case "array":
      return { kind: "array", items: encoded[1].map((item) => decodeJsonWith(item, decode)) };
    case "object": {
      const entries = new Map(encoded[1].map(([key, item]) => [key, decodeJsonWith(item, decode)]));
      if (entries.size !== encoded[1].length) throw new TypeError("a key stands twice");
      return { kind: "object", entries };
    }
  }
}
