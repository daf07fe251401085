/**
 * What each argument has held anywhere in a scope: the domain that a new wording of known work starts with.
 */
import { ENTRY_SIZE } from "../template/bounded-map.js";
import type { Json } from "../template/json.js";
import { isOfKind, isTyped, type ValueKind, valueKindOf } from "../template/value-kinds.js";
import { findLookup, isIrregular, type Lookup, type Lookups, noteLookup, textsFor } from "./lookups.js";
import { type Generation, Window, type WindowOptions } from "./window.js";

/** How well a value is known as one of an argument's: from sure to unheard of. */
export type Familiarity = "seen" | "typed" | "shaped" | "novel";

export const FAMILIARITIES: readonly Familiarity[] = ["seen", "typed", "shaped", "novel"];

/** What a place has held. */
interface Held {
  readonly values: Map<string, number>;
  readonly kinds: Map<ValueKind, number>;
  /** How values begin and end. */
  readonly edges: Set<string>;
  /** The marks that stand in values: neither letter, digit nor space, nor what joins these. */
  readonly marks: Set<string>;
  /** Words that values are made of. */
  readonly words: Set<string>;
  total: number;
  /**
   * Values seen once so far: their share of all sightings estimates how likely the next is new (Good and
   * Turing). What the generation before has seen counts too, so that this may be less than nothing.
   */
  single: number;
  maxWords: number;
}

/** What one generation of sightings shows. */
interface Sightings extends Generation {
  readonly places: Map<string, Held>;
  /** For each value, how often it was held by any place of one family (one tool, or text). */
  readonly families: Map<string, Map<string, number>>;
  /** All values that any of them has held. */
  readonly data: Set<string>;
  readonly wording: Map<string, number>;
  readonly forms: Map<string, number>;
  readonly lookups: Lookups;
}

// Below this chance of a new value an argument is a closed set.
const CLOSED = 0.1;
const ENOUGH = 10;
// How often a word must have been wording before it counts as such.
const WORDING = 3;
// What is kept of a scope at the most, roughly in characters, where nothing else is said.
const MAX_SIZE = 8 * 1024 * 1024;

/**
 * The values each argument (or place in a text) has held, of one scope, and the words that were wording. The
 * oldest sightings are dropped together, so that a value is never better known for what was forgotten of
 * another.
 */
export class Arguments {
  private readonly window: Window<Sightings>;

  constructor({
    maxSize = MAX_SIZE,
    onResized,
  }: Partial<Pick<WindowOptions<Sightings>, "maxSize" | "onResized">> = {}) {
    this.window = new Window({ create, maxSize, onResized, onAged: countSingles });
  }

  /** Roughly in characters. */
  get size(): number {
    return this.window.size;
  }

  add(place: string, text: string): void {
    const { young, old } = this.window.current();
    let grown = 0;
    let held = young.places.get(place);
    if (!held) {
      held = {
        values: new Map(),
        kinds: new Map(),
        edges: new Set(),
        marks: new Set(),
        words: new Set(),
        total: 0,
        single: 0,
        maxWords: 0,
      };
      young.places.set(place, held);
      grown += 4 * ENTRY_SIZE + place.length;
    }
    const words = wordsOf(text);
    held.total++;
    increase(held.kinds, valueKindOf(text));
    held.maxWords = Math.max(held.maxWords, words.length);
    grown += noted(held.edges, edgesOf(text));
    for (const mark of marksOf(text)) grown += noted(held.marks, mark);
    for (const word of words) grown += noted(held.words, word);
    const before = (held.values.get(text) ?? 0) + (old?.places.get(place)?.values.get(text) ?? 0);
    held.single += before === 0 ? 1 : before === 1 ? -1 : 0;
    grown += increase(held.values, text);
    const family = familyOf(place);
    if (family !== undefined) {
      let values = young.families.get(family);
      if (!values) {
        values = new Map();
        young.families.set(family, values);
        grown += ENTRY_SIZE + family.length;
      }
      // The same text stands in the place already.
      if (increase(values, text) > 0) grown += ENTRY_SIZE;
      if (noted(young.data, text) > 0) grown += ENTRY_SIZE;
    }
    if (grown > 0) this.window.grow(grown);
  }

  /** Forgets everything. */
  clear(): void {
    this.window.clear();
  }

  /** Notes text that was no data. */
  addWording(text: string): void {
    const { wording } = this.window.current().young;
    let grown = 0;
    for (const word of wordsOf(text)) grown += increase(wording, word);
    if (grown > 0) this.window.grow(grown);
  }

  /** Notes that a place's value was derived in a certain way, whatever the variables were called. */
  addForm(place: string, form: string): void {
    const grown = increase(this.window.current().young.forms, `${place}\u0000${form}`);
    if (grown > 0) this.window.grow(grown);
  }

  /** Notes what a text has stood for at a place. */
  addLookup(lookup: Lookup): void {
    const grown = noteLookup(this.window.current().young.lookups, lookup);
    if (grown > 0) this.window.grow(grown);
  }

  /** What a text stands for at a place, as far as is known; see `findLookup`. */
  lookup(place: string, text: string, context?: string): Json | undefined {
    return findLookup(
      this.window.generations.map(({ lookups }) => lookups),
      { place, text, context },
    );
  }

  /** Whether texts stand for values at a place that no one conversion gives. */
  isIrregular(place: string): boolean {
    return isIrregular(
      this.window.generations.map(({ lookups }) => lookups),
      place,
    );
  }

  /** Whether any text is known to stand for something. */
  get hasLookups(): boolean {
    return this.window.generations.some(({ lookups }) => lookups.size > 0);
  }

  /** The texts that stand for a value at a place, and for nothing else. */
  textsFor(place: string, value: Json): string[] {
    return textsFor(
      this.window.generations.map(({ lookups }) => lookups),
      place,
      value,
    );
  }

  /** How often a place's value was derived in this way. */
  formCount(place: string, form: string): number {
    const key = `${place}\u0000${form}`;
    return this.sum(({ forms }) => forms.get(key));
  }

  /** Whether any argument of any tool has held a value. */
  isData(text: string): boolean {
    return this.window.generations.some(({ data }) => data.has(text));
  }

  /** How often a place has held a value. */
  count(place: string, text: string): number {
    return this.sum(({ places }) => places.get(place)?.values.get(text));
  }

  familiarity(place: string, text: string): Familiarity {
    const helds = this.window.generations.flatMap(({ places }) => places.get(place) ?? []);
    if (helds.length === 0) return "novel";
    const kind = valueKindOf(text);
    const count = helds.reduce((sum, { values }) => sum + (values.get(text) ?? 0), 0);
    if (isTyped(kind))
      return count > 0 ? "seen" : helds.some(({ kinds }) => kinds.has(kind)) ? "typed" : "novel";
    // Another argument of the same tool holds this value: which of them is meant is a guess.
    const family = familyOf(place);
    const rivals =
      family === undefined ? -count : this.sum(({ families }) => families.get(family)?.get(text)) - count;
    if (rivals > count * 0.1) return "novel";
    if (count > 0) return "seen";
    const total = helds.reduce((sum, held) => sum + held.total, 0);
    const single = helds.reduce((sum, held) => sum + held.single, 0);
    if (total >= ENOUGH && single / total < CLOSED) return "novel";
    if (marksOf(text).some((mark) => !helds.some(({ marks }) => marks.has(mark)))) return "novel";
    const words = wordsOf(text);
    const edges = edgesOf(text);
    if (
      helds.every(({ maxWords }) => words.length > maxWords) ||
      !helds.some((held) => held.edges.has(edges))
    )
      return "novel";
    for (const word of words)
      if (this.isWording(word) && !helds.some((held) => held.words.has(word))) return "novel";
    for (const { kinds } of helds)
      for (const known of kinds.keys()) if (isOfKind(known, text)) return "shaped";
    return "novel";
  }

  private isWording(word: string): boolean {
    return this.sum(({ wording }) => wording.get(word)) >= WORDING;
  }

  private sum(of: (sightings: Sightings) => number | undefined): number {
    return this.window.generations.reduce((sum, sightings) => sum + (of(sightings) ?? 0), 0);
  }
}

function create(): Sightings {
  return {
    places: new Map(),
    families: new Map(),
    data: new Set(),
    wording: new Map(),
    forms: new Map(),
    lookups: new Map(),
    size: 0,
  };
}

/** Counts the values seen once again: what the generation before them has seen is known no more. */
function countSingles({ places }: Sightings): void {
  for (const held of places.values()) {
    held.single = 0;
    for (const count of held.values.values()) if (count === 1) held.single++;
  }
}

/** Counts a key once more. Returns by how much that made the map larger. */
function increase<Key extends string>(counts: Map<Key, number>, key: Key): number {
  const count = counts.get(key);
  counts.set(key, (count ?? 0) + 1);
  return count === undefined ? ENTRY_SIZE + key.length : 0;
}

/** Adds a key. Returns by how much that made the set larger. */
function noted(keys: Set<string>, key: string): number {
  if (keys.has(key)) return 0;
  keys.add(key);
  return ENTRY_SIZE + key.length;
}

/**
 * The tool of an argument's place. Places in text have none: what stands in one says nothing about another.
 */
function familyOf(place: string): string | undefined {
  return place.startsWith("text ") ? undefined : place.slice(0, place.indexOf("."));
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,;:!?"“”()]+/).filter(Boolean);
}

/**
 * Signs that words and numbers are not made of: a quote, a bracket, a slash. Where none has stood, one is
 * another matter.
 */
function marksOf(text: string): string[] {
  return text.slice(0, MAX_MARKED).match(/[^\p{L}\p{M}\p{N}\s'’.,-]/gu) ?? [];
}

const MAX_MARKED = 1_000;

function edgesOf(text: string): string {
  return classOf(text.codePointAt(0)) + classOf(text.codePointAt(text.length - 1));
}

function classOf(code: number | undefined): string {
  const char = code === undefined ? "" : String.fromCodePoint(code);
  if (/\p{Lu}/u.test(char)) return "A";
  if (/\p{L}/u.test(char)) return "a";
  return /\p{N}/u.test(char) ? "0" : char;
}
