/** Functions on the letters of a text: case, identifiers, initials, singular and plural. */
import { EvaluationFault } from "../fault.js";
import { words } from "./characters.js";
import { type BuiltIn, type Described, define } from "./define.js";

/**
 * Functions of one text that change letters, never the order of words. Case follows Unicode, not a locale.
 * Synthesis tries all of them on every text, in this order; those that are `common` are looked for wherever
 * data flows.
 */
export const CASE_FUNCTIONS: readonly BuiltIn[] = [
  common(
    onText(
      "lower",
      { summary: "All letters in lower case.", example: ["First Floor", "first floor"] },
      (text) => text.toLowerCase(),
    ),
  ),
  common(
    onText("upper", { summary: "All letters in upper case.", example: ["usd", "USD"] }, (text) =>
      text.toUpperCase(),
    ),
  ),
  common(
    onText(
      "title",
      {
        summary: "Every word with a capital first letter and the rest in lower case.",
        example: ["first FLOOR", "First Floor"],
      },
      (text) =>
        text.toLowerCase().replace(/(?<![\p{L}\p{M}\p{N}'’])\p{L}/gu, (letter) => letter.toUpperCase()),
    ),
  ),
  common(
    onText(
      "capitalise",
      {
        summary: "The text with its first letter as a capital; the rest stays.",
        example: ["first floor", "First floor"],
      },
      (text) => text.replace(/^\P{L}*\p{L}/u, (start) => start.toUpperCase()),
    ),
  ),
  onText(
    "uncapitalise",
    {
      summary: "The text with its first letter in lower case; the rest stays.",
      example: ["First Floor", "first Floor"],
    },
    (text) => text.replace(/^\P{L}*\p{L}/u, (start) => start.toLowerCase()),
  ),
  common(
    onText(
      "snake_case",
      {
        summary: "The words in lower case, with underscores between them.",
        example: ["Asset tag", "asset_tag"],
      },
      (text) => parts(text).join("_"),
    ),
  ),
  common(
    onText(
      "kebab_case",
      { summary: "The words in lower case, with hyphens between them.", example: ["Asset tag", "asset-tag"] },
      (text) => parts(text).join("-"),
    ),
  ),
  common(
    onText(
      "camel_case",
      {
        summary: "The words run together, each but the first with a capital.",
        example: ["Asset tag", "assetTag"],
      },
      (text) =>
        parts(text)
          .map((part, index) => (index === 0 ? part : capital(part)))
          .join(""),
    ),
  ),
  onText(
    "pascal_case",
    { summary: "The words run together, each with a capital.", example: ["asset tag", "AssetTag"] },
    (text) => parts(text).map(capital).join(""),
  ),
  common(
    onText(
      "spaced",
      {
        summary: "The words of an identifier in lower case, with spaces between them.",
        example: ["assetTag_id", "asset tag id"],
      },
      (text) => parts(text).join(" "),
    ),
  ),
  onText(
    "initials",
    { summary: "The first letter of every word, as capitals.", example: ["Erik van Dunteman", "EVD"] },
    (text) =>
      words(text)
        .map((word) => (/\p{L}/u.exec(word)?.[0] ?? "").toUpperCase())
        .join(""),
  ),
  onText(
    "singular",
    {
      summary: "The English singular by the regular rules. Faults when the text does not end in s.",
      example: ["cities", "city"],
    },
    (text) => {
      if (/[^aeiou]ies$/i.test(text)) return `${text.slice(0, -3)}y`;
      if (/(?:s|x|z|ch|sh)es$/i.test(text)) return text.slice(0, -2);
      if (/[^s]s$/i.test(text)) return text.slice(0, -1);
      throw new EvaluationFault("missing");
    },
  ),
  onText(
    "plural",
    { summary: "The English plural by the regular rules.", example: ["city", "cities"] },
    (text) => {
      if (/[^aeiou]y$/i.test(text)) return `${text.slice(0, -1)}ies`;
      return text + (/(?:s|x|z|ch|sh)$/i.test(text) ? "es" : "s");
    },
  ),
];

function common(builtIn: BuiltIn): BuiltIn {
  return { ...builtIn, isCommon: true };
}

function onText(
  name: string,
  { summary, example: [before, after] }: Described,
  apply: (text: string) => string,
): BuiltIn {
  return define(name, {
    names: "text",
    takes: ["text"],
    gives: "text",
    summary,
    example: [`${name}(${JSON.stringify(before)})`, JSON.stringify(after)],
    apply: ([text]) => apply(text),
  });
}

// "assetTag id" -> asset, tag, id: a word ends at anything but a letter or digit, and before a capital.
function parts(text: string): string[] {
  return text
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, " ")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((part) => part !== "");
}

function capital(word: string): string {
  return word.replace(/^\p{L}/u, (letter) => letter.toUpperCase());
}
