/** How a known reply becomes a message of LangChain again, with ids of its own. */
import {
  AIMessage,
  AIMessageChunk,
  type AIMessageChunkFields,
  type AIMessageFields,
  type ContentBlock,
  type UsageMetadata,
} from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Known } from "../shared/framework-call.js";
import type { RepriseMetadata } from "../shared/metadata.js";
import { cut, type Pieces } from "../shared/pieces.js";
import { fromPart } from "./blocks.js";
import {
  asRawCall,
  type Dialect,
  dialectIn,
  inDialect,
  isNativeCall,
  isPlainText,
  type ReplayedCall,
  streamedCall,
} from "./dialect.js";
import { type Notes, readNotes, replayedAccount, replayedSignatures } from "./notes.js";
import { isRecord } from "./plain.js";
import { EXTRA } from "./to-core.js";
import type { ToolNames } from "./tool-names.js";

/** A known reply, ready to be handed out. */
export interface Replay {
  readonly id: string;
  readonly content: string | ContentBlock[];
  readonly toolCalls: readonly ReplayedCall[];
  readonly additionalKwargs: Record<string, unknown>;
  readonly responseMetadata: Record<string, unknown>;
  readonly metadata: RepriseMetadata;
  /** Whether the model gives chunks where it is asked for a whole message. */
  readonly isChunk: boolean;
  /** Content and calls in the provider's own words, where it has some. */
  readonly native?: readonly ContentBlock[] | undefined;
  readonly dialect: Dialect;
  /** The name that the model's class gives to its messages. */
  readonly name?: string | undefined;
  /** Whether the blocks of its streams say where they stand: Google's do not. */
  readonly isPlaced: boolean;
  /** Whether the calls stand in `additional_kwargs.tool_calls` too. */
  readonly rawCalls: boolean;
}

/**
 * A reply as a replay, every id in it fresh, the message's own too: LangGraph replaces messages by id, and a
 * thread that met the same one twice would lose a reply. `provider` is LangChain's name for who makes the
 * model: a reply that another framework has recorded is written as its class would. `undefined` when it holds
 * what LangChain has no word for.
 */
export function toReplay(known: Known, names: ToolNames, provider?: unknown): Replay | undefined {
  const { reply, metadata, details, exact } = known;
  const own = readNotes(details.notes);
  const usual = own ? undefined : dialectIn(provider, reply.tool_calls?.length ?? 0);
  const notes: Notes = own ?? { ...usual?.dialect, metadata: usual?.metadata };
  let additionalKwargs: Record<string, unknown> = {};
  let reasoning = "";
  const blocks: ContentBlock[] = [];
  for (const part of Array.isArray(reply.content) ? reply.content : []) {
    if (part.type === EXTRA && isRecord(part.kwargs)) {
      additionalKwargs = structuredClone(part.kwargs);
      continue;
    }
    if (part.type === "reasoning" && notes.reasoningContent) {
      reasoning += part.text ?? "";
      continue;
    }
    const block = fromPart(part);
    if (!block) return undefined;
    blocks.push(block as ContentBlock);
  }
  const toolCalls = [];
  for (const { function: called } of reply.tool_calls ?? []) {
    const args: unknown = JSON.parse(called.arguments);
    if (!isRecord(args)) return undefined;
    toolCalls.push({
      id: `call_${crypto.randomUUID().replaceAll("-", "")}`,
      name: names.fromCore(called.name),
      args,
    });
  }
  const finish = details.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
  const content = typeof reply.content === "string" ? reply.content : alone(blocks);
  return {
    id: `reprise-${crypto.randomUUID()}`,
    content,
    native: inDialect(content, toolCalls, notes),
    dialect: notes,
    rawCalls: notes.rawCalls === true && toolCalls.length > 0,
    toolCalls,
    additionalKwargs: {
      ...additionalKwargs,
      ...replayedAccount(notes.account, { exact }),
      ...(exact && replayedSignatures(notes, toolCalls)),
      ...(reasoning !== "" && { reasoning_content: reasoning }),
    },
    metadata,
    isChunk: notes.chunk === true,
    name: notes.name,
    isPlaced: !notes.functionCall && !notes.signatures,
    responseMetadata: {
      // The model's own word for it, where its metadata are known.
      ...(!notes.metadata && { finish_reason: finish }),
      ...replayedAccount(notes.metadata, { exact }),
      reprise: { ...metadata, saved: { ...metadata.saved } },
    },
  };
}

function alone(blocks: ContentBlock[]): string | ContentBlock[] {
  const [first] = blocks;
  if (first === undefined) return "";
  return blocks.length === 1 && isPlainText(first) ? String(first.text) : blocks;
}

/** The usage of a call that asked no model. */
export const noUsage = (): UsageMetadata => ({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });

/**
 * The message of a replay: no tokens, and what was saved in `response_metadata.reprise`. A new one at every
 * call.
 */
export function toMessage(replay: Replay): AIMessage | AIMessageChunk {
  const isStandard = !replay.native && typeof replay.content !== "string";
  const raw = replay.rawCalls && { tool_calls: replay.toolCalls.map(asRawCall) };
  const fields = {
    id: replay.id,
    content: replay.native ?? replay.content,
    tool_calls: replay.toolCalls.map((call) => ({ ...call, type: "tool_call" as const })),
    additional_kwargs: { ...replay.additionalKwargs, ...raw },
    // Standard blocks are read by every provider that is told that they are.
    response_metadata: isStandard
      ? { ...replay.responseMetadata, output_version: "v1" }
      : replay.responseMetadata,
    usage_metadata: noUsage(),
    ...(replay.name !== undefined && { name: replay.name }),
  } as AIMessageFields;
  return replay.isChunk ? new AIMessageChunk(fields as AIMessageChunkFields) : new AIMessage(fields);
}

/** The result of a plain call that was answered by a replay. */
export function toChatResult(replay: Replay): ChatResult {
  const message = toMessage(replay);
  return {
    generations: [{ text: textOf(replay.content), message, generationInfo: {} }],
    llmOutput: { tokenUsage: { promptTokens: 0, completionTokens: 0, totalTokens: 0 } },
  };
}

/**
 * A replay as the chunks of a stream: content, tool calls, then the account of it. `standard`: in LangChain's
 * blocks, whatever the provider's own are.
 */
export function* toChunks(
  replay: Replay,
  pieces: Pieces = "whole",
  { standard = false } = {},
): Generator<ChatGenerationChunk> {
  const who = { id: replay.id, ...(replay.name !== undefined && { name: replay.name }) };
  const native = standard ? undefined : replay.native;
  const content = native?.filter((block) => !isNativeCall(block)) ?? replay.content;
  const isStandard = !native && typeof content !== "string";
  let position = 0;
  if (typeof content === "string") {
    if (content !== "") {
      position = 1;
      for (const piece of cut(content, pieces)) yield chunk({ ...who, content: piece }, piece);
    }
  } else {
    for (const block of content) {
      const index = position++;
      const said = piecesOf(block, pieces);
      const isPlaced = !native || replay.isPlaced || said.length > 1;
      for (const piece of said)
        yield chunk({ ...who, content: [{ ...piece, ...(isPlaced && { index }) }] }, textOf([piece]));
    }
  }
  const called: ContentBlock[] = [];
  for (const [number, call] of replay.toolCalls.entries()) {
    const index = position++;
    called.push({ type: "tool_call", ...call, index });
    const fields = {
      ...who,
      content: native?.some(isNativeCall) ? streamedCall(call, replay.dialect, index) : "",
      tool_call_chunks: [
        { type: "tool_call_chunk" as const, ...call, args: JSON.stringify(call.args), index },
      ],
      ...(replay.rawCalls && { additional_kwargs: { tool_calls: [asRawCall(call, number)] } }),
    };
    yield chunk(fields as AIMessageChunkFields, "");
  }
  yield chunk(
    {
      ...who,
      // Standard blocks hold the calls too.
      content: isStandard ? called : "",
      additional_kwargs: replay.additionalKwargs,
      response_metadata: isStandard
        ? { ...replay.responseMetadata, output_version: "v1" }
        : replay.responseMetadata,
      usage_metadata: noUsage(),
    } as AIMessageChunkFields,
    "",
  );
}

// A text that says more than its words says it with the first of them.
function piecesOf(block: ContentBlock, pieces: Pieces): readonly ContentBlock[] {
  if (block.type !== "text") return [block];
  const [first = "", ...rest] = cut(String(block.text), pieces);
  return [{ ...block, text: first }, ...rest.map((text) => ({ type: "text", text }))];
}

function chunk(fields: AIMessageChunkFields, text: string): ChatGenerationChunk {
  return new ChatGenerationChunk({ text, message: new AIMessageChunk(fields) });
}

function textOf(content: string | readonly ContentBlock[]): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? String(block.text) : "")).join("");
}
