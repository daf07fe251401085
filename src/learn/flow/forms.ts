/** Finds, in a text, stretches that say a value in another form: another case, a date in words, a number word. */
import { evaluate } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { Numeral, scalarText } from "../../template/json.js";
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
// How a number in words begins, and what it is made of; what it says is for the evaluation to tell.
const NUMBER_WORDS =
  /^(?:minus|negative|zero|one|two|three|four|five|six|seven|eight|nin|ten|eleven|twel|thir|fif|twen|for|eigh|hundred|thousand|million|billion|a |first|second)[a-z -]*$/i;
const MAX_SPAN = 4;
// In characters.
const MAX_LENGTH = 120;
const MAX_TOKENS = 400;

const CASE_FORMS: readonly Form[] = CASES.map((name) => (argument) => callOf(name, argument));

/** A stretch of a text from token to token, and what is left of it without case, spaces and signs. */
interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly bare: string;
}

/** The stretches of one text of up to four tokens, the longest first: made once, and asked for value after value. */
export class Spans {
  private readonly all: Span[] = [];
  private readonly byBare = new Map<string, Span[]>();

  constructor(source: string) {
    const tokens = tokensOf(source).slice(0, MAX_TOKENS);
    for (let length = Math.min(MAX_SPAN, tokens.length); length > 0; length--) {
      for (let first = 0; first + length <= tokens.length; first++) {
        const start = (tokens[first] as Mention).start;
        const end = (tokens[first + length - 1] as Mention).end;
        if (end - start > MAX_LENGTH) continue;
        const text = source.slice(start, end);
        const span = { text, start, end, bare: bare(text) };
        this.all.push(span);
        const alike = this.byBare.get(span.bare);
        if (alike) alike.push(span);
        else this.byBare.set(span.bare, [span]);
      }
    }
  }

  /** The stretches that say `value` in another form, the longest first. */
  saying(value: string, isNumber: boolean): Formed[] {
    const wanted = bare(value);
    const others = candidatesFor(value);
    // What differs in case and signs alone is found at once; what is read as a date, a time or a number must be looked at.
    const spans = others.length > 0 ? this.all : wanted.length >= 2 ? (this.byBare.get(wanted) ?? []) : [];
    return spans.flatMap(({ text: span, start, end, bare: plain }) => {
      const cases = plain === wanted && wanted.length >= 2 && span !== value ? CASE_FORMS : [];
      const suited = others.filter(({ suits }) => suits(span)).map(({ form }) => form);
      const forms = [...cases, ...suited].filter((form) => gives(form, span, value, isNumber));
      return forms.length > 0 ? [{ span, start, end, forms }] : [];
    });
  }
}

interface Candidate {
  /** A cheap test before anything is evaluated. */
  readonly suits: (span: string) => boolean;
  readonly form: Form;
}

/** The forms that read a date, a time or a number out of words. */
function candidatesFor(value: string): Candidate[] {
  const candidates: Candidate[] = [];
  const date = /^(\d{4})-\d\d-\d\d/.exec(value);
  if (date) {
    const rest = value.slice(10);
    const suits = (span: string): boolean => /\d/.test(span) && /\p{L}{3}|[/.-]/u.test(span) && !span.startsWith(value);
    const withTime = (day: Form): Form => (rest === "" ? day : (argument) => callOf("concat", day(argument), constantOf(rest)));
    const year = date[1] as string;
    // In digits, what the order of day and month was here it will be again; elsewhere only a missing year is taken from here.
    for (const format of NUMERIC_DATES) {
      candidates.push({
        suits: (span) => suits(span) && NUMERIC_DATE.test(span),
        form: withTime((argument) => callOf("read_date", argument, constantOf(format))),
      });
    }
    const inWords = (span: string): boolean => suits(span) && !NUMERIC_DATE.test(span);
    candidates.push({
      suits: (span) => inWords(span) && span.includes(year),
      form: withTime((argument) => callOf("parse_date", argument)),
    });
    candidates.push({
      suits: (span) => inWords(span) && !span.includes(year),
      form: withTime((argument) => callOf("parse_date", argument, constantOf(`${year}-01-01`))),
    });
  }
  if (/^\d\d:\d\d/.test(value)) {
    const suits = (span: string): boolean => span !== value && /\d/.test(span);
    const time: Form = (argument) => callOf("parse_time", argument);
    candidates.push({ suits, form: value.length === 5 ? (argument) => callOf("format_time", time(argument), constantOf("HH:mm")) : time });
  }
  if (/^\d{1,9}$/.test(value)) {
    const suits = (span: string): boolean => span.length <= 40 && NUMBER_WORDS.test(span);
    candidates.push({ suits, form: (argument) => callOf("from_words", argument) });
    candidates.push({ suits, form: (argument) => callOf("text", callOf("from_words", argument)) });
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
