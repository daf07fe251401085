import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../src/template/derivation/evaluate.js";
import { parseExpression } from "../../../../src/template/derivation/parse.js";
import { type Json, Numeral, parseJson, printJson } from "../../../../src/template/json.js";

function run(text: string, bindings: ReadonlyMap<string, Json> = new Map()): string {
  const result = evaluate(parseExpression(text), bindings);
  return result.ok ? printJson(result.value) : `!${result.fault}`;
}

type Cases = readonly (readonly [expression: string, value: string])[];

describe("text functions", () => {
  const cases: Cases = [
    ['slice("naïve", -3)', '"ïve"'],
    ['slice("a😀b", 1, 2)', '"😀"'],
    ['length("😀")', "1"],
    ['pad_start("😀", 3, "ab")', '"ab😀"'],
    ['pad_start("long", 2)', '"long"'],
    ['replace("aaa", "aa", "b")', '"ba"'],
    ['replace("a", "", "b")', "!range"],
    ['split("", ",")', '[""]'],
    ['enumerated("Ann")', '["Ann"]'],
    ['enumerated("a and b")', '["a","b"]'],
    ['enumerated("a, b, and c")', '["a","b","c"]'],
    ['enumerated("a,b & c")', '["a","b","c"]'],
    ["enumerated(\"'a b', 'c' and 'd'\")", '["a b","c","d"]'],
    ["enumerated(\"'a', b\")", '["\'a\'","b"]'],
    ['enumerated("Smith and Sons, Lee and Co")', "!unreadable"],
    ['enumerated("Smith and Sons, Lee")', "!unreadable"],
    ['enumerated("a,, b")', "!unreadable"],
    ['enumerated("a, b\\nand c")', "!unreadable"],
    ['enumerated("")', "!unreadable"],
    ['listed("a; b", "; ")', '["a","b"]'],
    ['listed("a", "; ")', '["a"]'],
    ['listed("a; ; b", "; ")', "!unreadable"],
    ['listed("a; \'b\'", "; ")', "!unreadable"],
    ['listed("a\\n- b\\n c", "\\n- ")', "!unreadable"],
    ['listed("a", "")', "!unreadable"],
    ["take([1, 2], 5)", "[1,2]"],
    ["take([1, 2], 0)", "[]"],
    ["take([1, 2], -1)", "!range"],
    ["flatten([[1], []])", "[1]"],
    ["flatten([[1], 2])", "!type"],
    ['title("o\'neill and sons-in-law")', '"O\'neill And Sons-In-Law"'],
    ['capitalise("(élan VITAL)")', '"(Élan VITAL)"'],
    ['snake_case("HTTPServer v2 – fooBar")', '"httpserver_v2_foo_bar"'],
    ['camel_case("Close notes")', '"closeNotes"'],
    ['unquote("‘x’")', '"x"'],
    ['unquote("(x]")', "!missing"],
    ['join(["a", null], "")', "!type"],
    ['plural("box")', '"boxes"'],
    ['singular("boxes")', '"box"'],
    ['singular("glass")', "!missing"],
    ['reverse("a😀")', '"😀a"'],
    ["concat()", '""'],
  ];
  it.each(cases)("%s is %s", (expression, value) => {
    expect(run(expression)).toBe(value);
  });
});

describe("number functions", () => {
  const cases: Cases = [
    ["0.1 + 0.2 == 0.3", "true"],
    ["1.50 + 1.50", "3"],
    ["9007199254740993 + 0", "9007199254740993"],
    ["1e3 * 1e-5", "0.01"],
    ["-0 * 1", "0"],
    ["1 / 3", "0.3333333333333333333333333333"],
    ["2 / 3", "0.6666666666666666666666666667"],
    ["-2 / 3", "-0.6666666666666666666666666667"],
    ["1e30 / 3", "333333333333333333333333333300"],
    ["10 / 4", "2.5"],
    ["7.5 % 2", "1.5"],
    ["-7 % 3", "2"],
    ["2 ^ 100", "1267650600228229401496703205000"],
    ["2 ^ -2", "0.25"],
    ["2 ^ 0.5", "1.41421356237"],
    ["(-8) ^ 0.5", "!range"],
    ["round(1000 * (1 + 0.05 / 12) ^ (12 * 10), 2)", "1647.01"],
    ["sqrt(2)", "1.414213562373095048801688724"],
    ["sqrt(-1)", "!range"],
    ["round(-2.5)", "-3"],
    ["round(1250, -2)", "1300"],
    ["round(1.005, 2)", "1.01"],
    ["fixed(-0.004, 2)", '"0.00"'],
    ["fixed(1e21, 1)", '"1000000000000000000000.0"'],
    ["float(2.345, 2)", "2.35"],
    ["float(12)", "12.0"],
    ["thousands(-1234.5)", '"-1,234.5"'],
    ["thousands(123)", '"123"'],
    ['thousands("1234.50")', '"1,234.50"'],
    ['thousands("abc")', "!unreadable"],
    ['number("007")', "7"],
    ['number("1,23")', "!unreadable"],
    ['number("-$5.00")', "-5.00"],
    ['number("€ 3")', "3"],
    ['number(".5")', "0.5"],
    ['number("")', "!unreadable"],
    ['numbers("v1.2, 3,000 and 4")', "[1.2, 3000, 4]".replaceAll(", ", ",")],
    ['percent("12.5%")', "0.125"],
    ["max(1, 10, 9)", "10"],
  ];
  it.each(cases)("%s is %s", (expression, value) => {
    expect(run(expression)).toBe(value);
  });

  it("add, subtract and multiply as whole numbers do, whatever the decimals", () => {
    const cents = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    const decimal = (value: bigint): Numeral => {
      const text = (value < 0n ? -value : value).toString().padStart(3, "0");
      return new Numeral(`${value < 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`);
    };
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        const bindings = new Map<string, Json>([
          ["a", decimal(a)],
          ["b", decimal(b)],
        ]);
        expect(run("(a + b) * 100", bindings)).toBe(String(a + b));
        expect(run("(a - b) * 100", bindings)).toBe(String(a - b));
        expect(run("a * b * 10000", bindings)).toBe(String(a * b));
      }),
    );
  });

  it("divide so that the quotient times the divisor is the dividend, to 27 digits", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer().filter((value) => value !== 0),
        (a, b) => {
          const bindings = new Map<string, Json>([
            ["a", new Numeral(String(a))],
            ["b", new Numeral(String(b))],
          ]);
          expect(run("round(a / b * b, 15) == a", bindings)).toBe("true");
        },
      ),
    );
  });
});

describe("number words", () => {
  it("are read back as the number they were written for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (value) => {
        const bindings = new Map<string, Json>([["n", new Numeral(String(value))]]);
        expect(run("from_words(to_words(n))", bindings)).toBe(String(value));
        expect(run("from_ordinal(ordinal_words(n))", bindings)).toBe(String(value));
        expect(run("from_ordinal(ordinal(n))", bindings)).toBe(String(value));
      }),
    );
  });

  const cases: Cases = [
    ['from_words("Two hundred and six")', "206"],
    ['from_words("one million two thousand and three")', "1002003"],
    ['from_words("six two")', "!unreadable"],
    ['from_words("twenty ten")', "!unreadable"],
    ['from_words("two thousand million")', "!unreadable"],
    ['from_words("hundred")', "!unreadable"],
    ['from_words("")', "!unreadable"],
    ['from_words("and")', "!unreadable"],
    ["to_words(1000000000000)", "!range"],
    ["ordinal(111)", '"111th"'],
    ['from_ordinal("3")', "!unreadable"],
  ];
  it.each(cases)("%s is %s", (expression, value) => {
    expect(run(expression)).toBe(value);
  });
});

describe("date functions", () => {
  const cases: Cases = [
    ['parse_date("Nov 21, 2023")', '"2023-11-21"'],
    ['parse_date("21 november 2023")', '"2023-11-21"'],
    ['parse_date("the 12th of May", "2024-01-01")', '"2024-05-12"'],
    ['parse_date("May 12th", "2024-01-01")', '"2024-05-12"'],
    ['parse_date("Sept. 3", "2024-01-01")', '"2024-09-03"'],
    ['parse_date("21/11/2023")', '"2023-11-21"'],
    ['parse_date("11/21/2023")', '"2023-11-21"'],
    ['parse_date("5/5/2023")', '"2023-05-05"'],
    ['parse_date("2023-11-21T10:00:00Z")', '"2023-11-21"'],
    ['parse_date("Tuesday, November 21, 2023")', '"2023-11-21"'],
    ['parse_date("Monday, November 21, 2023")', "!unreadable"],
    ['parse_date("February 30", "2024-01-01")', "!unreadable"],
    ['parse_date("21")', "!unreadable"],
    ['parse_date("tomorrow", "2023-11-30")', "!unreadable"],
    ['read_date("3 Mar 24", "D MMM YY")', '"2024-03-03"'],
    ['read_date("due 03.04.2024", "[due ]DD.MM.YYYY")', '"2024-04-03"'],
    ['read_date("Friday 1 March", "dddd D MMMM", "2024-01-01")', '"2024-03-01"'],
    ['read_date("03.04.2024!", "DD.MM.YYYY")', "!unreadable"],
    ['format_date("2023-03-02", "YY/M/D Do ddd MMM [MMM]")', '"23/3/2 2nd Thu Mar MMM"'],
    ['format_date("2023-03-02", "HH")', "!range"],
    ['format_date("2023-02-30", "YYYY")', "!type"],
    ['resolve_date("Tomorrow", "2023-12-31")', '"2024-01-01"'],
    ['resolve_date("yesterday", "2024-03-01")', '"2024-02-29"'],
    ['resolve_date("in two weeks", "2023-11-30")', '"2023-12-14"'],
    ['resolve_date("3 days ago", "2023-12-02")', '"2023-11-29"'],
    ['resolve_date("a month from now", "2024-01-31")', '"2024-02-29"'],
    ['resolve_date("friday", "2024-03-01")', '"2024-03-08"'],
    ['resolve_date("last monday", "2024-03-04")', '"2024-02-26"'],
    ['resolve_date("end of next month", "2024-01-15")', '"2024-02-29"'],
    ['resolve_date("end of the month", "2024-02-15")', '"2024-02-29"'],
    ['resolve_date("first day of next month", "2024-12-15")', '"2025-01-01"'],
    ['resolve_date("soon", "2024-12-15")', "!unreadable"],
    ['add_days("9999-12-31", 1)', "!range"],
    ['add_days("2024-01-01", 99999999999)', "!range"],
    ['add_months("2024-03-31", -1)', '"2024-02-29"'],
    ['add_years("2024-02-29", 1)', '"2025-02-28"'],
    ['days_between("0001-01-01", "9999-12-31")', "3652058"],
    ['start_of_week("2024-03-03")', '"2024-02-26"'],
    ['parse_time("12am")', '"00:00:00"'],
    ['parse_time("12:30 PM")', '"12:30:00"'],
    ['parse_time("midnight")', '"00:00:00"'],
    ['parse_time("13pm")', "!unreadable"],
    ['parse_time("25:00")', "!unreadable"],
    ['parse_time("7")', "!unreadable"],
    ['format_time("00:05:09", "h:mm:ss a HH")', '"12:05:09 am 00"'],
    ['add_minutes("23:30", 45)', "!range"],
  ];
  it.each(cases)("%s is %s", (expression, value) => {
    expect(run(expression)).toBe(value);
  });

  it("agree with the calendar of the platform over any distance", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1600-01-01"), max: new Date("2400-01-01"), noInvalidDate: true }),
        fc.integer({ min: -50_000, max: 50_000 }),
        (date, days) => {
          const iso = (value: Date): string => value.toISOString().slice(0, 10);
          const start = iso(date);
          const bindings = new Map<string, Json>([
            ["d", start],
            ["n", new Numeral(String(days))],
          ]);
          const end = iso(new Date(Date.parse(start) + days * 86_400_000));
          expect(run("add_days(d, n)", bindings)).toBe(JSON.stringify(end));
          expect(run("days_between(d, add_days(d, n)) == n", bindings)).toBe("true");
          expect(run("weekday(d)", bindings)).toBe(
            JSON.stringify(date.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" })),
          );
        },
      ),
    );
  });

  it("read every format they write", () => {
    const formats = [
      "YYYY-MM-DD",
      "MMMM D, YYYY",
      "Do MMM YYYY",
      "D/M/YYYY",
      "dddd, MMMM Do, YYYY",
      "YYYYMMDD",
      "DD.MM.YY",
    ];
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true }),
        fc.constantFrom(...formats),
        (date, format) => {
          const bindings = new Map<string, Json>([
            ["d", date.toISOString().slice(0, 10)],
            ["f", format],
          ]);
          expect(run("read_date(format_date(d, f), f) == d", bindings)).toBe("true");
        },
      ),
    );
  });
});

describe("JSON functions", () => {
  const items =
    '[{"id": 1, "n": 2.0, "s": "up"}, {"id": 2, "n": 10, "s": "down"}, {"id": 3, "n": 2, "s": "up", "x": null}]';
  const parsed = parseJson(items);
  const bindings = new Map<string, Json>([["items", parsed.ok ? parsed.value : null]]);
  const cases: Cases = [
    ["items[-1].id", "3"],
    ["items[2].x", "null"],
    ["items[3]", "!range"],
    ["items[0].nope", "!missing"],
    ["items.id", "!type"],
    ["first([null])", "null"],
    ['max_by(items, "n").id', "2"],
    ['min_by(items, "n")', "!range"],
    ['max_by([{"n": true}], "n")', "!type"],
    ['map(sort_by(items, "n"), "id")', "[1,3,2]"],
    ['map(filter(items, "s", "up"), "id")', "[1,3]"],
    ['count(filter(items, "x", null))', "1"],
    ['find(items, "s", "up")', "!range"],
    ['find(items, "s", "down").id', "2"],
    ['find(items, "s", "gone")', "!range"],
    ['map(items, "x")', "!missing"],
    ['sum(map(items, "n"))', "14"],
    ["average([])", "!division-by-zero"],
    ["sum([])", "0"],
    ['contains(items, {"s": "down", "n": 10, "id": 2})', "true"],
    ["unique([1, 1.0, 1])", "[1,1.0]"],
    ["reverse([1, 2])", "[2,1]"],
    ['keys({"b": 1, "a": 2})', '["b","a"]'],
    ['lookup(2, {"2": "two"})', '"two"'],
    ['to_json(from_json("{\\"a\\": 1.0}"))', '"{\\"a\\":1.0}"'],
    ['sort(["b", "B", "a"])', '["B","a","b"]'],
  ];
  it.each(cases)("%s is %s", (expression, value) => {
    expect(run(expression, bindings)).toBe(value);
  });
});
