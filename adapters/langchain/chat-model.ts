/** Any chat model with the cache before it: the same model to everyone who uses it, asked only for what is not known. */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type Runnable, RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import { RepriseError } from "reprise";
import type { RepriseLike } from "../shared/options.js";
import { generation, type Wrapping } from "./generation.js";
import { type RepriseOptions, resolveOptions } from "./options.js";

/**
 * A chat model that asks the cache first. It is the model it wraps in every other respect: its class, name, type,
 * serialisation, settings, callbacks and methods; `bindTools`, `withConfig` and `withStructuredOutput` keep the cache.
 * A hit leaves the trace of a model call, and whatever breaks in the cache, the model answers.
 *
 * A call's own options go into `reprise` among its call options, or into `context.reprise` of the graph it runs in. Throws
 * `RepriseError` `BAD_OPTION` for options nobody knows.
 */
export function withReprise<Model extends BaseChatModel>(model: Model, cache: RepriseLike, options?: RepriseOptions): Model {
  const settings = resolveOptions("withReprise", cache, options);
  if (!isChatModel(model)) throw new RepriseError("BAD_OPTION", "withReprise: the model must be a chat model of LangChain");
  return wrap(model, { cache, settings });
}

/**
 * The cache before every chat model in a runnable: in a model, in one with bound options, in the steps of a sequence.
 * Anything else is given back as it is.
 */
export function wrapRunnable<Given>(runnable: Given, wrapping: Wrapping): Given {
  if (isChatModel(runnable)) return wrap(runnable, wrapping);
  if (RunnableBinding.isRunnableBinding(runnable)) {
    const { bound, config, kwargs, configFactories } = runnable as RunnableBinding<unknown, unknown>;
    const inner = wrapRunnable(bound, wrapping);
    return new RunnableBinding({ bound: inner, config, ...(kwargs && { kwargs }), ...(configFactories && { configFactories }) }) as Given;
  }
  if (RunnableSequence.isRunnableSequence(runnable)) {
    const { steps, name } = runnable as RunnableSequence;
    const [first, ...rest] = steps.map((step) => wrapRunnable(step, wrapping));
    const last = rest.pop();
    if (!first || !last) return runnable;
    return new RunnableSequence({ first, middle: rest, last, ...(name !== undefined && { name }) }) as Given;
  }
  return runnable;
}

const INNER: unique symbol = Symbol.for("reprise.langchain.inner") as never;

function isChatModel(value: unknown): value is BaseChatModel {
  return (
    typeof value === "object" && value !== null && "_generate" in value && typeof value._generate === "function" && "_llmType" in value
  );
}

function wrap<Model extends BaseChatModel>(given: Model, wrapping: Wrapping): Model {
  // Wrapped twice, the inner cache would learn what the outer one served.
  const model = (given as Model & { readonly [INNER]?: Model })[INNER] ?? given;
  // An object whose prototype is the model: everything not named here is the model's own, now and later.
  const wrapped: Model = Object.create(model);
  const methods: Record<string | symbol, unknown> = { [INNER]: model, ...rebinding(model, wrapping) };
  if ("_getModelInstance" in model) {
    // `initChatModel` gives a model that makes the real one at every call.
    const make = model._getModelInstance as (...args: unknown[]) => Promise<unknown>;
    methods._getModelInstance = async (...args: unknown[]) => wrapRunnable(await make.apply(model, args), wrapping);
    if (Object.hasOwn(model, "withStructuredOutput")) {
      // Its own function, bound to itself.
      const structured = model.withStructuredOutput as (...args: unknown[]) => unknown;
      methods.withStructuredOutput = (...args: unknown[]) => wrapRunnable(structured(...args), wrapping);
    }
  } else Object.assign(methods, generation(model, wrapping));
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(wrapped, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
  }
  return wrapped;
}

// The methods that make a new model out of this one.
function rebinding(model: BaseChatModel, wrapping: Wrapping): Record<string, unknown> {
  return {
    ...(typeof model.bindTools === "function" && {
      bindTools(this: BaseChatModel, tools: Parameters<NonNullable<BaseChatModel["bindTools"]>>[0], kwargs?: Record<string, unknown>) {
        const bound = model.bindTools?.(tools, kwargs);
        if (bound === model && tools.length === 0) return this;
        return wrapRunnable(bound, { ...wrapping, boundTools: [...(wrapping.boundTools ?? []), ...tools] });
      },
    }),
    withConfig: (config: Record<string, unknown>): Runnable => wrapRunnable(model.withConfig(config), wrapping),
  };
}
