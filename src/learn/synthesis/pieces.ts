/** What a text input can give: pieces of it, other cases of it, and other notations of what it names. */

import type { UserFunction } from "../../template/derivation/evaluate.js";
import { CASE_FUNCTIONS } from "../../template/derivation/functions/case.js";
import type { Json } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Bank, type Candidate, invoke, invokeUser, quoted, textsOf, whole } from "./candidate.js";
import { gluesOf, reordered } from "./rearrange.js";
import { slices } from "./slices.js";

const SEPARATORS = [
  " ",
  ", ",
  ",",
  "-",
  "_",
  "/",
  ".",
  "@",
  ": ",
  ":",
  "; ",
  ";",
  "|",
  " - ",
  "(",
  ")",
  "#",
  "=",
  "&",
  "?",
  "\n",
  "'",
  '"',
  " of ",
  " and ",
  " to ",
];
const REWRITES = [...CASE_FUNCTIONS.map(({ name }) => name), "digits", "trim", "collapse", "reverse"];
const MAX_TEXT = 400;

export interface PieceOptions {
  /** Where they are added. */
  readonly bank: Bank;
  readonly outputs: readonly string[];
  /** Whether letters may change: other cases, initials, singular and plural. Default true. */
  readonly rewrite?: boolean | undefined;
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
}

/**
 * Adds to the bank what text functions make of its texts: of each its pieces, pieces of pieces, then other
 * cases of all of them, and the parts of what it lists in another order. Only what has a part in the outputs
 * is kept, apart from its case and separators. Gives the pieces that hold a whole output and more, for
 * `trimmed`.
 */
export async function collectPieces(
  atoms: readonly Candidate[],
  { bank, outputs, functions, rewrite = true }: PieceOptions,
  pace: Pace,
): Promise<readonly Candidate[]> {
  const wider: Candidate[] = [];
  const targets = outputs.map(bare);
  const hasPart = (candidate: Candidate): boolean =>
    textsOf(candidate)?.every((text, index) => {
      const letters = bare(text);
      return letters !== "" && (targets[index] as string).includes(letters);
    }) === true;

  for (const atom of atoms) {
    if (pace.spent) return wider;
    const pieces: Candidate[] = [];
    if (!isShort(atom)) continue;
    wider.push(atom);
    for (const name of functions?.keys() ?? [])
      bank.add(invokeUser(pace, { name, functions: functions as NonNullable<typeof functions> }, atom));
    const cut = cuts(atom, pace);
    const kept = cut.filter((piece) => hasPart(piece) && bank.add(piece));
    pieces.push(atom, ...kept);
    for (const piece of cut) {
      if (pace.tired) await pace.rest();
      if (
        textsOf(piece)?.every(
          (text, index) =>
            text.length > (outputs[index] as string).length && text.includes(outputs[index] as string),
        )
      )
        wider.push(piece);
      // A piece that still has words in it may hold the part that is wanted.
      if (!textsOf(piece)?.every((text, index) => holdsWord(text, targets[index] as string))) continue;
      pieces.push(...cuts(piece, pace).filter((inner) => hasPart(inner) && bank.add(inner)));
    }
    for (const piece of [...fieldsOf(atom, pace), ...slices(atom, outputs, pace)])
      if (hasPart(piece)) bank.add(piece);
    if (!rewrite) continue;
    for (const piece of reordered(atom, outputs, pace)) bank.add(piece);
    for (const piece of pieces) await rewritten(piece);
    // The first letter of a word may be wanted where the word is not.
    for (const piece of cut) if (!hasPart(piece)) initialOf(piece);
  }
  return wider;

  async function rewritten(piece: Candidate): Promise<void> {
    if (pace.spent) return;
    if (pace.tired) await pace.rest();
    for (const name of REWRITES) {
      const changed = invoke(pace, name, piece);
      if (!changed || !works(changed, piece)) continue;
      if (hasPart(changed) && bank.add(changed) && name === "initials")
        bank.add(invoke(pace, "lower", changed));
    }
    initialOf(piece);
  }

  function initialOf(piece: Candidate): void {
    const firsts = textsOf(piece)?.map((text) => bare(text.slice(0, 1)));
    if (!firsts?.every((first, index) => first !== "" && (targets[index] as string).includes(first))) return;
    const initial = invoke(pace, "slice", piece, whole(0), whole(1));
    if (initial && works(initial, piece) && hasPart(initial) && bank.add(initial)) {
      for (const name of ["lower", "upper"]) {
        const changed = invoke(pace, name, initial);
        if (changed && works(changed, initial)) bank.add(changed);
      }
    }
  }
}

/** Runs of letters and of digits, counted from either end, where they tell apart what no separator does. */
function fieldsOf(candidate: Candidate, pace: Pace): readonly Candidate[] {
  const texts = textsOf(candidate);
  if (
    !texts?.some(
      (text) => /\p{L}\p{N}|\p{N}\p{L}/u.test(text) || (text.match(/[^\p{L}\p{N}]+/gu)?.length ?? 0) > 1,
    )
  )
    return [];
  const tokens = invoke(pace, "tokens", candidate);
  if (!tokens) return [];
  const least = Math.min(...tokens.values.map((list) => (list as Json[]).length));
  return [0, 1, 2, 3, -1, -2].flatMap((index) =>
    index < least && -index <= least ? (invoke(pace, "get", tokens, whole(index)) ?? []) : [],
  );
}

/**
 * Replacements of a separator by what stands in the outputs instead, that give a part of every output, or all
 * of it.
 */
export function respaced(
  texts: readonly Candidate[],
  outputs: readonly string[],
  pace: Pace,
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const candidate of texts) {
    const values = textsOf(candidate);
    if (!values || !isShort(candidate)) continue;
    for (const old of separatorsIn(values)) {
      if (!values.some((value) => value.includes(old))) continue;
      for (const replacement of gluesOf(values, old, outputs)) {
        pace.spend(1);
        if (
          !values.every((value, index) =>
            (outputs[index] as string).includes(value.replaceAll(old, replacement)),
          )
        )
          continue;
        const result =
          replacement === ""
            ? invoke(pace, "remove", candidate, quoted(old))
            : invoke(pace, "replace", candidate, quoted(old), quoted(replacement));
        if (result) found.push(result);
      }
    }
  }
  return found;
}

/**
 * Cuts by a constant that all texts share at an end, or by position, that give the outputs whole. Needs
 * several examples.
 */
export function trimmed(
  texts: readonly Candidate[],
  outputs: readonly string[],
  pace: Pace,
): readonly Candidate[] {
  const found: (Candidate | undefined)[] = [];
  if (new Set(outputs).size < 2) return [];
  const [output = ""] = outputs;
  for (const candidate of texts) {
    const values = textsOf(candidate);
    if (
      !values ||
      !isShort(candidate) ||
      values.some((value, index) => value.length <= (outputs[index] as string).length)
    )
      continue;
    pace.spend(1);
    const [value = ""] = values;
    const at = value.indexOf(output);
    if (at < 0 || output === "") continue;
    const head = value.slice(0, at);
    const tail = value.slice(at + output.length);
    if (tail === "" && values.every((text, index) => text === head + outputs[index]))
      found.push(invoke(pace, "strip_prefix", candidate, quoted(head)));
    if (head === "" && values.every((text, index) => text === outputs[index] + tail))
      found.push(invoke(pace, "strip_suffix", candidate, quoted(tail)));
    const end = at + output.length;
    if (values.every((text, index) => text.slice(at, end) === outputs[index]))
      found.push(invoke(pace, "slice", candidate, whole(at), whole(end)));
    if (values.every((text, index) => text.slice(-output.length) === outputs[index]))
      found.push(invoke(pace, "slice", candidate, whole(-output.length)));
  }
  return found.filter((candidate) => candidate !== undefined);
}

/** The pieces of a text: quotes off, words, and what stands between, before and after separators. */
export function cuts(candidate: Candidate, pace: Pace): readonly Candidate[] {
  const texts = textsOf(candidate);
  if (!texts) return [];
  const found: (Candidate | undefined)[] = [];
  if (texts.every((text) => /^["'`“‘«([{<]/.test(text))) found.push(invoke(pace, "unquote", candidate));
  if (texts.some((text) => /\s/.test(text)))
    found.push(invoke(pace, "first_word", candidate), invoke(pace, "last_word", candidate));
  for (const separator of separatorsIn(texts)) {
    if (!texts.every((text) => text.includes(separator))) continue;
    const parts = invoke(pace, "split", candidate, quoted(separator));
    const most = Math.max(...(parts?.values ?? []).map((list) => (list as Json[]).length));
    if (parts)
      for (const index of [0, -1, 1, 2, -2])
        if (index < most && -index <= most) found.push(invoke(pace, "get", parts, whole(index)));
    for (const name of ["before", "after", ...(most > 2 ? ["before_last", "after_last"] : [])])
      found.push(invoke(pace, name, candidate, quoted(separator)));
  }
  return found.filter((piece) => piece !== undefined && works(piece, candidate)) as readonly Candidate[];
}

const MAX_OWN = 4;

/** The usual separators, and signs that all of the texts have. */
function separatorsIn(texts: readonly string[]): readonly string[] {
  const signs = new Set(texts[0]?.match(/[^\p{L}\p{M}\p{N}\s]/gu) ?? []);
  const own = [...signs].filter(
    (sign) => !SEPARATORS.includes(sign) && texts.every((text) => text.includes(sign)),
  );
  return own.length === 0 ? SEPARATORS : [...SEPARATORS, ...own.slice(0, MAX_OWN)];
}

/** Whether a function changed something in some example. One that never did is not seen to be there. */
function works(after: Candidate, before: Candidate): boolean {
  return after.values.some((value, index) => value !== before.values[index]);
}

function isShort(candidate: Candidate): boolean {
  return textsOf(candidate)?.every((text) => text.length <= MAX_TEXT && text !== "") === true;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function holdsWord(text: string, target: string): boolean {
  return text.split(/[^\p{L}\p{N}]+/u).some((word) => word !== "" && target.includes(word.toLowerCase()));
}
