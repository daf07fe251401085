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
  /** The same by what was said around it, and the text. */
  readonly inContext: Map<string, Json | undefined>;
  /** How often a text that was known stood for the same where something else was said, and for another thing. */
  same: number;
  other: number;
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
// Of texts that are known from elsewhere so large a share may stand for something else here. What is believed
// beforehand asks for ten that do not, and for some sixty after one that does.
const MOST_OTHER = 0.02;
const BELIEVED = { same: 4.7, other: 0.3 };

/** What a text stood for at a place, and what was said around it. */
export interface Lookup {
  readonly place: string;
  readonly text: string;
  readonly value: Json;
  readonly context?: string | undefined;
}

/** Notes what a text stood for. Returns by how much that made the pairs larger, roughly in characters. */
export function noteLookup(lookups: Lookups, { place, text, value, context }: Lookup): number {
  let pairs = lookups.get(place);
  let grown = 0;
  if (!pairs) {
    pairs = { values: new Map(), inContext: new Map(), same: 0, other: 0, conversions: CONVERSIONS };
    lookups.set(place, pairs);
    grown += 2 * ENTRY_SIZE + place.length;
  }
  if (context !== undefined) {
    const key = keyOf(context, text);
    const before = pairs.values.get(text);
    if (before !== undefined && !pairs.inContext.has(key))
      pairs[equalJson(before, value) ? "same" : "other"]++;
    grown += noted(pairs.inContext, key, value);
  }
  grown += noted(pairs.values, text, value);
  pairs.conversions = pairs.conversions.filter((name) => equalJson(converted(text, name) ?? null, value));
  return grown;
}

function noted(values: Map<string, Json | undefined>, key: string, value: Json): number {
  if (values.has(key)) {
    if (!equalJson(values.get(key) ?? null, value)) values.set(key, undefined);
    return 0;
  }
  values.set(key, value);
  return ENTRY_SIZE + key.length + canonicalJson(value).length;
}

function keyOf(context: string, text: string): string {
  return `${context} ${text}`;
}

/**
 * What a text stands for at a place: what it has stood for where the same was said around it; else what it has
 * stood for elsewhere, unless texts of the place are known to mean one thing here and another there. One that
 * was never seen is converted as all others were, if those are a hundred. `undefined` for any other, and for
 * one that has stood for several things.
 */
export function findLookup(
  generations: readonly Lookups[],
  { place, text, context }: Omit<Lookup, "value">,
): Json | undefined {
  const known = generations.flatMap((lookups) => lookups.get(place) ?? []);
  if (context !== undefined) {
    const here = heldIn(
      known.map(({ inContext }) => inContext),
      keyOf(context, text),
    );
    if (here) return here.value;
    if (shareOfOther(known) > MOST_OTHER) return undefined;
  }
  const anywhere = heldIn(
    known.map(({ values }) => values),
    text,
  );
  if (anywhere) return anywhere.value;
  const common = commonConversion(known);
  if (common === undefined) return undefined;
  const texts = new Set(known.flatMap(({ values }) => [...values.keys()]));
  return texts.size < SHOWN ? undefined : converted(text, common);
}

/** What several maps hold under a key, if any does: no value where they differ. */
function heldIn(
  maps: readonly ReadonlyMap<string, Json | undefined>[],
  key: string,
): { readonly value: Json | undefined } | undefined {
  const found = maps.filter((values) => values.has(key)).map((values) => values.get(key));
  const [first] = found;
  if (found.length === 0) return undefined;
  const isOne = first !== undefined && found.every((value) => value !== undefined && equalJson(value, first));
  return { value: isOne ? first : undefined };
}

/** How large a share of the texts that are known stands for something else where something else is said. */
function shareOfOther(known: readonly Pairs[]): number {
  const same = known.reduce((sum, pairs) => sum + pairs.same, BELIEVED.same);
  const other = known.reduce((sum, pairs) => sum + pairs.other, BELIEVED.other);
  return other / (same + other);
}

/** Whether texts stand for values at a place that no one conversion gives. */
export function isIrregular(generations: readonly Lookups[], place: string): boolean {
  const known = generations.flatMap((lookups) => lookups.get(place) ?? []);
  return known.length > 0 && commonConversion(known) === undefined;
}

/** A conversion that gives every value from its text. */
function commonConversion(known: readonly Pairs[]): string | undefined {
  return CONVERSIONS.find((name) => known.every(({ conversions }) => conversions.includes(name)));
}

/** The texts that have stood for a value at a place, and for nothing else. */
export function textsFor(generations: readonly Lookups[], place: string, value: Json): string[] {
  const texts = new Set<string>();
  for (const { values } of generations.flatMap((lookups) => lookups.get(place) ?? []))
    for (const [text, held] of values) if (held !== undefined && equalJson(held, value)) texts.add(text);
  return [...texts].filter((text) => findLookup(generations, { place, text }) !== undefined);
}

function converted(text: string, name: string): Json | undefined {
  const result = evaluate(callOf(name, variable("x")), new Map([["x", text]]));
  return result.ok ? result.value : undefined;
}
