/** What an API over HTTP is to the cache: a record of functions, one for each way a reply takes. */
import type { Schemas } from "../shared/fits.js";
import type { Asked, Known } from "../shared/framework-call.js";
import type { Pieces } from "../shared/pieces.js";
import type { Recording } from "../shared/record.js";
import type { Body } from "./body.js";
import type { JsonRecord } from "./record-of.js";
import type { AskedProvider } from "./scope.js";
import type { ServerSentEvent } from "./sse.js";

/** One way to call a model over HTTP. */
export interface Api {
  readonly name: string;
  /** How the addresses of its calls end. */
  readonly path: string;
  /** Whether an address that ends so is its own, where others end alike. */
  isAt?(pathname: string): boolean;
  /** The request for the core. Throws `Aside` for one that is not for the cache. */
  toAsked(body: Body, provider: AskedProvider): Asked;
  schemas(body: JsonRecord): Schemas;
  /**
   * Whether a reply holds what the model wrote as JSON, and not as text: its numbers are then read with their
   * digits.
   */
  readonly repliesInJson?: boolean;
  /** What of a whole reply is learned, or why it is not. */
  toRecord(reply: JsonRecord): Recording;
  /**
   * A known reply as the provider would write it, every id in it fresh. `undefined`: there is no word for
   * what it holds.
   */
  toReply(known: Known, context: ReplyContext): JsonRecord | undefined;
  /** A whole reply as the events of a stream, pause by pause where `pieces` asks for words. */
  toEvents(
    reply: JsonRecord,
    how: { readonly body: JsonRecord; readonly pieces: Pieces },
  ): Iterable<ServerSentEvent>;
  /**
   * What of a body is a provider to read, where it builds on replies that were given from the cache over
   * `cache`.
   */
  restored?(
    body: JsonRecord,
    from: { readonly cache: object; readonly owner: string },
  ): JsonRecord | undefined;
  /** Notes a reply that is given from the cache. */
  note?(reply: JsonRecord, body: JsonRecord, to: { readonly cache: object; readonly owner: string }): void;
  /** Puts a stream together. */
  gather(): Gatherer;
  /** An error as this API writes them; without it, as OpenAI does. */
  toError?(error: { readonly status: number; readonly message: string }): JsonRecord;
}

/** What a replay needs to know of the request it answers. */
export interface ReplyContext {
  readonly body: JsonRecord;
  readonly now: () => number;
  /** 32 hexadecimal digits, new at each call. */
  readonly generateId: () => string;
}

/** Puts the events of a stream together into the reply that a plain call would have had. */
export interface Gatherer {
  add(event: ServerSentEvent): void;
  /**
   * Whether the stream has said that this is its end: clients leave then, and never read on to the end of the
   * connection.
   */
  isOver(): boolean;
  /** `undefined` for a stream that broke off, held an error, or said what cannot be put together. */
  whole(): JsonRecord | undefined;
}

/** The object in an event's data; `undefined` where it holds none. */
export function dataOf({ data }: ServerSentEvent): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
