/** Functions on text: cutting, joining, padding, searching. */
import { type Json, Numeral, scalarText } from "../../json.js";
import { checkSize, EvaluationFault, type Meter } from "../fault.js";
import { type BuiltIn, define } from "./define.js";

/** Functions that cut, join and search text. Positions and lengths count code points. */
export const TEXT_FUNCTIONS: readonly BuiltIn[] = [
  define("concat", {
    names: "pieces",
    takes: ["scalar..."],
    gives: "text",
    summary: "All pieces, one after the other; numbers and booleans by their text.",
    example: ['concat("v", 1.50, "-", true)', '"v1.50-true"'],
    apply: ([pieces], meter) => joined(pieces, "", meter),
  }),
  define("text", {
    names: "value",
    takes: ["scalar"],
    gives: "text",
    summary: "The text of a number or boolean, digits as written.",
    example: ["text(2.50)", '"2.50"'],
    apply: ([value]) => value,
  }),
  define("length", {
    names: "text",
    takes: ["text"],
    gives: "number",
    summary: "How many characters a text has.",
    example: ['length("naïve")', "5"],
    apply: ([text]) => integer(characters(text).length),
  }),
  define("trim", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "The text without white space at its ends.",
    example: ['trim("  a b ")', '"a b"'],
    apply: ([text]) => text.trim(),
  }),
  define("collapse", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "The trimmed text with every run of white space as one space.",
    example: ['collapse(" a \\n b ")', '"a b"'],
    apply: ([text]) => words(text).join(" "),
  }),
  define("split", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "list",
    summary: "The pieces between separators, which may not be empty; one piece when there is none.",
    example: ['split("a, b", ", ")', '["a", "b"]'],
    apply: ([text, separator], meter) => {
      if (separator === "") throw new EvaluationFault("range");
      checkSize(meter, occurrences(text, separator) + 1);
      return text.split(separator);
    },
  }),
  define("words", {
    names: "text",
    takes: ["text"],
    gives: "list",
    summary: "The pieces between runs of white space.",
    example: ['words(" Erik  Dunteman ")', '["Erik", "Dunteman"]'],
    apply: ([text], meter) => {
      const found = words(text);
      checkSize(meter, found.length);
      return found;
    },
  }),
  define("first_word", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "The first word. Faults when there is none.",
    example: ['first_word("Erik Dunteman")', '"Erik"'],
    apply: ([text]) => words(text)[0] ?? missing(),
  }),
  define("last_word", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "The last word. Faults when there is none.",
    example: ['last_word("Erik Dunteman")', '"Dunteman"'],
    apply: ([text]) => words(text).at(-1) ?? missing(),
  }),
  define("join", {
    names: "list separator",
    takes: ["list", "text"],
    gives: "text",
    summary: "The texts, numbers and booleans of a list with a separator between them.",
    example: ['join(["a", 1], "-")', '"a-1"'],
    apply: ([list, separator], meter) => joined(list.map(itemText), separator, meter),
  }),
  define("slice", {
    names: "text from to",
    takes: ["text", "integer", "integer?"],
    gives: "text",
    summary: "The characters from one position up to, without, another; negative positions count from the end. Faults outside the text.",
    example: ['slice("2023-11-21", 0, 4)', '"2023"'],
    apply: ([text, from, to]) => {
      const all = characters(text);
      const start = position(from, all.length);
      const end = to === undefined ? all.length : position(to, all.length);
      if (end < start) throw new EvaluationFault("range");
      return typeof all === "string" ? all.slice(start, end) : all.slice(start, end).join("");
    },
  }),
  define("replace", {
    names: "text old new",
    takes: ["text", "text", "text"],
    gives: "text",
    summary: "The text with every occurrence of one text replaced by another, left to right.",
    example: ['replace("a b c", " ", "_")', '"a_b_c"'],
    apply: ([text, old, replacement], meter) => {
      if (old === "") throw new EvaluationFault("range");
      checkSize(meter, text.length + occurrences(text, old) * (replacement.length - old.length));
      return text.split(old).join(replacement);
    },
  }),
  define("remove", {
    names: "text part",
    takes: ["text", "text"],
    gives: "text",
    summary: "The text without any occurrence of a part.",
    example: ['remove("555-12-34", "-")', '"5551234"'],
    apply: ([text, part]) => (part === "" ? text : text.split(part).join("")),
  }),
  define("repeat", {
    names: "text times",
    takes: ["text", "integer"],
    gives: "text",
    summary: "The text so many times over.",
    example: ['repeat("ab", 2)', '"abab"'],
    apply: ([text, times], meter) => {
      if (times < 0) throw new EvaluationFault("range");
      checkSize(meter, text.length * times);
      return text.repeat(text === "" ? 0 : times);
    },
  }),
  define("pad_start", {
    names: "text width fill",
    takes: ["scalar", "integer", "text?"],
    gives: "text",
    summary: "The text filled at its start, with spaces or the given text, to a width.",
    example: ['pad_start("7", 3, "0")', '"007"'],
    apply: ([text, width, fill = " "], meter) => padding(text, width, fill, meter) + text,
  }),
  define("pad_end", {
    names: "text width fill",
    takes: ["scalar", "integer", "text?"],
    gives: "text",
    summary: "The text filled at its end, with spaces or the given text, to a width.",
    example: ['pad_end("7", 3, ".")', '"7.."'],
    apply: ([text, width, fill = " "], meter) => text + padding(text, width, fill, meter),
  }),
  define("starts", {
    names: "text prefix",
    takes: ["text", "text"],
    gives: "boolean",
    summary: "Whether a text starts with another.",
    example: ['starts("reprise", "re")', "true"],
    apply: ([text, prefix]) => text.startsWith(prefix),
  }),
  define("ends", {
    names: "text suffix",
    takes: ["text", "text"],
    gives: "boolean",
    summary: "Whether a text ends with another.",
    example: ['ends("a.pdf", ".pdf")', "true"],
    apply: ([text, suffix]) => text.endsWith(suffix),
  }),
  define("before", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "text",
    summary: "What stands before the first separator. Faults when there is none.",
    example: ['before("erik@butter.dev", "@")', '"erik"'],
    apply: ([text, separator]) => text.slice(0, found(text.indexOf(separator))),
  }),
  define("after", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "text",
    summary: "What stands after the first separator. Faults when there is none.",
    example: ['after("erik@butter.dev", "@")', '"butter.dev"'],
    apply: ([text, separator]) => text.slice(found(text.indexOf(separator)) + separator.length),
  }),
  define("before_last", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "text",
    summary: "What stands before the last separator. Faults when there is none.",
    example: ['before_last("a.tar.gz", ".")', '"a.tar"'],
    apply: ([text, separator]) => text.slice(0, found(text.lastIndexOf(separator))),
  }),
  define("after_last", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "text",
    summary: "What stands after the last separator. Faults when there is none.",
    example: ['after_last("a.tar.gz", ".")', '"gz"'],
    apply: ([text, separator]) => text.slice(found(text.lastIndexOf(separator)) + separator.length),
  }),
  define("strip_prefix", {
    names: "text prefix",
    takes: ["text", "text"],
    gives: "text",
    summary: "The text without a prefix. Faults when it does not start so.",
    example: ['strip_prefix("the door", "the ")', '"door"'],
    apply: ([text, prefix]) => (text.startsWith(prefix) ? text.slice(prefix.length) : missing()),
  }),
  define("strip_suffix", {
    names: "text suffix",
    takes: ["text", "text"],
    gives: "text",
    summary: "The text without a suffix. Faults when it does not end so.",
    example: ['strip_suffix("Kitchen light", " light")', '"Kitchen"'],
    apply: ([text, suffix]) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : missing()),
  }),
  define("unquote", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "What stands between a pair of quotes or brackets at the ends. Faults when there is none.",
    example: ['unquote("(ascending)")', '"ascending"'],
    apply: ([text]) => (text.length > 1 && CLOSING.get(text.charAt(0)) === text.at(-1) ? text.slice(1, -1) : missing()),
  }),
  define("digits", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "The digits 0 to 9 of a text, in order. Faults when there is none.",
    example: ['digits("(555) 12-34")', '"5551234"'],
    apply: ([text]) => text.replace(/[^0-9]/g, "") || missing(),
  }),
  define("reverse", {
    names: "value",
    takes: ["any"],
    gives: "any",
    summary: "A text or a list back to front.",
    example: ['reverse("abc")', '"cba"'],
    apply: ([value]) => {
      if (Array.isArray(value)) return value.toReversed();
      if (typeof value !== "string") throw new EvaluationFault("type");
      return [...value].reverse().join("");
    },
  }),
];

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"],
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["<", ">"],
]);

/** The pieces of a text between runs of white space. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** A JavaScript integer as a number of the language. */
export function integer(value: number): Numeral {
  return new Numeral(String(value));
}

/** Joins after checking that the result is not too large. */
export function joined(pieces: readonly string[], separator: string, meter: Meter): string {
  const gaps = Math.max(0, pieces.length - 1) * separator.length;
  checkSize(
    meter,
    pieces.reduce((total, piece) => total + piece.length, gaps),
  );
  return pieces.join(separator);
}

/** The text of a list's item; faults when the item is no scalar. */
export function itemText(item: Json): string {
  const text = scalarText(item);
  if (text === undefined) throw new EvaluationFault("type");
  return text;
}

// Without surrogates a string's units are its characters, and need not be copied.
function characters(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

function position(index: number, length: number): number {
  const at = index < 0 ? length + index : index;
  if (at < 0 || at > length) throw new EvaluationFault("range");
  return at;
}

function padding(text: string, width: number, fill: string, meter: Meter): string {
  checkSize(meter, width);
  const missingCount = width - characters(text).length;
  if (missingCount <= 0) return "";
  const unit = [...fill];
  if (unit.length === 0) throw new EvaluationFault("range");
  return Array.from({ length: missingCount }, (_, index) => unit[index % unit.length] as string).join("");
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

function found(index: number): number {
  return index < 0 ? missing() : index;
}

function missing(): never {
  throw new EvaluationFault("missing");
}
