/**
 * Pieces of texts by position: their first characters, their last, and fields of texts that all have one
 * length.
 */

import type { Pace } from "../schedule/pace.js";
import { type Candidate, invoke, textsOf, whole } from "./candidate.js";

const MAX_EDGE = 6;
const MAX_FIELDS = 24;
const CASES = ["upper", "lower"];

/**
 * The longest slices of a text that stand in every output, in the case they have there. Nothing where all
 * outputs are one: any slice could be a coincidence.
 */
export function slices(candidate: Candidate, outputs: readonly string[], pace: Pace): readonly Candidate[] {
  const texts = textsOf(candidate);
  if (!texts || new Set(outputs).size < 2 || texts.some((text) => !/^[\x20-\x7e]{2,200}$/.test(text)))
    return [];
  const lower = outputs.map((output) => output.toLowerCase());
  const stands = (from: number, to: number | undefined): boolean =>
    texts.every((text, index) => {
      const part = text.slice(from, to);
      return (
        part !== "" &&
        part !== text &&
        part.length < text.length &&
        (lower[index] as string).includes(part.toLowerCase())
      );
    });
  const found: Candidate[] = [];
  for (const [from, to] of [...edges(texts, stands), ...fields(texts, stands)]) {
    pace.spend(1);
    const slice =
      to === undefined
        ? invoke(pace, "slice", candidate, whole(from))
        : invoke(pace, "slice", candidate, whole(from), whole(to));
    const cased = slice && [slice, ...CASES.flatMap((name) => invoke(pace, name, slice) ?? [])];
    const fits = cased?.find((each) =>
      textsOf(each)?.every((text, index) => (outputs[index] as string).includes(text)),
    );
    if (fits) found.push(fits);
  }
  return found;
}

type Span = readonly [from: number, to: number | undefined];
type Test = (from: number, to: number | undefined) => boolean;

/** The longest beginning and the longest end that stand in the outputs, of two characters at least. */
function edges(texts: readonly string[], stands: Test): readonly Span[] {
  const room = Math.min(MAX_EDGE, ...texts.map((text) => text.length - 1));
  const spans: Span[] = [];
  for (let length = room; length > 1; length--) {
    if (!stands(0, length)) continue;
    spans.push([0, length]);
    break;
  }
  for (let length = room; length > 1; length--) {
    if (!stands(-length, undefined)) continue;
    spans.push([-length, undefined]);
    break;
  }
  return spans;
}

/** The longest stretches that stand in the outputs, of texts without spaces that all have one length. */
function fields(texts: readonly string[], stands: Test): readonly Span[] {
  const length = texts[0]?.length ?? 0;
  if (length > MAX_FIELDS || texts.some((text) => text.length !== length || /\s/.test(text))) return [];
  const spans: [number, number][] = [];
  for (let from = 0, reached = 0; from < length - 1; from++) {
    let to = Math.max(from + 2, reached + 1);
    if (to > length || !stands(from, to)) continue;
    while (to < length && stands(from, to + 1)) to++;
    spans.push([from, to]);
    reached = to;
  }
  // The last field is what is left, however it is counted.
  return spans.map(([from, to]) => [from, to === length ? undefined : to]);
}
