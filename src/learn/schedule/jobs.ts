/** The queue between observing and learning: bounded, one job at a time, the event loop free in between. */
import type { Holding } from "../../template/bounded-map.js";
import { breath } from "../../template/breath.js";

/** How much may wait. */
export interface JobBounds<Job> {
  readonly maxJobs: number;
  /** Over all waiting jobs, as `sizeOf` tells; default no limit. */
  readonly maxSize?: number;
  readonly sizeOf?: (job: Job) => number;
}

interface Waiting<Job> {
  readonly job: Job;
  readonly size: number;
  readonly done: () => void;
}

/** Runs jobs in order in the background. A job that fails fails alone. */
export class Jobs<Job> {
  private readonly waiting: Waiting<Job>[] = [];
  private size = 0;
  private running: Promise<void> | undefined;
  /** The job under way. */
  private current: Promise<void> | undefined;
  /** Resolves when jobs may go on. */
  private held: Promise<void> | undefined;
  /** How many jobs were shed because the queue was full. */
  dropped = 0;

  constructor(
    private readonly work: (job: Job) => Promise<void>,
    private readonly bounds: JobBounds<Job>,
    private readonly onShed: (dropped: number) => void,
  ) {}

  get length(): number {
    return this.waiting.length;
  }

  /** What waits, for `stats()`. */
  get holding(): Holding {
    const { maxJobs, maxSize } = this.bounds;
    return {
      entries: this.waiting.length,
      bytes: this.size,
      maxEntries: maxJobs,
      ...(maxSize !== undefined && { maxBytes: maxSize }),
    };
  }

  /**
   * Adds a job; when the queue is full the oldest waiting ones are shed. Resolves when the job is done or
   * shed.
   */
  add(job: Job): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const size = this.bounds.sizeOf?.(job) ?? 0;
    this.waiting.push({ job, size, done: resolve });
    this.size += size;
    const { maxJobs, maxSize = Number.POSITIVE_INFINITY } = this.bounds;
    while (this.waiting.length > maxJobs || (this.size > maxSize && this.waiting.length > 1)) {
      this.take()?.done();
      this.dropped++;
      this.onShed(1);
    }
    this.running ??= this.run();
    return promise;
  }

  /** Resolves when nothing waits and nothing runs. */
  async settled(): Promise<void> {
    while (this.running) await this.running;
  }

  /** Does something while no job runs; jobs wait for it. It may add jobs, but not wait for them. */
  async between<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.held;
    const { promise, resolve } = Promise.withResolvers<void>();
    // At once, and not given up before the last is done: no job begins in between.
    this.held = promise;
    try {
      await before;
      await this.current;
      return await work();
    } finally {
      if (this.held === promise) this.held = undefined;
      resolve();
    }
  }

  private take(): Waiting<Job> | undefined {
    const next = this.waiting.shift();
    this.size -= next?.size ?? 0;
    return next;
  }

  private async run(): Promise<void> {
    // Not on the caller's path: the first job begins after what called has returned.
    await breath();
    let since = performance.now();
    while (this.waiting.length > 0) {
      while (this.held) await this.held;
      const next = this.take();
      if (!next) break;
      // Who gave the work has been told by it if it fails; the jobs behind are none the worse.
      this.current = this.work(next.job).catch(() => undefined);
      await this.current;
      this.current = undefined;
      next.done();
      if (performance.now() - since > SLICE) {
        await breath();
        since = performance.now();
      }
    }
    this.running = undefined;
  }
}

/** Milliseconds of work after which the event loop gets a turn. */
const SLICE = 5;

/** Hands over items one by one, and gives the event loop a turn after every few milliseconds. */
export async function eachInSlices<Item>(
  items: Iterable<Item>,
  take: (item: Item) => void | Promise<void>,
): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    await take(item);
    if (performance.now() - since > SLICE) {
      await breath();
      since = performance.now();
    }
  }
}
