/** From the stretches that an agent names to stretches of the texts they stand in. */
import type { NamedSpan } from "./answers.js";
import type { Labelled, Material } from "./material.js";
import { Refused, type Span } from "./proposal.js";

/** A stretch that has no name yet. */
export type Unnamed = Omit<Span, "name">;

/**
 * Finds what was named, in the order of the conversation. Throws `Refused` where something does not stand
 * where it is said to, or where two overlap or touch.
 */
export function locate(named: readonly NamedSpan[], { texts }: Material): Unnamed[] {
  const spans = named.map(({ at, text, nth, use }): Unnamed => {
    const labelled = texts.get(at);
    const start = labelled && nthOf(labelled.site.text, text, nth);
    if (!labelled || start === undefined) throw new Refused("wrong-span");
    return { at, text, use, start, end: start + text.length };
  });
  const order = new Map([...texts.keys()].map((at, index) => [at, index]));
  const placed = spans.sort(
    (left, right) => (order.get(left.at) ?? 0) - (order.get(right.at) ?? 0) || left.start - right.start,
  );
  checkSpans(placed, texts);
  return placed;
}

/** Throws `Refused` unless each stretch stands where it says, whole where it must be, and apart from others. */
export function checkSpans(spans: readonly Unnamed[], texts: Material["texts"]): void {
  const last = new Map<string, number>();
  for (const span of [...spans].sort((left, right) => left.start - right.start)) {
    const labelled = texts.get(span.at);
    if (!labelled || !standsIn(span, labelled)) throw new Refused("wrong-span");
    if (span.start <= (last.get(span.at) ?? -1)) throw new Refused("overlapping");
    last.set(span.at, span.end);
  }
}

function standsIn({ start, end, text }: Unnamed, { site, isSaid }: Labelled): boolean {
  if (end <= start || site.text.slice(start, end) !== text) return false;
  // A place takes no part of a number, and what it reads ends where words do.
  if (site.whole) return start === 0 && end === site.text.length;
  return isSaid || (!isWithinWord(site.text, start) && !isWithinWord(site.text, end));
}

/** Whether a position lies between two letters or two digits. */
function isWithinWord(text: string, at: number): boolean {
  const [before, after] = [text.charAt(at - 1), text.charAt(at)];
  return (LETTER.test(before) && LETTER.test(after)) || (DIGIT.test(before) && DIGIT.test(after));
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{N}/u;

function nthOf(text: string, part: string, nth: number): number | undefined {
  let at = -1;
  for (let count = 0; count < nth; count++) {
    at = text.indexOf(part, at + 1);
    if (at < 0) return undefined;
  }
  return at;
}
