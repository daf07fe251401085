/** Functions on dates (texts `YYYY-MM-DD`) and times (texts `HH:MM:SS`). Today is always an argument. */
import * as calendar from "../calendar.js";
import { lastWeekday, nextWeekday, readDate, resolveDate } from "../date-text.js";
import { checkSize, EvaluationFault } from "../fault.js";
import { integer } from "./characters.js";
import { type BuiltIn, type Described, define } from "./define.js";

type CivilDate = calendar.CivilDate;

/** Functions on dates and times. A date is the text `YYYY-MM-DD`; there is no clock, so today is given. */
export const DATE_FUNCTIONS: readonly BuiltIn[] = [
  define("parse_date", {
    names: "text today",
    takes: ["text", "date?"],
    gives: "date",
    summary:
      'The date a text names, such as "Nov 21, 2023", "12th of May" or "21/11/2023"; one without a year takes the year of today. Faults when it could be two dates.',
    example: ['parse_date("November 21", "2023-11-30")', '"2023-11-21"'],
    apply: ([text, today]) => print(readDate(text, today), "unreadable"),
  }),
  define("resolve_date", {
    names: "text today",
    takes: ["text", "date"],
    gives: "date",
    summary:
      'The date a text names as seen from today: "tomorrow", "in 3 days", "next Friday" (the first after today), "end of month", or a written date.',
    example: ['resolve_date("next Friday", "2023-11-30")', '"2023-12-01"'],
    apply: ([text, today]) => print(resolveDate(text, today), "unreadable"),
  }),
  define("read_date", {
    names: "text format today",
    takes: ["text", "text", "date?"],
    gives: "date",
    summary: "The date a text names in a given format (see format_date).",
    example: ['read_date("05/06/2023", "DD/MM/YYYY")', '"2023-06-05"'],
    apply: ([text, format, today], meter) => {
      meter.spend(format.length);
      return print(calendar.readDateAs(text, format, today), "unreadable");
    },
  }),
  define("format_date", {
    names: "date format",
    takes: ["date", "text"],
    gives: "text",
    summary:
      "A date in a format of `YYYY YY Q MMMM MMM MM M DD D Do dddd ddd`; text in square brackets stands for itself.",
    example: ['format_date("2023-11-21", "dddd, MMMM Do")', '"Tuesday, November 21st"'],
    apply: ([date, format], meter) => {
      checkSize(meter, format.length * 9);
      return calendar.formatDate(format, date, undefined) ?? fault("range");
    },
  }),
  counted(
    "add_days",
    {
      unit: "days",
      summary: "The date so many days later.",
      example: ['add_days("2023-12-30", 3)', '"2024-01-02"'],
    },
    calendar.addDays,
  ),
  counted(
    "add_months",
    {
      unit: "months",
      summary: "The same day so many months later, or the last of that month.",
      example: ['add_months("2024-01-31", 1)', '"2024-02-29"'],
    },
    calendar.addMonths,
  ),
  counted(
    "add_years",
    {
      unit: "years",
      summary: "The same day so many years later.",
      example: ['add_years("2023-11-21", -1)', '"2022-11-21"'],
    },
    (date, years) => (Math.abs(years) > 10_000 ? undefined : calendar.addMonths(date, years * 12)),
  ),
  define("days_between", {
    names: "from to",
    takes: ["date", "date"],
    gives: "number",
    summary: "How many days one date is after another.",
    example: ['days_between("2023-11-21", "2023-12-01")', "10"],
    apply: ([from, to]) => integer(calendar.dayNumber(to) - calendar.dayNumber(from)),
  }),
  onDate(
    "weekday",
    { gives: "text", summary: "The English name of a date's weekday.", value: '"Tuesday"' },
    (date) => calendar.WEEKDAYS[calendar.weekday(date)] as string,
  ),
  onDate(
    "month_name",
    { gives: "text", summary: "The English name of a date's month.", value: '"November"' },
    (date) => calendar.MONTHS[date.month - 1] as string,
  ),
  onDate("year", { gives: "number", summary: "A date's year.", value: "2023" }, (date) => integer(date.year)),
  onDate("month", { gives: "number", summary: "A date's month, 1 to 12.", value: "11" }, (date) =>
    integer(date.month),
  ),
  onDate("day", { gives: "number", summary: "A date's day of the month.", value: "21" }, (date) =>
    integer(date.day),
  ),
  onDate(
    "start_of_month",
    { gives: "date", summary: "The first day of a date's month.", value: '"2023-11-01"' },
    (date) => calendar.printIsoDate({ ...date, day: 1 }),
  ),
  onDate(
    "end_of_month",
    { gives: "date", summary: "The last day of a date's month.", value: '"2023-11-30"' },
    (date) => calendar.printIsoDate({ ...date, day: calendar.daysInMonth(date.year, date.month) }),
  ),
  onDate(
    "start_of_week",
    { gives: "date", summary: "The Monday of a date's week.", value: '"2023-11-20"' },
    (date) => print(calendar.addDays(date, -((calendar.weekday(date) + 6) % 7)), "range"),
  ),
  stepped(
    "next_weekday",
    {
      summary: "The first such weekday after a date.",
      example: ['next_weekday("2023-11-21", "Tuesday")', '"2023-11-28"'],
    },
    nextWeekday,
  ),
  stepped(
    "last_weekday",
    {
      summary: "The last such weekday before a date.",
      example: ['last_weekday("2023-11-21", "Monday")', '"2023-11-20"'],
    },
    lastWeekday,
  ),
  define("parse_time", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: 'The time of day a text names, such as "3pm", "3:30 p.m.", "15:00" or "noon", as HH:MM:SS.',
    example: ['parse_time("3pm")', '"15:00:00"'],
    apply: ([text]) => calendar.printTime(calendar.readTime(text) ?? fault("unreadable")),
  }),
  define("format_time", {
    names: "time format",
    takes: ["text", "text"],
    gives: "text",
    summary: "A time of day in a format of `HH H hh h mm ss A a`.",
    example: ['format_time("15:00:00", "h:mm A")', '"3:00 PM"'],
    apply: ([time, format], meter) => {
      checkSize(meter, format.length * 2);
      return (
        calendar.formatDate(format, undefined, calendar.readTime(time) ?? fault("unreadable")) ??
        fault("range")
      );
    },
  }),
  define("minutes", {
    names: "time",
    takes: ["text"],
    gives: "number",
    summary:
      "How many minutes into the day a time is, or how long a duration H:MM. Faults when it has seconds.",
    example: ['minutes("3:30 pm")', "930"],
    apply: ([text]) => {
      const seconds = secondsOf(text);
      return integer(seconds % 60 === 0 ? seconds / 60 : fault("range"));
    },
  }),
  define("seconds", {
    names: "time",
    takes: ["text"],
    gives: "number",
    summary: "How many seconds into the day a time is, or how long a duration H:MM:SS.",
    example: ['seconds("1:01:05")', "3665"],
    apply: ([text]) => integer(secondsOf(text)),
  }),
  define("add_minutes", {
    names: "time minutes",
    takes: ["text", "integer"],
    gives: "text",
    summary: "The time of day so many minutes later. Faults past midnight.",
    example: ['add_minutes("15:00:00", 45)', '"15:45:00"'],
    apply: ([text, minutes]) => {
      const time = calendar.readTime(text) ?? fault("unreadable");
      const total = time.hour * 60 + time.minute + minutes;
      if (total < 0 || total >= 24 * 60) fault("range");
      return calendar.printTime({ hour: Math.floor(total / 60), minute: total % 60, second: time.second });
    },
  }),
];

function secondsOf(text: string): number {
  const time = calendar.readTime(text);
  if (time) return time.hour * 3600 + time.minute * 60 + time.second;
  const [, hours, minutes, seconds] = /^(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  return hours === undefined
    ? fault("unreadable")
    : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
}

function onDate(
  name: string,
  { gives, summary, value }: Pick<BuiltIn, "gives" | "summary"> & { readonly value: string },
  apply: (date: CivilDate) => ReturnType<BuiltIn["apply"]>,
): BuiltIn {
  return define(name, {
    names: "date",
    takes: ["date"],
    gives,
    summary,
    example: [`${name}("2023-11-21")`, value],
    apply: ([date]) => apply(date),
  });
}

function counted(
  name: string,
  { unit, ...described }: Described & { readonly unit: string },
  apply: (date: CivilDate, count: number) => CivilDate | undefined,
): BuiltIn {
  return define(name, {
    names: `date ${unit}`,
    takes: ["date", "integer"],
    gives: "date",
    ...described,
    apply: ([date, count]) => print(apply(date, count), "range"),
  });
}

function stepped(
  name: string,
  described: Described,
  apply: (date: CivilDate, weekday: number) => CivilDate | undefined,
): BuiltIn {
  return define(name, {
    names: "date weekday",
    takes: ["date", "text"],
    gives: "date",
    ...described,
    apply: ([date, name]) => {
      const index = calendar.indexOfName(calendar.WEEKDAYS, name);
      return print(index < 0 ? undefined : apply(date, index), "range");
    },
  });
}

function print(date: CivilDate | undefined, code: "unreadable" | "range"): string {
  return calendar.printIsoDate(date ?? fault(code));
}

function fault(code: "unreadable" | "range"): never {
  throw new EvaluationFault(code);
}
