/**
 * In how many conversations with different running text a template was right, and what all of them had in
 * common.
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";

/** What one template has seen. Numbers stand for runs of words; no text of a conversation is kept. */
interface SeenProse {
  /** Different texts, each as one number; no more than matter. */
  readonly different: Set<number>;
  /** The runs that all of them had. */
  common: readonly number[];
}

// Skeletons beyond it: those noted longest ago are forgotten, and have seen nothing until they are noted
// again.
const MAX_SKELETONS = 10_000;
// More than this many different texts tell no more.
const ENOUGH = 16;

/** The same for all templates, by skeleton. What falls out lowers trust. */
export class ProseSeen {
  private readonly bySkeleton = new BoundedMap<string, SeenProse>(
    { maxEntries: MAX_SKELETONS },
    { sizeOf: ({ different, common }) => ENTRY_SIZE * (2 + different.size) + 8 * common.length },
  );

  get holding(): Holding {
    return this.bySkeleton.holding;
  }

  /** Notes the running text of a conversation that a template was right about. */
  note(skeleton: string, whole: number, runs: readonly number[]): void {
    const before = this.bySkeleton.peek(skeleton);
    if (!before) {
      this.bySkeleton.set(skeleton, { different: new Set([whole]), common: runs });
      return;
    }
    const present = new Set(runs);
    const common = before.common.filter((run) => present.has(run));
    if (before.different.size < ENOUGH) before.different.add(whole);
    this.bySkeleton.set(skeleton, { different: before.different, common });
  }

  drop(skeleton: string): void {
    this.bySkeleton.delete(skeleton);
  }

  /** How many different texts a template was right beside. */
  countOf(skeleton: string): number {
    return this.bySkeleton.peek(skeleton)?.different.size ?? 0;
  }

  /** The runs of words that every one of them had. */
  commonOf(skeleton: string): readonly number[] {
    return this.bySkeleton.peek(skeleton)?.common ?? [];
  }
}
