/**
 * Whether a text enumerates values, where, and how the list is read out of it: `Ann, Bob and Cid`, or a line
 * for each.
 */
import { evaluate } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { equalJson, type Json } from "../../template/json.js";
import { isBoundary } from "./bind-values.js";

/** A stretch of a text that is a list, and the ways to read it. */
export interface Enumeration {
  readonly start: number;
  readonly end: number;
  /** Makes the list of a variable that holds the stretch. */
  readonly read: (name: string) => Expression;
}

// What stands between two items: signs and white space, an "and" among them or none.
const GAP = /^[^\p{L}\p{N}]{0,8}(?:\band\b[^\p{L}\p{N}]{0,8})?$/u;
const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", "`": "`", "“": "”", "‘": "’" };

/**
 * The stretch of a text that says these values one after the other, and nothing else; `undefined` if none
 * does, or several.
 */
export function enumerationIn(text: string, values: readonly string[]): Enumeration | undefined {
  const [first = "", ...rest] = values;
  if (rest.length === 0 || new Set(values).size < values.length || values.includes("")) return undefined;
  const found: Enumeration[] = [];
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    if (!standsAt(text, first, start)) continue;
    const end = endOf(text, start + first.length, rest);
    const enumeration = end === undefined ? undefined : readingOf(text, { start, end }, values);
    if (enumeration) found.push(enumeration);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** Whether a text says a value, from token boundary to token boundary. */
export function holds(text: string, value: string): boolean {
  return countIn(text, value) > 0;
}

/** How often a text says a value, from token boundary to token boundary. */
export function countIn(text: string, value: string): number {
  let count = 0;
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
    if (standsAt(text, value, start)) count++;
  return count;
}

function standsAt(text: string, value: string, start: number): boolean {
  return isBoundary(text, start) && isBoundary(text, start + value.length);
}

/** Where the last of some values ends that follow on each other with nothing but gaps between them. */
function endOf(text: string, from: number, values: readonly string[]): number | undefined {
  let at = from;
  for (const value of values) {
    const start = text.indexOf(value, at + 1);
    if (
      start < 0 ||
      start - at > MAX_GAP ||
      !GAP.test(text.slice(at, start)) ||
      !standsAt(text, value, start)
    )
      return undefined;
    at = start + value.length;
  }
  return at;
}

const MAX_GAP = 20;

function readingOf(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  values: readonly string[],
): Enumeration | undefined {
  // 1. With the quotation marks around the first and the last, if there are any.
  const isQuoted = QUOTES[text[start - 1] ?? ""] === text[end] && end < text.length;
  const [from, to] = isQuoted ? [start - 1, end + 1] : [start, end];
  const items = [...values];
  if (gives(callOf("enumerated", variable("x")), text.slice(from, to), items))
    return { start: from, end: to, read: (name) => callOf("enumerated", variable(name)) };
  // 2. By one separator. A space alone is within a name as often as between two.
  const gap = text.slice(
    start + (values[0] ?? "").length,
    text.indexOf(values[1] ?? "", start + (values[0] ?? "").length + 1),
  );
  const split = (name: string): Expression => callOf("listed", variable(name), constantOf(gap));
  const isApart = gap.trim() !== "" || gap.includes("\n");
  return isApart && gives(split("x"), text.slice(start, end), items)
    ? { start, end, read: split }
    : undefined;
}

/** Whether an expression over `x` gives a list. */
function gives(expression: Expression, x: string, wanted: readonly Json[]): boolean {
  const result = evaluate(expression, new Map([["x", x]]));
  return result.ok && equalJson(result.value, [...wanted]);
}
