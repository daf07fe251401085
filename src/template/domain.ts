/** What the values of a slot look like, and which value is refused. */
import { type Json, scalarText } from "./json.js";
import { hasShape } from "./shape.js";

/**
 * A set of values: those of any kind in `kinds`, those listed in `values`, and JSON values of a shape in `shapes`,
 * without those in `except`. With none of them it accepts nothing.
 */
export interface Domain {
  readonly kinds: readonly Kind[];
  readonly values: readonly string[];
  readonly except: readonly string[];
  /** Shapes, as `shapeOf` prints them, of lists and objects. */
  readonly shapes?: readonly string[];
}

const NO_EDGE_SPACE = /^\S(?:[^\n\r]*\S)?$/;

// Each test is anchored and free of nested repetition, so it is linear in the value. Short kinds have a length cap.
const TESTS = {
  boolean: (text: string) => text === "true" || text === "false",
  integer: (text: string) => text.length <= 40 && /^-?\d+$/.test(text),
  number: (text: string) => text.length <= 40 && /^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/.test(text),
  ordinal: (text: string) => /^\d{1,9}(?:st|nd|rd|th)$/.test(text),
  percent: (text: string) => text.length <= 40 && /^-?\d+(?:\.\d+)? ?%$/.test(text),
  money: (text: string) => text.length <= 40 && /^-?[$€£¥] ?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/.test(text),
  date: (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text),
  time: (text: string) => /^\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?$/.test(text),
  datetime: (text: string) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/.test(text),
  uuid: (text: string) => /^[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}$/.test(text),
  email: (text: string) => text.length <= 254 && /^[^\s@<>"',;:()[\]\\]+@[\w-]+(?:\.[\w-]+)+$/.test(text),
  url: (text: string) => text.length <= 2048 && /^[a-zA-Z][a-zA-Z\d+.-]{1,20}:\/\/[^\s"<>]+$/.test(text),
  phone: (text: string) => /^\+?[\d(][\d ().-]{5,24}\d$/.test(text),
  path: (text: string) => text.length <= 1024 && /^[\w.~-]*(?:\/[\w.@%+~-]+)+\/?$/.test(text),
  code: (text: string) => text.length <= 128 && /^[\p{L}\p{N}_.#/:-]*[\p{N}_][\p{L}\p{N}_.#/:-]*$/u.test(text),
  word: (text: string) => text.length <= 64 && /^[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*\.?$/u.test(text),
  words: (text: string) => text.length <= 256 && /^[\p{L}\p{M}\p{N}'’.&-]+(?: [\p{L}\p{M}\p{N}'’.&-]+)*$/u.test(text),
  line: (text: string) => NO_EDGE_SPACE.test(text),
  text: (text: string) => text !== "" && text.trim() === text,
  any: () => true,
} satisfies Record<string, (text: string) => boolean>;

/** The kinds of value a domain is made of, narrow to wide; `json` is any JSON value that is not a scalar. */
export type Kind = keyof typeof TESTS | "json";

/** Every kind, narrow to wide. */
export const KINDS: readonly Kind[] = [...(Object.keys(TESTS) as Kind[]), "json"];

export function isKind(name: string): name is Kind {
  return name === "json" || Object.hasOwn(TESTS, name);
}

/** A domain of kinds only. */
export function domainOfKinds(...kinds: Kind[]): Domain {
  return { kinds, values: [], except: [] };
}

/** What a slot takes when its notation names no domain: one line without spaces at its ends. */
export const DEFAULT_DOMAIN: Domain = domainOfKinds("line");

/** Whether a text is of a kind. */
export function isOfKind(kind: Kind, text: string): boolean {
  return kind !== "json" && TESTS[kind](text);
}

/** The narrowest kind a value is of. */
export function kindOf(value: Json): Kind {
  const text = scalarText(value);
  if (text === undefined) return "json";
  return KINDS.find((kind) => isOfKind(kind, text)) as Kind;
}

/** Whether a domain takes a value. Scalars are judged by their text, `null`, lists and objects by kind `json`. */
export function accepts(domain: Domain, value: Json): boolean {
  const text = scalarText(value);
  if (text === undefined) {
    return (
      domain.kinds.includes("json") || domain.kinds.includes("any") || (domain.shapes?.some((shape) => hasShape(shape, value)) ?? false)
    );
  }
  if (domain.except.includes(text)) return false;
  if (domain.values.includes(text)) return true;
  return domain.kinds.some((kind) => isOfKind(kind, text));
}

// Direct supersets; `covers` follows them. Everything but json is within line, which is within text, which is within any.
const WIDER: Partial<Record<Kind, readonly Kind[]>> = {
  boolean: ["word"],
  integer: ["number", "code", "words"],
  date: ["code"],
  uuid: ["words", "code"],
  word: ["words"],
};

/** Whether kind `wide` takes every value that kind `narrow` takes. */
export function kindCovers(wide: Kind, narrow: Kind): boolean {
  if (wide === narrow || wide === "any") return true;
  if (narrow === "json" || wide === "json" || narrow === "any") return false;
  if (wide === "text") return true;
  if (narrow === "text") return false;
  if (wide === "line") return true;
  return (WIDER[narrow] ?? []).some((next) => kindCovers(wide, next));
}

/** Whether domain `wide` takes every value that `narrow` takes. May say no of a pair it cannot decide. */
export function domainCovers(wide: Domain, narrow: Domain): boolean {
  if (wide.except.some((value) => accepts(narrow, value))) return false;
  const takesAnyJson = wide.kinds.includes("json") || wide.kinds.includes("any");
  return (
    (narrow.shapes ?? []).every((shape) => takesAnyJson || wide.shapes?.includes(shape)) &&
    narrow.kinds.every((kind) => wide.kinds.some((other) => kindCovers(other, kind))) &&
    narrow.values.every((value) => narrow.except.includes(value) || accepts(wide, value))
  );
}
