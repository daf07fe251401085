/** Finds, among many sibling patterns, the few that could fit a turn. */
import { structureOf } from "../template/parts/index.js";
import type { Slot, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { type Anchor, eachAnchor, eachFeature } from "./features.js";

// Below this, trying every pattern is cheaper than reading the turn's features.
const SMALL = 8;

// Words of 32 bits in `mayName`, a power of two: at least so many; and how many bits for each bucket.
const LEAST = 16;
const SPARSE = 8;

interface Group<Item> {
  readonly items: Map<string, Item>;
  /** Each pattern stands under one feature it demands: the one that fewest others stand under. */
  readonly buckets: Map<number, Item[]>;
  /** Patterns that demand nothing an index could hold on to. */
  readonly loose: Item[];
  readonly anchors: Map<Item, number | undefined>;
  /**
   * Where a bucket may be, one bit by the lowest bits of its hash: of a turn's many features, few name one.
   */
  mayName: Int32Array;
  /** How many patterns are anchored on a word that may stand anywhere in a long text. */
  far: number;
}

interface Indexed {
  readonly pattern: TurnPattern<Slot>;
  readonly key: string;
}

/**
 * Patterns of one node, by structure and then by one feature each. A lookup reads the turn once and tries the
 * patterns in the buckets it names: its cost depends on the turn and on how many patterns share their rarest
 * feature, not on how many siblings there are.
 */
export class SiblingIndex<Item extends Indexed> {
  private readonly groups = new Map<string, Group<Item>>();
  size = 0;

  get(pattern: TurnPattern<Slot>, key: string): Item | undefined {
    return this.groups.get(structureOf(pattern))?.items.get(key);
  }

  add(item: Item): void {
    const structure = structureOf(item.pattern);
    let group = this.groups.get(structure);
    if (!group) {
      group = {
        items: new Map(),
        buckets: new Map(),
        loose: [],
        anchors: new Map(),
        mayName: new Int32Array(LEAST),
        far: 0,
      };
      this.groups.set(structure, group);
    }
    group.items.set(item.key, item);
    this.size++;

    const best = rarest(item.pattern, group.buckets);
    group.anchors.set(item, best?.hash);
    if (!best) group.loose.push(item);
    else {
      if (!best.near) group.far++;
      const bucket = group.buckets.get(best.hash);
      if (bucket) bucket.push(item);
      else {
        group.buckets.set(best.hash, [item]);
        mark(group, best.hash);
      }
    }
  }

  remove(item: Item): void {
    const structure = structureOf(item.pattern);
    const group = this.groups.get(structure);
    if (!group?.items.delete(item.key)) return;
    this.size--;
    const hash = group.anchors.get(item);
    group.anchors.delete(item);
    const home = hash === undefined ? group.loose : (group.buckets.get(hash) ?? []);
    home.splice(home.indexOf(item), 1);
    if (hash !== undefined && home.length === 0) group.buckets.delete(hash);
    // `far` stays as it was: too high only costs time, and an emptied group goes.
    if (group.items.size === 0) this.groups.delete(structure);
  }

  /** Every pattern that might fit the turn, each once; all that do fit are among them. */
  *candidates(turn: Turn): Iterable<Item> {
    const group = this.groups.get(structureOf(turn));
    if (!group) return;
    if (group.items.size <= SMALL) {
      yield* group.items.values();
      return;
    }
    yield* group.loose;
    const named = new Set<readonly Item[]>();
    const { mayName, buckets } = group;
    const mask = mayName.length - 1;
    eachFeature(turn, group.far > 0, (hash) => {
      if (((mayName[(hash >>> 5) & mask] as number) & (1 << (hash & 31))) === 0) return;
      const bucket = buckets.get(hash);
      if (bucket) named.add(bucket);
    });
    for (const bucket of named) yield* bucket;
  }

  *values(): Iterable<Item> {
    for (const group of this.groups.values()) yield* group.items.values();
  }
}

/** Notes a new bucket. Removed ones stay noted until the next growth: that only costs time. */
function mark(group: Group<unknown>, hash: number): void {
  const isCrowded = group.buckets.size * SPARSE > group.mayName.length * 32;
  if (isCrowded) group.mayName = new Int32Array(group.mayName.length * 4);
  const { mayName } = group;
  for (const named of isCrowded ? group.buckets.keys() : [hash]) {
    const word = (named >>> 5) & (mayName.length - 1);
    mayName[word] = (mayName[word] as number) | (1 << (named & 31));
  }
}

/** The anchor to file a pattern under; the first of those that fewest others stand under. */
function rarest(
  pattern: TurnPattern<Slot>,
  buckets: ReadonlyMap<number, readonly unknown[]>,
): Anchor | undefined {
  let best: Anchor | undefined;
  let least = Number.POSITIVE_INFINITY;
  eachAnchor(pattern, (anchor) => {
    // A far anchor makes every lookup read whole texts, so it must be much rarer to be worth it; a common one
    // is tried in vain.
    const crowd = (buckets.get(anchor.hash)?.length ?? 0) + (anchor.near ? 0 : 4) + (anchor.common ? 2 : 0);
    if (crowd < least) {
      best = anchor;
      least = crowd;
    }
    return least === 0;
  });
  return best;
}
