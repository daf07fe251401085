/** Finds the exchanges that fit a template: the tree of templates, turned round. */
import type { Bindings } from "../../template/derivation/expression.js";
import { turnKey } from "../../template/digest.js";
import { Binder, matchTurn } from "../../template/match.js";
import type { Slot, TurnPattern } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { asTurn } from "../../template/visit.js";
import type { Exchange } from "../../tree/knowledge.js";
import { Pace } from "../schedule/pace.js";
import { TurnIndex } from "./turn-index.js";

/** An exchange that fits patterns of turns, and what they bind in it. */
export interface Fitting {
  readonly exchange: Exchange;
  readonly bindings: Bindings;
  /** Larger for what was taken in later. */
  readonly order: number;
}

/**
 * Where the conversations that begin alike part ways: the tree of templates, turned round. Patterns walk down
 * it.
 *
 *     system: You are …
 *     ├─ user: Greet Ann     ends: the exchange that was answered here
 *     └─ user: Find tea
 *        └─ assistant: search(tea)
 *           └─ tool: [ … ]  ends: …
 */
interface Place {
  readonly turn: Turn;
  readonly key: string;
  readonly parent: Place | undefined;
  readonly next: Map<string, Place>;
  /** Finds, among many next places, the few whose turn a pattern could fit. */
  index: TurnIndex<Place> | undefined;
  readonly ends: End[];
}

/** An exchange, and when it was taken in. */
interface End {
  readonly exchange: Exchange;
  readonly order: number;
}

export interface ExchangeTreeLimits {
  /** How many exchanges are given for one template, the latest first. Default 512. */
  readonly maxFound?: number | undefined;
  /** How many turns are matched for one template. Default 4,096. */
  readonly maxTries?: number | undefined;
}

// Below this, trying every turn is cheaper than an index.
const SMALL = 8;

/** The exchanges of all scopes, by their turns. */
export class ExchangeTree {
  private readonly scopes = new Map<string, Place>();
  private readonly places = new Map<string, Place>();
  private added = 0;

  /** `turnsOf` says by which turns an exchange is found; none where it is not to be found here. */
  constructor(
    private readonly turnsOf: (exchange: Exchange) => readonly Turn[] | undefined,
    private readonly limits: ExchangeTreeLimits = {},
  ) {}

  /** Keeps an exchange, once. */
  add(exchange: Exchange): void {
    const turns = this.places.has(exchange.id) ? undefined : this.turnsOf(exchange);
    if (!turns) return;
    let place = this.scopes.get(exchange.scope);
    if (!place) {
      place = placeOf({ role: "", parts: [] }, exchange.scope, undefined);
      this.scopes.set(exchange.scope, place);
    }
    for (const turn of turns) place = below(place, turn);
    place.ends.push({ exchange, order: ++this.added });
    this.places.set(exchange.id, place);
  }

  /** The exchanges of a scope whose conversation fits patterns of turns, as many as the limits allow. */
  async fitting(
    scope: string,
    patterns: readonly TurnPattern<Slot>[],
    pace: Pace = new Pace(),
  ): Promise<Fitting[]> {
    const { maxFound = 512, maxTries = 4_096 } = this.limits;
    const root = this.scopes.get(scope);
    const found: Fitting[] = [];
    const literals = patterns.map((pattern) => {
      const turn = asTurn(pattern);
      return turn && turnKey(turn);
    });
    let tries = 0;
    const walk = async (place: Place, depth: number, bindings: Bindings): Promise<void> => {
      if (depth === patterns.length) {
        for (let at = place.ends.length - 1; at >= 0 && found.length < maxFound; at--)
          found.push({ ...(place.ends[at] as End), bindings });
        return;
      }
      const key = literals[depth];
      const literal = key === undefined ? undefined : place.next.get(key);
      if (literal) await walk(literal, depth + 1, bindings);
      if (key !== undefined) return;
      const pattern = patterns[depth] as TurnPattern<Slot>;
      for (const next of candidates(place, pattern)) {
        if (found.length >= maxFound || ++tries > maxTries) return;
        pace.spend(1);
        if (pace.tired) await pace.rest();
        const binder = new Binder(bindings);
        if (matchTurn(pattern, next.turn, binder) === "fits") await walk(next, depth + 1, binder.result());
      }
    };
    if (root) await walk(root, 0, new Map());
    return found;
  }

  /** Lets go of an exchange, and of all that is kept because of it alone. */
  drop(id: string): void {
    let place = this.places.get(id);
    if (!place) return;
    this.places.delete(id);
    place.ends.splice(
      place.ends.findIndex(({ exchange }) => exchange.id === id),
      1,
    );
    while (place.parent && place.ends.length === 0 && place.next.size === 0) {
      place.parent.next.delete(place.key);
      place.parent.index?.remove(place);
      place = place.parent;
    }
    if (!place.parent && place.next.size === 0) this.scopes.delete(place.key);
  }
}

function placeOf(turn: Turn, key: string, parent: Place | undefined): Place {
  return { turn, key, parent, next: new Map(), index: undefined, ends: [] };
}

function below(place: Place, turn: Turn): Place {
  const key = turnKey(turn);
  let next = place.next.get(key);
  if (!next) {
    next = placeOf(turn, key, place);
    place.next.set(key, next);
    place.index?.add(next);
  }
  return next;
}

/** The next places that a pattern could fit, the latest first. */
function candidates(place: Place, pattern: TurnPattern<Slot>): readonly Place[] {
  if (place.next.size <= SMALL) return [...place.next.values()].reverse();
  if (!place.index) {
    place.index = new TurnIndex();
    for (const next of place.next.values()) place.index.add(next);
  }
  return place.index.candidates(pattern);
}
