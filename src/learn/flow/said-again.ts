/** Values that are known as data and said again in a reply's words, though there they look like words. */
import { constantOf, variable } from "../../template/derivation/expression.js";
import { BoundValues, isBoundary } from "./bind-values.js";
import type { Folds } from "./folds.js";
import { isCommon } from "./mentions.js";
import { sitesOf } from "./sites.js";

/**
 * Makes holes of the places where a reply's texts repeat a variable's value: what a call on the way was sent
 * as a value is one in a sentence too ("I logged a {{topic}} call"). A value that is also a common word
 * ("mail", "on") may stand there by chance: it is filled in only where both say the same, until another
 * example shows which of the two it is. The variables of `given` are left aside.
 */
export function claimSaidAgain(
  { said, claims, sources }: Folds,
  given: ReadonlyMap<string, string> = new Map(),
): void {
  const known = new BoundValues(
    new Map(
      [...sources.slots.known]
        .filter(([value, name]) => value.length > 1 && !given.has(name))
        .map(([value, name]) => [name, value]),
    ),
  );
  for (const site of sitesOf([said])) {
    if (site.whole || claims.isWithin(0, site.part, site.path)) continue;
    for (const { start, end, name } of known.in(site.text)) {
      const value = site.text.slice(start, end);
      const ways = isCommon(value) ? [variable(name), constantOf(value)] : [variable(name)];
      if (claims.isFree(site.key, start, end))
        claims.add(site.key, { start, end, place: { hypotheses: ways } });
    }
  }
}

/** Where a value stands in a text, from token boundary to token boundary. */
export function startsOf(text: string, value: string): number[] {
  const starts: number[] = [];
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
    if (isBoundary(text, start) && isBoundary(text, start + value.length)) starts.push(start);
  return starts;
}
