/** How a value follows from others that are known to be data: a part of one, or another form of it. */
import { evaluate, type UserFunction } from "../../template/derivation/evaluate.js";
import {
  type Bindings,
  callOf,
  constantOf,
  type Expression,
  variable,
} from "../../template/derivation/expression.js";
import { type Json, Numeral, scalarText } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { synthesise } from "../synthesis/index.js";

// Bounds: on a value, on how many it may come from, and on how hard it is looked for.
const MAX_VALUE = 200;
const MAX_INPUTS = 4;
const BUDGET = { maxNodes: 4_000, maxCandidates: 500 };
const SOUGHT = 24;
const MAX_WORDS = 12;
// How many ways are kept.
const LIMIT = 6;

/** What a search may use. */
export interface Search {
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
  /** The work that it is a part of. */
  readonly whole?: Pace | undefined;
}

/** A value that is sought: the text of a number where it `isNumber`. */
export interface Sought {
  readonly text: string;
  readonly isNumber: boolean;
}

/**
 * The likeliest expressions that make a value of those in `given`, from this one example; none where it has
 * nothing of them. A hole that keeps them all is filled only where they agree:
 *
 *     Erik         of  { name: "Erik Dunteman" }   first_word(name) ≡ before(name, " ")
 *     2026-07-08   of  { day: "July 8, 2026" }     parse_date(day)
 *     20           of  { price: "$20" }            number(price) ≡ number(after(price, "$"))
 */
export async function formsFrom(
  given: ReadonlyMap<string, string>,
  { text, isNumber }: Sought,
  search: Search = {},
): Promise<readonly Expression[]> {
  const written = isNumber ? [...given].filter(([, value]) => isWrittenOtherwise(value, text)) : [];
  if (written.length > 0) return written.map(([name]) => asNumber(name));
  const related = [...given]
    .filter(([, value]) => value !== text && new Relatives([value]).include(text))
    .slice(0, MAX_INPUTS);
  if (related.length === 0) return [];
  const output: Json = isNumber ? new Numeral(text) : text;
  const inputs = new Map(related);
  const found = await synthesise([{ inputs, output }], { budget: BUDGET, limit: SOUGHT, ...search });
  const ways = found
    .filter(({ expression, table }) => !table && !cutsWord(expression, inputs))
    .map(({ expression }) => expression);
  return ways.length > 0 || isNumber ? ways.slice(0, LIMIT) : wordByWord(inputs, text, search);
}

/**
 * A text put together from its words: those that have something of a value are made of it, the others stay as
 * they are.
 */
async function wordByWord(
  inputs: ReadonlyMap<string, string>,
  text: string,
  search: Search = {},
): Promise<readonly Expression[]> {
  const words = text.match(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+/gu) ?? [];
  if (words.length < 2 || words.length > MAX_WORDS) return [];
  const all: (readonly Expression[])[] = [];
  for (const word of words) {
    const whole = [...inputs].filter(([, value]) => value === word).map(([name]) => variable(name));
    const ways = whole.length > 0 ? whole : await formsFrom(inputs, { text: word, isNumber: false }, search);
    // A word of theirs that cannot be made of them: then nothing can.
    if (ways.length === 0 && new Relatives(inputs.values()).include(word)) return [];
    all.push(ways.length > 0 ? ways : [constantOf(word)]);
  }
  const count = Math.min(LIMIT, Math.max(...all.map((ways) => ways.length)));
  return Array.from({ length: count }, (_, index) =>
    callOf("concat", ...joined(all.map((ways) => ways[Math.min(index, ways.length - 1)] as Expression))),
  );
}

/** Constants side by side as one. */
function joined(parts: readonly Expression[]): Expression[] {
  const all: Expression[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (last?.kind === "literal" && part.kind === "literal")
      all[all.length - 1] = constantOf(`${last.value}${part.value}`);
    else all.push(part);
  }
  return all;
}

/**
 * Whether a concatenation joins a constant and what is made of a value in the midst of a word: `exampl` and
 * the `e` of Erik.
 */
function cutsWord(expression: Expression, inputs: Bindings): boolean {
  if (expression.kind !== "call") return false;
  if (expression.name !== "concat") return expression.args.some((arg) => cutsWord(arg, inputs));
  const texts = expression.args.map((arg) => scalarText(valueOf(arg, inputs)) ?? "");
  return expression.args.some((arg, index) => {
    const next = expression.args[index + 1];
    if (!next || (arg.kind === "literal") === (next.kind === "literal")) return false;
    return /\p{L}\p{L}|\p{N}\p{N}/u.test(`${texts[index]?.slice(-1)}${texts[index + 1]?.slice(0, 1)}`);
  });
}

function valueOf(expression: Expression, inputs: Bindings): Json {
  const result = evaluate(expression, inputs);
  return result.ok ? result.value : null;
}

/** The number that a variable's text is, as programs write it: `346.2` of `346.20`. */
export function asNumber(name: string): Expression {
  return callOf("round", callOf("number", variable(name)), constantOf(MAX_DECIMALS));
}

const MAX_DECIMALS = 10;

/** Whether a text is a number, but not in these digits. */
function isWrittenOtherwise(value: string, digits: string): boolean {
  const number = read("number", value);
  return number !== undefined && number !== digits && Number(number) === Number(digits);
}

/**
 * Values, and which texts may be made of them: those that share a word or a number with one, and dates, times
 * and numbers in words where one of them is such.
 */
export class Relatives {
  private readonly words = new Set<string>();
  /** The numbers that are said in words. */
  private readonly numbers = new Set<string>();
  private readonly digits: ReadonlySet<string>;
  private readonly readings: readonly ((text: string) => boolean)[];

  constructor(values: Iterable<string>) {
    const known = [...values].filter((value) => value !== "" && value.length <= MAX_VALUE);
    for (const value of known) for (const word of wordsOf(value)) this.words.add(word);
    for (const value of known) this.numbers.add(numberInWords(value) ?? "");
    this.digits = new Set(known);
    this.readings = [isDate, isTime].filter((reads) => known.some(reads));
  }

  /** Whether a text may be made of one of the values. */
  include(text: string): boolean {
    if (text === "" || text.length > MAX_VALUE) return false;
    if (wordsOf(text).some((word) => this.words.has(word))) return true;
    return (
      this.numbers.has(text) ||
      this.digits.has(numberInWords(text) ?? "") ||
      this.readings.some((reads) => reads(text))
    );
  }
}

/** Words of a text without their case, runs of letters and of digits apart. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{N}+|[\p{L}\p{M}]{2,}/gu) ?? [];
}

// A day of a month in words is a date without its year too.
const isDate = (text: string): boolean =>
  /\d/.test(text) &&
  (read("parse_date", text) ??
    (/\p{L}{3}/u.test(text) ? read("parse_date", text, "2000-01-01") : undefined)) !== undefined;
// A bare number is a time too rarely.
const isTime = (text: string): boolean =>
  /\d:\d|\d ?[ap]\.?m/i.test(text) && read("parse_time", text) !== undefined;

/** The digits of a number that is said in words. */
function numberInWords(text: string): string | undefined {
  return /^[a-z]/i.test(text) ? read("from_words", text) : undefined;
}

function read(name: string, text: string, ...more: readonly string[]): string | undefined {
  const call = callOf(name, variable("x"), ...more.map(constantOf));
  const result = text.length > 60 ? undefined : evaluate(call, new Map([["x", text]]));
  return result?.ok ? scalarText(result.value) : undefined;
}
