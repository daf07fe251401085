/**
 * How a wrapped model generates: a known reply is replayed, everything else is the model's and is learned
 * from.
 */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { BaseMessage } from "@langchain/core/messages";
import type { ChatGeneration, ChatGenerationChunk, ChatResult } from "@langchain/core/outputs";
import { explained } from "../shared/framework-call.js";
import { withRefusal } from "../shared/metadata.js";
import type { RepriseLike } from "../shared/options.js";
import { type Passage, passage } from "../shared/passage.js";
import type { Relay } from "../shared/relay.js";
import { refuseServerState } from "../shared/server-state.js";
import { type Call, toCall } from "./call.js";
import { isOfModel } from "./downstream.js";
import { asChunks } from "./event-chunks.js";
import { EXPLAIN, type Explain } from "./explain.js";
import { followed, followedEvents } from "./follow.js";
import type { Replay } from "./from-core.js";
import { toChatResult } from "./from-core.js";
import { identityOf, toldFields } from "./identity.js";
import type { Settings } from "./options.js";
import { ownerOf } from "./owner.js";
import { isRecord } from "./plain.js";
import { isChunk, isReply, type Outcome } from "./record.js";
import { runOf, tellAnswer, withoutRun } from "./run.js";
import type { CallFacts } from "./scope.js";
import { asEvents, note, replayed, replayedEvents, tapped, tappedEvents } from "./streams.js";
import { markRun } from "./trace.js";

/** What a wrapped model carries along. */
export interface Wrapping {
  readonly cache: RepriseLike;
  readonly settings: Settings;
  /** Tools bound to the model. Some models keep them to themselves. */
  readonly boundTools?: readonly unknown[];
}

/** Who hears of a call, and the kind of pieces it takes. */
interface Opening {
  readonly run: CallbackManagerForLLMRun | undefined;
  readonly pieces?: string;
}

/** A call of the model. */
interface Asked {
  readonly messages: BaseMessage[];
  readonly options: Options;
  readonly run: Opening["run"];
}

const CHUNKS = "langchain chunks";
const EVENTS = "langchain events";

type Follow = Extract<Passage<Outcome, Replay>, { to: "follow" }>;
type Whole = Exclude<Passage<Outcome, Replay>, Follow>;

type Options = Record<string, unknown> & { readonly signal?: AbortSignal };

/**
 * The methods of a model that ask it: LangChain's own `invoke`, `stream`, `batch` and `streamEvents` end in
 * one of these. A method the model does not have is left out.
 */
export function generation(model: BaseChatModel, wrapping: Wrapping): Record<string | symbol, unknown> {
  const { cache, settings } = wrapping;

  function callOf(messages: readonly BaseMessage[], options: Options): Call {
    return {
      messages,
      callOptions: options.reprise ?? contextOptions(options),
      signal: options.signal,
      config: runOf(options),
      facts: () => factsOf(model, options, wrapping),
    };
  }

  async function open(
    messages: BaseMessage[],
    options: Options,
    { run, pieces }: Opening,
  ): Promise<Passage<Outcome, Replay>> {
    const piecesToo = pieces === CHUNKS ? [EVENTS] : [CHUNKS];
    const call: Call = {
      ...callOf(messages, options),
      pieces,
      piecesToo,
      sample: sampler(messages, options),
    };
    const way = await passage(cache, toCall(call, settings), settings);
    if (way.to === "follow") return way;
    const metadata = way.to === "replay" ? way.replay.metadata : way.metadata;
    tellAnswer(call.config, metadata.id);
    markRun(run, metadata);
    return way;
  }

  // Who takes no pieces is given none to follow.
  async function openWhole(messages: BaseMessage[], options: Options, run: Opening["run"]): Promise<Whole> {
    const way = await open(messages, options, { run });
    if (way.to === "follow") throw new Error("a call without pieces follows no stream");
    return way;
  }

  // Without a run: no callback hears of it, no trace shows it.
  function sampler(messages: BaseMessage[], options: Options): NonNullable<Call["sample"]> {
    return async (signal) => {
      const { generations } = await model._generate([...messages], { ...own(options), signal });
      return generations.length === 1 ? outcomeOf(generations[0]) : undefined;
    };
  }

  async function generate(
    messages: BaseMessage[],
    options: Options,
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const way = await openWhole(messages, options, run);
    if (way.to === "replay") {
      options.signal?.throwIfAborted();
      if ("streaming" in model && model.streaming === true) for await (const _ of replayed(way.replay, run));
      return toChatResult(way.replay);
    }
    try {
      const result = await model._generate(messages, own(options), run);
      const [first, ...others] = result.generations;
      const outcome = outcomeOf(first);
      // Several samples were asked for: none of them is the reply.
      if (!outcome || others.length > 0) way.failed();
      else {
        note(outcome.message, way.metadata);
        const refused = await way.answered(() => outcome);
        if (refused) note(outcome.message, withRefusal(way.metadata, refused));
      }
      return result;
    } catch (error) {
      isOfModel(error);
      way.failed();
      throw error;
    }
  }

  async function* stream(
    messages: BaseMessage[],
    options: Options,
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const way = await open(messages, options, { run, pieces: CHUNKS });
    if (way.to === "replay") yield* replayed(way.replay, run, settings.chunks);
    else if (way.to === "follow") yield* followedChunks(way, { messages, options, run });
    else yield* tapped(way, model._streamResponseChunks(messages, own(options), run), options.signal);
  }

  function followedChunks(
    way: Follow,
    { messages, options, run }: Asked,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { signal } = options;
    if (way.pieces === CHUNKS) {
      return followed(way.relay as Relay<ChatGenerationChunk>, run, {
        signal,
        again: () => stream(messages, options, run),
      });
    }
    const relay = way.relay as Relay<ChatModelStreamEvent>;
    // Failed before it said anything, it is asked for again in this call's own pieces.
    if (relay.hasFailed()) return stream(messages, options, run);
    return asChunks(followedEvents(relay, { signal, again: () => events(messages, options, run) }), run);
  }

  async function* events(
    messages: BaseMessage[],
    options: Options,
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatModelStreamEvent> {
    const { signal } = options;
    const isNative = overrides(model, "_streamChatModelEvents");
    const way = await open(messages, options, { run, pieces: isNative ? EVENTS : CHUNKS });
    if (way.to === "replay") yield* replayedEvents(way.replay, options, settings.chunks);
    else if (way.to === "follow" && way.pieces === EVENTS) {
      const again = () => events(messages, options, run);
      yield* followedEvents(way.relay as Relay<ChatModelStreamEvent>, { signal, again });
    } else if (way.to === "follow") yield* asEvents(followedChunks(way, { messages, options, run }), options);
    else if (isNative)
      yield* tappedEvents(way, model._streamChatModelEvents(messages, own(options), run), signal);
    else
      yield* asEvents(tapped(way, model._streamResponseChunks(messages, own(options), run), signal), options);
  }

  const explain: Explain = (messages, options) =>
    explained(cache, toCall(callOf(messages, options), settings), settings);

  return {
    [EXPLAIN]: explain,
    _generate: generate,
    // A model that cannot stream is left so: LangChain asks whether the method is the base class's.
    ...(overrides(model, "_streamResponseChunks") && { _streamResponseChunks: stream }),
    ...((overrides(model, "_streamResponseChunks") || overrides(model, "_streamChatModelEvents")) && {
      _streamChatModelEvents: events,
    }),
  };
}

function outcomeOf(generation: ChatGeneration | undefined): Outcome | undefined {
  if (!generation || !isReply(generation.message)) return undefined;
  const { message, generationInfo } = generation;
  const asChunk = isChunk(message);
  return { message, generationInfo, streamed: asChunk, asChunk };
}

// Older integrations say what they send only among what identifies them.
function sentWith(model: BaseChatModel, options: Options): unknown {
  const params: unknown = model.invocationParams(options);
  return isRecord(params) && Object.keys(params).length > 0 ? params : toldFields(model._identifyingParams());
}

const overrides = (model: object, method: string): boolean => ownerOf(model, method) !== undefined;

function factsOf(model: BaseChatModel, options: Options, { boundTools }: Wrapping): Omit<CallFacts, "named"> {
  const given = own(options);
  // Gemini's model keeps what `useCachedContent` was given in its client.
  if ("client" in model)
    refuseServerState({
      cachedContent: (model.client as { cachedContent?: unknown } | undefined)?.cachedContent,
    });
  return {
    lsParams: { ...model.getLsParams(given) },
    invocationParams: sentWith(model, given),
    options: given,
    identity: identityOf(model),
    boundTools,
  };
}

function contextOptions({ context }: Options): unknown {
  return isRecord(context) ? context.reprise : undefined;
}

// The options as the model may see them.
function own(options: Options): Options {
  const { reprise: _ours, ...rest } = withoutRun(options);
  return rest;
}
