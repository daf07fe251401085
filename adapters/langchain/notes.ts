/** What is kept of how a model of LangChain speaks, so that a hit speaks the same way. */
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { usesToolUse } from "./dialect.js";
import { isRecord, plain } from "./plain.js";

/** How a reply was given. */
export interface Notes {
  /** As a chunk: LangChain's own parser of structured output takes nothing else from such a model. */
  readonly chunk?: boolean | undefined;
  /** Its reasoning stood in `additional_kwargs.reasoning_content`. */
  readonly reasoningContent?: boolean | undefined;
  /** Its calls stood among its content, as Anthropic writes them. */
  readonly toolUse?: boolean | undefined;
  /** Its calls stood in `additional_kwargs.tool_calls` too. */
  readonly rawCalls?: boolean | undefined;
  /** `response_metadata`, without what was used. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

// Of one run: what it used, when it was, and its items in the provider's words: what is sent on must name the calls of the replay.
const OF_THE_RUN = /usage|tokens|_duration$|_count$|^created|timestamp|^headers$|^output$|^reprise$|logprobs/i;
// Of the model itself, or of how all of its replies end: these hold for a template's reply too.
const OF_THE_MODEL = /^model|provider$|^stop_reason$|^finish_reason$|^object$|^service_tier$|^system_fingerprint$/i;
const ID = /^(request_?)?id$/i;

/** The notes on a message; `generationInfo` is what LangChain adds to its metadata. */
export function notesOf(message: AIMessage | AIMessageChunk, generationInfo: Record<string, unknown> | undefined, isChunk: boolean): Notes {
  const metadata = keptMetadata({ ...generationInfo, ...message.response_metadata });
  return {
    ...(isChunk && { chunk: true }),
    ...(typeof message.additional_kwargs?.reasoning_content === "string" && { reasoningContent: true }),
    ...(usesToolUse(message.content) && { toolUse: true }),
    ...(message.additional_kwargs?.tool_calls?.length && { rawCalls: true }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

// The cache keeps notes of 4 KB; an account that is larger is kept as far as it holds for all of the model's replies.
const MAX_METADATA = 3_000;

function keptMetadata(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const told = Object.entries(given).filter(([name, value]) => !OF_THE_RUN.test(name) && value !== undefined && value !== null);
  try {
    const metadata = plain(Object.fromEntries(told)) as Record<string, unknown>;
    if (JSON.stringify(metadata).length <= MAX_METADATA) return metadata;
  } catch {
    // Something in it is no plain data.
  }
  const isShort = (value: unknown): boolean => typeof value === "string" && value.length < 200;
  return Object.fromEntries(told.filter(([name, value]) => OF_THE_MODEL.test(name) && isShort(value)));
}

/** The notes that came back with a hit. */
export function readNotes(notes: Readonly<Record<string, unknown>> | undefined): Notes {
  return isRecord(notes?.langchain) ? notes.langchain : {};
}

/**
 * The metadata of a replay. The provider's ids are replaced by one it does not know, so that who builds on the reply there
 * is refused, and does not lose the past unseen.
 */
export function replayedMetadata({ metadata = {} }: Notes, { exact }: { readonly exact: boolean }): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([name]) => !OF_THE_RUN.test(name) && (exact || OF_THE_MODEL.test(name) || ID.test(name)));
  return Object.fromEntries(kept.map(([name, value]) => [name, ID.test(name) ? `reprise-${crypto.randomUUID()}` : value]));
}
