/** The queue between observing and learning: bounded, one job at a time, the event loop free in between. */

/** Runs jobs in order in the background. A job that fails fails alone. */
export class Jobs<Job> {
  private readonly waiting: { readonly job: Job; readonly done: () => void }[] = [];
  private running: Promise<void> | undefined;
  /** How many jobs were shed because the queue was full. */
  dropped = 0;

  constructor(
    private readonly work: (job: Job) => Promise<void>,
    private readonly limit: number,
    private readonly onShed: (dropped: number) => void,
  ) {}

  get length(): number {
    return this.waiting.length;
  }

  /** Adds a job; when the queue is full the oldest waiting one is shed. Resolves when the job is done or shed. */
  add(job: Job): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push({ job, done: resolve });
    if (this.waiting.length > this.limit) {
      this.waiting.shift()?.done();
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

  private async run(): Promise<void> {
    // Not on the caller's path: the first job begins after what called has returned.
    await breath();
    let since = performance.now();
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      try {
        await this.work(next.job);
      } catch {
        // Who gave the work has been told by it; the jobs behind are none the worse.
      }
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

/** Gives the event loop a turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
