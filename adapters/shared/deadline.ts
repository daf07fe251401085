/** How long the caller of a model waits for its answer to be recorded. */

// Long enough for any store in health; a store that hangs must not hold an answer that is already there.
const RECORD_DEADLINE_MS = 50;

/** Waits for the work, but no longer than 50 ms; rejects as it does until then. */
export async function withDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RECORD_DEADLINE_MS);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
