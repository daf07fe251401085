/** Whether a request is small enough to be looked at: beyond the limits the cache stands aside. */
import type { Message } from "../types.js";

export interface SizeLimits {
  readonly maxMessages: number;
  /** Over all texts of a request, in characters. */
  readonly maxBytes: number;
}

/** Counts the characters of texts and arguments until the limit is passed. Media do not count: they are only digested. */
export function isTooLarge(messages: readonly Message[], limits: SizeLimits): boolean {
  if (messages.length > limits.maxMessages) return true;
  let size = 0;
  for (const message of messages) {
    const content = message?.content;
    if (typeof content === "string") size += content.length;
    else if (Array.isArray(content)) for (const part of content) size += typeof part?.text === "string" ? part.text.length : 0;
    if (Array.isArray(message?.tool_calls)) for (const call of message.tool_calls) size += call?.function?.arguments?.length ?? 0;
    if (size > limits.maxBytes) return true;
  }
  return false;
}
