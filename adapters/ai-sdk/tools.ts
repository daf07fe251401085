/** Tools that tell the cache what came back from them, by the answers that called them. */
import type { RepriseLike } from "../shared/options.js";

/** Which answers have called what, by the ids of the calls. */
export interface Callers {
  note(call: string, answer: string | undefined): void;
  of(call: string): string | undefined;
}

// A tool is run soon after it was called, or never.
const MOST_CALLS = 10_000;

const known = new WeakMap<RepriseLike, Callers>();

/** The callers over one cache. */
export function callersOf(cache: RepriseLike): Callers {
  const callers = known.get(cache) ?? createCallers();
  known.set(cache, callers);
  return callers;
}

function createCallers(): Callers {
  const answers = new Map<string, string>();
  return {
    note(call, answer) {
      if (answer === undefined) return;
      const [oldest] = answers.keys();
      if (answers.size >= MOST_CALLS && oldest !== undefined) answers.delete(oldest);
      answers.set(call, answer);
    },
    of: (call) => answers.get(call),
  };
}

/**
 * The same tools, whose results the cache compares with those of the run that a step was learned from (`after`
 * in the check of a tool). What a tool gives, and how it fails, stays as it is; the check is waited for, so
 * that the next step knows of it. Goes with `repriseMiddleware` over the same cache.
 */
export function wrapTools<Tools extends object>(tools: Tools, cache: RepriseLike): Tools {
  const callers = callersOf(cache);
  const wrapped = Object.entries(tools).map(([name, tool]: [string, { readonly execute?: unknown }]) => {
    const { execute } = tool;
    if (typeof execute !== "function") return [name, tool] as const;
    const observed = (args: unknown, options: { readonly toolCallId?: string }): unknown => {
      const given: unknown = execute.call(tool, args, options);
      const answer = callers.of(options?.toolCallId ?? "");
      // A tool that gives one result after the other is not looked at.
      if (answer === undefined || isIterable(given)) return given;
      return verified(given, (result) => cache.verify?.(answer, { tool: name, args, result }));
    };
    return [
      name,
      Object.assign(Object.create(Object.getPrototypeOf(tool)), tool, { execute: observed }),
    ] as const;
  });
  return Object.fromEntries(wrapped) as Tools;
}

async function verified(given: unknown, verify: (result: unknown) => unknown): Promise<unknown> {
  const result = await given;
  try {
    await verify(result);
  } catch {
    // The cache's own faults are told by its events.
  }
  return result;
}

function isIterable(given: unknown): boolean {
  return typeof given === "object" && given !== null && Symbol.asyncIterator in given;
}
