/** Which replies of a model are learned, and in what shape. */
import { AIMessage, type AIMessageChunk, type UsageMetadata } from "@langchain/core/messages";
import type { Reply } from "reprise";
import { parseJson, type Recording } from "../shared/record.js";
import { tellsOfSearch } from "../shared/searched.js";
import { finishReason } from "./finish-reason.js";
import { notesOf } from "./notes.js";
import { isRecord } from "./plain.js";
import { toReply } from "./to-core.js";
import type { ToolNames } from "./tool-names.js";

/** A model's whole answer. */
export interface Outcome {
  readonly message: AIMessage | AIMessageChunk;
  readonly generationInfo?: Record<string, unknown> | undefined;
  /** Whether it was put together from a stream. */
  readonly streamed: boolean;
  /** Whether the model gives chunks where it is asked for a whole message, as far as is known. */
  readonly asChunk?: boolean | undefined;
}

/** Whether a message is the model's, whole or put together from chunks. */
export function isReply(message: unknown): message is AIMessage | AIMessageChunk {
  return AIMessage.isInstance(message);
}

/**
 * Whether it is a chunk. LangChain itself knows only those of its own copy, and a provider's package may have
 * another.
 */
export function isChunk(message: AIMessage | AIMessageChunk): message is AIMessageChunk {
  return "concat" in message;
}

// These providers always say why they stopped; a stream without it was cut off, whatever it looks like.
const SAY_WHY = (message: AIMessage | AIMessageChunk): boolean =>
  typeof message.response_metadata?.model_provider === "string";

/**
 * The reply to learn from an outcome, or why it must not be replayed: any end other than `stop` or
 * `tool_calls`, a stream that ended early, arguments that are no JSON, a refusal, an empty reply, and content
 * that lies with the provider (audio by id, tools it ran, what it searched).
 */
export function toRecord(
  { message, generationInfo, streamed, asChunk }: Outcome,
  names: ToolNames,
): Recording {
  const reason = finishReason(message, generationInfo);
  if (reason === undefined && streamed && SAY_WHY(message)) return "broken-off";
  if (reason !== undefined && reason !== "stop" && reason !== "tool_calls") return "finish-reason";
  if (message.invalid_tool_calls?.length || !wholeArguments(message)) return "invalid-arguments";
  const { refusal, audio } = message.additional_kwargs ?? {};
  if (refusal) return "finish-reason";
  if (audio || tellsOfSearch(message.additional_kwargs) || tellsOfSearch(message.response_metadata))
    return "provider-side";
  const reply = toReply(message as AIMessage, names);
  if (isEmpty(reply)) return "empty";
  if (!isReplayable(reply)) return "provider-side";
  const usage = message.usage_metadata as UsageMetadata | undefined;
  return {
    reply,
    details: {
      finishReason: reason ?? (reply.tool_calls ? "tool_calls" : "stop"),
      notes: { langchain: notesOf(message, generationInfo, asChunk ?? (!streamed && isChunk(message))) },
      ...(usage && {
        usage: { inputTokens: usage.input_tokens ?? 0, outputTokens: usage.output_tokens ?? 0 },
      }),
    },
  };
}

// LangChain reads the arguments of a broken-off stream as far as they go; half a path is not the path.
function wholeArguments(message: AIMessage | AIMessageChunk): boolean {
  const byCall = new Map<string, string>();
  const chunks = "tool_call_chunks" in message ? (message.tool_call_chunks ?? []) : [];
  chunks.forEach((chunk, position) => {
    const call = String(chunk.index ?? chunk.id ?? position);
    byCall.set(call, (byCall.get(call) ?? "") + (chunk.args ?? ""));
  });
  return [...byCall.values()].every((args) => args.trim() === "" || parseJson(args) !== undefined);
}

function isEmpty({ content, tool_calls }: Reply): boolean {
  return !tool_calls?.length && (!content || content.length === 0);
}

const PROVIDER_SIDE =
  /^(server_tool_call|server_tool_use|web_search|mcp_|container|code_execution|refusal|non_standard)/;

function isReplayable({ content }: Reply): boolean {
  if (typeof content === "string" || !content) return true;
  return content.every(
    ({ block }) => !isRecord(block) || !(PROVIDER_SIDE.test(String(block.type)) || citesAddress(block)),
  );
}

/**
 * Whether a text cites what was found at an address; what it cites of the prompt's documents may be replayed.
 */
function citesAddress({ annotations, citations }: Readonly<Record<string, unknown>>): boolean {
  const cited = [annotations, citations].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  return cited.some(
    (item) =>
      isRecord(item) &&
      typeof (item.url ?? (isRecord(item.url_citation) && item.url_citation.url)) === "string",
  );
}
