/** Lets other work of the process go on. */

// Edge runtimes know timers alone; theirs of no time are a turn of the event loop too.
const nextTurn: (then: () => void) => unknown =
  typeof setImmediate === "function" ? setImmediate : (then) => setTimeout(then, 0);

/** Gives the event loop a turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => {
    nextTurn(resolve);
  });
}
