/** How those who wait for a stream in flight get its pieces as they come. */

/** A stream that others may follow, from its beginning, whenever they join. */
export interface Relay<Piece> {
  push(piece: Piece): void;
  /**
   * The stream has begun to say something: from now on others follow it. Before, one that fails sets them
   * free.
   */
  open(): void;
  end(): void;
  fail(error: unknown): void;
  /** Whether it has failed: who has not begun to tell of it does better to ask again. */
  hasFailed(): boolean;
  /** All pieces from the first on. Throws what the stream failed with. */
  follow(signal?: AbortSignal): AsyncGenerator<Piece, void>;
}

/** A relay; `onOpen` is called once, when it opens. */
export function createRelay<Piece>(onOpen: () => void): Relay<Piece> {
  const pieces: Piece[] = [];
  let opened = false;
  let outcome: { readonly error?: unknown } | undefined;
  let news = Promise.withResolvers<void>();

  function tell(): void {
    news.resolve();
    news = Promise.withResolvers();
  }

  function close(how: { readonly error?: unknown }): void {
    outcome ??= how;
    tell();
  }

  return {
    push(piece) {
      pieces.push(piece);
      tell();
    },
    open() {
      if (opened) return;
      opened = true;
      onOpen();
    },
    end: () => close({}),
    fail: (error) => close({ error }),
    hasFailed: () => outcome !== undefined && "error" in outcome,
    async *follow(signal) {
      const { promise: left, resolve: leave } = Promise.withResolvers<void>();
      const abort = (): void => leave();
      signal?.addEventListener("abort", abort, { once: true });
      try {
        for (let position = 0; ; ) {
          signal?.throwIfAborted();
          if (position < pieces.length) yield pieces[position++] as Piece;
          else if (!outcome) await Promise.race([news.promise, left]);
          else if ("error" in outcome) throw outcome.error;
          else return;
        }
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}
