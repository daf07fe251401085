/**
 * Texts that list things: the same things in another order, without repetitions, or with something else
 * between them.
 */
import type { Json } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Candidate, invoke, quoted, textsOf } from "./candidate.js";

const LIST_SEPARATORS = [", ", ",", "; ", ";", " ", "-", "_", "|", "/", ".", "\n", " and "];
const ORDERS = ["sort", "reverse", "unique"];
const MAX_GLUE = 12;

/**
 * The parts of a listing text, reordered and joined again as they were, where that stands in every output.
 */
export function reordered(
  candidate: Candidate,
  outputs: readonly string[],
  pace: Pace,
): readonly Candidate[] {
  const texts = textsOf(candidate);
  if (!texts) return [];
  const found: Candidate[] = [];
  for (const separator of LIST_SEPARATORS) {
    if (!texts.some((text) => text.includes(separator))) continue;
    const parts = texts.map((text) => text.split(separator));
    pace.spend(parts.length);
    // Every part must be in the output before any order is tried.
    if (!parts.every((each, index) => each.every((part) => (outputs[index] as string).includes(part))))
      continue;
    const list = invoke(pace, "split", candidate, quoted(separator));
    for (const order of ORDERS) {
      const changed = list && invoke(pace, order, list);
      const text = changed && invoke(pace, "join", changed, quoted(separator));
      const stands =
        text && textsOf(text)?.every((value, index) => (outputs[index] as string).includes(value));
      if (text && stands && text.values.some((value: Json, index) => value !== texts[index]))
        found.push(text);
    }
  }
  return found;
}

/**
 * What could stand between the parts of a text in an output: what follows a first part up to a second.
 * Likeliest first.
 *
 *     text    apple, pear      parts  apple|pear
 *     output  - apple\n- pear  glue   "\n- "
 */
export function gluesOf(
  texts: readonly string[],
  separator: string,
  outputs: readonly string[],
): readonly string[] {
  const index = texts.findIndex((text) => text.includes(separator));
  const [first, second] = texts[index]?.split(separator) ?? [];
  const output = outputs[index];
  if (first === undefined || second === undefined || output === undefined || first === "" || second === "")
    return [];
  const glues = new Set<string>();
  for (let at = output.indexOf(first); at >= 0 && glues.size < 3; at = output.indexOf(first, at + 1)) {
    const start = at + first.length;
    const end = output.indexOf(second, start);
    if (end >= 0 && end - start <= MAX_GLUE) glues.add(output.slice(start, end));
  }
  return [...glues].filter((glue) => glue !== separator && !/[\p{L}\p{N}]/u.test(glue.replace("%20", "")));
}
