/** How a text template is written on one line: `Send {{name}} at {{address:email}}`. */
import { RepriseError } from "../errors.js";
import { DEFAULT_DOMAIN, type Domain, domainOfKinds } from "./domain.js";
import type { Slot, TextPattern } from "./template.js";
import { isValueKind, VALUE_KINDS, type ValueKind } from "./value-kinds.js";

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * Prints a text pattern on one line. Places stand in double braces as `printPlace` writes them; a brace that
 * could be taken for one, a backslash, and every control character or lone surrogate is escaped, so that no
 * text collides.
 */
export function printPattern<Place extends object>(
  pattern: TextPattern<Place>,
  printPlace: (place: Place) => string,
): string {
  return pattern
    .map((segment, index) =>
      typeof segment === "string"
        ? escapeLiteral(segment, index < pattern.length - 1)
        : `{{${printPlace(segment)}}}`,
    )
    .join("");
}

/**
 * Prints a text pattern with slots: `{{name}}`, `{{name:kind}}`, `{{size:"small"|"large"|integer}}`,
 * `{{n:integer!"13"}}`.
 */
export function printText(pattern: TextPattern<Slot>): string {
  return printPattern(pattern, printSlot);
}

export function printSlot(slot: Slot): string {
  const name = IDENTIFIER.test(slot.name) ? slot.name : quote(slot.name);
  const domain = printDomain(slot.domain);
  return domain === printDomain(DEFAULT_DOMAIN) ? name : `${name}:${domain}`;
}

/**
 * Prints a domain: kinds and quoted values between bars, then each excepted value after an exclamation mark.
 */
export function printDomain(domain: Domain): string {
  const shapes = (domain.shapes ?? []).map((shape) => `shape(${quote(shape)})`);
  const accepted = [...domain.kinds, ...domain.values.map(quote), ...shapes].join("|");
  return accepted + domain.except.map((value) => `!${quote(value)}`).join("");
}

/**
 * Parses what `printText` printed, or what a person wrote in the same notation.
 * Throws `RepriseError` `BAD_NOTATION` with the position of the first character that does not fit.
 */
export function parseText(notation: string): TextPattern<Slot> {
  return parsePattern(notation, parseSlot);
}

/** Parses a pattern; `parsePlace` reads a place from the text between its braces. */
export function parsePattern<Place extends object>(
  notation: string,
  parsePlace: (inner: string) => Place,
): TextPattern<Place> {
  const segments: (string | Place)[] = [];
  let literal = "";
  let at = 0;
  while (at < notation.length) {
    const char = notation[at] as string;
    if (char === "\\") {
      const [text, next] = unescape(notation, at);
      literal += text;
      at = next;
    } else if (char === "{" && notation[at + 1] === "{") {
      const end = placeEnd(notation, at + 2);
      if (literal === "" && typeof segments.at(-1) === "object")
        throw new RepriseError("BAD_NOTATION", `two slots touch at ${at}`);
      if (literal !== "") segments.push(literal);
      literal = "";
      segments.push(parsePlace(notation.slice(at + 2, end)));
      at = end + 2;
    } else {
      literal += char;
      at++;
    }
  }
  if (literal !== "") segments.push(literal);
  return segments;
}

/** A text between double quotes, as JSON, with every character that could break a line escaped. */
export function quote(text: string): string {
  return escapeControls(JSON.stringify(text));
}

/** Escapes what `JSON.stringify` leaves alone and still breaks or hides a line: U+2028 and the like. */
export function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, hex);
}

/** A name as it is where it is plain, quoted where it could be taken for something else. */
export function plain(name: string): string {
  return /^[^\s"'(){}=,:]+(?: [^\s"'(){}=,:]+)*$/u.test(name) &&
    name.isWellFormed() &&
    escapeControls(name) === name
    ? name
    : quote(name);
}

function hex(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function escapeLiteral(text: string, beforePlace: boolean): string {
  const escaped = text.replace(/\\/g, "\\\\").replace(beforePlace ? /\{(?=\{|$)/g : /\{(?=\{)/g, "\\{");
  return escaped
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t")
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      hex,
    );
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", "{": "{", n: "\n", r: "\r", t: "\t" };

function unescape(notation: string, at: number): [text: string, next: number] {
  const kind = notation[at + 1] ?? "";
  if (kind === "u") {
    const digits = notation.slice(at + 2, at + 6);
    if (!/^[\da-f]{4}$/i.test(digits))
      throw new RepriseError("BAD_NOTATION", `\\u needs four hexadecimal digits at ${at}`);
    return [String.fromCharCode(Number.parseInt(digits, 16)), at + 6];
  }
  const text = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
  if (text === undefined) throw new RepriseError("BAD_NOTATION", `unknown escape "\\${kind}" at ${at}`);
  return [text, at + 2];
}

/** Where the `}}` stands that closes a place: quoted strings inside may hold braces. */
function placeEnd(notation: string, start: number): number {
  for (let at = start; at < notation.length; at++) {
    if (notation[at] === '"') at = quotedEnd(notation, at);
    else if (notation[at] === "}" && notation[at + 1] === "}") return at;
  }
  throw new RepriseError("BAD_NOTATION", `"{{" at ${start - 2} is never closed`);
}

function quotedEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  throw new RepriseError("BAD_NOTATION", `a quoted string at ${start} is never closed`);
}

/** Parses the inside of `{{…}}`: a name, and a domain after a colon. */
function parseSlot(inner: string): Slot {
  const [name, rest] = takeName(inner);
  if (rest === "") return { name, domain: DEFAULT_DOMAIN };
  if (rest[0] !== ":") throw new RepriseError("BAD_NOTATION", `expected ":" before ${JSON.stringify(rest)}`);
  return { name, domain: parseDomain(rest.slice(1)) };
}

function takeName(inner: string): [name: string, rest: string] {
  if (inner[0] === '"') {
    const end = quotedEnd(inner, 0) + 1;
    return [unquote(inner.slice(0, end)), inner.slice(end)];
  }
  const colon = inner.indexOf(":");
  const name = (colon < 0 ? inner : inner.slice(0, colon)).trim();
  if (!IDENTIFIER.test(name))
    throw new RepriseError("BAD_NOTATION", `${JSON.stringify(name)} is no variable name; quote it`);
  return [name, colon < 0 ? "" : inner.slice(colon)];
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new RepriseError("BAD_NOTATION", `${text} is no quoted string`);
  }
}

// What most slots hold is one kind of value: one object for all of them, since a store may have a million.
const PLAIN: ReadonlyMap<string, Domain> = new Map(VALUE_KINDS.map((kind) => [kind, domainOfKinds(kind)]));

/** Parses what `printDomain` printed. */
export function parseDomain(notation: string): Domain {
  return PLAIN.get(notation) ?? parseMixed(notation);
}

function parseMixed(notation: string): Domain {
  const kinds: ValueKind[] = [];
  const values: string[] = [];
  const except: string[] = [];
  const shapes: string[] = [];
  let excepting = notation[0] === "!";
  let at = excepting ? 1 : 0;
  if (notation === "!") throw new RepriseError("BAD_NOTATION", 'nothing after "!"');
  while (at < notation.length) {
    if (notation[at] === '"') {
      const end = quotedEnd(notation, at) + 1;
      (excepting ? except : values).push(unquote(notation.slice(at, end)));
      at = end;
    } else if (!excepting && notation.startsWith('shape("', at)) {
      const end = quotedEnd(notation, at + 6) + 1;
      shapes.push(unquote(notation.slice(at + 6, end)));
      if (notation[end] !== ")")
        throw new RepriseError("BAD_NOTATION", `expected ")" in ${JSON.stringify(notation)} at ${end}`);
      at = end + 1;
    } else {
      const word = /^[a-z]*/.exec(notation.slice(at, at + 32))?.[0] ?? "";
      if (excepting || !isValueKind(word))
        throw new RepriseError("BAD_NOTATION", `${JSON.stringify(notation.slice(at))} is no kind of value`);
      kinds.push(word);
      at += word.length;
    }
    if (at === notation.length) break;
    const mark = notation[at];
    if (mark !== "|" && mark !== "!")
      throw new RepriseError("BAD_NOTATION", `expected "|" or "!" in ${JSON.stringify(notation)} at ${at}`);
    if (mark === "|" && excepting)
      throw new RepriseError("BAD_NOTATION", `excepted values come last in ${JSON.stringify(notation)}`);
    excepting = mark === "!";
    at++;
    if (at === notation.length)
      throw new RepriseError("BAD_NOTATION", `nothing after "${mark}" in ${JSON.stringify(notation)}`);
  }
  return { kinds, values, except, ...(shapes.length > 0 && { shapes }) };
}
