/** Any chat model with the cache before it: the same model to everyone who uses it, asked only for what is not known. */

import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { consumeCallback } from "@langchain/core/callbacks/promises";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult } from "@langchain/core/outputs";
import { type Runnable, RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import { RepriseError } from "reprise";
import { type Replay, toChatResult, toChunks } from "./from-core.js";
import type { RepriseMetadata } from "./metadata.js";
import { type RepriseLike, type RepriseOptions, resolveOptions, type Settings } from "./options.js";
import { type Passage, passage } from "./passage.js";
import { isRecord } from "./plain.js";
import type { Outcome } from "./record.js";
import type { CallFacts } from "./scope.js";
import { tap } from "./tap.js";

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

/** What a wrapped model carries along. */
export interface Wrapping {
  readonly cache: RepriseLike;
  readonly settings: Settings;
  /** Tools bound to the model. Some models keep them to themselves. */
  readonly boundTools?: readonly unknown[];
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

type Options = Record<string, unknown> & { readonly signal?: AbortSignal };

// The methods that ask the model: LangChain's own `invoke`, `stream`, `batch` and `streamEvents` end in one of these.
function generation(model: BaseChatModel, wrapping: Wrapping): Record<string, unknown> {
  const { cache, settings } = wrapping;

  function open(messages: BaseMessage[], options: Options): Promise<Passage> {
    const callOptions = options.reprise ?? contextOptions(options);
    const { signal } = options;
    return passage(cache, { messages, callOptions, signal, facts: () => factsOf(model, options, wrapping) }, settings);
  }

  async function generate(messages: BaseMessage[], options: Options, run?: CallbackManagerForLLMRun): Promise<ChatResult> {
    const way = await open(messages, options);
    if (way.to === "replay") {
      options.signal?.throwIfAborted();
      if ("streaming" in model && model.streaming === true) for await (const _ of replayed(way.replay, run));
      return toChatResult(way.replay);
    }
    try {
      const result = await model._generate(messages, own(options), run);
      const [first, ...others] = result.generations;
      // Several samples were asked for: none of them is the reply.
      if (!first || others.length > 0 || !isReply(first.message)) way.failed();
      else {
        note(first.message, way.metadata);
        const { message, generationInfo } = first;
        await way.answered(() => ({ message, generationInfo, streamed: AIMessageChunk.isInstance(message) }));
      }
      return result;
    } catch (error) {
      way.failed();
      throw error;
    }
  }

  async function* stream(messages: BaseMessage[], options: Options, run?: CallbackManagerForLLMRun): AsyncGenerator<ChatGenerationChunk> {
    const way = await open(messages, options);
    if (way.to === "replay") yield* replayed(way.replay, run);
    else yield* tapped(way, model._streamResponseChunks(messages, own(options), run), options.signal);
  }

  async function* events(messages: BaseMessage[], options: Options, run?: CallbackManagerForLLMRun): AsyncGenerator<ChatModelStreamEvent> {
    const way = await open(messages, options);
    if (way.to === "replay") yield* replayedEvents(way.replay, options);
    else if (!overrides(model, "_streamChatModelEvents")) {
      yield* asEvents(tapped(way, model._streamResponseChunks(messages, own(options), run), options.signal), options);
    } else yield* tappedEvents(way, model._streamChatModelEvents(messages, own(options), run), options.signal);
  }

  return {
    _generate: generate,
    // A model that cannot stream is left so: LangChain asks whether the method is the base class's.
    ...(overrides(model, "_streamResponseChunks") && { _streamResponseChunks: stream }),
    ...("_streamChatModelEvents" in model && { _streamChatModelEvents: events }),
  };
}

// Whether a model has a method of its own, not the base class's: told by the class it stands in, as there may be two copies
// of LangChain in a process (its ESM and its CommonJS build).
function overrides(model: object, method: string): boolean {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
  return owner !== null && !Object.hasOwn(owner, "generatePrompt");
}

function factsOf(model: BaseChatModel, options: Options, { boundTools }: Wrapping): Omit<CallFacts, "named"> {
  const given = own(options);
  const params: unknown = model.invocationParams(given);
  const sent = isRecord(params) && Object.keys(params).length > 0 ? params : withoutSecrets(model._identifyingParams());
  return { lsParams: { ...model.getLsParams(given) }, invocationParams: sent, options: given, kwargs: model.lc_kwargs, boundTools };
}

// Older integrations say what they send only here, and some put their key beside it.
function withoutSecrets(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => !/key|secret|password|credential|auth|header|access_?token/i.test(name)),
  );
}

function contextOptions({ context }: Options): unknown {
  return isRecord(context) ? context.reprise : undefined;
}

// The options as the model may see them.
function own(options: Options): Options {
  const { reprise: _ours, ...rest } = options;
  return rest;
}

function isReply(message: BaseMessage): message is AIMessage {
  return AIMessage.isInstance(message) || AIMessageChunk.isInstance(message);
}

function note(message: BaseMessage, metadata: RepriseMetadata): void {
  message.response_metadata = { ...message.response_metadata, reprise: metadata };
}

async function* replayed(replay: Replay, run: CallbackManagerForLLMRun | undefined): AsyncGenerator<ChatGenerationChunk> {
  for (const chunk of toChunks(replay)) {
    yield chunk;
    // The order of the providers' own streams; listeners to tokens see the chunk itself.
    await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
  }
  if (run?.handlers.some((handler) => !handler.awaitHandlers)) await tokensHandled();
}

// Handlers that are not waited for (LangGraph's `messages` stream is one) work off a queue. No model ends before they had
// a chance; a replay would, and its tokens would come after the stream was closed. So it waits for its turn in the queue.
async function tokensHandled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumeCallback(async () => resolve(), false);
  await promise;
}

type ToModel = Extract<Passage, { to: "model" }>;

function tapped(
  way: ToModel,
  chunks: AsyncGenerator<ChatGenerationChunk>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  const { stream, drain } = tap(chunks, {
    onItem(chunk, position) {
      if (position === 0) note(chunk.message, way.metadata);
      return chunk;
    },
    // Some providers end a stream quietly when its signal aborts.
    onEnd: async (seen) => (signal?.aborted ? way.failed() : way.answered(() => gathered(seen))),
    onBreak: way.failed,
  });
  way.onJoin(drain);
  return stream;
}

function gathered(chunks: readonly ChatGenerationChunk[]): Outcome | undefined {
  const [first, ...rest] = chunks;
  if (!first) return undefined;
  const { message, generationInfo } = rest.reduce((whole, chunk) => whole.concat(chunk), first);
  return isReply(message) ? { message, generationInfo, streamed: true } : undefined;
}

// The base class makes events of chunks; it asks nothing of the object but its chunks.
function asEvents(chunks: AsyncGenerator<ChatGenerationChunk>, options: Options): AsyncGenerator<ChatModelStreamEvent> {
  const source = { _streamResponseChunks: () => chunks };
  return BaseChatModel.prototype._streamChatModelEvents.call(source as unknown as BaseChatModel, [], options);
}

async function* replayedEvents(replay: Replay, options: Options): AsyncGenerator<ChatModelStreamEvent> {
  async function* chunks(): AsyncGenerator<ChatGenerationChunk> {
    yield* toChunks(replay);
  }
  for await (const event of asEvents(chunks(), options)) {
    if (event.event !== "message-finish") yield event;
    else yield { ...event, reason: replay.toolCalls.length > 0 ? "tool_use" : "stop", responseMetadata: replay.responseMetadata };
  }
}

function tappedEvents(
  way: ToModel,
  events: AsyncGenerator<ChatModelStreamEvent>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatModelStreamEvent> {
  const { stream, drain } = tap(events, {
    onItem: (event) =>
      event.event === "message-finish" ? { ...event, responseMetadata: { ...event.responseMetadata, reprise: way.metadata } } : event,
    async onEnd(seen) {
      const finish = seen.find((event) => event.event === "message-finish");
      // A provider that speaks in events says why it stopped; without that the stream was cut off.
      if (finish?.reason === undefined || signal?.aborted) return way.failed();
      const generationInfo = { finish_reason: finish.reason };
      await way.answered(async () => ({ message: await assembled(seen), generationInfo, streamed: true }));
    },
    onBreak: way.failed,
  });
  way.onJoin(drain);
  return stream;
}

async function assembled(events: readonly ChatModelStreamEvent[]): Promise<AIMessage> {
  // Loaded where it is used: the older of the supported versions of LangChain have no such events, nor this file.
  const { ChatModelStream } = await import("@langchain/core/language_models/stream");
  return await new ChatModelStream(
    (async function* () {
      yield* events;
    })(),
  );
}
