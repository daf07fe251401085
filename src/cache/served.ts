/** How often each template and each exact entry was served since this process began, and by which answers lately. */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";

/** One answer, and when it was given, in ms since the epoch. */
export interface ServedOnce {
  readonly id: string;
  readonly at: number;
}

interface Count {
  count: number;
  /** The latest first. */
  lately: readonly ServedOnce[];
}

const MOST_ENTRIES = 20_000;
const LATELY = 10;

/** Counts by entry; ids alone, no content. What was served longest ago is counted no more when there are too many. */
export class Served {
  private readonly counts = new BoundedMap<string, Count>(
    { maxEntries: MOST_ENTRIES },
    { sizeOf: () => (LATELY + 2) * ENTRY_SIZE },
  );

  get holding(): Holding {
    return this.counts.holding;
  }

  note(entry: string, answer: ServedOnce): void {
    const known = this.counts.get(entry);
    if (!known) {
      this.counts.set(entry, { count: 1, lately: [answer] });
      return;
    }
    known.count++;
    known.lately = [answer, ...known.lately.slice(0, LATELY - 1)];
  }

  /** How often an entry was served, and by which answers last, the latest first. */
  of(entry: string): { readonly count: number; readonly lately: readonly ServedOnce[] } {
    return this.counts.peek(entry) ?? NEVER;
  }
}

const NEVER = { count: 0, lately: [] } as const;
