/**
 * Finds, in a text, stretches that say a value in another form: another case, a date in words, a number word.
 */

import { evaluate } from "../../template/derivation/evaluate.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { CASE_FUNCTIONS } from "../../template/derivation/functions/case.js";
import { Numeral, scalarText } from "../../template/json.js";
import { eachToken, type Mention } from "./mentions.js";

/** Makes the expression that turns what `argument` gives into the value. */
type Form = (argument: Expression) => Expression;

/** A stretch of a text and the forms that turn it into the value. */
export interface Formed {
  /** Which of the texts. */
  readonly source: number;
  readonly span: string;
  readonly start: number;
  readonly end: number;
  readonly forms: readonly Form[];
}

const NUMERIC_DATE = /^\d{1,2}([/.-])\d{1,2}\1\d{4}$/;
const NUMERIC_DATES = ["/", ".", "-"].flatMap((sign) =>
  ["MM DD YYYY", "M D YYYY", "DD MM YYYY", "D M YYYY"].map((order) => order.replaceAll(" ", sign)),
);
// How a number in words begins, and what it is made of; what it says is for the evaluation to tell.
const NUMBER_WORDS =
  /^(?:minus|negative|zero|one|two|three|four|five|six|seven|eight|nin|ten|eleven|twel|thir|fif|twen|for|eigh|hundred|thousand|million|billion|a |first|second)[a-z -]*$/i;
// With a digit, and a word or a sign as dates have them.
const WORDED_DATE = /^(?=.*\d)(?=.*(?:\p{L}{3}|[/.-]))/su;
const MAX_SPAN = 4;
// In characters.
const MAX_LENGTH = 120;
// Of one text, and of all of them; of more texts the last count.
const MAX_TOKENS = 400;
const MAX_ALL = 20_000;

const CASE_FORMS: readonly Form[] = CASE_FUNCTIONS.filter(({ isCommon }) => isCommon).map(
  ({ name }) =>
    (argument) =>
      callOf(name, argument),
);

/** A token of one of the texts, and what is left of it without case and signs. */
interface Token extends Mention {
  readonly source: number;
  readonly bare: string;
}

/** A stretch of up to four tokens, by its first and its last. */
interface Span {
  readonly text: string;
  readonly first: number;
  readonly length: number;
}

/** The stretches of texts of up to four tokens: the texts are read once, and asked for value after value. */
export class Spans {
  private readonly tokens: Token[] = [];
  /** The tokens that are equal without case and signs, by their positions. */
  private readonly byBare = new Map<string, number[]>();
  private readonly read = new Map<Parsing, ReadonlyMap<string, readonly Span[]>>();
  private readonly years = new Map<string, Parsing>();

  constructor(private readonly sources: readonly string[]) {
    const found: Token[][] = [];
    let count = 0;
    for (let source = sources.length - 1; source >= 0 && count < MAX_ALL; source--) {
      const tokens = firstTokens(sources[source] as string, MAX_TOKENS).map((token) => ({
        ...token,
        source,
        bare: bare(token.text),
      }));
      found.push(tokens);
      count += tokens.length;
    }
    for (const token of found.reverse().flat()) {
      const at = this.tokens.push(token) - 1;
      const alike = this.byBare.get(token.bare);
      if (alike) alike.push(at);
      else this.byBare.set(token.bare, [at]);
    }
  }

  /** What must be read before a value can be looked for, one token at a time; nothing the second time. */
  *readFor(value: string): Iterable<void> {
    for (const { parsing } of candidatesFor(value, (year) => this.datedIn(year))) {
      if (this.read.has(parsing)) continue;
      const read = new Map<string, Span[]>();
      for (const _ of this.eachRead(parsing, read)) yield;
      this.read.set(parsing, read);
    }
  }

  /** The stretches that say `value` in another form, text by text, the longest first. */
  saying(value: string, isNumber: boolean): Formed[] {
    for (const _ of this.readFor(value));
    const spans = new Map<string, { span: Span; forms: Form[] }>();
    const add = (span: Span, forms: readonly Form[]): void => {
      const key = `${span.first} ${span.length}`;
      const known = spans.get(key);
      if (known) known.forms.push(...forms);
      else spans.set(key, { span, forms: [...forms] });
    };
    // 1. What differs in case and signs alone. 2. What is read as a date, a time or a number.
    for (const span of this.alike(bare(value))) if (span.text !== value) add(span, CASE_FORMS);
    for (const candidate of candidatesFor(value, (year) => this.datedIn(year))) {
      for (const span of this.read.get(candidate.parsing)?.get(candidate.wanted) ?? [])
        if (candidate.suits(span.text)) add(span, [candidate.form]);
    }
    const wanted = { value, isNumber };
    const formed: (Formed & { span: string; length: number })[] = [];
    for (const { span, forms } of spans.values()) {
      const fitting = forms.filter((form) => gives(form, span.text, wanted));
      if (fitting.length === 0) continue;
      const { source, start } = this.tokens[span.first] as Token;
      formed.push({
        source,
        span: span.text,
        start,
        end: start + span.text.length,
        forms: fitting,
        length: span.length,
      });
    }
    return formed.sort(
      (left, right) => left.source - right.source || right.length - left.length || left.start - right.start,
    );
  }

  /** The stretches that are this without case and signs. */
  private *alike(wanted: string): Iterable<Span> {
    if (wanted.length < 2 || wanted.length > 2 * MAX_LENGTH) return;
    for (let length = 0; length <= wanted.length; length++) {
      for (const first of this.byBare.get(wanted.slice(0, length)) ?? []) {
        let left = wanted.length - length;
        for (let count = 1; count <= MAX_SPAN; count++) {
          if (left === 0) yield* this.span(first, count);
          const next = this.tokens[first + count]?.bare ?? "";
          if (!wanted.startsWith(next, wanted.length - left)) break;
          left -= next.length;
        }
      }
    }
  }

  /** Files the stretches that a parsing gives something of by what it gives: values come by the thousand. */
  private *eachRead({ among, base }: Parsing, read: Map<string, Span[]>): Iterable<void> {
    const form = base(variable("x"));
    for (let first = 0; first < this.tokens.length; first++) {
      yield;
      for (let count = 1; count <= MAX_SPAN; count++) {
        for (const span of this.span(first, count)) {
          if (!among.test(span.text)) continue;
          const result = evaluate(form, new Map([["x", span.text]]));
          const text = result.ok ? scalarText(result.value) : undefined;
          if (text === undefined) continue;
          const alike = read.get(text);
          if (alike) alike.push(span);
          else read.set(text, [span]);
        }
      }
    }
  }

  /** The parsing of dates that stand without their year. */
  private datedIn(year: string): Parsing {
    let parsing = this.years.get(year);
    if (!parsing) {
      parsing = {
        among: WORDED_DATE,
        base: (argument) => callOf("parse_date", argument, constantOf(`${year}-01-01`)),
      };
      this.years.set(year, parsing);
    }
    return parsing;
  }

  private *span(first: number, length: number): Iterable<Span> {
    const [from, to] = [this.tokens[first], this.tokens[first + length - 1]];
    if (!from || !to || from.source !== to.source || to.end - from.start > MAX_LENGTH) return;
    yield { text: (this.sources[from.source] as string).slice(from.start, to.end), first, length };
  }
}

function firstTokens(text: string, most: number): Mention[] {
  const tokens: Mention[] = [];
  for (const token of eachToken(text)) if (tokens.push(token) === most) break;
  return tokens;
}

/** A way to read a date, a time or a number out of words. */
interface Parsing {
  /** What may be read so. */
  readonly among: RegExp;
  /** The expression, on its own. */
  readonly base: Form;
}

interface Candidate {
  readonly parsing: Parsing;
  /** What the parsing must give. */
  readonly wanted: string;
  /** Whether a stretch that gives it is one that is meant. */
  readonly suits: (span: string) => boolean;
  /** What makes the value of it. */
  readonly form: Form;
}

const NUMERIC_PARSINGS = NUMERIC_DATES.map(
  (format): Parsing => ({
    among: NUMERIC_DATE,
    base: (argument) => callOf("read_date", argument, constantOf(format)),
  }),
);
const DATED: Parsing = { among: WORDED_DATE, base: (argument) => callOf("parse_date", argument) };
const TIMED: Parsing = { among: /\d/, base: (argument) => callOf("parse_time", argument) };
const TIMED_SHORT: Parsing = {
  among: /\d/,
  base: (argument) => callOf("format_time", callOf("parse_time", argument), constantOf("HH:mm")),
};
const COUNTED: Parsing = { among: NUMBER_WORDS, base: (argument) => callOf("from_words", argument) };

/**
 * The ways to a value that is a date, a time or a number. `datedIn` is the parsing of dates without a year.
 */
function candidatesFor(value: string, datedIn: (year: string) => Parsing): Candidate[] {
  const candidates: Candidate[] = [];
  const date = /^(\d{4})-\d\d-\d\d/.exec(value);
  if (date) {
    const [wanted, year = ""] = date;
    const rest = value.slice(wanted.length);
    const suits = (span: string): boolean => !span.startsWith(value);
    const withTime = (day: Form): Form =>
      rest === "" ? day : (argument) => callOf("concat", day(argument), constantOf(rest));
    // In digits, what the order of day and month was here it will be again; elsewhere only a missing year is
    // taken from here.
    for (const parsing of NUMERIC_PARSINGS)
      candidates.push({ parsing, wanted, suits, form: withTime(parsing.base) });
    const inWords = (span: string): boolean => suits(span) && !NUMERIC_DATE.test(span);
    const without = datedIn(year);
    candidates.push({
      parsing: DATED,
      wanted,
      suits: (span) => inWords(span) && span.includes(year),
      form: withTime(DATED.base),
    });
    candidates.push({
      parsing: without,
      wanted,
      suits: (span) => inWords(span) && !span.includes(year),
      form: withTime(without.base),
    });
  }
  if (/^\d\d:\d\d/.test(value)) {
    const parsing = value.length === 5 ? TIMED_SHORT : TIMED;
    candidates.push({ parsing, wanted: value, suits: (span) => span !== value, form: parsing.base });
  }
  if (/^\d{1,9}$/.test(value)) {
    const suits = (span: string): boolean => span.length <= 40;
    candidates.push({ parsing: COUNTED, wanted: value, suits, form: COUNTED.base });
    candidates.push({
      parsing: COUNTED,
      wanted: value,
      suits,
      form: (argument) => callOf("text", COUNTED.base(argument)),
    });
  }
  return candidates;
}

/** Whether a form makes of a span what is wanted: a number or a text that reads so. */
function gives(
  form: Form,
  span: string,
  { value, isNumber }: { readonly value: string; readonly isNumber: boolean },
): boolean {
  const result = evaluate(form(variable("x")), new Map([["x", span]]));
  return result.ok && scalarText(result.value) === value && result.value instanceof Numeral === isNumber;
}

function bare(value: string): string {
  return value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
