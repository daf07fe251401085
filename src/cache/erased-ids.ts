/**
 * When ids were last erased: what is from before that, read late from another writer, must not bring it back.
 */
import { TRIMS_KEPT } from "../store/ledger.js";
import { BoundedMap, type Holding } from "../template/bounded-map.js";

// As long as the store itself remembers a forget: an older one is in no log any more.
const REMEMBERED_FOR = 3_600_000;
// Beyond it the oldest are forgotten early: only a record that another process wrote before then and that is
// read for the first time after as many others were erased could come back by that.
const REMEMBERED = { maxEntries: 200_000, maxSize: 32 * 1024 * 1024 };

/** Ids with the time of their last erasure, as long as anybody may still tell of what was before it. */
export class ErasedIds {
  private readonly erased = new BoundedMap<string, number>(REMEMBERED);
  /** The same of what went to keep the store within its bound, which is soon of no interest. */
  private readonly trimmed = new BoundedMap<string, number>(REMEMBERED);

  /** What it holds, by name, for `stats()`. */
  get holdings(): Readonly<Record<"erased" | "trimmed", Holding>> {
    return { erased: this.erased.holding, trimmed: this.trimmed.holding };
  }

  /** Takes note that an id is erased, as of a time. */
  note(id: string, at: number, why: "erased" | "trimmed" = "erased"): void {
    const [ids, keptFor] = why === "erased" ? [this.erased, REMEMBERED_FOR] : [this.trimmed, TRIMS_KEPT];
    ids.set(id, Math.max(at, ids.peek(id) ?? Number.NEGATIVE_INFINITY));
    for (const [old, then] of ids) {
      if (then >= at - keptFor) break;
      ids.delete(old);
    }
  }

  /** When an id was last erased; before all time if that is not known. */
  at(id: string): number {
    return Math.max(this.forgottenAt(id), this.trimmed.peek(id) ?? Number.NEGATIVE_INFINITY);
  }

  /** The same, by a `forget` alone. */
  forgottenAt(id: string): number {
    return this.erased.peek(id) ?? Number.NEGATIVE_INFINITY;
  }

  /** The ids that a `forget` meant, with the time of the last. */
  forgotten(): Iterable<readonly [string, number]> {
    return this.erased;
  }
}
