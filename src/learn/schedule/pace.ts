/** Keeps work of learning within its budget, and out of the way of the event loop. */
import { breath } from "./jobs.js";

/** How much work a synthesis may do. */
export interface Budget {
  /** How many candidate values may be computed. Default 30,000; a candidate takes one to five microseconds. */
  readonly maxNodes?: number | undefined;
  /** How many candidates may be kept at a time. Default 4,000. */
  readonly maxCandidates?: number | undefined;
  /** An upper bound on the time taken, for those who can bear that the result then depends on the machine. Default none. */
  readonly maxMillis?: number | undefined;
}

const SLICE_MS = 4;
const CHECK_EVERY = 16;

/** Counts work. The result of a synthesis depends on the counts alone, unless `maxMillis` is set. */
export class Pace {
  readonly maxCandidates: number;
  #left: number;
  #held = 0;
  #untilCheck = 1;
  #sliceEnd = performance.now() + SLICE_MS;
  readonly #end: number;

  constructor({ maxNodes = 30_000, maxCandidates = 4_000, maxMillis = Number.POSITIVE_INFINITY }: Budget = {}) {
    this.#left = maxNodes;
    this.maxCandidates = maxCandidates;
    this.#end = performance.now() + maxMillis;
  }

  /** Whether the budget is used up. */
  get spent(): boolean {
    return this.#left <= this.#held;
  }

  /** Keeps a share of what is left for what comes later: until it is released, the budget counts as used up without it. */
  hold(share: number): void {
    this.#held = Math.max(0, this.#left) * share;
  }

  release(): void {
    this.#held = 0;
  }

  spend(nodes: number): void {
    this.#left -= nodes;
  }

  /** Whether it is time to `rest`. Cheap: looks at the clock once in 16 calls. */
  get tired(): boolean {
    if (--this.#untilCheck > 0) return false;
    this.#untilCheck = CHECK_EVERY;
    const now = performance.now();
    if (now > this.#end) this.#left = Number.NEGATIVE_INFINITY;
    return now > this.#sliceEnd;
  }

  /** Whether it is time to `rest`, by the clock: for work that is dear at every step. */
  get overdue(): boolean {
    return performance.now() > this.#sliceEnd;
  }

  /** Lets other work of the process run. */
  async rest(): Promise<void> {
    await breath();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}
