/**
 * How many entries of each sort there are: counted as they change, so that nobody has to walk them all to
 * know.
 */
import { eachInSlices } from "../learn/schedule/jobs.js";
import type { Entry, Knowledge, Learnt } from "../tree/knowledge.js";
import type { Standing } from "../trust/standing.js";

/** Entries by sort. */
export interface EntryCounts {
  readonly exchanges: number;
  readonly templates: Readonly<Record<Standing, number>>;
}

// What was just loaded is judged when somebody asks, or after so many ms, with other work in between.
const JUDGED_AFTER = 1_000;
// A standing depends on more than a template's own evidence (how its scope fares), so that some are looked at
// again each time.
const LOOKED_AT_AGAIN = 500;

/**
 * The running counts. Exact for what a template's own evidence changes, and for all while there are fewer
 * than 500 templates.
 */
export class Tally {
  private readonly standings = new Map<Learnt, Standing>();
  /** Templates that nobody has asked about since they were added. */
  private readonly fresh = new Set<Learnt>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly templates: Record<Standing, number> = { live: 0, candidate: 0, retired: 0 };
  private exchanges = 0;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly standingOf: (learnt: Learnt) => Standing,
  ) {
    knowledge.watch({
      added: (entry) => this.add(entry),
      removed: (entry) => this.remove(entry),
      noted: (_verb, id) => this.recount(id),
      dropped: (id) => this.recount(id),
    });
  }

  /** The counts now. */
  count(): EntryCounts {
    for (const learnt of this.fresh) this.judge(learnt);
    let left = Math.min(LOOKED_AT_AGAIN, this.standings.size);
    for (const [learnt, standing] of this.standings) {
      if (left-- === 0) break;
      // To the end, for others to have their turn. No iterator is kept: it would keep what was taken out.
      this.standings.delete(learnt);
      this.standings.set(learnt, standing);
      this.update(learnt, standing);
    }
    return { exchanges: this.exchanges, templates: { ...this.templates } };
  }

  private add(entry: Entry): void {
    if (entry.kind === "exchange") this.exchanges++;
    else this.fresh.add(entry);
    if (this.fresh.size === 0 || this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.judgeAll(), JUDGED_AFTER);
    this.timer.unref?.();
  }

  private async judgeAll(): Promise<void> {
    await eachInSlices(this.fresh, (learnt) => this.judge(learnt));
    this.timer = undefined;
  }

  private judge(learnt: Learnt): void {
    if (this.fresh.delete(learnt)) this.update(learnt, undefined);
  }

  private remove(entry: Entry): void {
    if (entry.kind === "exchange") {
      this.exchanges--;
      return;
    }
    if (this.fresh.delete(entry)) return;
    const standing = this.standings.get(entry);
    if (standing && this.standings.delete(entry)) this.templates[standing]--;
  }

  private recount(id: string): void {
    for (const learnt of this.knowledge.templatesOf(id))
      if (!this.fresh.has(learnt)) this.update(learnt, this.standings.get(learnt));
  }

  private update(learnt: Learnt, before: Standing | undefined): void {
    const standing = this.standingOf(learnt);
    if (standing === before) return;
    if (before) this.templates[before]--;
    this.templates[standing]++;
    this.standings.set(learnt, standing);
  }
}
