/** Which replies a later step failed on, in whatever chain the model stands. */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { RepriseLike } from "../shared/options.js";
import { isRecord } from "./plain.js";
import { idOf } from "./reject.js";
import { listening } from "./run.js";

type Context = typeof import("@langchain/core/context");

// It needs Node's AsyncLocalStorage. Where there is none, only the chains that are made from the model itself
// are heard of.
let context: Context | undefined;
import("@langchain/core/context").then(
  (found) => {
    context = found;
  },
  () => undefined,
);

const VARIABLE = "reprise_downstream";

/**
 * Calls a step with ears for what comes after it: when the chain it stands in goes on, the steps behind it
 * tell what they fail on, and the reply that they have read is rejected. It works by LangChain's context
 * variables, which hold for what the caller goes on to run, and not for who called it. A call that no chain
 * makes is passed on as it is.
 */
export const heard = {
  invoke<Options, Result>(
    cache: RepriseLike,
    options: Options,
    call: (options: Options) => Promise<Result>,
  ): Promise<Result> {
    const hearing = listen(cache, [options]);
    if (!hearing) return call(options);
    return call(hearing.configs[0] as Options).then((result) => {
      hearing.made(result, 0);
      return result;
    });
  },

  batch<Options, Result>(
    cache: RepriseLike,
    options: Options,
    call: (options: Options) => Promise<Result[]>,
  ): Promise<Result[]> {
    const hearing = Array.isArray(options) ? listen(cache, options as unknown[]) : undefined;
    if (!hearing) return call(options);
    return call(hearing.configs as Options).then((results) => {
      for (const [index, result] of results.entries()) hearing.made(result, index);
      return results;
    });
  },

  transform<Options, Chunk>(
    cache: RepriseLike,
    options: Options,
    call: (options: Options) => AsyncGenerator<Chunk>,
  ): AsyncGenerator<Chunk> {
    const hearing = listen(cache, [options]);
    return hearing ? telling(call(hearing.configs[0] as Options), hearing) : call(options);
  },
};

interface Hearing {
  /** The configs to go on with. */
  readonly configs: readonly object[];
  /** What came of the call with this config. */
  made(result: unknown, index: number): void;
}

function listen(cache: RepriseLike, given: readonly unknown[]): Hearing | undefined {
  if (!context || given.length === 0 || !given.every(isOfChain)) return undefined;
  try {
    const readers = new Readers(cache);
    const last: string[] = [];
    const configs = (given as object[]).map((config, index) =>
      listening(config, (id) => {
        last[index] = id;
        readers.answered(id);
      }),
    );
    if (context.getContextVariable(VARIABLE) === undefined)
      context.registerConfigureHook({ contextVar: VARIABLE, inheritable: false });
    context.setContextVariable(VARIABLE, readers);
    return { configs, made: (result, index) => readers.made(result, last[index]) };
  } catch {
    return undefined;
  }
}

async function* telling<Chunk>(chunks: AsyncGenerator<Chunk>, hearing: Hearing): AsyncGenerator<Chunk> {
  let text = "";
  for await (const chunk of chunks) {
    if (typeof chunk === "string") text += chunk;
    yield chunk;
  }
  hearing.made(text, 0);
}

// A chain hands on a whole config.
function isOfChain(options: unknown): boolean {
  return isRecord(options) && "recursionLimit" in options && "metadata" in options;
}

/** Hears of the runs that start after a step was called, and follows its replies through them. */
class Readers extends BaseCallbackHandler {
  readonly name = VARIABLE;
  // A retry must find the reply rejected.
  override readonly awaitHandlers = true;
  override readonly ignoreLLM = true;
  override readonly ignoreAgent = true;
  override readonly ignoreRetriever = true;
  readonly #cache: RepriseLike;
  /** The ids of the step's answers. */
  readonly #answers = new Set<string>();
  /** What was made of an answer. */
  readonly #made = new Map<unknown, string>();
  readonly #reading = new Map<string, string>();

  constructor(cache: RepriseLike) {
    super();
    this.#cache = cache;
  }

  override copy(): this {
    return this;
  }

  answered(id: string): void {
    this.#answers.add(id);
  }

  made(value: unknown, id: string | undefined): void {
    const isTold = typeof value === "string" ? value !== "" : typeof value === "object" && value !== null;
    if (id !== undefined && isTold) this.#made.set(value, id);
  }

  override handleChainStart(_chain: unknown, inputs: unknown, runId: string): void {
    const id = this.#readIn(inputs);
    if (id !== undefined) this.#reading.set(runId, id);
  }

  // biome-ignore lint/complexity/useMaxParams: LangChain calls it so.
  override handleChainEnd(
    outputs: unknown,
    runId: string,
    _parent?: string,
    _tags?: string[],
    more?: { inputs?: unknown },
  ): void {
    // LangChain makes a record of what is none.
    const isPut = isRecord(outputs) && Object.keys(outputs).length === 1 && "output" in outputs;
    this.made(isPut ? outputs.output : outputs, this.#endOf(runId, more?.inputs));
  }

  // biome-ignore lint/complexity/useMaxParams: LangChain calls it so.
  override async handleChainError(
    error: unknown,
    runId: string,
    _parent?: string,
    _tags?: string[],
    more?: { inputs?: unknown },
  ): Promise<void> {
    const id = this.#endOf(runId, more?.inputs);
    if (id !== undefined && isOfReply(error)) await this.#cache.feedback?.(id, "bad").catch(() => false);
  }

  // A run that reads a stream tells what it has read at its end.
  #endOf(runId: string, inputs: unknown): string | undefined {
    const id = this.#reading.get(runId) ?? this.#readIn(inputs);
    this.#reading.delete(runId);
    return id;
  }

  #readIn(value: unknown, depth = 0): string | undefined {
    if (this.#answers.size === 0) return undefined;
    const made = this.#made.get(value);
    if (made !== undefined || typeof value !== "object" || value === null) return made;
    const id = isRecord(value) && isRecord(value.response_metadata) ? idOf(value) : undefined;
    if (id !== undefined) return this.#answers.has(id) ? id : undefined;
    if (depth === 2) return undefined;
    for (const inner of Object.values(value)) {
      const found = this.#readIn(inner, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const explained = new WeakSet<object>();

/** Says that an error is the model's own, and no fault of a reply. */
export function isOfModel(error: unknown): void {
  if (isObject(error)) explained.add(error);
}

/**
 * Whether an error may be the fault of the reply that was read last: not one of a connection, a server, a
 * time limit, or whoever left, nor one of another model. An error is one reply's fault: asked again, it is
 * nobody's.
 */
export function isOfReply(error: unknown): boolean {
  if (!isObject(error)) return true;
  if (explained.has(error)) return false;
  explained.add(error);
  const { name, status, code } = error as { name?: unknown; status?: unknown; code?: unknown };
  if (typeof status === "number" || typeof code === "string") return false;
  return !/Abort|Timeout|Connection|Network|RateLimit|API|Interrupt|Recursion/.test(String(name));
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
