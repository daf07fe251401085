/**
 * Any chat model with the cache before it: the same model to everyone who uses it, asked only for what is not
 * known.
 */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type Runnable, RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import { RepriseError } from "reprise";
import type { RepriseLike } from "../shared/options.js";
import { heard } from "./downstream.js";
import { generation, type Wrapping } from "./generation.js";
import { noteNumber } from "./identity.js";
import { type RepriseOptions, resolveOptions } from "./options.js";
import { ownerOf } from "./owner.js";
import { rebound, refusable } from "./refusable.js";
import { withRun } from "./run.js";

/** Anything of LangChain that can be invoked: its own type is too narrow for some providers' classes. */
type Chain = { invoke(...args: never[]): unknown; pipe(...args: never[]): unknown };

/**
 * A chat model that asks the cache first; or a chain with such a model in each of its places. It is the model
 * it wraps in every other respect: its class, name, type, serialisation, settings (read and written),
 * callbacks and methods; `bindTools`, `withConfig`, `pipe` and `withStructuredOutput` keep the cache. A hit
 * leaves the trace of a model call, and whatever breaks in the cache, the model answers. When a later step of
 * the chain it stands in fails on a reply, that reply is not served again.
 *
 * A call's own options go into `reprise` among its call options, or into `context.reprise` of the graph it
 * runs in. Throws `RepriseError` `BAD_OPTION` for options nobody knows.
 */
export function withReprise<Given extends Chain>(
  model: Given,
  cache: RepriseLike,
  options?: RepriseOptions,
): Given {
  const settings = resolveOptions("withReprise", cache, options);
  const wrapped =
    typeof model === "object" && model !== null ? wrapRunnable(model, { cache, settings }) : model;
  if (wrapped === model && !isWrapped(model)) {
    throw new RepriseError(
      "BAD_OPTION",
      "withReprise: the model must be a chat model of LangChain, or a chain with one",
    );
  }
  return wrapped;
}

/**
 * The cache before every chat model in a runnable: in a model, in one with bound options, in the steps of a
 * sequence. Anything else is given back as it is.
 */
export function wrapRunnable<Given>(runnable: Given, wrapping: Wrapping): Given {
  if (isChatModel(runnable)) return wrap(runnable, wrapping);
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound } = runnable as RunnableBinding<unknown, unknown>;
    const inner = wrapRunnable(bound, wrapping);
    return inner === bound ? runnable : (rebound(runnable, inner, wrapping.cache) as Given);
  }
  if (RunnableSequence.isRunnableSequence(runnable)) {
    const { steps, name } = runnable as RunnableSequence;
    const wrapped = steps.map((step) => wrapRunnable(step, wrapping));
    if (wrapped.every((step, index) => step === steps[index])) return runnable;
    const [first, ...rest] = wrapped;
    const last = rest.pop();
    if (!first || !last) return runnable;
    return refusable(
      new RunnableSequence({ first, middle: rest, last, ...(name !== undefined && { name }) }),
      wrapping.cache,
    ) as Given;
  }
  return runnable;
}

const INNER: unique symbol = Symbol.for("reprise.langchain.inner") as never;

function isWrapped(value: unknown): boolean {
  return typeof value === "object" && value !== null && INNER in value;
}

function isChatModel(value: unknown): value is BaseChatModel {
  return (
    typeof value === "object" &&
    value !== null &&
    "_generate" in value &&
    typeof value._generate === "function" &&
    "_llmType" in value
  );
}

type Methods = Record<string | symbol, unknown>;

function wrap<Model extends BaseChatModel>(given: Model, wrapping: Wrapping): Model {
  // Wrapped twice, the inner cache would learn what the outer one served.
  const model = (given as Model & { readonly [INNER]?: Model })[INNER] ?? given;
  const methods: Methods = Object.create(null);
  const isMaker = "_getModelInstance" in model;
  const bound = new Map<string | symbol, { readonly of: unknown; readonly made: unknown }>();

  const proxy: Model = new Proxy(model, {
    get(target, name) {
      if (name in methods) return methods[name];
      // Getters run on the model itself, whose private fields no other object has.
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || isMaker || !runsOnItself(target, name)) return value;
      const known = bound.get(name);
      if (known?.of === value) return known.made;
      const made = value.bind(target);
      bound.set(name, { of: value, made });
      return made;
    },
    set(target, name, value) {
      if (typeof value === "number" && typeof name === "string") noteNumber(target, name, value);
      return Reflect.set(target, name, value, target);
    },
    has: (target, name) => name in methods || Reflect.has(target, name),
  });

  Object.assign(
    methods,
    { [INNER]: model },
    rebinding(model, wrapping),
    isMaker ? making(model, wrapping) : undefined,
  );
  if (!isMaker) Object.assign(methods, generation(model, wrapping), entries(model, wrapping));
  return proxy;
}

// How LangChain gets at the methods that generate: these run on the wrapped model, whoever has defined them.
const ENTRIES = new Set([
  "invoke",
  "stream",
  "batch",
  "generate",
  "generatePrompt",
  "_generateUncached",
  "_generateCached",
  "_streamIterator",
  "streamEvents",
  "streamV2",
  "streamLog",
  "transform",
  "withRetry",
  "withFallbacks",
  "asTool",
]);

/** Whether a method is the model's own business: of its own class, and no way in to what is cached. */
function runsOnItself(model: object, name: string | symbol): boolean {
  const owner = ownerOf(model, name);
  // A function that was put on the object itself, or that every model has.
  if (owner === undefined || owner === model) return false;
  const method: unknown = (owner as Record<string | symbol, unknown>)[name];
  return !ENTRIES.has(String(name)) || usesPrivateFields(method);
}

// Run on another object, such a method would throw; run on the model, it asks no cache.
const usesPrivateFields = (method: unknown): boolean =>
  typeof method === "function" && /\bthis\.#|#\w+ in this/.test(Function.prototype.toString.call(method));

/**
 * The ways in, with the run's config handed on to where the reply is made, and with ears for what comes after
 * it.
 */
function entries(model: BaseChatModel, { cache }: Wrapping): Methods {
  type Method = (input: unknown, options?: unknown, ...more: unknown[]) => unknown;
  type Names = "invoke" | "batch" | "transform" | "_streamIterator" | "streamEvents";
  const handingOn = (
    name: Names,
    through: (options: unknown, call: (options: unknown) => unknown) => unknown,
  ) => {
    if (typeof model[name] !== "function" || runsOnItself(model, name)) return {};
    return {
      // biome-ignore lint/complexity/useMaxParams: callers of the model call it so.
      [name](this: unknown, input: unknown, options?: unknown, ...more: unknown[]) {
        return through(options, (given) =>
          (model[name] as unknown as Method).call(this, input, given, ...more),
        );
      },
    };
  };
  const given = (options: unknown): object => withRun(options as object | undefined);
  return {
    ...handingOn("invoke", (options, call) =>
      heard.invoke(cache, options, (config) => call(given(config)) as Promise<unknown>),
    ),
    ...handingOn("batch", (options, call) => heard.batch(cache, options, call as () => Promise<unknown[]>)),
    ...handingOn("transform", (options, call) =>
      heard.transform(cache, options, call as () => AsyncGenerator<unknown>),
    ),
    ...handingOn("_streamIterator", (options, call) => call(given(options))),
    ...handingOn("streamEvents", (options, call) => call(given(options))),
  };
}

/** `initChatModel` gives a model that makes the real one at every call. */
function making(model: BaseChatModel, wrapping: Wrapping): Methods {
  const make = (model as unknown as { _getModelInstance(...args: unknown[]): Promise<unknown> })
    ._getModelInstance;
  const methods: Methods = {
    _getModelInstance: async (...args: unknown[]) =>
      wrapRunnable(await make.apply(model, args as []), wrapping),
  };
  if (Object.hasOwn(model, "withStructuredOutput")) {
    // Its own function, bound to itself.
    const structured = model.withStructuredOutput as (...args: unknown[]) => unknown;
    methods.withStructuredOutput = (...args: unknown[]) => wrapRunnable(structured(...args), wrapping);
  }
  return methods;
}

/** The methods that make a new runnable out of this one. */
function rebinding(model: BaseChatModel, wrapping: Wrapping): Methods {
  const { cache } = wrapping;
  return {
    ...(typeof model.bindTools === "function" && {
      bindTools(
        this: BaseChatModel,
        tools: Parameters<NonNullable<BaseChatModel["bindTools"]>>[0],
        kwargs?: Record<string, unknown>,
      ) {
        const bound = model.bindTools?.(tools, kwargs);
        if (bound === model && tools.length === 0) return this;
        return wrapRunnable(bound, { ...wrapping, boundTools: [...(wrapping.boundTools ?? []), ...tools] });
      },
    }),
    withConfig: (config: Record<string, unknown>): Runnable =>
      wrapRunnable(model.withConfig(config), wrapping),
    pipe(this: BaseChatModel, next: Parameters<BaseChatModel["pipe"]>[0]) {
      return refusable(model.pipe.call(this, next), cache);
    },
    withStructuredOutput(this: BaseChatModel, ...args: unknown[]) {
      const structured = model.withStructuredOutput as (...args: unknown[]) => unknown;
      try {
        return refusable(structured.apply(this, args), cache);
      } catch (error) {
        if (!usesPrivateFields(structured)) throw error;
        return refusable(wrapRunnable(structured.apply(model, args), wrapping), cache);
      }
    },
  };
}
