/** Functions on numbers: arithmetic, rounding, and reading and writing numbers as people do. */
import { type Json, Numeral } from "../../json.js";
import * as decimal from "../decimal.js";
import { checkSize, EvaluationFault } from "../fault.js";
import { type BuiltIn, type Described, define } from "./define.js";

const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const WRITTEN = /^([+-]?)([$€£¥]?) ?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+) ?([$€£¥%]?)$/;
const MAX_PLACES = 100;

type Binary = (left: decimal.Decimal, right: decimal.Decimal) => decimal.Decimal;

/**
 * Functions on numbers. Sums, differences and products are exact; quotients, powers and roots keep 28 digits.
 */
export const NUMBER_FUNCTIONS: readonly BuiltIn[] = [
  binary("add", { summary: "The sum. Also written `a + b`.", example: ["0.1 + 0.2", "0.3"] }, decimal.add),
  binary(
    "subtract",
    { summary: "The difference. Also written `a - b`.", example: ["1 - 0.9", "0.1"] },
    decimal.subtract,
  ),
  binary(
    "multiply",
    { summary: "The product. Also written `a * b`.", example: ["1.1 * 1.1", "1.21"] },
    decimal.multiply,
  ),
  binary(
    "divide",
    { summary: "The quotient. Also written `a / b`. Faults on zero.", example: ["1 / 8", "0.125"] },
    decimal.divide,
  ),
  binary(
    "modulo",
    {
      summary: "The remainder, with the sign of the divisor. Also written `a % b`. Faults on zero.",
      example: ["modulo(-7, 3)", "2"],
    },
    decimal.modulo,
  ),
  binary(
    "power",
    {
      summary: "A number to a power. Also written `a ^ b`. Fractional powers keep 12 digits.",
      example: ["1.05 ^ 3", "1.157625"],
    },
    decimal.power,
  ),
  unary(
    "negate",
    { summary: "The number with the other sign. Also written `-x`.", example: ["negate(2)", "-2"] },
    decimal.negate,
  ),
  unary("abs", { summary: "The number without its sign.", example: ["abs(-2.5)", "2.5"] }, (value) =>
    value.digits < 0n ? decimal.negate(value) : value,
  ),
  unary(
    "floor",
    { summary: "The largest whole number not above.", example: ["floor(-2.5)", "-3"] },
    decimal.floor,
  ),
  unary(
    "ceil",
    { summary: "The smallest whole number not below.", example: ["ceil(2.1)", "3"] },
    decimal.ceil,
  ),
  unary(
    "sqrt",
    { summary: "The square root. Faults below zero.", example: ["sqrt(2.25)", "1.5"] },
    decimal.squareRoot,
  ),
  define("round", {
    names: "number places",
    takes: ["number", "integer?"],
    gives: "number",
    summary: "The number rounded, half away from zero, to so many decimals (none unless told).",
    example: ["round(2.675, 2)", "2.68"],
    apply: ([value, places = 0]) => decimal.toNumeral(decimal.roundTo(value, checkPlaces(places))),
  }),
  define("fixed", {
    names: "number places",
    takes: ["number", "integer"],
    gives: "text",
    summary: "The text of a number with exactly so many decimals.",
    example: ["fixed(42, 2)", '"42.00"'],
    apply: ([value, places], meter) => {
      const text = decimal.printFixed(value, checkPlaces(places, 0));
      checkSize(meter, text.length);
      return text;
    },
  }),
  define("fixed_number", {
    names: "number places",
    takes: ["number", "integer"],
    gives: "number",
    summary: "The number written with exactly so many decimals.",
    example: ["fixed_number(12, 1)", "12.0"],
    apply: ([value, places]) => new Numeral(decimal.printFixed(value, checkPlaces(places, 0))),
  }),
  define("float", {
    names: "number places",
    takes: ["number", "integer?"],
    gives: "number",
    summary:
      "The number as programs write floating point: with at least one decimal, and rounded to at most so many.",
    example: ["float(40, 2)", "40.0"],
    apply: ([value, places = MAX_PLACES]) => {
      const text = decimal.printDecimal(decimal.roundTo(value, checkPlaces(places, 1)));
      return new Numeral(text.includes(".") ? text : `${text}.0`);
    },
  }),
  define("thousands", {
    names: "number",
    takes: ["scalar"],
    gives: "text",
    summary: "The text of a number, or a text that is one, with commas between thousands.",
    example: ["thousands(1234567.5)", '"1,234,567.5"'],
    apply: ([text]) => {
      if (!PLAIN.test(text)) throw new EvaluationFault("unreadable");
      const [whole = "", fraction] = text.split(".");
      const grouped = whole.replace(/(?<=\d)(?=(?:\d{3})+$)/g, ",");
      return fraction === undefined ? grouped : `${grouped}.${fraction}`;
    },
  }),
  define("number", {
    names: "text",
    takes: ["scalar"],
    gives: "number",
    summary:
      "The number a text is: `1,234.50`, `$5`, `8%` (as 8), `+3`. Keeps decimals as written. Faults on other text.",
    example: ['number("$1,234.50")', "1234.50"],
    apply: ([text]) => readWritten(text),
  }),
  define("numbers", {
    names: "text",
    takes: ["text"],
    gives: "list",
    summary: "All numbers in a text, in order; a minus counts at the start and after a space or bracket.",
    example: ['numbers("8 GB for $1,200")', "[8, 1200]"],
    apply: ([text], meter) => {
      const found =
        text.match(/(?:(?<=^|[\s([:=])-)?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?)/g) ?? [];
      checkSize(meter, found.length);
      return found.map(readWritten);
    },
  }),
  define("percent", {
    names: "text",
    takes: ["scalar"],
    gives: "number",
    summary: "A percentage as a fraction: `8%` and 8 are 0.08.",
    example: ['percent("8%")', "0.08"],
    apply: ([text]) =>
      decimal.toNumeral(decimal.multiply(readDecimal(readWritten(text).raw), { digits: 1n, scale: 2 })),
  }),
  define("to_percent", {
    names: "number",
    takes: ["number"],
    gives: "text",
    summary: "A fraction as a percentage.",
    example: ["to_percent(0.085)", '"8.5%"'],
    apply: ([value]) => `${decimal.printDecimal(decimal.multiply(value, decimal.fromInteger(100)))}%`,
  }),
  variadic("min", { summary: "The smallest of numbers.", example: ["min(3, 1, 2)", "1"] }, (left, right) =>
    decimal.compare(left, right) <= 0 ? left : right,
  ),
  variadic("max", { summary: "The largest of numbers.", example: ["max(3, 1, 2)", "3"] }, (left, right) =>
    decimal.compare(left, right) >= 0 ? left : right,
  ),
];

function binary(name: string, described: Described, apply: Binary): BuiltIn {
  return define(name, {
    names: "a b",
    takes: ["number", "number"],
    gives: "number",
    ...described,
    apply: ([left, right]) => decimal.toNumeral(apply(left, right)),
  });
}

function unary(
  name: string,
  described: Described,
  apply: (value: decimal.Decimal) => decimal.Decimal,
): BuiltIn {
  return define(name, {
    names: "number",
    takes: ["number"],
    gives: "number",
    ...described,
    apply: ([number]) => decimal.toNumeral(apply(number)),
  });
}

function variadic(name: string, described: Described, choose: Binary): BuiltIn {
  return define(name, {
    names: "number numbers",
    takes: ["number", "number..."],
    gives: "number",
    ...described,
    apply: ([first, rest]) => decimal.toNumeral(rest.reduce(choose, first)),
  });
}

/** A number of the language as a decimal; faults when it is not a number or has too many digits. */
export function numberOf(value: Json): decimal.Decimal {
  if (!(value instanceof Numeral)) throw new EvaluationFault("type");
  return readDecimal(value.raw);
}

function readDecimal(raw: string): decimal.Decimal {
  const value = decimal.readDecimal(raw);
  if (!value) throw new EvaluationFault("size");
  return value;
}

function readWritten(text: string): Numeral {
  if (PLAIN.test(text)) return new Numeral(text);
  const match = WRITTEN.exec(text);
  const [, sign = "", unitBefore = "", digits = "", unitAfter = ""] = match ?? [];
  if (!match || (unitBefore !== "" && unitAfter !== "")) throw new EvaluationFault("unreadable");
  const plain = digits
    .replaceAll(",", "")
    .replace(/^0+(?=\d)/, "")
    .replace(/^\./, "0.");
  return new Numeral((sign === "-" ? "-" : "") + plain);
}

function checkPlaces(places: number, least = -MAX_PLACES): number {
  if (places < least || places > MAX_PLACES) throw new EvaluationFault("range");
  return places;
}
