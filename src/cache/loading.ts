/** What callers wait for, but not for ever: the first read of the store. */

/** Resolves when something is done, or when so many ms have passed. */
async function within(done: Promise<unknown>, deadline: number): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, deadline);
  await Promise.race([done, over.promise]).finally(() => clearTimeout(timer));
}

/** A read that has begun. */
export class Loading {
  /** Until it is over, however long that takes. */
  isReading = true;
  /** What callers wait for: the end of the read or of the time that it may cost them. Nothing after that. */
  awaited: Promise<void> | undefined;

  /** `deadline`: how long callers wait at the most, in ms. */
  constructor(read: Promise<void>, deadline: number) {
    void read.finally(() => {
      this.isReading = false;
    });
    this.awaited = within(read, deadline).finally(() => {
      this.awaited = undefined;
    });
  }
}
