/**
 * Civil dates and times of day: reading and writing them, and stepping through the calendar. No clock, no
 * time zone.
 */

/** A day of the Gregorian calendar; months and days count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A time of day, to the second. */
export interface DayTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export const MONTHS =
  "January February March April May June July August September October November December".split(" ");
export const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const DAY_MS = 86_400_000;
const TOKEN = /\[([^\]]*)\]|YYYY|YY|Q|MMMM|MMM|MM|M|DD|Do|D|dddd|ddd|HH|H|hh|h|mm|ss|A|a/g;

/** Reads `YYYY-MM-DD`; `undefined` for other text and for days that do not exist. */
export function readIsoDate(text: string): CivilDate | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match ? civilDate(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
}

/** A date, if there is such a day in the years 1 to 9999. */
export function civilDate(year: number, month: number, day: number): CivilDate | undefined {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return undefined;
  return day <= daysInMonth(year, month) ? { year, month, day } : undefined;
}

export function printIsoDate({ year, month, day }: CivilDate): string {
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01. */
export function dayNumber({ year, month, day }: CivilDate): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / DAY_MS);
}

/** The date so many days later; `undefined` outside the years 1 to 9999. */
export function addDays(date: CivilDate, days: number): CivilDate | undefined {
  const moved = new Date((dayNumber(date) + days) * DAY_MS);
  return civilDate(moved.getUTCFullYear(), moved.getUTCMonth() + 1, moved.getUTCDate());
}

/** The same day so many months later, or the last day of that month if it is shorter. */
export function addMonths(date: CivilDate, months: number): CivilDate | undefined {
  const count = date.year * 12 + date.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  return civilDate(year, month, Math.min(date.day, daysInMonth(year, month)));
}

/** 0 for Sunday to 6 for Saturday. */
export function weekday(date: CivilDate): number {
  return (((dayNumber(date) + 4) % 7) + 7) % 7;
}

/** The index of a name, whole or cut to three letters, any case; -1 when it is none. */
export function indexOfName(names: readonly string[], text: string): number {
  const lower = text.toLowerCase().replace(/\.$/, "");
  return names.findIndex((name) => {
    const full = name.toLowerCase();
    return (
      lower === full ||
      lower === full.slice(0, 3) ||
      (full === "september" && lower === "sept") ||
      (lower.length === 4 && DAY_CUTS.has(lower) && full.startsWith(lower))
    );
  });
}

const DAY_CUTS: ReadonlySet<string> = new Set(["tues", "thur"]);

/** Reads `3pm`, `3:30 p.m.`, `15:00`, `15:00:30`, `noon`, `midnight`. */
export function readTime(text: string): DayTime | undefined {
  const lower = text.toLowerCase();
  if (lower === "noon") return { hour: 12, minute: 0, second: 0 };
  if (lower === "midnight") return { hour: 0, minute: 0, second: 0 };
  const match = /^(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?(?: ?([ap])\.?m\.?)?$/.exec(lower);
  if (!match || (match[2] === undefined && match[4] === undefined)) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (minute > 59 || second > 59) return undefined;
  if (match[4] === undefined) return hour < 24 ? { hour, minute, second } : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return { hour: (hour % 12) + (match[4] === "p" ? 12 : 0), minute, second };
}

export function printTime({ hour, minute, second }: DayTime): string {
  return `${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

/**
 * Writes a date and a time in a format of `YYYY YY Q MMMM MMM MM M DD D Do dddd ddd HH H hh h mm ss A a`;
 * other characters stand for themselves, and so does text in square brackets. `undefined` when the format
 * asks for a part not given.
 */
export function formatDate(
  format: string,
  date: CivilDate | undefined,
  time: DayTime | undefined,
): string | undefined {
  let complete = true;
  const text = format.replace(TOKEN, (token, literal: string | undefined) => {
    const part = literal ?? (date && datePart(token, date)) ?? (time && timePart(token, time));
    complete &&= part !== undefined;
    return part ?? "";
  });
  return complete ? text : undefined;
}

/**
 * Reads a date in a format of `YYYY YY MMMM MMM MM M DD D Do dddd ddd`, the year taken from `fallback` if it
 * has none.
 */
export function readDateAs(
  text: string,
  format: string,
  fallback: CivilDate | undefined,
): CivilDate | undefined {
  let [year, month, day]: (number | undefined)[] = [fallback?.year];
  let at = 0;
  let from = 0;
  for (const match of [...format.matchAll(TOKEN), undefined]) {
    const literal = format.slice(from, match?.index) + (match?.[1] ?? "");
    if (!text.startsWith(literal, at)) return undefined;
    at += literal.length;
    if (!match) break;
    from = match.index + match[0].length;
    if (match[1] !== undefined) continue;
    const read = readToken(match[0], text, at);
    if (!read) return undefined;
    at += read.length;
    if (read.part === "year") year = read.value;
    else if (read.part === "month") month = read.value;
    else if (read.part === "day") day = read.value;
  }
  if (at !== text.length || year === undefined || month === undefined || day === undefined) return undefined;
  return civilDate(year, month, day);
}

interface ReadToken {
  readonly part: "year" | "month" | "day" | "weekday";
  readonly value: number;
  readonly length: number;
}

const DIGIT_TOKENS: ReadonlyMap<string, readonly [ReadToken["part"], RegExp]> = new Map([
  ["YYYY", ["year", /^\d{4}/]],
  ["YY", ["year", /^\d{2}/]],
  ["MM", ["month", /^\d{2}/]],
  ["M", ["month", /^\d{1,2}/]],
  ["DD", ["day", /^\d{2}/]],
  ["D", ["day", /^\d{1,2}/]],
  ["Do", ["day", /^\d{1,2}(?:st|nd|rd|th)/]],
]);

function readToken(token: string, text: string, at: number): ReadToken | undefined {
  const ahead = text.slice(at, at + 12);
  const numeric = DIGIT_TOKENS.get(token);
  if (numeric) {
    const found = numeric[1].exec(ahead)?.[0];
    if (found === undefined) return undefined;
    const value = Number.parseInt(found, 10);
    return { part: numeric[0], value: token === "YY" ? 2000 + value : value, length: found.length };
  }
  const names = token.startsWith("M") ? MONTHS : token.startsWith("d") ? WEEKDAYS : [];
  const short = token.length === 3;
  const index = names.findIndex((name) =>
    ahead.toLowerCase().startsWith(name.slice(0, short ? 3 : undefined).toLowerCase()),
  );
  if (index < 0) return undefined;
  return {
    part: token.startsWith("M") ? "month" : "weekday",
    value: index + 1,
    length: short ? 3 : (names[index] as string).length,
  };
}

function datePart(token: string, date: CivilDate): string | undefined {
  switch (token) {
    case "YYYY":
      return pad(date.year, 4);
    case "YY":
      return pad(date.year % 100);
    case "Q":
      return String(Math.ceil(date.month / 3));
    case "MMMM":
      return MONTHS[date.month - 1];
    case "MMM":
      return MONTHS[date.month - 1]?.slice(0, 3);
    case "MM":
      return pad(date.month);
    case "M":
      return String(date.month);
    case "DD":
      return pad(date.day);
    case "D":
      return String(date.day);
    case "Do":
      return dayOrdinal(date.day);
    case "dddd":
      return WEEKDAYS[weekday(date)];
    case "ddd":
      return WEEKDAYS[weekday(date)]?.slice(0, 3);
    default:
      return undefined;
  }
}

function timePart(token: string, time: DayTime): string | undefined {
  switch (token) {
    case "HH":
      return pad(time.hour);
    case "H":
      return String(time.hour);
    case "hh":
      return pad(time.hour % 12 || 12);
    case "h":
      return String(time.hour % 12 || 12);
    case "mm":
      return pad(time.minute);
    case "ss":
      return pad(time.second);
    case "A":
      return time.hour < 12 ? "AM" : "PM";
    case "a":
      return time.hour < 12 ? "am" : "pm";
    default:
      return undefined;
  }
}

function dayOrdinal(day: number): string {
  if (day >= 11 && day <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
