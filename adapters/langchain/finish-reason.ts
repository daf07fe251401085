/** Why a model stopped, in the words of the Chat Completions API, wherever its provider wrote it. */
import type { BaseMessage } from "@langchain/core/messages";

const WORDS = new Map([
  ["stop", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["completed", "stop"],
  ["complete", "stop"],
  ["eos", "stop"],
  ["eos_token", "stop"],
  ["tool_calls", "tool_calls"],
  ["tool_use", "tool_calls"],
  ["tool_call", "tool_calls"],
  ["function_call", "tool_calls"],
  ["max_tokens", "length"],
  ["length", "length"],
  ["incomplete", "length"],
  ["content_filter", "content_filter"],
  ["safety", "content_filter"],
  ["refusal", "content_filter"],
]);

const FIELDS = ["finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "status"];

/**
 * The reason a reply carries; `undefined` when it carries none. A word nobody knows is given as it is, and
 * nothing is learned from such a reply.
 */
export function finishReason(
  message: BaseMessage,
  generationInfo?: Record<string, unknown>,
): string | undefined {
  for (const source of [message.response_metadata, message.additional_kwargs, generationInfo]) {
    for (const field of FIELDS) {
      const value: unknown = source?.[field];
      if (typeof value === "string" && value !== "") return WORDS.get(value.toLowerCase()) ?? value;
    }
  }
  return undefined;
}
