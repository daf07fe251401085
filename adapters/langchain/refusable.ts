/** A chain whose later steps may refuse a reply: what a parser fails on is not served again. */
import { type Runnable, RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import type { RepriseLike } from "../shared/options.js";
import { isRecord } from "./plain.js";
import { idOf } from "./reject.js";
import { listening } from "./run.js";

/** The same runnable, refusing what fails in it: a sequence, or one with bound options. Anything else is given back as it is. */
export function refusable<Given>(runnable: Given, cache: RepriseLike): Given {
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound, config, kwargs, configFactories } = runnable as RunnableBinding<unknown, unknown>;
    const inner = refusable(bound, cache);
    if (inner === bound) return runnable;
    return new RunnableBinding({ bound: inner, config, ...(kwargs && { kwargs }), ...(configFactories && { configFactories }) }) as Given;
  }
  if (!RunnableSequence.isRunnableSequence(runnable) || runnable instanceof RefusableSequence) return runnable;
  const { first, middle, last, name } = runnable as unknown as Steps;
  return new RefusableSequence({ first, middle, last, ...(name !== undefined && { name }) }, cache) as unknown as Given;
}

interface Steps {
  readonly first: Runnable;
  readonly middle: Runnable[];
  readonly last: Runnable;
  readonly name?: string | undefined;
}

class RefusableSequence extends RunnableSequence {
  readonly #cache: RepriseLike;

  constructor(steps: ConstructorParameters<typeof RunnableSequence>[0], cache: RepriseLike) {
    super(steps);
    this.#cache = cache;
  }

  override async invoke(input: unknown, options?: Parameters<RunnableSequence["invoke"]>[1]): Promise<unknown> {
    const answers: string[] = [];
    try {
      const result = await super.invoke(
        input,
        listening(options, (id) => answers.push(id)),
      );
      // With `includeRaw`, a parser's failure is told and not thrown.
      if (isRecord(result) && result.parsed === null && idOf(result.raw) !== undefined) await this.#reject(answers);
      return result;
    } catch (error) {
      if (blamesReply(error)) await this.#reject(answers);
      throw error;
    }
  }

  // One by one, so that each knows its own answers.
  override batch(...args: Parameters<RunnableSequence["batch"]>): ReturnType<RunnableSequence["batch"]> {
    return Object.getPrototypeOf(RunnableSequence.prototype).batch.apply(this, args) as never;
  }

  override async *_streamIterator(
    input: unknown,
    options?: Parameters<RunnableSequence["_streamIterator"]>[1],
  ): ReturnType<RunnableSequence["_streamIterator"]> {
    const answers: string[] = [];
    try {
      yield* super._streamIterator(
        input,
        listening(options, (id) => answers.push(id)),
      );
    } catch (error) {
      if (blamesReply(error)) await this.#reject(answers);
      throw error;
    }
  }

  override pipe(next: Parameters<RunnableSequence["pipe"]>[0]): never {
    return refusable(super.pipe(next), this.#cache) as never;
  }

  /** Rejects the last answer: it is the one that the step after it failed on. */
  async #reject(answers: readonly string[]): Promise<void> {
    const id = answers.at(-1);
    if (id !== undefined) await this.#cache.feedback?.(id, "bad").catch(() => false);
  }
}

/** Whether an error may be the reply's fault: not one of a connection, a server, a time limit, or whoever left. */
function blamesReply(error: unknown): boolean {
  if (!isRecord(error)) return true;
  const { name, status, code } = error;
  if (typeof status === "number" || typeof code === "string") return false;
  return !/Abort|Timeout|Connection|Network|RateLimit|API|Interrupt|Recursion/.test(String(name));
}
