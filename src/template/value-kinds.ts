/**
 * The kinds of value: one row each says all there is to know of a kind, so that a new one is one more row.
 */
import { type Json, scalarText } from "./json.js";

/** What is known of a kind of text. `Name` are the names of all of them. */
interface ValueKindRow<Name> {
  /**
   * Whether a text is of the kind. Linear in the text: anchored, free of nested repetition, and capped where
   * the kind is short.
   */
  readonly test: (text: string) => boolean;
  /** A text of the kind. */
  readonly sample: string;
  /** Kinds that take every such text, the nearest ones; beyond them `line`, `text` and `any` take it. */
  readonly wider?: readonly Name[];
  /** The form tells nearly everything: one is as good as another, as integers and addresses are. */
  readonly typed?: true;
  /**
   * A slot that has held such texts only is bound to the form; of other kinds it reaches as far as a line.
   */
  readonly formed?: true;
  /** It tells nothing of the form: nearly every text is of it. */
  readonly open?: true;
  /** The kind of the slot where a caller has named such a value as data; without it, this kind itself. */
  readonly named?: Name;
}

/** The table with its names checked: a kind that another row speaks of must be one. */
function rows<Name extends string>(table: Readonly<Record<Name, ValueKindRow<NoInfer<Name>>>>): typeof table {
  return table;
}

const matches =
  (pattern: RegExp, most = Number.POSITIVE_INFINITY) =>
  (text: string): boolean =>
    text.length <= most && pattern.test(text);

/** The rows, narrow to wide: a text is of the first kind that takes it. */
const ROWS = rows({
  boolean: { test: (text) => text === "true" || text === "false", sample: "true", wider: ["word"] },
  integer: {
    test: matches(/^-?\d+$/, 40),
    sample: "7",
    wider: ["number", "code", "words"],
    typed: true,
    formed: true,
  },
  number: {
    test: matches(/^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/, 40),
    sample: "7.5",
    typed: true,
    formed: true,
  },
  ordinal: { test: matches(/^\d{1,9}(?:st|nd|rd|th)$/), sample: "7th", typed: true, formed: true },
  percent: { test: matches(/^-?\d+(?:\.\d+)? ?%$/, 40), sample: "7%", typed: true, formed: true },
  money: {
    test: matches(/^-?[$€£¥] ?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/, 40),
    sample: "$7.50",
    typed: true,
    formed: true,
  },
  date: {
    test: matches(/^\d{4}-\d{2}-\d{2}$/),
    sample: "2001-02-03",
    wider: ["code"],
    typed: true,
    formed: true,
  },
  time: {
    test: matches(/^\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?$/),
    sample: "10:20",
    typed: true,
    formed: true,
  },
  datetime: {
    test: matches(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?$/),
    sample: "2001-02-03T10:20:30Z",
    typed: true,
    formed: true,
  },
  uuid: {
    test: matches(/^[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}$/),
    sample: "01234567-89ab-cdef-0123-456789abcdef",
    wider: ["words", "code"],
    typed: true,
    formed: true,
  },
  email: {
    test: matches(/^[^\s@<>"',;:()[\]\\]+@[\w-]+(?:\.[\w-]+)+$/, 254),
    sample: "a@b.example",
    typed: true,
    formed: true,
  },
  url: {
    test: matches(/^[a-zA-Z][a-zA-Z\d+.-]{1,20}:\/\/[^\s"<>]+$/, 2048),
    sample: "https://b.example/a",
    typed: true,
    formed: true,
  },
  phone: { test: matches(/^\+?[\d(][\d ().-]{5,24}\d$/), sample: "+1 555 0100", typed: true },
  path: { test: matches(/^[\w.~-]*(?:\/[\w.@%+~-]+)+\/?$/, 1024), sample: "/a/b" },
  code: { test: matches(/^[\p{L}\p{N}_.#/:-]*[\p{N}_][\p{L}\p{N}_.#/:-]*$/u, 128), sample: "a_7" },
  word: {
    test: matches(/^[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*\.?$/u, 64),
    sample: "alpha",
    wider: ["words"],
    named: "words",
  },
  words: {
    test: matches(/^[\p{L}\p{M}\p{N}'’.&-]+(?: [\p{L}\p{M}\p{N}'’.&-]+)*$/u, 256),
    sample: "alpha beta",
  },
  line: { test: matches(/^\S(?:[^\n\r]*\S)?$/), sample: "alpha, (beta)", open: true },
  text: { test: (text) => text !== "" && text.trim() === text, sample: "alpha\nbeta", open: true },
  any: { test: () => true, sample: " alpha\nbeta ", open: true },
});

/** The name of a kind; `json` is any JSON value that is not a scalar. */
export type ValueKind = keyof typeof ROWS | "json";

/** Every kind, narrow to wide. */
export const VALUE_KINDS: readonly ValueKind[] = [...(Object.keys(ROWS) as (keyof typeof ROWS)[]), "json"];

/** The row of a kind; none of `json`, which is no kind of text. */
function rowOf(kind: ValueKind): ValueKindRow<keyof typeof ROWS> | undefined {
  return kind === "json" ? undefined : ROWS[kind];
}

export function isValueKind(name: string): name is ValueKind {
  return name === "json" || Object.hasOwn(ROWS, name);
}

/** Whether a text is of a kind. */
export function isOfKind(kind: ValueKind, text: string): boolean {
  return rowOf(kind)?.test(text) ?? false;
}

/** The narrowest kind a value is of. */
export function valueKindOf(value: Json): ValueKind {
  const text = scalarText(value);
  if (text === undefined) return "json";
  return VALUE_KINDS.find((kind) => isOfKind(kind, text)) as ValueKind;
}

/** A text of a kind. */
export function sampleOf(kind: ValueKind): string {
  return rowOf(kind)?.sample ?? "";
}

/** Whether the form of a kind tells nearly everything: one is as good as another. */
export function isTyped(kind: ValueKind): boolean {
  return rowOf(kind)?.typed === true;
}

/** Whether the form of a kind is worth keeping as the bound of a slot. */
export function isFormed(kind: ValueKind): boolean {
  return rowOf(kind)?.formed === true;
}

/** Whether a kind tells nothing of the form of what is of it. */
export function isOpen(kind: ValueKind): boolean {
  return rowOf(kind)?.open === true;
}

/** The narrowest kind of a text that tells nothing of its form. */
export function openKindOf(text: string): ValueKind {
  return VALUE_KINDS.find((kind) => isOpen(kind) && isOfKind(kind, text)) as ValueKind;
}

/** The kind of a slot where a caller has named a value as data. */
export function namedKindOf(value: Json): ValueKind {
  const kind = valueKindOf(value);
  return rowOf(kind)?.named ?? kind;
}

/**
 * Whether kind `wide` takes every value that kind `narrow` takes: everything but `json` is within `line`,
 * that within `text`, that within `any`.
 */
export function kindCovers(wide: ValueKind, narrow: ValueKind): boolean {
  if (wide === narrow || wide === "any") return true;
  if (narrow === "json" || wide === "json" || narrow === "any") return false;
  if (wide === "text") return true;
  if (narrow === "text") return false;
  if (wide === "line") return true;
  return (rowOf(narrow)?.wider ?? []).some((next) => kindCovers(wide, next));
}
