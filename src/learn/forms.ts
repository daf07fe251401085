/** Finds, in a text, stretches that say a value in another form: another case, a date in words, a number word. */
import { evaluate } from "../template/derivation/evaluate.js";
import type { Expression } from "../template/derivation/expression.js";
import { variable } from "../template/derivation/expression.js";
import { Numeral, scalarText } from "../template/json.js";
import { type Mention, tokensOf } from "./mentions.js";

/** Makes the expression that turns what `argument` gives into the value. */
export type Form = (argument: Expression) => Expression;

/** A stretch of a text and the forms that turn it into the value. */
export interface Formed {
  readonly span: string;
  readonly start: number;
  readonly end: number;
  readonly forms: readonly Form[];
}

const CASES = ["lower", "upper", "title", "capitalise", "snake_case", "kebab_case", "camel_case", "spaced"];
const NUMERIC_DATE = /^\d{1,2}([/.-])\d{1,2}\1\d{4}$/;
const NUMERIC_DATES = ["/", ".", "-"].flatMap((sign) =>
  ["MM DD YYYY", "M D YYYY", "DD MM YYYY", "D M YYYY"].map((order) => order.replaceAll(" ", sign)),
);
const MAX_SPAN = 4;
const MAX_TOKENS = 400;

const call = (name: string, ...args: Expression[]): Expression => ({ kind: "call", name, args });
const text = (value: string): Expression => ({ kind: "literal", value });

/** The stretches of `source` that say `value` in another form, the longest first. */
export function formsOf(value: string, isNumber: boolean, source: string): Formed[] {
  const tokens = tokensOf(source).slice(0, MAX_TOKENS);
  const found: Formed[] = [];
  const candidates = candidatesFor(value);
  if (candidates.length === 0) return [];
  for (let length = Math.min(MAX_SPAN, tokens.length); length > 0; length--) {
    for (let first = 0; first + length <= tokens.length; first++) {
      const start = (tokens[first] as Mention).start;
      const end = (tokens[first + length - 1] as Mention).end;
      const span = source.slice(start, end);
      if (span.length > 120) continue;
      const forms = candidates.filter(({ suits, form }) => suits(span) && gives(form, span, value, isNumber)).map(({ form }) => form);
      if (forms.length > 0) found.push({ span, start, end, forms });
    }
  }
  return found;
}

interface Candidate {
  /** A cheap test before anything is evaluated. */
  readonly suits: (span: string) => boolean;
  readonly form: Form;
}

function candidatesFor(value: string): Candidate[] {
  const candidates: Candidate[] = [];
  const wanted = bare(value);
  if (wanted.length >= 2) {
    const suits = (span: string): boolean => span !== value && bare(span) === wanted;
    for (const name of CASES) candidates.push({ suits, form: (argument) => call(name, argument) });
  }
  const date = /^(\d{4})-\d\d-\d\d/.exec(value);
  if (date) {
    const rest = value.slice(10);
    const suits = (span: string): boolean => /\d/.test(span) && /\p{L}{3}|[/.-]/u.test(span) && !span.startsWith(value);
    const withTime = (day: Form): Form => (rest === "" ? day : (argument) => call("concat", day(argument), text(rest)));
    const year = date[1] as string;
    // In digits, what the order of day and month was here it will be again; elsewhere only a missing year is taken from here.
    for (const format of NUMERIC_DATES) {
      candidates.push({
        suits: (span) => suits(span) && NUMERIC_DATE.test(span),
        form: withTime((argument) => call("read_date", argument, text(format))),
      });
    }
    const inWords = (span: string): boolean => suits(span) && !NUMERIC_DATE.test(span);
    candidates.push({ suits: (span) => inWords(span) && span.includes(year), form: withTime((argument) => call("parse_date", argument)) });
    candidates.push({
      suits: (span) => inWords(span) && !span.includes(year),
      form: withTime((argument) => call("parse_date", argument, text(`${year}-01-01`))),
    });
  }
  if (/^\d\d:\d\d/.test(value)) {
    const suits = (span: string): boolean => span !== value && /\d/.test(span);
    const time: Form = (argument) => call("parse_time", argument);
    candidates.push({ suits, form: value.length === 5 ? (argument) => call("format_time", time(argument), text("HH:mm")) : time });
  }
  if (/^\d{1,9}$/.test(value)) {
    const suits = (span: string): boolean => /^[a-z -]{3,40}$/i.test(span);
    candidates.push({ suits, form: (argument) => call("from_words", argument) });
    candidates.push({ suits, form: (argument) => call("text", call("from_words", argument)) });
  }
  return candidates;
}

function gives(form: Form, span: string, value: string, isNumber: boolean): boolean {
  const result = evaluate(form(variable("x")), new Map([["x", span]]));
  return result.ok && scalarText(result.value) === value && result.value instanceof Numeral === isNumber;
}

function bare(value: string): string {
  return value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
