/** Functions that cut a text and put pieces together. */
import { type Json, scalarText } from "../../json.js";
import { checkSize, EvaluationFault } from "../fault.js";
import { characters, joined, missing, occurrences, words } from "./characters.js";
import { type BuiltIn, define } from "./define.js";
import { enumerated, listed } from "./enumeration.js";

/** Functions that cut a text into pieces. Positions count code points. */
export const CUT_FUNCTIONS: readonly BuiltIn[] = [
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
  define("enumerated", {
    names: "text",
    takes: ["text"],
    gives: "list",
    summary:
      'The items of an enumeration: "a, b and c", with or without a comma before the last, quotation marks around each or none. Faults where an item is empty, or an "and" could be a part of one.',
    example: ['enumerated("Ann, Bob and Cid")', '["Ann", "Bob", "Cid"]'],
    apply: ([text], meter) => {
      const items = enumerated(text);
      checkSize(meter, items.length);
      return items;
    },
  }),
  define("listed", {
    names: "text separator",
    takes: ["text", "text"],
    gives: "list",
    summary:
      "The items of a list with a separator between them. Faults where an item is empty, quoted, or on more than one line.",
    example: ['listed("tea\\n- milk", "\\n- ")', '["tea", "milk"]'],
    apply: ([text, separator], meter) => {
      checkSize(meter, separator === "" ? 0 : occurrences(text, separator) + 1);
      return listed(text, separator);
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
  define("tokens", {
    names: "text",
    takes: ["text"],
    gives: "list",
    summary: "The runs of letters and the runs of digits of a text, without what stands between them.",
    example: ['tokens("#A12 (25kg)")', '["A", "12", "25", "kg"]'],
    apply: ([text], meter) => {
      const found = text.match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
      checkSize(meter, found.length);
      return [...found];
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
    summary:
      "The characters from one position up to, without, another; negative positions count from the end. Faults outside the text.",
    example: ['slice("2023-11-21", 0, 4)', '"2023"'],
    apply: ([text, from, to]) => {
      const all = characters(text);
      const start = position(from, all.length);
      const end = to === undefined ? all.length : position(to, all.length);
      if (end < start) throw new EvaluationFault("range");
      return typeof all === "string" ? all.slice(start, end) : all.slice(start, end).join("");
    },
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
    apply: ([text, suffix]) =>
      text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : missing(),
  }),
  define("unquote", {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary: "What stands between a pair of quotes or brackets at the ends. Faults when there is none.",
    example: ['unquote("(ascending)")', '"ascending"'],
    apply: ([text]) =>
      text.length > 1 && CLOSING.get(text.charAt(0)) === text.at(-1) ? text.slice(1, -1) : missing(),
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

/** The text of a list's item; faults when the item is no scalar. */
function itemText(item: Json): string {
  const text = scalarText(item);
  if (text === undefined) throw new EvaluationFault("type");
  return text;
}

function position(index: number, length: number): number {
  const at = index < 0 ? length + index : index;
  if (at < 0 || at > length) throw new EvaluationFault("range");
  return at;
}

function found(index: number): number {
  return index < 0 ? missing() : index;
}
