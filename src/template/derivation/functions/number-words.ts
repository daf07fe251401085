/** Functions between numbers and English number words: "twenty-three", "3rd", "third". */
import { Numeral } from "../../json.js";
import { EvaluationFault } from "../fault.js";
import { integer } from "./characters.js";
import { type BuiltIn, define } from "./define.js";

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES: readonly (readonly [string, number])[] = [
  ["billion", 1_000_000_000],
  ["million", 1_000_000],
  ["thousand", 1_000],
];
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ["one", "first"],
  ["two", "second"],
  ["three", "third"],
  ["five", "fifth"],
  ["eight", "eighth"],
  ["nine", "ninth"],
  ["twelve", "twelfth"],
]);
const CARDINAL: ReadonlyMap<string, string> = new Map(
  [...SMALL, ...TENS.slice(2), "hundred", ...SCALES.map(([word]) => word)].map((word) => [
    ordinalWord(word),
    word,
  ]),
);
const VALUES: ReadonlyMap<string, number> = new Map([
  ...SMALL.map((word, value) => [word, value] as const),
  ...TENS.slice(2).map((word, index) => [word, (index + 2) * 10] as const),
]);
const DIGITS = /^(?:0|[1-9]\d{0,11})$/;
const LIMIT = 1_000_000_000_000;

/** Functions between numbers and English words, up to 999,999,999,999. */
export const NUMBER_WORD_FUNCTIONS: readonly BuiltIn[] = [
  define("from_words", {
    names: "text",
    takes: ["text"],
    gives: "number",
    summary:
      'The number that English words name, such as "twenty three" or "two hundred and six"; a number in digits is itself. Faults on other text.',
    example: ['from_words("twenty three")', "23"],
    apply: ([text]) => (DIGITS.test(text) ? new Numeral(text) : readWords(text.toLowerCase())),
  }),
  define("to_words", {
    names: "number",
    takes: ["integer"],
    gives: "text",
    summary: "A whole number in English words.",
    example: ["to_words(123)", '"one hundred twenty-three"'],
    apply: ([value]) => toWords(value),
  }),
  define("ordinal", {
    names: "number",
    takes: ["integer"],
    gives: "text",
    summary: "A whole number with its English ordinal ending.",
    example: ["ordinal(22)", '"22nd"'],
    apply: ([value]) => ordinal(value),
  }),
  define("ordinal_words", {
    names: "number",
    takes: ["integer"],
    gives: "text",
    summary: "The English ordinal word of a whole number.",
    example: ["ordinal_words(23)", '"twenty-third"'],
    apply: ([value]) => toWords(value).replace(/[a-z]+$/, ordinalWord),
  }),
  define("from_ordinal", {
    names: "text",
    takes: ["text"],
    gives: "number",
    summary: 'The number of an ordinal such as "3rd" or "twenty-third". Faults on other text.',
    example: ['from_ordinal("third")', "3"],
    apply: ([text]) => {
      const lower = text.toLowerCase();
      const digits = /^(\d{1,12})(?:st|nd|rd|th)$/.exec(lower)?.[1];
      if (digits !== undefined) return integer(Number(digits));
      const last = /[a-z]+$/.exec(lower.slice(-40))?.[0] ?? "";
      const cardinal = CARDINAL.get(last);
      if (cardinal === undefined) throw new EvaluationFault("unreadable");
      return readWords(lower.slice(0, lower.length - last.length) + cardinal);
    },
  }),
];

/** A whole number with its English ending: 1st, 2nd, 11th. */
function ordinal(value: number): string {
  const lastTwo = Math.abs(value) % 100;
  const ending = lastTwo >= 11 && lastTwo <= 13 ? "th" : (["th", "st", "nd", "rd"][lastTwo % 10] ?? "th");
  return `${value}${ending}`;
}

function ordinalWord(word: string): string {
  return IRREGULAR.get(word) ?? (word.endsWith("y") ? `${word.slice(0, -1)}ieth` : `${word}th`);
}

function toWords(value: number): string {
  if (Math.abs(value) >= LIMIT) throw new EvaluationFault("range");
  if (value < 0) return `minus ${toWords(-value)}`;
  if (value < 20) return SMALL[value] as string;
  if (value < 100) return joinWords(TENS[Math.floor(value / 10)] as string, value % 10, "-");
  if (value < 1_000) return joinWords(`${SMALL[Math.floor(value / 100)]} hundred`, value % 100, " ");
  const [word, size] = SCALES.find(([, size]) => value >= size) as [string, number];
  return joinWords(`${toWords(Math.floor(value / size))} ${word}`, value % size, " ");
}

function joinWords(head: string, rest: number, separator: string): string {
  return rest === 0 ? head : head + separator + toWords(rest);
}

/**
 * Reads words from the largest scale down, each part smaller than the one before: "two thousand and six",
 * never "six two".
 */
function readWords(text: string): Numeral {
  if (text.length > 200) throw new EvaluationFault("unreadable");
  const words = text.split(/[\s-]+/).filter((word) => word !== "and");
  if (words.length === 0) throw new EvaluationFault("unreadable");
  let total = 0;
  let ceiling = LIMIT;
  let part: number | undefined;
  let room = 1_000;
  for (const word of words) {
    const scale = SCALES.find(([name]) => name === word)?.[1];
    const value = VALUES.get(word);
    if (scale !== undefined && part !== undefined && scale < ceiling) {
      total += part * scale;
      ceiling = scale;
      part = undefined;
      room = 1_000;
    } else if (word === "hundred" && part !== undefined && part > 0 && part < 10) {
      part *= 100;
      room = 100;
    } else if (value !== undefined && value < room && (part === undefined || value > 0)) {
      part = (part ?? 0) + value;
      room = value >= 20 ? 10 : value === 0 ? 0 : 1;
    } else {
      throw new EvaluationFault("unreadable");
    }
  }
  return integer(total + (part ?? 0));
}
