/** Streams of a wrapped model: a reply replayed as one, and the model's own with the cache listening. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import {
  type AIMessage,
  AIMessageChunk,
  type AIMessageChunkFields,
  type BaseMessage,
} from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { RefusalReason } from "reprise";
import { type RepriseMetadata, withRefusal } from "../shared/metadata.js";
import type { ToModel } from "../shared/passage.js";
import { between, type Pieces } from "../shared/pieces.js";
import { isOfModel } from "./downstream.js";
import { type Replay, toChunks } from "./from-core.js";
import { isRecord } from "./plain.js";
import { isReply, type Outcome } from "./record.js";
import { tap } from "./tap.js";

/** Writes on a message what the cache did with its call. */
export function note(message: BaseMessage, metadata: RepriseMetadata): void {
  message.response_metadata = { ...message.response_metadata, reprise: metadata };
}

/** A replay as chunks, told to listeners as a provider tells them. */
export async function* replayed(
  replay: Replay,
  run: CallbackManagerForLLMRun | undefined,
  pieces: Pieces = "whole",
): AsyncGenerator<ChatGenerationChunk> {
  let spoken = false;
  for (const chunk of toChunks(replay, pieces)) {
    if (spoken && chunk.text !== "") await between(pieces);
    spoken = chunk.text !== "";
    yield chunk;
    // The order of the providers' own streams; listeners to tokens see the chunk itself.
    await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
  }
  if (run?.handlers.some(isStreamInBackground)) await aMoment();
}

// LangGraph's `messages` stream is such a handler: it is not waited for, and works off a queue of the whole
// process.
function isStreamInBackground(handler: {
  readonly awaitHandlers: boolean;
  readonly lc_prefer_streaming?: boolean;
}): boolean {
  return !handler.awaitHandlers && handler.lc_prefer_streaming === true;
}

// No model ends before such handlers had a chance; a replay would, and its tokens would come after the stream
// was closed. So it gives them the time in which the fastest of models answers, and no more: others in the
// queue may be slow, or wait for this very stream.
const MOMENT_MS = 20;

async function aMoment(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, MOMENT_MS);
  await Promise.race([promise, awaitAllCallbacks()]).finally(() => clearTimeout(timer));
}

/** The model's chunks, as they come; the whole of them is learned from when they have ended. */
export function tapped(
  way: ToModel<Outcome>,
  chunks: AsyncGenerator<ChatGenerationChunk>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  const relay = way.relay();
  const { stream, drain } = tap(chunks, {
    onItem(chunk, position) {
      relay?.push(chunk);
      if (saysSomething(chunk)) relay?.open();
      if (position === 0) note(chunk.message, way.metadata);
      return chunk;
    },
    // Some providers end a stream quietly when its signal aborts.
    async onEnd(seen) {
      relay?.end();
      if (!signal?.aborted) return refusalOf(await way.answered(() => gathered(seen)), seen[0]);
      way.failed();
    },
    onBreak(error) {
      isOfModel(error);
      relay?.fail(error);
      way.failed();
    },
  });
  way.onJoin(drain);
  return stream;
}

/**
 * A last chunk of the same message, which says that it is not kept: whole, the message has it in our mark.
 */
function refusalOf(
  refused: RefusalReason | undefined,
  first: ChatGenerationChunk | undefined,
): ChatGenerationChunk | undefined {
  if (!refused || !first) return undefined;
  const fields = { content: "", id: first.message.id, response_metadata: { reprise: { refused } } };
  return new ChatGenerationChunk({
    text: "",
    message: new AIMessageChunk(fields as unknown as AIMessageChunkFields),
  });
}

function saysSomething({ text, message }: ChatGenerationChunk): boolean {
  const { tool_call_chunks: calls } = message as AIMessageChunk;
  return (
    text !== "" || (calls?.length ?? 0) > 0 || (Array.isArray(message.content) && message.content.length > 0)
  );
}

function gathered(chunks: readonly ChatGenerationChunk[]): Outcome | undefined {
  const [first, ...rest] = chunks;
  if (!first) return undefined;
  const { message, generationInfo } = rest.reduce((whole, chunk) => whole.concat(chunk), first);
  return isReply(message) ? { message, generationInfo, streamed: true } : undefined;
}

/**
 * Chunks as events. The base class makes them, and leaves our mark out; it asks nothing of the object but its
 * chunks.
 */
export async function* asEvents(
  chunks: AsyncGenerator<ChatGenerationChunk>,
  options: object,
): AsyncGenerator<ChatModelStreamEvent> {
  let reprise: object | undefined;
  const source = {
    async *_streamResponseChunks() {
      for await (const chunk of chunks) {
        const told: unknown = chunk.message.response_metadata.reprise;
        if (isRecord(told)) reprise = { ...reprise, ...told };
        yield chunk;
      }
    },
  };
  for await (const event of BaseChatModel.prototype._streamChatModelEvents.call(
    source as unknown as BaseChatModel,
    [],
    options,
  )) {
    yield event.event === "message-finish" && reprise
      ? { ...event, responseMetadata: { ...event.responseMetadata, reprise } }
      : event;
  }
}

/** A replay as events. */
export async function* replayedEvents(
  replay: Replay,
  options: object,
  pieces: Pieces = "whole",
): AsyncGenerator<ChatModelStreamEvent> {
  async function* chunks(): AsyncGenerator<ChatGenerationChunk> {
    const begun = new Set<unknown>();
    let spoken = false;
    for (const chunk of toChunks(replay, pieces, { standard: true })) {
      if (spoken && chunk.text !== "") await between(pieces);
      spoken = chunk.text !== "";
      const opening = openingOf(chunk, begun);
      if (opening) yield opening;
      yield chunk;
    }
  }
  for await (const event of asEvents(chunks(), options)) {
    if (event.event !== "message-finish") yield event;
    else
      yield {
        ...event,
        reason: replay.toolCalls.length > 0 ? "tool_use" : "stop",
        responseMetadata: replay.responseMetadata,
      };
  }
}

// LangChain tells the first piece of a block as its start, which nobody who reads deltas hears: so it begins
// with nothing.
function openingOf({ message }: ChatGenerationChunk, begun: Set<unknown>): ChatGenerationChunk | undefined {
  const [block] = Array.isArray(message.content) ? message.content : [];
  if (!block || begun.has(block.index) || (block.type !== "text" && block.type !== "reasoning"))
    return undefined;
  begun.add(block.index);
  const content = [{ ...block, [block.type]: "" }];
  return new ChatGenerationChunk({
    text: "",
    message: new AIMessageChunk({ id: message.id, content } as AIMessageChunkFields),
  });
}

/** The events of a model that speaks in them, as they come; learned from when they have ended. */
export function tappedEvents(
  way: ToModel<Outcome>,
  events: AsyncGenerator<ChatModelStreamEvent>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatModelStreamEvent> {
  const relay = way.relay();
  const { stream, drain } = tap(events, {
    onItem(event) {
      relay?.push(event);
      if (event.event.startsWith("content-block")) relay?.open();
      // It comes with what became of the reply, which is known at the end.
      return event.event === "message-finish" ? undefined : event;
    },
    async onEnd(seen) {
      relay?.end();
      const finish = seen.find((event) => event.event === "message-finish");
      // A provider that speaks in events says why it stopped; without that the stream was cut off.
      if (finish?.reason === undefined || signal?.aborted) {
        way.failed();
        return finish && marked(finish, way.metadata);
      }
      const generationInfo = { finish_reason: finish.reason };
      const refused = await way.answered(async () => ({
        message: await assembled(seen),
        generationInfo,
        streamed: true,
      }));
      return marked(finish, withRefusal(way.metadata, refused));
    },
    onBreak(error) {
      isOfModel(error);
      relay?.fail(error);
      way.failed();
    },
  });
  way.onJoin(drain);
  return stream;
}

type Finish = Extract<ChatModelStreamEvent, { event: "message-finish" }>;

function marked(finish: Finish, reprise: RepriseMetadata): Finish {
  return { ...finish, responseMetadata: { ...finish.responseMetadata, reprise } };
}

/**
 * The message that events add up to. The base class puts it together; it asks nothing of the object but its
 * events.
 */
async function assembled(events: readonly ChatModelStreamEvent[]): Promise<AIMessage> {
  // What puts it together cannot be imported: the older of the supported versions of LangChain have no such
  // events, nor the file.
  const source = {
    async *_streamChatModelEvents() {
      yield* events;
    },
    _separateRunnableConfigFromCallOptionsCompat: () => [{}, {}],
  };
  return await BaseChatModel.prototype.streamEvents.call(source as unknown as BaseChatModel, "", {
    version: "v3",
  });
}
