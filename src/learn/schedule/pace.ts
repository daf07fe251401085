/** Keeps work of learning within its budget, and out of the way of the event loop. */
import { breath } from "../../template/breath.js";

/** How much work may be done. */
export interface Budget {
  /**
   * How many steps may be taken. Default 30,000; a step is a candidate value computed or a word looked at: a
   * microsecond or so.
   */
  readonly maxNodes?: number | undefined;
  /** How many candidates may be kept at a time. Default 4,000. */
  readonly maxCandidates?: number | undefined;
  /**
   * An upper bound on the time taken, for those who can bear that the result then depends on the machine.
   * Default none.
   */
  readonly maxMillis?: number | undefined;
  /**
   * Whether work beyond `maxNodes` is broken off: `spend` throws `Curtailed`. Without it, whoever works looks
   * at `spent`.
   */
  readonly enforced?: boolean | undefined;
}

/**
 * Thrown where an enforced budget is used up. What learning has kept by then is sound; the rest is not done.
 */
export class Curtailed extends Error {
  constructor(readonly steps: number) {
    super(`gave up after ${steps} steps`);
  }
}

const SLICE_MS = 4;
const CHECK_EVERY = 64;

/** Counts work. What comes of it depends on the counts alone, unless `maxMillis` is set. */
export class Pace {
  readonly maxCandidates: number;
  #left: number;
  #held = 0;
  #steps = 0;
  #unlooked = CHECK_EVERY;
  readonly #slice: { end: number; rests: number };
  readonly #end: number;
  readonly #enforced: boolean;
  readonly #whole: Pace | undefined;

  /** Work that is a part of a `whole` counts there too, and rests with it. */
  constructor(
    {
      maxNodes = 30_000,
      maxCandidates = 4_000,
      maxMillis = Number.POSITIVE_INFINITY,
      enforced = false,
    }: Budget = {},
    whole?: Pace,
  ) {
    const now = performance.now();
    this.#left = maxNodes;
    this.maxCandidates = maxCandidates;
    this.#end = now + maxMillis;
    this.#enforced = enforced;
    this.#whole = whole;
    this.#slice = whole ? whole.#slice : { end: now + SLICE_MS, rests: 0 };
  }

  /** Whether the budget is used up. */
  get spent(): boolean {
    return this.#left <= this.#held;
  }

  /** How many steps have been taken. */
  get steps(): number {
    return Math.round(this.#steps);
  }

  /** How often the event loop was let go. */
  get rests(): number {
    return this.#slice.rests;
  }

  /**
   * Keeps a share of what is left for what comes later: until it is released, the budget counts as used up
   * without it.
   */
  hold(share: number): void {
    this.#held = Math.max(0, this.#left) * share;
  }

  release(): void {
    this.#held = 0;
  }

  /**
   * Counts work done, or about to be done. Throws `Curtailed` where the budget, or that of the whole, is
   * enforced and used up.
   */
  spend(nodes: number): void {
    this.#left -= nodes;
    this.#steps += nodes;
    this.#unlooked += nodes;
    if (this.#enforced && this.#left < 0) throw new Curtailed(this.steps);
    this.#whole?.spend(nodes);
  }

  /** Whether it is time to `rest`. Cheap: looks at the clock once in 64 steps. */
  get tired(): boolean {
    if (++this.#unlooked < CHECK_EVERY) return false;
    this.#unlooked = 0;
    const now = performance.now();
    if (now > this.#end) this.#left = Number.NEGATIVE_INFINITY;
    return now > this.#slice.end;
  }

  /** Whether it is time to `rest`, by the clock: for work that is dear at every step. */
  get overdue(): boolean {
    return performance.now() > this.#slice.end;
  }

  /** Lets other work of the process run. */
  async rest(): Promise<void> {
    await breath();
    this.#slice.end = performance.now() + SLICE_MS;
    this.#slice.rests++;
  }
}
