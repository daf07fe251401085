/** What a command that runs until it is stopped does beside its work. */

/** Resolves to the signal by which the process is stopped. */
export function ended(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

/**
 * Tells of each kind of fault once, and then how often, minute by minute: a store that is down would fill a
 * disk otherwise.
 */
export function createFaults(say: (line: string) => void): Faults {
  const counts = new Map<string, number>();
  const tell = (): void => {
    for (const [what, count] of counts) if (count > 1) say(`fault in ${what}, ${count} times`);
    counts.clear();
  };
  const timer = setInterval(tell, 60_000);
  timer.unref();
  return {
    note(what) {
      const count = counts.get(what) ?? 0;
      if (count === 0) say(`fault in ${what}`);
      counts.set(what, count + 1);
    },
    end() {
      clearInterval(timer);
      tell();
    },
  };
}

/** Faults, told as they come. */
export interface Faults {
  note(what: string): void;
  end(): void;
}
