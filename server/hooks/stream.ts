/** A stream on its way through the hooks that look at pieces: its events stay those of its API. */
import type { ServerSentEvent } from "../../adapters/openai/sse.js";
import type { ApiName, HookChunk, JsonObject } from "./define.js";
import { chatWords } from "./words/chat.js";
import { messagesWords } from "./words/messages.js";
import { responsesWords } from "./words/responses.js";
import type { Words } from "./words/words.js";

/** Puts the pieces in one event through `chunk`; resolves to the events to send in its place. */
export type EventWords = (
  event: ServerSentEvent,
  chunk: (chunk: HookChunk) => Promise<string>,
) => Promise<readonly ServerSentEvent[]>;

const WORDS: Readonly<Record<ApiName, (() => Words) | undefined>> = {
  chat: chatWords,
  responses: responsesWords,
  messages: messagesWords,
};

/** For one stream. Its events come in order; rejects with what `chunk` rejects with. */
export function eventWords(api: string | undefined): EventWords {
  const words = WORDS[api as ApiName]?.();
  return async (event, chunk) => {
    const data = objectIn(event.data);
    if (!data || !words) return [event];
    const events = await words(data, chunk);
    return events.map((each) => ({
      ...(event.event !== undefined && { event: nameOf(each, event) }),
      data: JSON.stringify(each),
    }));
  };
}

/** What stands in an event; `[DONE]` is no object. */
function objectIn(data: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where events have names, these are their types. */
const nameOf = ({ type }: JsonObject, { event = "" }: ServerSentEvent): string =>
  typeof type === "string" ? type : event;
