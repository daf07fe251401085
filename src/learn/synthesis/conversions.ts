/** What a text names, in another notation: numbers, number words, dates and times. */
import { formatDate, readIsoDate } from "../../template/derivation/calendar.js";
import { type Json, Numeral } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { allNumbers, type Bank, type Candidate, invoke, quoted, textsOf, whole } from "./candidate.js";

const DATE_FORMATS = [
  "MMMM D, YYYY",
  "MMM D, YYYY",
  "D MMMM YYYY",
  "D MMM YYYY",
  "DD/MM/YYYY",
  "MM/DD/YYYY",
  "D/M/YYYY",
  "M/D/YYYY",
  "DD.MM.YYYY",
  "DD-MM-YYYY",
  "MM-DD-YYYY",
  "YYYY/MM/DD",
  "YYYYMMDD",
  "MMMM D",
  "MMM D",
  "D MMMM",
  "MMMM Do",
  "MMMM Do, YYYY",
  "Do MMMM",
  "MMMM YYYY",
  "YYYY-MM",
  "dddd, MMMM D, YYYY",
  "dddd",
  "ddd",
  "MMMM",
  "MMM",
  "[Q]Q YYYY",
  "YYYY [Q]Q",
  "YYYY-[Q]Q",
  "[Q]Q",
];
const AMBIGUOUS_FORMATS = [
  "DD/MM/YYYY",
  "MM/DD/YYYY",
  "D/M/YYYY",
  "M/D/YYYY",
  "DD.MM.YYYY",
  "DD-MM-YYYY",
  "MM-DD-YYYY",
  "DD/MM/YY",
  "MM/DD/YY",
];
const TIME_FORMATS = ["HH:mm", "h:mm A", "h:mm a", "h A", "ha", "hA", "h:mmA", "h:mma"];
const NUMERIC_DATE = /^\d{1,2}([/.-])\d{1,2}\1(?:\d{2}|\d{4})$/;
const MAX_TEXT = 60;
const MAX_SHIFT = 400;

/**
 * Adds the numbers that texts name: digits, number words, ordinals, percentages, and numbers inside a longer
 * text.
 */
export function collectNumbers(atoms: readonly Candidate[], bank: Bank, pace: Pace): void {
  for (const atom of atoms) {
    const texts = textsOf(atom);
    if (!texts || pace.spent) continue;
    if (texts.some((text) => text.length > 400)) continue;
    const whole_ = invoke(pace, "number", atom);
    bank.add(whole_);
    if (texts.every((text) => text.endsWith("%"))) bank.add(invoke(pace, "percent", atom));
    if (texts.some((text) => /^[A-Za-z][a-z -]*$/.test(text))) {
      bank.add(invoke(pace, "from_words", atom));
      bank.add(invoke(pace, "from_ordinal", atom));
    }
    if (texts.every((text) => /^\d+(?:st|nd|rd|th)$/.test(text)))
      bank.add(invoke(pace, "from_ordinal", atom));
    if (texts.every((text) => TIME.test(text))) {
      bank.add(invoke(pace, "minutes", atom));
      bank.add(invoke(pace, "seconds", atom));
    }
    if (whole_ || !texts.every((text) => /\d/.test(text))) continue;
    const all = invoke(pace, "numbers", atom);
    if (!all) continue;
    const most = Math.max(...all.values.map((list) => (list as Json[]).length));
    for (let index = 0; index < Math.min(most, 4); index++) bank.add(invoke(pace, "get", all, whole(index)));
    if (most < 2) continue;
    bank.add(invoke(pace, "get", all, whole(-1)));
    // Of a fixed few, sums and means are arithmetic like any other.
    if (all.values.every((list) => (list as Json[]).length === most) && most < 4) continue;
    for (const name of ["sum", "average", "count"]) bank.add(invoke(pace, name, all));
    const sorted = invoke(pace, "sort", all);
    if (sorted) for (const index of [0, -1]) bank.add(invoke(pace, "get", sorted, whole(index)));
  }
}

const TIME = /^\d{1,2}:\d{2}|^\d{1,2} ?[ap]\.?m/i;

/** Adds the texts that numbers can be written as, where an output could have such a text in it. */
export function collectNumberTexts(
  numbers: readonly Candidate[],
  { bank, outputs }: { readonly bank: Bank; readonly outputs: readonly string[] },
  pace: Pace,
): void {
  const add = (candidate: Candidate | undefined): void => {
    const texts = candidate && textsOf(candidate);
    if (texts?.every((text, index) => (outputs[index] as string).includes(text))) bank.add(candidate);
  };
  const width =
    /^\d+$/.test(outputs[0] ?? "") && outputs.every((text) => text.length === outputs[0]?.length)
      ? outputs[0]?.length
      : undefined;
  for (const number of numbers) {
    if (!allNumbers(number) || pace.spent) continue;
    for (const name of ["text", "thousands", "ordinal", "to_words", "ordinal_words", "to_percent"])
      add(invoke(pace, name, number));
    for (const places of [2, 1, 0]) {
      const fixed = invoke(pace, "fixed", number, whole(places));
      add(fixed);
      if (fixed) add(invoke(pace, "thousands", fixed));
    }
    if (width !== undefined) add(invoke(pace, "pad_start", number, whole(width), quoted("0")));
  }
}

/**
 * Adds the dates and times that texts name, and those that can be reached from them towards the outputs: by
 * format, by a fixed number of days, to the ends of a month. What is relative is taken from every input that
 * is a full date, and a date without a year may also have a constant one if all outputs share it.
 */
export function collectDates(
  atoms: readonly Candidate[],
  { bank, outputs }: { readonly bank: Bank; readonly outputs: readonly string[] },
  pace: Pace,
): void {
  const texts = atoms.filter(
    (atom) => textsOf(atom)?.every((text) => text.length <= MAX_TEXT && /[\dA-Za-z]/.test(text)) === true,
  );
  const anchors = texts.filter((atom) => datesOf(atom.values) !== undefined);
  const outputDates = outputs.map((text) => /\d{4}-\d{2}-\d{2}/.exec(text)?.[0]);
  const years = new Set(outputs.map((text) => /\b(?:19|20)\d{2}\b/.exec(text)?.[0]));
  const [year] = years;
  const dates: Candidate[] = [...anchors];
  for (const text of texts) {
    if (pace.spent) return;
    const named = datesIn(text, { anchors, year: years.size === 1 ? year : undefined }, pace);
    for (const date of named) if (date && !anchors.includes(text) && bank.add(date)) dates.push(date);
    const time = invoke(pace, "parse_time", text);
    if (!time) continue;
    bank.add(time);
    for (const format of TIME_FORMATS) bank.add(invoke(pace, "format_time", time, quoted(format)));
  }
  for (const date of [...dates]) {
    if (pace.spent) return;
    for (const near of datesNear(date, { texts, outputDates, bank }, pace))
      if (near && bank.add(near)) dates.push(near);
    for (const name of ["year", "month", "day"]) bank.add(invoke(pace, name, date));
  }
  for (const date of dates) {
    for (const format of DATE_FORMATS) {
      // Formatting is tried on the side: most formats of most dates are in no output.
      pace.spend(1);
      const parts = datesOf(date.values)?.map((value) => formatDate(format, value, undefined));
      if (parts?.every((part, index) => part !== undefined && (outputs[index] as string).includes(part)))
        bank.add(invoke(pace, "format_date", date, quoted(format)));
    }
  }
}

/** What a text may be read against: full dates beside it, and the one year that all outputs share. */
interface Calendar {
  readonly anchors: readonly Candidate[];
  readonly year: string | undefined;
}

/** The dates that a text names: by itself, or else seen from another date. */
function datesIn(text: Candidate, { anchors, year }: Calendar, pace: Pace): (Candidate | undefined)[] {
  // Of a date in digits the order is learned, even where each by itself leaves no choice.
  const formats = textsOf(text)?.every((each) => NUMERIC_DATE.test(each)) ? AMBIGUOUS_FORMATS : [];
  const found = formats.map((format) => invoke(pace, "read_date", text, quoted(format)));
  if (!found.some((date) => date !== undefined)) found.push(invoke(pace, "parse_date", text));
  if (found.some((date) => date !== undefined)) return found;
  for (const anchor of anchors) {
    if (anchor === text) continue;
    const parsed = invoke(pace, "parse_date", text, anchor);
    found.push(parsed ?? invoke(pace, "resolve_date", text, anchor));
  }
  if (year !== undefined) found.push(invoke(pace, "parse_date", text, quoted(`${year}-01-01`)));
  return found;
}

/** What a date may be moved by, and where it is to come out. */
interface Surroundings {
  readonly texts: readonly Candidate[];
  readonly outputDates: readonly (string | undefined)[];
  readonly bank: Bank;
}

/**
 * The dates that can be reached from one in a step, one after the other: what is added meanwhile counts for
 * the next.
 */
function* datesNear(
  date: Candidate,
  { texts, outputDates, bank }: Surroundings,
  pace: Pace,
): Iterable<Candidate | undefined> {
  for (const name of ["start_of_month", "end_of_month", "start_of_week"]) yield invoke(pace, name, date);
  const shift = sharedShift(date.values, outputDates);
  if (shift !== undefined && shift !== 0) yield invoke(pace, "add_days", date, whole(shift));
  for (const months of [-12, -6, -3, -1, 1, 3, 6, 12]) {
    const moved = invoke(
      pace,
      months % 12 === 0 ? "add_years" : "add_months",
      date,
      whole(months % 12 === 0 ? months / 12 : months),
    );
    if (moved?.values.every((value, index) => value === outputDates[index])) yield moved;
  }
  for (const weekday of texts) yield invoke(pace, "next_weekday", date, weekday);
  for (const number of bank.all.filter(allNumbers).slice(0, 8)) yield invoke(pace, "add_days", date, number);
}

function datesOf(values: readonly Json[]) {
  const dates = values.map((value) => (typeof value === "string" ? readIsoDate(value) : undefined));
  return dates.every((date) => date !== undefined) ? dates : undefined;
}

/** How many days every output is after its date, if that is the same everywhere and not far. */
function sharedShift(values: readonly Json[], outputs: readonly (string | undefined)[]): number | undefined {
  const shifts = new Set(
    values.map(
      (value, index) => (Date.parse(outputs[index] ?? "") - Date.parse(value as string)) / 86_400_000,
    ),
  );
  const [shift] = shifts;
  return shifts.size === 1 && shift !== undefined && Math.abs(shift) <= MAX_SHIFT ? shift : undefined;
}

/**
 * The numbers as JavaScript numbers; `undefined` when one is no number or beyond what those can tell apart.
 */
export function floatsOf(values: readonly Json[]): readonly number[] | undefined {
  const floats = values.map((value) => (value instanceof Numeral ? Number(value.raw) : Number.NaN));
  return floats.every(Number.isFinite) ? floats : undefined;
}
