/** A chain whose later steps may refuse a reply: what a parser fails on is not served again. */
import { type Runnable, RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import type { RepriseLike } from "../shared/options.js";
import { heard, isOfReply } from "./downstream.js";
import { isRecord } from "./plain.js";
import { idOf } from "./reject.js";
import { listening } from "./run.js";

/**
 * The same runnable, refusing what fails in it: a sequence, or one with bound options. Anything else is given
 * back as it is.
 */
export function refusable<Given>(runnable: Given, cache: RepriseLike): Given {
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound } = runnable as RunnableBinding<unknown, unknown>;
    const inner = refusable(bound, cache);
    return inner === bound ? runnable : (rebound(runnable, inner, cache) as Given);
  }
  if (!RunnableSequence.isRunnableSequence(runnable) || runnable instanceof RefusableSequence)
    return runnable;
  const { first, middle, last, name } = runnable as unknown as Steps;
  return new RefusableSequence(
    { first, middle, last, ...(name !== undefined && { name }) },
    cache,
  ) as unknown as Given;
}

type Binding = RunnableBinding<unknown, unknown>;

/** A binding's options over another runnable, heard of where it is a step of a chain. */
export function rebound(binding: Binding, bound: Binding["bound"], cache: RepriseLike): Binding {
  const { config, kwargs, configFactories } = binding;
  return new HeardBinding(
    { bound, config, ...(kwargs && { kwargs }), ...(configFactories && { configFactories }) },
    cache,
  );
}

class HeardBinding extends RunnableBinding<unknown, unknown> {
  readonly #cache: RepriseLike;

  constructor(
    fields: ConstructorParameters<typeof RunnableBinding<unknown, unknown>>[0],
    cache: RepriseLike,
  ) {
    super(fields);
    this.#cache = cache;
  }

  override invoke(input: unknown, options?: Parameters<Binding["invoke"]>[1]): Promise<unknown> {
    return heard.invoke(this.#cache, options, (config) => super.invoke(input, config));
  }

  override batch(inputs: unknown[], options?: object, more?: object): Promise<unknown[]> {
    return heard.batch(
      this.#cache,
      options,
      (configs) => super.batch(inputs, configs as never, more as never) as Promise<unknown[]>,
    );
  }

  override transform(
    ...[generator, options]: Parameters<Binding["transform"]>
  ): ReturnType<Binding["transform"]> {
    return heard.transform(this.#cache, options, (config) => super.transform(generator, config));
  }
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

  override invoke(input: unknown, options?: Parameters<RunnableSequence["invoke"]>[1]): Promise<unknown> {
    return heard.invoke(this.#cache, options, (config) => this.#invoke(input, config));
  }

  async #invoke(input: unknown, options: Parameters<RunnableSequence["invoke"]>[1]): Promise<unknown> {
    const answers: string[] = [];
    try {
      const result = await super.invoke(
        input,
        listening(options, (id) => answers.push(id)),
      );
      // With `includeRaw`, a parser's failure is told and not thrown.
      if (isRecord(result) && result.parsed === null && idOf(result.raw) !== undefined)
        await this.#reject(answers);
      return result;
    } catch (error) {
      if (isOfReply(error)) await this.#reject(answers);
      throw error;
    }
  }

  // One by one, so that each knows its own answers.
  override batch(
    ...[inputs, options, more]: Parameters<RunnableSequence["batch"]>
  ): ReturnType<RunnableSequence["batch"]> {
    const batch = (configs: typeof options): Promise<never[]> =>
      Object.getPrototypeOf(RunnableSequence.prototype).batch.call(this, inputs, configs, more) as Promise<
        never[]
      >;
    return heard.batch(this.#cache, options, batch);
  }

  override transform(
    ...[generator, options]: Parameters<RunnableSequence["transform"]>
  ): ReturnType<RunnableSequence["transform"]> {
    return heard.transform(this.#cache, options, (config) => super.transform(generator, config));
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
      if (isOfReply(error)) await this.#reject(answers);
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
