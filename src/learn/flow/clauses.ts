/**
 * Clauses that a text says again and again with other values (`a value of "Erik" for field "Name"`, or a line
 * for each), and the arguments that are made of them.
 */
import { evaluate } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression } from "../../template/derivation/expression.js";
import { BETWEEN_CLAUSES } from "../../template/derivation/functions/clauses.js";
import { equalJson, type Json, Numeral, scalarText } from "../../template/json.js";
import { tokensOf } from "./mentions.js";

/** A stretch of a text that is nothing but clauses of one frame. */
export interface Clauses {
  readonly start: number;
  readonly end: number;
  /** What stands before, between and behind the values of a clause; see the function `clauses`. */
  readonly frame: readonly string[];
  /** The values of each clause. */
  readonly rows: readonly (readonly string[])[];
}

// Bounds: on the quotations of a text, and on the values of one clause.
const MAX_QUOTED = 200;
const MAX_VALUES = 4;

/** The runs of two clauses and more, of two values and more each, that a text holds. */
export function clausesIn(text: string): Clauses[] {
  return [...quotedClauses(text), ...lineClauses(text)].filter(({ start, end, frame, rows }) => {
    const read = evaluate(
      callOf("clauses", constantOf(text.slice(start, end)), constantOf([...frame])),
      NONE,
    );
    return read.ok && equalJson(read.value, rows as Json);
  });
}

const NONE = new Map<string, Json>();

/** A quotation with its marks left outside. */
const QUOTATION = /"([^"\n]+)"|“([^”\n]+)”/g;

/**
 * Clauses whose values stand in quotation marks: the words between them come back in the same order.
 *
 *     … with a value of "Erik" for field "Name" and a value of "Oslo" for field "City".
 *               frame:  a value of "{}" for field "{}"
 */
function quotedClauses(text: string): Clauses[] {
  const values: { readonly start: number; readonly end: number }[] = [];
  for (const { 0: quoted, index } of text.matchAll(QUOTATION)) {
    if (values.length === MAX_QUOTED) return [];
    values.push({ start: index + 1, end: index + quoted.length - 1 });
  }
  const between = (at: number): string =>
    text.slice(values[at - 1]?.end ?? 0, values[at]?.start ?? text.length);
  const found: Clauses[] = [];
  for (let first = 0; first < values.length; first++) {
    for (let size = 2; size <= MAX_VALUES && first + 2 * size <= values.length; size++) {
      const open = opening(between(first), between(first + size));
      if (open === undefined) continue;
      const inner = Array.from({ length: size - 1 }, (_, at) => between(first + at + 1));
      let last = first;
      while (last + size <= values.length) {
        const isSame = inner.every((literal, at) => between(last + at + 1) === literal);
        if (!isSame) break;
        last += size;
        if (opening(open, between(last)) !== open) break;
      }
      if (last - first < 2 * size) continue;
      const close = text.charAt(values[last - 1]?.end ?? 0);
      const rows: string[][] = [];
      for (let at = first; at < last; at += size)
        rows.push(values.slice(at, at + size).map(({ start, end }) => text.slice(start, end)));
      const start = (values[first]?.start ?? 0) - open.length;
      found.push({ start, end: (values[last - 1]?.end ?? 0) + 1, frame: [open, ...inner, close], rows });
      first = last - 1;
      break;
    }
  }
  return found;
}

/**
 * What a clause begins with, by what stands before one and what stands between it and the next: `a value of
 * "` of `… with a value of "` and `" and a value of "`.
 */
function opening(before: string, next: string): string | undefined {
  const rest = next.slice(1);
  const gap = BETWEEN_CLAUSES.exec(rest)?.[0];
  if (gap === undefined) return undefined;
  const open = rest.slice(gap.length);
  return before.endsWith(open) ? open : undefined;
}

/**
 * Signs that tell a value of a line from the next one, with the spaces around them: few, so that a text of
 * nothing but spaces is read in no time.
 */
const SIGNS = /(?:[ \t]{0,4}(?:->|=>|[=|→⇒()[\]{}"“”\t])[ \t]{0,4}|[ \t]{0,4}:[ \t]{1,4})+/g;
const BULLET = /^\s*(?:[-*•–+]\s+)?/;

/**
 * Clauses that are a line each: the signs in them come back in every line.
 *
 *     - Model (ascending)
 *     - Updated by (descending)      frame:  - {} ({})
 */
function lineClauses(text: string): Clauses[] {
  const found: Clauses[] = [];
  let run: { start: number; end: number; frame: readonly string[]; rows: string[][] } | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    const read = readLine(line);
    const end = at + line.length;
    if (read && run && equalJson([...read.frame], [...run.frame])) {
      run.rows.push(read.values);
      run.end = end;
    } else {
      if (run && run.rows.length > 1) found.push(run);
      run = read && { start: at, end, frame: read.frame, rows: [read.values] };
    }
    at = end + 1;
  }
  if (run && run.rows.length > 1) found.push(run);
  return found;
}

function readLine(line: string): { frame: string[]; values: string[] } | undefined {
  const open = BULLET.exec(line)?.[0] ?? "";
  const rest = line.slice(open.length);
  const frame = [open];
  const values: string[] = [];
  let at = 0;
  for (const { 0: sign, index } of rest.matchAll(SIGNS)) {
    if (index === 0) frame[0] += sign;
    else {
      values.push(rest.slice(at, index));
      frame.push(sign);
    }
    at = index + sign.length;
  }
  if (at < rest.length) {
    values.push(rest.slice(at));
    frame.push("");
  }
  const isRow = values.length >= 2 && values.length <= MAX_VALUES;
  return isRow && values.every((value) => /[\p{L}\p{N}]/u.test(value)) ? { frame, values } : undefined;
}

/** What an argument is made of, and where it stands. */
export interface Clausal {
  readonly rows: Clauses["rows"];
  /** Gives the rows. */
  readonly list: Expression;
  /** The argument's place, under which it is known what a text stands for. */
  readonly place: string;
}

/**
 * The ways to make an argument of clauses: a list with a value for each, a list of records, or an object with
 * an entry for each. None if it does not follow from them.
 */
export function madeOfClauses(value: Json, { rows, list, place }: Clausal): Expression[] {
  if (Array.isArray(value)) {
    if (value.length !== rows.length) return [];
    const keys = value[0] instanceof Map ? [...value[0].keys()] : undefined;
    if (!keys) return columnWays(value, { rows, list, place: `${place}[]` });
    const columns = keys.map((key) => {
      const column = value.map((item) =>
        item instanceof Map && item.size === keys.length ? item.get(key) : undefined,
      );
      if (column.includes(undefined)) return undefined;
      return columnWays(column as Json[], { rows, list, place: `${place}[].${key}` })[0];
    });
    if (columns.includes(undefined)) return [];
    return [callOf("records", constantOf(keys), callOf("list", ...(columns as Expression[])))];
  }
  if (!(value instanceof Map) || value.size !== rows.length) return [];
  const entries = inOrder([...value], rows);
  const keys = columnWays(
    entries.map(([key]) => key),
    { rows, list, place: `${place}.*` },
  );
  const values = columnWays(
    entries.map(([, each]) => each),
    { rows, list, place: `${place}.` },
  );
  return keys.flatMap((key) => values.map((each) => callOf("object", key, each)));
}

/** The entries of an object in the order of the clauses that say their values; as they are, if none tells. */
function inOrder(entries: [string, Json][], rows: Clauses["rows"]): [string, Json][] {
  for (const column of rows[0]?.keys() ?? []) {
    const ordered = rows.map((row) => entries.filter(([, value]) => scalarText(value) === row[column]));
    if (ordered.every(({ length }) => length === 1)) return ordered.map(([entry]) => entry as [string, Json]);
  }
  return entries;
}

/** The ways to a value for each row: one of the row's own, or what one of them stands for. */
function columnWays(values: readonly Json[], { rows, list, place }: Clausal): Expression[] {
  const columns = [...(rows[0]?.keys() ?? [])];
  const textsAt = (column: number): string[] => rows.map((row) => row[column] ?? "");
  const read = (column: number): Expression => callOf("map", list, constantOf(column));
  const copied = columns.filter((column) => equalJson(textsAt(column), [...values]));
  if (copied.length > 0) return copied.map(read);
  const numbers = columns.filter((column) =>
    textsAt(column).every(
      (text, row) => values[row] instanceof Numeral && scalarText(values[row] as Json) === text,
    ),
  );
  if (numbers.length > 0) return numbers.map((column) => numbersIn(read(column)));
  if (values.some((value) => scalarText(value) === undefined)) return [];
  const kin = columns.map(
    (column) => textsAt(column).filter((text, row) => areKin(text, values[row] as Json)).length,
  );
  const most = Math.max(...kin);
  if (most * 2 < rows.length) return [];
  return columns
    .filter((column) => kin[column] === most && isOneValued(textsAt(column), values))
    .map((column) => callOf("known", read(column), constantOf(place)));
}

/** Whether equal texts go with equal values. */
function isOneValued(texts: readonly string[], values: readonly Json[]): boolean {
  return texts.every((text, row) => equalJson(values[texts.indexOf(text)] as Json, values[row] as Json));
}

/** Whether a text and a value share a word, or the beginning of one: "Updated by" and `sys_updated_by`. */
function areKin(text: string, value: Json): boolean {
  const words = (each: string): string[] =>
    tokensOf(each.toLowerCase())
      .flatMap(({ text: token }) => token.split(/[^\p{L}\p{N}]+/u))
      .filter(({ length }) => length > 1);
  const others = words(scalarText(value) ?? "");
  return words(text).some((word) =>
    others.some((other) => word === other || word.slice(0, STEM) === other.slice(0, STEM)),
  );
}

const STEM = 3;

/** Reads a list of texts as numbers; one that is none is a fault. */
export function numbersIn(texts: Expression): Expression {
  return callOf(
    "from_json",
    callOf("concat", constantOf("["), callOf("join", texts, constantOf(",")), constantOf("]")),
  );
}
