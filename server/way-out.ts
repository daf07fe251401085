/** What hooks make of a reply on its way to the client: of a whole one, and of a stream, event by event. */
import type { Api } from "../adapters/openai/api.js";
import { isRecord, type JsonRecord } from "../adapters/openai/record-of.js";
import { createEventReader, printEvent, type ServerSentEvent } from "../adapters/openai/sse.js";
import type { Hooks, ModelRequest, Refusal, ReplyFrom } from "./stages.js";

/** A reply that hooks do not let pass, in whole or from here on. */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** A stream in pieces, wherever they are cut. */
export type Pieces = AsyncIterable<Uint8Array | string> | Iterable<string>;

/** Everything of one reply goes through here. Each method rejects with `Stopped`. */
export interface WayOut {
  /** A whole reply as JSON. */
  whole(text: string): Promise<string>;
  /** A stream as it comes, and as it goes out. */
  stream(pieces: Pieces): AsyncGenerator<string, void>;
}

const MAX_EVENT = 8 * 1024 * 1024;

/** The way out for a reply; `undefined` where no hook looks at replies, and bytes go out as they come. */
export function wayOut(hooks: Hooks | undefined, request: ModelRequest, from: ReplyFrom): WayOut | undefined {
  if (!hooks || !(hooks.listens.reply || hooks.listens.chunk || hooks.listens.whole)) return undefined;
  const { listens } = hooks;
  const replied = async (reply: JsonRecord): Promise<JsonRecord> => {
    const verdict = await hooks.onReply(reply, request, from);
    if (verdict.to === "refuse") throw new Stopped(verdict);
    return verdict.body ?? reply;
  };
  return {
    async whole(text) {
      if (!listens.reply) return text;
      const reply = objectIn(text);
      if (!reply) throw new Stopped(UNREADABLE);
      const next = await replied(reply);
      return next === reply ? text : JSON.stringify(next);
    },
    async *stream(pieces) {
      if (listens.whole) yield* held(pieces, { api: request.api, request, replied });
      else
        for await (const event of eventsOf(pieces)) {
          const next = isEnd(event) || !listens.chunk ? [event] : await hooks.onChunk(event, request);
          if ("to" in next) throw new Stopped(next);
          for (const each of next) yield printEvent(each);
        }
    },
  };
}

/** A stream that is heard to its end, told as a whole, and written from what came of that. */
async function* held(
  pieces: Pieces,
  {
    api,
    request,
    replied,
  }: {
    readonly api: Api | undefined;
    readonly request: ModelRequest;
    readonly replied: (reply: JsonRecord) => Promise<JsonRecord>;
  },
): AsyncGenerator<string, void> {
  const gatherer = api?.gather();
  const events: ServerSentEvent[] = [];
  for await (const event of eventsOf(pieces)) {
    events.push(event);
    gatherer?.add(event);
  }
  const reply = gatherer?.whole();
  if (!api || !reply) throw new Stopped(UNREADABLE);
  const next = await replied(reply);
  if (next === reply) for (const event of events) yield printEvent(event);
  else
    for (const event of api.toEvents(next, { body: request.body ?? {}, pieces: "whole" }))
      yield printEvent(event);
}

async function* eventsOf(pieces: Pieces): AsyncGenerator<ServerSentEvent, void> {
  const reader = createEventReader(MAX_EVENT);
  for await (const piece of pieces)
    yield* reader.read(typeof piece === "string" ? Buffer.from(piece) : piece);
}

const isEnd = ({ data }: ServerSentEvent): boolean => data === "[DONE]";

/** For what is no reply of the API, or in no encoding that is read here. */
export const UNREADABLE: Refusal = {
  to: "refuse",
  status: 502,
  message: "the provider's reply cannot be read by the hooks that are to look at it",
};

function objectIn(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A refusal in the middle of a stream, which clients of all APIs take for an error. */
export function printRefusal({ message }: Refusal): string {
  return printEvent({
    event: "error",
    data: JSON.stringify({ type: "error", error: { type: "server_error", message: `reprise: ${message}` } }),
  });
}
