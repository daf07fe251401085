/**
 * Finds, among many turns, the few that a pattern could fit: by the rarest thing that the pattern demands.
 */
import type { Slot, TurnPattern } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { eachAnchor, eachFeature } from "../../tree/features.js";

// A turn that shows more than this is looked at for every pattern.
const MAX_FEATURES = 512;

/** Items by the features of their turns. */
export class TurnIndex<Item extends { readonly turn: Turn }> {
  private readonly byFeature = new Map<number, Item[]>();
  /** Items that show more features than are filed. */
  private readonly large: Item[] = [];
  private readonly all: Item[] = [];

  add(item: Item): void {
    const features = featuresOf(item.turn);
    this.all.push(item);
    if (!features) this.large.push(item);
    else
      for (const feature of features) {
        const alike = this.byFeature.get(feature);
        if (alike) alike.push(item);
        else this.byFeature.set(feature, [item]);
      }
  }

  remove(item: Item): void {
    const features = featuresOf(item.turn);
    take(this.all, item);
    if (!features) take(this.large, item);
    else
      for (const feature of features) {
        const alike = this.byFeature.get(feature);
        if (alike && take(alike, item) === 0) this.byFeature.delete(feature);
      }
  }

  /** Every item whose turn might fit a pattern, the latest first; all that do fit are among them. */
  candidates(pattern: TurnPattern<Slot>): readonly Item[] {
    let rarest: readonly Item[] = this.all;
    eachAnchor(pattern, ({ hash }) => {
      const alike = this.byFeature.get(hash) ?? [];
      if (alike.length < rarest.length) rarest = alike;
      return rarest.length === 0;
    });
    const large = rarest === this.all ? [] : this.large;
    return [...large, ...rarest].reverse();
  }
}

/** The features of a turn, each once; `undefined` if there are too many to file. */
function featuresOf(turn: Turn): ReadonlySet<number> | undefined {
  const features = new Set<number>();
  eachFeature(turn, true, (hash) => {
    if (features.size <= MAX_FEATURES) features.add(hash);
  });
  return features.size > MAX_FEATURES ? undefined : features;
}

/**
 * Takes an item out of a list, and returns how many are left. What goes first came first: it stands near the
 * beginning.
 */
function take<Item>(items: Item[], item: Item): number {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
  return items.length;
}
