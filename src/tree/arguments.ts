/** What each argument has held anywhere in a scope: the domain that a new wording of known work starts with. */
import { isOfKind, type Kind, kindOf } from "../template/domain.js";

/** How well a value is known as one of an argument's: from sure to unheard of. */
export type Familiarity = "seen" | "typed" | "shaped" | "novel";

export const FAMILIARITIES: readonly Familiarity[] = ["seen", "typed", "shaped", "novel"];

interface Held {
  readonly values: Map<string, number>;
  readonly kinds: Map<Kind, number>;
  /** How values begin and end. */
  readonly edges: Set<string>;
  /** Words that values are made of. */
  readonly words: Set<string>;
  total: number;
  /** Values seen once so far: their share of all sightings estimates how likely the next is new (Good and Turing). */
  single: number;
  maxWords: number;
}

// Values beyond it are counted, not kept: an argument with that many is open.
const MAX_VALUES = 2_000;
// Below this chance of a new value an argument is a closed set.
const CLOSED = 0.1;
const ENOUGH = 10;
// How often a word must have been wording before it counts as such.
const WORDING = 3;

// Kinds whose form tells nearly everything: one integer, address or date is as good as another.
const TYPED: ReadonlySet<Kind> = new Set<Kind>([
  "integer",
  "number",
  "ordinal",
  "percent",
  "money",
  "date",
  "time",
  "datetime",
  "uuid",
  "email",
  "url",
  "phone",
]);

/** The values each argument (or place in a text) has held, of one scope, and the words that were wording. */
export class Arguments {
  private readonly places = new Map<string, Held>();
  /** For each value, how often it was held by any place of one family (one tool, or text). */
  private readonly families = new Map<string, Map<string, number>>();
  private readonly wording = new Map<string, number>();
  private readonly forms = new Map<string, number>();

  add(place: string, text: string): void {
    let held = this.places.get(place);
    if (!held) {
      held = { values: new Map(), kinds: new Map(), edges: new Set(), words: new Set(), total: 0, single: 0, maxWords: 0 };
      this.places.set(place, held);
    }
    const words = wordsOf(text);
    held.total++;
    const kind = kindOf(text);
    held.kinds.set(kind, (held.kinds.get(kind) ?? 0) + 1);
    held.maxWords = Math.max(held.maxWords, words.length);
    held.edges.add(edgesOf(text));
    for (const word of words) held.words.add(word);
    const count = held.values.get(text) ?? 0;
    held.single += count === 0 ? 1 : count === 1 ? -1 : 0;
    if (count > 0 || held.values.size < MAX_VALUES) held.values.set(text, count + 1);
    const family = familyOf(place);
    if (family === undefined) return;
    let values = this.families.get(family);
    if (!values) {
      values = new Map();
      this.families.set(family, values);
    }
    values.set(text, (values.get(text) ?? 0) + 1);
  }

  /** Forgets everything. */
  clear(): void {
    for (const known of [this.places, this.families, this.wording, this.forms]) known.clear();
  }

  /** Notes text that was no data. */
  addWording(text: string): void {
    for (const word of wordsOf(text)) this.wording.set(word, (this.wording.get(word) ?? 0) + 1);
  }

  /** Notes that a place's value was derived in a certain way, whatever the variables were called. */
  addForm(place: string, form: string): void {
    const key = `${place}\u0000${form}`;
    this.forms.set(key, (this.forms.get(key) ?? 0) + 1);
  }

  /** How often a place's value was derived in this way. */
  formCount(place: string, form: string): number {
    return this.forms.get(`${place}\u0000${form}`) ?? 0;
  }

  /** Whether any argument of any tool has held a value. */
  isData(text: string): boolean {
    for (const values of this.families.values()) if (values.has(text)) return true;
    return false;
  }

  /** How often a place has held a value. */
  count(place: string, text: string): number {
    return this.places.get(place)?.values.get(text) ?? 0;
  }

  familiarity(place: string, text: string): Familiarity {
    const held = this.places.get(place);
    if (!held) return "novel";
    const kind = kindOf(text);
    const count = held.values.get(text) ?? 0;
    if (TYPED.has(kind)) return count > 0 ? "seen" : held.kinds.has(kind) ? "typed" : "novel";
    // Another argument of the same tool holds this value: which of them is meant is a guess.
    const rivals = (this.families.get(familyOf(place) ?? "")?.get(text) ?? 0) - count;
    if (rivals > count * 0.1) return "novel";
    if (count > 0) return "seen";
    if (held.total >= ENOUGH && held.single / held.total < CLOSED) return "novel";
    const words = wordsOf(text);
    if (words.length > held.maxWords || !held.edges.has(edgesOf(text))) return "novel";
    if (words.some((word) => !held.words.has(word) && (this.wording.get(word) ?? 0) >= WORDING)) return "novel";
    for (const known of held.kinds.keys()) if (isOfKind(known, text)) return "shaped";
    return "novel";
  }
}

/** The tool of an argument's place. Places in text have none: what stands in one says nothing about another. */
function familyOf(place: string): string | undefined {
  return place.startsWith("text ") ? undefined : place.slice(0, place.indexOf("."));
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,;:!?"“”()]+/).filter(Boolean);
}

function edgesOf(text: string): string {
  return classOf(text.codePointAt(0)) + classOf(text.codePointAt(text.length - 1));
}

function classOf(code: number | undefined): string {
  const char = code === undefined ? "" : String.fromCodePoint(code);
  if (/\p{Lu}/u.test(char)) return "A";
  if (/\p{L}/u.test(char)) return "a";
  return /\p{N}/u.test(char) ? "0" : char;
}
