/**
 * Turns and templates as plain JSON for the store, and back with every field checked. Each writer stands
 * beside its reader.
 */
import type { Expression } from "./derivation/expression.js";
import { parseExpression } from "./derivation/parse.js";
import { printExpression } from "./derivation/print.js";
import { list, record, string } from "./fields.js";
import { type Json, parseJson, printJson } from "./json.js";
import { parseDomain, printDomain } from "./notation.js";
import { isPartName, partKind } from "./parts/index.js";
import type { Change, Plain, Reader } from "./parts/kind.js";
import type {
  EachPattern,
  Hole,
  JsonPattern,
  PartPattern,
  ReplyPattern,
  Slot,
  Template,
  TextPattern,
  TurnPattern,
} from "./template.js";
import type { PartOf, Turn } from "./turn.js";

/** A turn or a pattern of turns as JSON. */
export interface EncodedTurn {
  readonly role: string;
  readonly name?: string;
  /** Lists that begin with the name of a kind. */
  readonly parts: readonly (readonly Plain[])[];
}

/** A template as JSON. */
export interface EncodedTemplate extends Marks {
  readonly turns: readonly EncodedTurn[];
  readonly reply: EncodedTurn;
  readonly guards: readonly string[];
}

/** What a template says of itself beside its patterns. */
export type Marks = Pick<Template, "continuation" | "given">;

// The records of a whole store are read at each start: what a thing is follows from its first field, and
// nothing is tried that may not fit.

/** A writer and a reader of what parts hold. */
type Content<Text, Value> = Change<Text, Value, Plain, Plain> & { readonly read: Reader<Text, Value> };

/** A writer and a reader of places: a place is a list (a literal is a string). */
interface Places<Place> {
  readonly write: (place: Place) => readonly string[];
  readonly read: (encoded: readonly unknown[]) => Place;
}

// --- Places

/** A slot is its name and its domain. */
const SLOTS: Places<Slot> = {
  write: ({ name, domain }) => [name, printDomain(domain)],
  read(encoded) {
    if (encoded.length !== 2) throw new TypeError("a slot is a name and a domain");
    return { name: string(encoded[0]), domain: parseDomain(string(encoded[1])) };
  },
};

/** The same without its domain, for a skeleton, which is never read. */
const BARE_SLOTS: Places<Slot> = { ...SLOTS, write: ({ name }) => [name, ""] };

/** A hole is the list of its expressions. */
const HOLES: Places<Hole> = {
  write: ({ hypotheses }) => hypotheses.map(printExpression),
  read(encoded) {
    if (encoded.length === 0) throw new TypeError("a hole has an expression at least");
    return { hypotheses: encoded.map((each) => parseExpression(string(each))) };
  },
};

// --- Texts and JSON

/** Without places: a text is a list of itself, or of nothing where it is empty. */
const PLAIN: Content<string, Json> = {
  text: (text) => (text === "" ? [] : [text]),
  json: (value) => ["=", printJson(value)],
  read: {
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
  },
};

const WITH_SLOTS = patternsWith(SLOTS);
const WITH_BARE_SLOTS = patternsWith(BARE_SLOTS);
const WITH_HOLES = patternsWith(HOLES);

function patternsWith<Place extends object>(
  places: Places<Place>,
): Content<TextPattern<Place>, JsonPattern<Place>> {
  const writeText = (pattern: TextPattern<Place>): Plain =>
    pattern.map((segment) => (typeof segment === "string" ? segment : places.write(segment)));

  function readText(encoded: unknown): TextPattern<Place> {
    const segments = list(encoded).map((segment) =>
      typeof segment === "string" ? literalText(segment) : places.read(list(segment)),
    );
    for (let index = 1; index < segments.length; index++) {
      if (typeof segments[index] === typeof segments[index - 1])
        throw new TypeError("two segments of a kind touch");
    }
    return segments;
  }

  function writeJson(pattern: JsonPattern<Place>): Plain {
    switch (pattern.kind) {
      case "literal":
        return ["=", printJson(pattern.value)];
      case "text":
        return ["text", writeText(pattern.text)];
      case "value":
        return ["value", places.write(pattern.place)];
      case "array":
        return ["array", pattern.items.map(writeJson)];
      case "object":
        return ["object", [...pattern.entries].map(([key, item]) => [key, writeJson(item)])];
    }
  }

  function readJson(encoded: unknown): JsonPattern<Place> {
    const [tag, value] = list(encoded, 2);
    switch (tag) {
      case "=":
        return { kind: "literal", value: jsonText(value) };
      case "text":
        return { kind: "text", text: readText(value) };
      case "value":
        return { kind: "value", place: places.read(list(value)) };
      case "array":
        return { kind: "array", items: list(value).map(readJson) };
      case "object":
        return { kind: "object", entries: readEntries(list(value)) };
      default:
        throw new TypeError("no kind of value");
    }
  }

  function readEntries(encoded: readonly unknown[]): ReadonlyMap<string, JsonPattern<Place>> {
    const entries = new Map<string, JsonPattern<Place>>();
    for (const entry of encoded) {
      const [name, item] = list(entry, 2);
      const key = string(name);
      if (entries.has(key)) throw new TypeError("a key stands twice");
      entries.set(key, readJson(item));
    }
    return entries;
  }

  return { text: writeText, json: writeJson, read: { text: readText, json: readJson } };
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

// --- What a reply says for each item of a list: the list's expressions, the item's name, a tool and its
// arguments

function writeEach({ list: source, item, tool, args }: EachPattern<Hole>): readonly Plain[] {
  return ["each", HOLES.write(source), item, tool, WITH_HOLES.json(args)];
}

function readEach(encoded: unknown): EachPattern<Hole> {
  const [, source, item, tool, args] = list(encoded, 5);
  return {
    kind: "each",
    list: HOLES.read(list(source)),
    item: string(item),
    tool: string(tool),
    args: WITH_HOLES.read.json(args),
  };
}

// --- Parts

function writePart<Text, Value>(part: PartOf<Text, Value>, content: Content<Text, Value>): readonly Plain[] {
  return partKind(part.kind).encode(part, content);
}

function readPart<Text, Value>(encoded: unknown, content: Content<Text, Value>): PartOf<Text, Value> {
  const fields = list(encoded);
  const [kind] = fields;
  if (!isPartName(kind)) throw new TypeError("no kind of part");
  return partKind(kind).decode(fields, content.read);
}

// --- Turns

interface Told<EachPart> {
  readonly role: string;
  readonly name?: string;
  readonly parts: readonly EachPart[];
}

const TURN_FIELDS: ReadonlySet<string> = new Set(["role", "name", "parts"]);

function writeTurn<EachPart>(
  { role, name, parts }: Told<EachPart>,
  write: (part: EachPart) => readonly Plain[],
): EncodedTurn {
  return { role, ...(name !== undefined && { name }), parts: parts.map(write) };
}

function readTurn<EachPart>(encoded: unknown, read: (part: unknown) => EachPart): Told<EachPart> {
  const { role, name, parts } = record(encoded, TURN_FIELDS);
  const turn = { role: string(role), parts: list(parts).map(read) };
  return name === undefined ? turn : { ...turn, name: string(name) };
}

/** A conversation's turn, which has no places. */
export function encodeTurn(value: Turn): EncodedTurn {
  return writeTurn(value, (part) => writePart(part, PLAIN));
}

/** Reads a turn back; throws if it is not as `encodeTurn` writes it. */
export function decodeTurn(encoded: unknown): Turn {
  return readTurn(encoded, (part) => readPart(part, PLAIN));
}

export function encodeTurnPattern(pattern: TurnPattern<Slot>): EncodedTurn {
  return writeTurn(pattern, (part) => writePart(part, WITH_SLOTS));
}

function decodeTurnPattern(encoded: unknown): TurnPattern<Slot> {
  return readTurn(encoded, (part) => readPart(part, WITH_SLOTS));
}

function encodeReply(pattern: ReplyPattern<Hole>): EncodedTurn {
  return writeTurn<PartPattern<Hole> | EachPattern<Hole>>(pattern, (part) =>
    part.kind === "each" ? writeEach(part) : writePart(part, WITH_HOLES),
  );
}

function decodeReply(encoded: unknown): ReplyPattern<Hole> {
  return readTurn<PartPattern<Hole> | EachPattern<Hole>>(encoded, (part) =>
    list(part)[0] === "each" ? readEach(part) : readPart(part, WITH_HOLES),
  );
}

// --- Templates

const TEMPLATE_FIELDS: ReadonlySet<string> = new Set(["turns", "reply", "guards", "continuation", "given"]);

export function encodeTemplate(value: Template): EncodedTemplate {
  return {
    turns: value.turns.map(encodeTurnPattern),
    reply: encodeReply(value.reply),
    guards: value.guards.map(printExpression),
    ...(value.continuation && { continuation: true as const }),
    ...(value.given && { given: value.given }),
  };
}

/** Reads a template back; throws if anything in it is not as `encodeTemplate` writes it. */
export function decodeTemplate(encoded: unknown): Template {
  const { turns, reply, guards, ...marks } = record(encoded, TEMPLATE_FIELDS);
  return {
    turns: list(turns).map(decodeTurnPattern),
    reply: decodeReply(reply),
    guards: list(guards).map((guard): Expression => parseExpression(string(guard))),
    ...decodeMarks(marks),
  };
}

/**
 * Reads the marks back, in the order in which they are written; throws if one is not as `encodeTemplate`
 * writes it.
 */
export function decodeMarks({ continuation, given }: Readonly<Record<string, unknown>>): Marks {
  if (continuation !== undefined && continuation !== true) throw new TypeError("a mark that is none");
  return {
    ...(continuation && { continuation }),
    ...(given !== undefined && { given: list(given).map(string) }),
  };
}

/** An encoded template of this template without the domains of its slots. */
export function encodeSkeleton(value: Template, encoded: EncodedTemplate): EncodedTemplate {
  return {
    ...encoded,
    turns: value.turns.map((turn) => writeTurn(turn, (part) => writePart(part, WITH_BARE_SLOTS))),
  };
}
