/**
 * Dates as people write and say them: "12th of May", "Nov 21, 2023", "next Friday", against a given today.
 */
import {
  addDays,
  addMonths,
  type CivilDate,
  civilDate,
  daysInMonth,
  indexOfName,
  MONTHS,
  readIsoDate,
  WEEKDAYS,
  weekday,
} from "./calendar.js";

const MAX_LENGTH = 60;

/**
 * Reads a written date: `2023-11-21` (also with a time after it), `Nov 21, 2023`, `21 November`, `the 12th of
 * May`, `Tuesday, May 2nd`, `21/11/2023` if only one order of day and month is possible. A date without a
 * year takes that of `today`; without `today` it is not read.
 */
export function readDate(text: string, today: CivilDate | undefined): CivilDate | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?$/.exec(text)?.[1];
  if (iso !== undefined) return readIsoDate(iso);
  const numeric = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/.exec(text);
  if (numeric) return eitherOrder(Number(numeric[1]), Number(numeric[3]), Number(numeric[4]));
  const slashed = /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
  if (slashed) return civilDate(Number(slashed[1]), Number(slashed[2]), Number(slashed[3]));

  const tokens = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((token) => token !== "" && token !== "the" && token !== "of");
  const named = tokens.length > 2 ? indexOfName(WEEKDAYS, tokens[0] ?? "") : -1;
  const [first = "", second = "", third, ...more] = named < 0 ? tokens : tokens.slice(1);
  if (more.length > 0 || (third !== undefined && !/^\d{4}$/.test(third))) return undefined;
  const year = third === undefined ? today?.year : Number(third);
  const monthFirst = indexOfName(MONTHS, first);
  const month = monthFirst >= 0 ? monthFirst : indexOfName(MONTHS, second);
  const day = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(monthFirst >= 0 ? second : first)?.[1];
  if (year === undefined || month < 0 || day === undefined) return undefined;
  const date = civilDate(year, month + 1, Number(day));
  return date && named >= 0 && weekday(date) !== named ? undefined : date;
}

/**
 * Reads a date that may be relative to `today`: `tomorrow`, `in 3 days`, `next Friday`, `end of month`, or
 * any written date.
 */
export function resolveDate(text: string, today: CivilDate): CivilDate | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const lower = text.toLowerCase().replace(/^(?:on|by|until|since) /, "");
  const days = NAMED_DAYS.get(lower);
  if (days !== undefined) return addDays(today, days);
  const distance =
    /^(?:in )?(\d{1,4}|an?|one|two|three|four|five|six|seven) (day|week|fortnight|month|year)s?( ago| from now| from today)?$/.exec(
      lower,
    );
  if (distance && (lower.startsWith("in ") || distance[3] !== undefined)) {
    const count = countOf(distance[1] ?? "");
    return move(today, distance[3] === " ago" ? -count : count, distance[2] ?? "");
  }
  const relative = /^(next|last|this|coming|previous|past) ([a-z]+)\.?$/.exec(lower);
  if (relative) return relativeTo(today, relative[1] ?? "", relative[2] ?? "");
  const edge = /^(start|beginning|first day|end|last day) of (?:(this|the|next|last) )?(month|year)$/.exec(
    lower,
  );
  if (edge) {
    const turn = edge[2] === "next" ? 1 : edge[2] === "last" ? -1 : 0;
    const base = move(today, turn, edge[3] ?? "");
    return base && edgeOf(base, edge[3] ?? "", edge[1] === "end" || edge[1] === "last day");
  }
  const named = indexOfName(WEEKDAYS, lower);
  if (named >= 0) return nextWeekday(today, named);
  return readDate(lower, today);
}

/** The first such weekday after a date. */
export function nextWeekday(date: CivilDate, index: number): CivilDate | undefined {
  return addDays(date, ((index - weekday(date) + 6) % 7) + 1);
}

/** The last such weekday before a date. */
export function lastWeekday(date: CivilDate, index: number): CivilDate | undefined {
  return addDays(date, -((weekday(date) - index + 6) % 7) - 1);
}

const NAMED_DAYS: ReadonlyMap<string, number> = new Map([
  ["today", 0],
  ["tonight", 0],
  ["now", 0],
  ["tomorrow", 1],
  ["yesterday", -1],
  ["day after tomorrow", 2],
  ["the day after tomorrow", 2],
  ["day before yesterday", -2],
  ["the day before yesterday", -2],
]);

const COUNTS: ReadonlyMap<string, number> = new Map(
  ["a", "an", "one", "two", "three", "four", "five", "six", "seven"].map((word, index) => [
    word,
    Math.max(1, index - 1),
  ]),
);

function countOf(word: string): number {
  return COUNTS.get(word) ?? Number(word);
}

function move(date: CivilDate, count: number, unit: string): CivilDate | undefined {
  if (unit === "day") return addDays(date, count);
  if (unit === "week") return addDays(date, 7 * count);
  if (unit === "fortnight") return addDays(date, 14 * count);
  return addMonths(date, unit === "year" ? 12 * count : count);
}

function relativeTo(today: CivilDate, which: string, what: string): CivilDate | undefined {
  const turn = which === "last" || which === "previous" || which === "past" ? -1 : which === "next" ? 1 : 0;
  if (["week", "month", "year"].includes(what)) return turn === 0 ? undefined : move(today, turn, what);
  const index = indexOfName(WEEKDAYS, what);
  if (index < 0) return undefined;
  return turn < 0 ? lastWeekday(today, index) : nextWeekday(today, index);
}

function edgeOf(date: CivilDate, unit: string, end: boolean): CivilDate {
  const month = unit === "year" ? (end ? 12 : 1) : date.month;
  return { year: date.year, month, day: end ? daysInMonth(date.year, month) : 1 };
}

// 21/11/2023 can only be the 21st of November; 05/06/2023 can be two days, and is read as neither.
function eitherOrder(first: number, second: number, year: number): CivilDate | undefined {
  const dayFirst = civilDate(year, second, first);
  const monthFirst = civilDate(year, first, second);
  if (dayFirst && monthFirst && first !== second) return undefined;
  return dayFirst ?? monthFirst;
}
