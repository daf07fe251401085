/** Watching a stream pass, and reading on alone when others wait for its end. */

/** What a tap tells of its stream. */
export interface TapListener<Item> {
  /** Sees each item first, and may give another in its place, or `undefined` to hold it back. */
  onItem(item: Item, position: number): Item | undefined;
  /** The stream came to its end. What it resolves to, if anything, is the last item that the reader gets. */
  onEnd(items: readonly Item[]): Promise<Item | undefined>;
  /** The stream failed, with this error, or its reader left. */
  onBreak(error?: unknown): void;
}

/** A stream on its way to its reader. */
export interface Tapped<Item> {
  readonly stream: AsyncGenerator<Item>;
  /**
   * Reads on to the end, at the source's pace, whatever the reader does; what it has not read yet is kept for
   * it.
   */
  drain(): void;
}

/** Taps a stream. */
export function tap<Item>(source: AsyncGenerator<Item>, listener: TapListener<Item>): Tapped<Item> {
  const watched = watch(source, listener);
  const ahead: Promise<IteratorResult<Item, void>>[] = [];
  let draining = false;

  async function* stream(): AsyncGenerator<Item> {
    let whole = false;
    try {
      for (;;) {
        // A generator answers in the order in which it is asked, so the two readers cannot swap items.
        const result = await (ahead.shift() ?? watched.next());
        if (result.done) break;
        yield result.value;
      }
      whole = true;
    } finally {
      if (!whole && !draining) await watched.return();
    }
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const next = watched.next();
      ahead.push(next);
      if ((await next).done) return;
    }
  }

  return {
    stream: stream(),
    drain() {
      if (draining) return;
      draining = true;
      // A failure is the reader's to see.
      readOn().catch(() => undefined);
    },
  };
}

async function* watch<Item>(
  source: AsyncGenerator<Item>,
  listener: TapListener<Item>,
): AsyncGenerator<Item, void> {
  const items: Item[] = [];
  let ended = false;
  let failure: unknown;
  try {
    for await (const given of source) {
      const item = listener.onItem(given, items.length);
      items.push(item ?? given);
      if (item !== undefined) yield item;
    }
    ended = true;
    const last = await listener.onEnd(items);
    if (last !== undefined) yield last;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A reader who leaves ends this generator at its `yield`.
    if (!ended) listener.onBreak(failure);
  }
}
