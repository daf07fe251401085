/** Whether a request is small enough to be looked at: beyond the limits the cache stands aside. */
import type { Message } from "../types.js";

export interface SizeLimits {
  readonly maxMessages: number;
  /** Over all texts of a request, in characters. */
  readonly maxBytes: number;
}

/**
 * Counts the characters of texts and arguments until the limit is passed. Media do not count: they are only
 * digested.
 */
export function isTooLarge(messages: readonly Message[], limits: SizeLimits): boolean {
  return messages.length > limits.maxMessages || sizeOfMessages(messages, limits.maxBytes) > limits.maxBytes;
}

/** The characters of texts and arguments; of larger ones than `enough`, some number above it. */
export function sizeOfMessages(
  messages: readonly Message[],
  enough: number = Number.POSITIVE_INFINITY,
): number {
  let size = 0;
  for (const message of messages) {
    const {
      content,
      tool_calls: calls,
      reasoning,
      reasoning_content: thoughts,
    } = (message ?? {}) as Partial<Message>;
    size += lengthOf(content) + lengthOf(reasoning) + lengthOf(thoughts);
    if (Array.isArray(content)) for (const part of content) size += lengthOf(part?.text);
    if (Array.isArray(calls)) for (const call of calls) size += lengthOf(call?.function?.arguments);
    if (size > enough) break;
  }
  return size;
}

function lengthOf(text: unknown): number {
  return typeof text === "string" ? text.length : 0;
}
