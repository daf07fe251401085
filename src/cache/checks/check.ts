/** What a check is, and how what it sees is taken and compared: as JSON, bounded, redacted, and in time. */
import { type Redact, redactedJson } from "../../redact.js";

/**
 * Looks at the world before a tool is called, and says whether it is as it was when the model called it. What
 * throws, rejects or takes too long counts as "no", and is told as a fault.
 */
export interface Check {
  /**
   * What of the world decides whether this call is right: JSON of at most 2,000 characters. Gets the call's
   * arguments, and what the caller has passed with its own call. Must change nothing.
   */
  capture?(args: Readonly<Record<string, unknown>>, context: unknown): unknown;
  /** Whether the world is as it was, or how much it is: a number that is held against `threshold`. */
  compare?(now: unknown, then: unknown): boolean | number | Promise<boolean | number>;
  /** From which likeness on it is as it was. Default 1. */
  readonly threshold?: number | undefined;
  /** Milliseconds that capturing and comparing may take together. Default 1,000. */
  readonly deadline?: number | undefined;
  /** The same for what came back from the call: see `Cache.verify`. */
  readonly after?: AfterCheck | undefined;
}

/** Looks at what came back from a call. */
export interface AfterCheck {
  capture(result: unknown): unknown;
  compare(now: unknown, then: unknown): boolean | number | Promise<boolean | number>;
}

/** The longest capture, as JSON text. */
export const LONGEST_CAPTURE = 2_000;
const DEADLINE = 1_000;

/** What is seen, as the JSON text that is kept and compared. Throws for what is no JSON, or too much of it. */
export function takenOf(seen: unknown, redact: Redact | undefined): string {
  const plain: unknown = JSON.stringify(seen);
  if (typeof plain !== "string") throw new TypeError("a capture must be JSON");
  const text = redact ? JSON.stringify(redactedJson(JSON.parse(plain), redact)) : plain;
  if (text.length > LONGEST_CAPTURE) throw new RangeError("a capture must be short");
  return text;
}

/** Whether what `compare` gave means that the world is as it was. */
export function isAccepted(likeness: unknown, { threshold = 1 }: Pick<Check, "threshold">): boolean {
  if (typeof likeness === "boolean") return likeness;
  if (typeof likeness !== "number" || Number.isNaN(likeness))
    throw new TypeError("compare must give a boolean or a number");
  return likeness >= threshold;
}

/** When a check that begins now must have ended, on the clock of `performance`. */
export function deadlineOf({ deadline = DEADLINE }: Pick<Check, "deadline">): number {
  return performance.now() + deadline;
}

/** Something that took too long. */
class Late extends Error {
  override readonly name = "TimeoutError";
}

/** What comes of some work; rejects where that is not there in time. What comes later is passed over. */
export async function inTime<Value>(work: Value | PromiseLike<Value>, end: number): Promise<Value> {
  if (!isPromise(work)) {
    if (performance.now() > end) throw new Late();
    return work;
  }
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Late()), Math.max(0, end - performance.now()));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isPromise<Value>(work: Value | PromiseLike<Value>): work is PromiseLike<Value> {
  return typeof (work as { then?: unknown } | null | undefined)?.then === "function";
}
