/** JSON as reprise compares it: digits as written, keys in maps, duplicates refused. */
import { ENTRY_SIZE } from "./bounded-map.js";
import { base64 } from "./bytes.js";

/** A JSON number with the digits it was written with; never rounded. */
export class Numeral {
  constructor(readonly raw: string) {}
  toString(): string {
    return this.raw;
  }
}

export type JsonObject = Map<string, Json>;

/** A parsed JSON value. Objects are maps (keys are users' text), numbers keep their digits. */
export type Json = null | boolean | string | Numeral | Json[] | JsonObject;

/** Why a text is not JSON that can be compared. */
export type JsonFault = "syntax" | "duplicate-keys" | "too-deep";

export type JsonResult =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly fault: JsonFault };

const MAX_DEPTH = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// JSON forbids raw control characters in strings.
const NOT_PLAIN = /[\\\u0000-\u001f]/;

/** Whether the quotation mark at an offset is escaped: an odd number of backslashes stands before it. */
function isEscaped(text: string, start: number, quote: number): boolean {
  let at = quote;
  while (at > start && text.charCodeAt(at - 1) === 92) at--;
  return (quote - at) % 2 === 1;
}

class Fault extends Error {
  constructor(readonly fault: JsonFault) {
    super(fault);
  }
}

/**
 * Parses JSON (RFC 8259) without losing what `JSON.parse` loses: the digits of numbers, a key named
 * `__proto__`, and the fact that a key stood twice. Linear in the text; nesting beyond 200 is refused.
 */
export function parseJson(text: string): JsonResult {
  let at = 0;

  function space(): void {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      at++;
    }
  }

  function string(): string {
    const start = at + 1;
    let end = text.indexOf('"', start);
    while (end >= 0 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
    if (end < 0) throw new Fault("syntax");
    at = end + 1;
    const body = text.slice(start, end);
    // JSON.parse refuses what may not stand in a string: raw control characters and unknown escapes.
    return NOT_PLAIN.test(body) ? (JSON.parse(text.slice(start - 1, at)) as string) : body;
  }

  function word(expected: string): void {
    if (!text.startsWith(expected, at)) throw new Fault("syntax");
    at += expected.length;
  }

  function value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new Fault("too-deep");
    space();
    switch (text[at]) {
      case "{": {
        const object: JsonObject = new Map();
        at++;
        space();
        if (text[at] === "}") {
          at++;
          return object;
        }
        for (;;) {
          space();
          if (text[at] !== '"') throw new Fault("syntax");
          const key = string();
          if (object.has(key)) throw new Fault("duplicate-keys");
          space();
          if (text[at++] !== ":") throw new Fault("syntax");
          object.set(key, value(depth + 1));
          space();
          const next = text[at++];
          if (next === "}") return object;
          if (next !== ",") throw new Fault("syntax");
        }
      }
      case "[": {
        const items: Json[] = [];
        at++;
        space();
        if (text[at] === "]") {
          at++;
          return items;
        }
        for (;;) {
          items.push(value(depth + 1));
          space();
          const next = text[at++];
          if (next === "]") return items;
          if (next !== ",") throw new Fault("syntax");
        }
      }
      case '"':
        return string();
      case "t":
        word("true");
        return true;
      case "f":
        word("false");
        return false;
      case "n":
        word("null");
        return null;
      default: {
        NUMBER.lastIndex = at;
        if (!NUMBER.test(text)) throw new Fault("syntax");
        const start = at;
        at = NUMBER.lastIndex;
        return new Numeral(text.slice(start, at));
      }
    }
  }

  try {
    const parsed = value(0);
    space();
    return at === text.length ? { ok: true, value: parsed } : { ok: false, fault: "syntax" };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault };
    if (error instanceof SyntaxError) return { ok: false, fault: "syntax" };
    throw error;
  }
}

/** JSON text of a value, keys in the order they came, digits as written. */
export function printJson(value: Json): string {
  return jsonText(value, (object) => object.keys());
}

/** JSON text that is equal for equal values: keys sorted by code unit, no whitespace. */
export function canonicalJson(value: Json): string {
  return jsonText(value, (object) => [...object.keys()].sort());
}

function jsonText(value: Json, inOrder: (object: JsonObject) => Iterable<string>): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof Numeral) return value.raw;
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === "" ? "" : ","}${jsonText(item, inOrder)}`;
    return `[${text}]`;
  }
  for (const key of inOrder(value))
    text += `${text === "" ? "" : ","}${quoted(key)}:${jsonText(value.get(key) as Json, inOrder)}`;
  return `{${text}}`;
}

// Letters, digits and the like need no escape, and most strings hold nothing else.
const NEEDS_NO_ESCAPE = /^[\w .,:;/+-]*$/;

function quoted(text: string): string {
  return text.length < 64 && NEEDS_NO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Whether two values are the same JSON: key order is free, `1` and `1.0` differ. */
export function equalJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (left instanceof Numeral) return right instanceof Numeral && left.raw === right.raw;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equalJson(item, right[index] as Json))
    );
  }
  if (left instanceof Map) {
    if (!(right instanceof Map) || left.size !== right.size) return false;
    for (const [key, item] of left) {
      const other = right.get(key);
      if (other === undefined || !equalJson(item, other)) return false;
    }
    return true;
  }
  return false;
}

/**
 * Any JavaScript value as JSON, by the rules of `JSON.stringify` (undefined and functions vanish, `toJSON` is
 * asked), without rounding bigints; bytes become base64, regular expressions their source, maps and sets
 * lists. Returns `undefined` where JSON has nothing to say. Throws on a cycle, and on an object whose content
 * cannot be seen.
 */
export function fromJavaScript(value: unknown): Json | undefined {
  const text = javaScriptText(value);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  if (!parsed.ok) throw new RangeError(`value nests deeper than ${MAX_DEPTH} levels`);
  return parsed.value;
}

/**
 * The text that `fromJavaScript` reads: values with different content have different texts. Throws as it
 * does.
 */
export function javaScriptText(value: unknown): string | undefined {
  return JSON.stringify(value, function (this: unknown, key: string, item: unknown) {
    if (typeof item !== "object" || item === null)
      return typeof item === "bigint" ? rawJson(item.toString()) : item;
    // A Buffer has been asked for its toJSON already: look at the original.
    const original = (this as Record<string, unknown>)[key];
    if (typeof original !== "object" || original === null) return item;
    const prototype: unknown = Object.getPrototypeOf(original);
    // Nearly everything is plain, and this is on the path of every lookup.
    if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return item;
    return bytesOf(original) ?? (original === item ? visibleContent(item) : item);
  });
}

function bytesOf(value: object): string | undefined {
  if (ArrayBuffer.isView(value))
    return base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  // Not every runtime has shared ones.
  const isShared = typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
  return isShared || value instanceof ArrayBuffer ? base64(new Uint8Array(value)) : undefined;
}

/** What stands for an object that JSON would write as `{}` whatever is in it. */
function visibleContent(value: object): unknown {
  if (value instanceof RegExp) return String(value);
  if (value instanceof Map || value instanceof Set) return [value.constructor.name, ...value];
  // Another realm's `Object.prototype` is what has nothing above it. A Blob, a stream, a promise have their
  // content elsewhere: two of them with different content would look alike.
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(Object.getPrototypeOf(value)) === null;
  if (!isPlain && Object.keys(value).length === 0)
    throw new TypeError("an object whose content cannot be seen");
  return value;
}

// JSON.rawJSON (ES2026, Node 22) is not in TypeScript's library yet.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** The text a scalar stands for inside a sentence: strings as they are, numbers by their digits. */
export function scalarText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Numeral) return value.raw;
  if (typeof value === "boolean") return String(value);
  return undefined;
}

/** The rough size of a value in memory, in characters: each text and each value with what holds it. */
export function sizeOfJson(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOfJson(item), ENTRY_SIZE);
  if (value instanceof Map)
    return [...value].reduce((sum, [key, item]) => sum + key.length + sizeOfJson(item), ENTRY_SIZE);
  return ENTRY_SIZE + (scalarText(value)?.length ?? 0);
}

/** The texts of all scalars in a value, in order; `null` has none. */
export function scalarTextsIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(scalarTextsIn);
  if (value instanceof Map) return [...value.values()].flatMap(scalarTextsIn);
  const text = scalarText(value);
  return text === undefined ? [] : [text];
}
