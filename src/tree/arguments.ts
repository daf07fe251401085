/** What each argument has held anywhere in a scope: the domain that a new wording of known work starts with. */
import { isOfKind, type Kind, kindOf } from "../template/domain.js";

/** How well a value is known as one of an argument's: from sure to unheard of. */
export type Familiarity = "seen" | "typed" | "shaped" | "novel";

export const FAMILIARITIES: readonly Familiarity[] = ["seen", "typed", "shaped", "novel"];

interface Held {
  readonly values: Map<string, number>;
  readonly kinds: Map<Kind, number>;
  total: number;
  maxTokens: number;
}

// Values beyond it are counted, not kept: an argument with that many is open.
const MAX_VALUES = 2_000;

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

/** The values each argument (or place in a text) has held, of one scope. */
export class Arguments {
  private readonly places = new Map<string, Held>();

  add(place: string, text: string): void {
    let held = this.places.get(place);
    if (!held) {
      held = { values: new Map(), kinds: new Map(), total: 0, maxTokens: 0 };
      this.places.set(place, held);
    }
    held.total++;
    const kind = kindOf(text);
    held.kinds.set(kind, (held.kinds.get(kind) ?? 0) + 1);
    held.maxTokens = Math.max(held.maxTokens, tokenCount(text));
    const count = held.values.get(text);
    if (count !== undefined || held.values.size < MAX_VALUES) held.values.set(text, (count ?? 0) + 1);
  }

  /** How often a place has held a value. */
  count(place: string, text: string): number {
    return this.places.get(place)?.values.get(text) ?? 0;
  }

  familiarity(place: string, text: string): Familiarity {
    const held = this.places.get(place);
    if (!held) return "novel";
    if (held.values.has(text)) return "seen";
    const kind = kindOf(text);
    if (TYPED.has(kind)) return held.kinds.has(kind) ? "typed" : "novel";
    if (tokenCount(text) > held.maxTokens) return "novel";
    for (const known of held.kinds.keys()) if (isOfKind(known, text)) return "shaped";
    return "novel";
  }

  /** The share of sightings that were first sightings: near 1 for an open argument, near 0 for a closed one. */
  novelty(place: string): number {
    const held = this.places.get(place);
    return held ? held.values.size / held.total : 1;
  }
}

function tokenCount(text: string): number {
  return text.split(/\s+/).length;
}
