/**
 * What was seen of predictions, by id: of templates, and of kinds of predictions. Bounded, and what speaks
 * against goes last.
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { KeptReview } from "./reviews.js";

/**
 * What was seen of a template's predictions. Sets of witnesses: the same evidence counted twice counts once.
 */
export interface Evidence {
  /** Of a skeleton: one witness for each set of bindings it predicted right. */
  readonly agreements: ReadonlySet<string>;
  /** Of one template: one witness for each exchange it got wrong. */
  readonly contradictions: ReadonlySet<string>;
  /** What a person has said of it last. */
  readonly review?: KeptReview;
}

/** Which way a witness speaks. */
export type Verb = "agree" | "contradict";

/** Evidence that grows. An empty set is one for all: most templates have no more than one. */
interface Testimony extends Evidence {
  agreements: ReadonlySet<string>;
  contradictions: ReadonlySet<string>;
  size: number;
}

const NOTHING: ReadonlySet<string> = new Set();
const NONE: Evidence = { agreements: NOTHING, contradictions: NOTHING };
// What once spoke against an id and is known no more: it may have been this.
const LOST_WITNESS = "lost";
const LOST: Evidence = { agreements: NOTHING, contradictions: new Set([LOST_WITNESS]) };
// More than anyone asks for; beyond it further witnesses change nothing and are not kept.
const ENOUGH = 512;

/** How much may be kept of ids that no entry stands behind. */
export interface WitnessBounds {
  /**
   * How many ids with nothing against them, how many with something, and of how many the latter is known at
   * least.
   */
  readonly maxLoose: number;
  /** Roughly in characters. */
  readonly maxSize: number;
}

/**
 * The evidence of entries that are known (`isHeld`) stays as long as they do. All other, that of kinds of
 * predictions among it, goes when it was not asked for longest; of what spoke against something it stays
 * known that it did.
 */
export class Witnesses {
  private readonly held = new Map<string, Testimony>();
  /** What nothing speaks against: to lose it is to trust less. */
  private readonly good: BoundedMap<string, Testimony>;
  private readonly bad: BoundedMap<string, Testimony>;
  private readonly lost: BoundedMap<string, true>;
  private heldSize = 0;

  constructor(
    { maxLoose, maxSize }: WitnessBounds,
    private readonly isHeld: (id: string) => boolean,
  ) {
    const sizeOf = ({ size }: Testimony): number => size;
    this.good = new BoundedMap({ maxEntries: maxLoose, maxSize: maxSize / 2 }, { sizeOf });
    this.bad = new BoundedMap(
      { maxEntries: maxLoose, maxSize: maxSize / 4 },
      { sizeOf, onDropped: (id) => this.lost.set(id, true) },
    );
    this.lost = new BoundedMap({ maxEntries: 4 * maxLoose, maxSize: maxSize / 4 });
  }

  /** Roughly in characters. */
  get size(): number {
    return this.heldSize + this.good.holding.bytes + this.bad.holding.bytes + this.lost.holding.bytes;
  }

  /** What it holds of ids that entries stand behind. */
  get holding(): Holding {
    return { entries: this.held.size, bytes: this.heldSize };
  }

  /** What else it holds, by name. */
  get looseHoldings(): Readonly<
    Record<"looseAgreements" | "looseContradictions" | "lostContradictions", Holding>
  > {
    return {
      looseAgreements: this.good.holding,
      looseContradictions: this.bad.holding,
      lostContradictions: this.lost.holding,
    };
  }

  of(id: string): Evidence {
    return this.held.get(id) ?? this.good.get(id) ?? this.bad.get(id) ?? (this.lost.has(id) ? LOST : NONE);
  }

  /** Notes a witness. Returns whether it told something new. */
  note(verb: Verb, id: string, witness: string): boolean {
    const known = this.held.get(id) ?? this.good.peek(id) ?? this.bad.peek(id);
    const testimony = known ?? this.begun(id);
    const side = verb === "agree" ? "agreements" : "contradictions";
    const witnesses = testimony[side];
    if (witnesses.has(witness) || witnesses.size >= ENOUGH) return false;
    if (witnesses === NOTHING) testimony[side] = new Set([witness]);
    else (witnesses as Set<string>).add(witness);
    const grown = ENTRY_SIZE + witness.length;
    testimony.size += grown;
    if (this.held.has(id)) this.heldSize += grown;
    else this.file(id, testimony);
    return true;
  }

  /** An entry stands behind an id from now on. */
  hold(id: string): void {
    const testimony =
      this.good.peek(id) ?? this.bad.peek(id) ?? (this.lost.has(id) ? this.begun(id) : undefined);
    if (testimony && !this.held.has(id)) this.file(id, testimony);
  }

  /** No entry stands behind an id any more. */
  release(id: string): void {
    const testimony = this.held.get(id);
    if (!testimony) return;
    this.held.delete(id);
    this.heldSize -= testimony.size;
    this.file(id, testimony);
  }

  /** Forgets an id. */
  drop(id: string): void {
    this.heldSize -= this.held.get(id)?.size ?? 0;
    this.held.delete(id);
    this.good.delete(id);
    this.bad.delete(id);
    this.lost.delete(id);
  }

  /** Forgets what was seen of an id, but not that something spoke against it. */
  lose(id: string): void {
    this.drop(id);
    this.lost.set(id, true);
  }

  /** All ids that anything is known of. */
  *ids(): Iterable<string> {
    for (const known of [this.held, this.good, this.bad, this.lost]) yield* known.keys();
  }

  /** All witnesses, each with the way it speaks and the id it speaks of. */
  *all(): Iterable<readonly [Verb, string, string]> {
    for (const known of [this.held, this.good, this.bad]) {
      for (const [id, { agreements, contradictions }] of known) {
        for (const witness of agreements) yield ["agree", id, witness];
        for (const witness of contradictions) yield ["contradict", id, witness];
      }
    }
    for (const id of this.lost.keys()) yield ["contradict", id, LOST_WITNESS];
  }

  private begun(id: string): Testimony {
    const contradictions = this.lost.delete(id) ? new Set([LOST_WITNESS]) : NOTHING;
    return { agreements: NOTHING, contradictions, size: 3 * ENTRY_SIZE + id.length };
  }

  /** Keeps what is known of an id where it belongs now. */
  private file(id: string, testimony: Testimony): void {
    this.good.delete(id);
    this.bad.delete(id);
    if (this.isHeld(id)) {
      this.held.set(id, testimony);
      this.heldSize += testimony.size;
    } else (testimony.contradictions.size > 0 ? this.bad : this.good).set(id, testimony);
  }
}
