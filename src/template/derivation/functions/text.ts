/** Functions on whole texts: joining, padding, replacing, asking. */
import { checkSize, EvaluationFault, type Meter } from "../fault.js";
import { characters, integer, joined, missing, occurrences, words } from "./characters.js";
import { type BuiltIn, define } from "./define.js";

/** Functions on whole texts. Lengths count code points. */
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
    apply: ([text, width, fill = " "], meter) => padding(text, { width, fill }, meter) + text,
  }),
  define("pad_end", {
    names: "text width fill",
    takes: ["scalar", "integer", "text?"],
    gives: "text",
    summary: "The text filled at its end, with spaces or the given text, to a width.",
    example: ['pad_end("7", 3, ".")', '"7.."'],
    apply: ([text, width, fill = " "], meter) => text + padding(text, { width, fill }, meter),
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

function padding(
  text: string,
  { width, fill }: { readonly width: number; readonly fill: string },
  meter: Meter,
): string {
  checkSize(meter, width);
  const missingCount = width - characters(text).length;
  if (missingCount <= 0) return "";
  const unit = [...fill];
  if (unit.length === 0) throw new EvaluationFault("range");
  return Array.from({ length: missingCount }, (_, index) => unit[index % unit.length] as string).join("");
}
