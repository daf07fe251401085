/** The first read of the store: callers wait for it, but not for ever. */

/** A read that has begun. */
export class Loading {
  /** Until it is over, however long that takes. */
  isReading = true;
  /** What callers wait for: the end of the read or of the time that it may cost them. Nothing after that. */
  awaited: Promise<void> | undefined;

  /** `deadline`: how long callers wait at the most, in ms. */
  constructor(read: Promise<void>, deadline: number) {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, deadline);
    void read.finally(() => {
      this.isReading = false;
    });
    this.awaited = Promise.race([read, over.promise]).finally(() => {
      clearTimeout(timer);
      this.awaited = undefined;
    });
  }
}
