/**
 * What a text has stood for at a place: "Purchased" for the field `purchase_date`, "Oslo" for the code `OSL`.
 * Such pairs belong to an argument, and hold in every wording of a scope.
 */
import { ENTRY_SIZE } from "../template/bounded-map.js";
import { evaluate } from "../template/derivation/evaluate.js";
import { callOf, variable } from "../template/derivation/expression.js";
import { CASE_FUNCTIONS } from "../template/derivation/functions/case.js";
import { canonicalJson, equalJson, type Json } from "../template/json.js";

/** The pairs of one place. */
interface Pairs {
  /** What each text has stood for; `undefined` where it was more than one thing. */
  readonly values: Map<string, Json | undefined>;
  /** The conversions that give every value from its text, as far as was seen. */
  conversions: readonly string[];
}

/** The pairs of every place, as one generation of sightings has seen them. */
export type Lookups = Map<string, Pairs>;

// So many texts, all converted in one way, show that others at the place are converted so too: by Laplace's
// rule of succession the next is an exception once in a hundred times. One that is left to the model is known
// from then on, so that waiting costs little.
const SHOWN = 98;
const CONVERSIONS = CASE_FUNCTIONS.map(({ name }) => name);

/** What a text stood for at a place. */
export interface Lookup {
  readonly place: string;
  readonly text: string;
  readonly value: Json;
}

/** Notes what a text stood for. Returns by how much that made the pairs larger, roughly in characters. */
export function noteLookup(lookups: Lookups, { place, text, value }: Lookup): number {
  let pairs = lookups.get(place);
  let grown = 0;
  if (!pairs) {
    pairs = { values: new Map(), conversions: CONVERSIONS };
    lookups.set(place, pairs);
    grown += 2 * ENTRY_SIZE + place.length;
  }
  if (!pairs.values.has(text)) {
    pairs.values.set(text, value);
    grown += ENTRY_SIZE + text.length + canonicalJson(value).length;
  } else if (!equalJson(pairs.values.get(text) ?? null, value)) pairs.values.set(text, undefined);
  pairs.conversions = pairs.conversions.filter((name) => equalJson(converted(text, name) ?? null, value));
  return grown;
}

/**
 * What a text stands for at a place. One that was never seen there is converted as all others were, if those
 * are several; `undefined` where they were not, and where it has stood for more than one thing.
 */
export function findLookup(generations: readonly Lookups[], place: string, text: string): Json | undefined {
  const known = generations.flatMap((lookups) => lookups.get(place) ?? []);
  const found = known.filter(({ values }) => values.has(text)).map(({ values }) => values.get(text));
  const [first] = found;
  if (found.length > 0)
    return first !== undefined && found.every((value) => value !== undefined && equalJson(value, first))
      ? first
      : undefined;
  const [common] = CONVERSIONS.filter((name) => known.every(({ conversions }) => conversions.includes(name)));
  if (common === undefined) return undefined;
  const texts = new Set(known.flatMap(({ values }) => [...values.keys()]));
  return texts.size < SHOWN ? undefined : converted(text, common);
}

/** The texts that have stood for a value at a place, and for nothing else. */
export function textsFor(generations: readonly Lookups[], place: string, value: Json): string[] {
  const known = generations.flatMap((lookups) => lookups.get(place) ?? []);
  const texts = new Set(known.flatMap(({ values }) => [...values.keys()]));
  return [...texts].filter((text) => {
    const found = findLookup(generations, place, text);
    return found !== undefined && equalJson(found, value);
  });
}

function converted(text: string, name: string): Json | undefined {
  const result = evaluate(callOf(name, variable("x")), new Map([["x", text]]));
  return result.ok ? result.value : undefined;
}
