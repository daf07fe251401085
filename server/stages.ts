/**
 * What every request passes besides the cache: who asks, how much they may ask, what hooks make of it, where
 * it is answered, and what is kept of it. Each stage is one of these interfaces; `gateway.ts` runs them in
 * order.
 */
import type { IncomingMessage } from "node:http";
import type { Api } from "../adapters/openai/api.js";
import type { JsonRecord } from "../adapters/openai/record-of.js";
import type { ServerSentEvent } from "../adapters/openai/sse.js";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";

/** A request whose head has come. */
export interface GatewayRequest {
  /** New for each request. */
  readonly id: string;
  readonly method: string;
  /** As the client wrote it, without the query: `/v1/chat/completions`. */
  readonly path: string;
  /**
   * Where it comes from, by the proxies that are trusted; `undefined` where nobody who is trusted says so.
   */
  readonly address: string | undefined;
  readonly incoming: IncomingMessage;
  /** Aborted when the client leaves before its reply is written. */
  readonly signal: AbortSignal;
}

/** Who asks. */
export interface Caller {
  /**
   * The app key's id, which is no secret; `undefined` where no key was asked for. Limits, usage and the log
   * know a caller by it.
   */
  readonly id: string | undefined;
  /** What was taught under one namespace is not served under another; `undefined`: by credentials. */
  readonly namespace: string | undefined;
  /** Names and patterns (`route/pattern.ts`) of the models it may ask; `undefined`: all. */
  readonly models: readonly string[] | undefined;
  /** What `limits` of its own an app key has, as `Access` hands them to `Limits`. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** A request that is read, and whose caller is known. */
export interface ModelRequest extends GatewayRequest {
  readonly caller: Caller;
  /** The API it is a call of; `undefined` for embeddings, `/native/*` and whatever else passes through. */
  readonly api: Api | undefined;
  /** The model it names; `undefined` where it names none. */
  readonly model: string | undefined;
  /** The body, where it is a JSON object. What hooks changed stands in it for those after them. */
  readonly body: JsonRecord | undefined;
  readonly isStream: boolean;
}

/** A request that is not answered. Never holds what a client must not read. */
export interface Refusal {
  readonly to: "refuse";
  readonly status: number;
  /** What the client is told, and what it can do about it. */
  readonly message: string;
  /** In seconds: `Retry-After`. */
  readonly retryAfter?: number;
  /** Headers of the reply beside those that every refusal has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Go on; with another body, where there is one. */
export interface Go {
  readonly to: "go";
  readonly body?: JsonRecord;
}

/** The stage answers itself: a whole reply of the request's API, written as a stream where one is asked. */
export interface Answer {
  readonly to: "answer";
  readonly reply: JsonRecord;
}

/** Who may ask: the first stage, before anything of a body is read. */
export interface Access {
  /** The caller, or why there is none (401 or 403). Rejects where it cannot be told; the request is a 503 then. */
  admit(request: GatewayRequest): Caller | Refusal | Promise<Caller | Refusal>;
  /** What of it has come to its end: usage by caller. Never throws. */
  note?(trace: Trace): void;
  close?(): Promise<void>;
}

/** How much may be asked. */
export interface Limits {
  /** Counts a request; a `Refusal` (429 with `retryAfter`) where it is one too many. */
  take(request: ModelRequest): Promise<Refusal | undefined>;
  /** Takes what a call came to (`usage`: tokens a provider has counted) off its caller's. Never throws. */
  spent(trace: Trace): void;
  close?(): Promise<void>;
}

/** One attempt at a provider. */
export interface ModelCall {
  readonly request: ModelRequest;
  readonly provider: string;
  /** What the model is called there. */
  readonly model: string | undefined;
  /** From 1. */
  readonly attempt: number;
  /** What is to be sent, where it is a JSON object. */
  readonly body: JsonRecord | undefined;
}

/**
 * What others say of each request. Each method runs all hooks that take part, in order on the way in and in
 * reverse on the way out, with their deadlines and their `onError`; none rejects: a hook that fails and is
 * closed comes out as a `Refusal` (500). Hooks run on hits too.
 */
export interface Hooks {
  /** Which of them anything listens to: what nobody listens to costs nothing. */
  readonly listens: {
    readonly request: boolean;
    readonly call: boolean;
    readonly reply: boolean;
    readonly chunk: boolean;
    /**
     * Some hook looks at whole replies and at no chunks: a stream is held to its end then, told to
     * `onReply`, and written from what that gives.
     */
    readonly whole: boolean;
  };
  /** Before the cache is asked. Gets every body that is a JSON object, those of `/native/*` too. */
  onRequest(request: ModelRequest): Promise<Go | Refusal | Answer>;
  /** Before each attempt at a provider. What it changes is behind the cache. */
  onModelCall(call: ModelCall): Promise<Go | Refusal | Answer>;
  /** A whole reply, a known one too; `body` is what is sent instead. `from` tells how it came about. */
  onReply(reply: JsonRecord, request: ModelRequest, from: ReplyFrom): Promise<Go | Refusal>;
  /** An event of a stream, in order: what is sent in its place. A `Refusal` ends the stream with an error. */
  onChunk(event: ServerSentEvent, request: ModelRequest): Promise<readonly ServerSentEvent[] | Refusal>;
  /** The request has come to its end. Never throws; nobody waits for it. */
  onTrace(trace: Trace): void;
  close?(): Promise<void>;
}

/** Where a reply came from. */
export type ReplyFrom = "cache" | "provider" | "hook";

/** The log of requests. */
export interface RequestLog {
  /** Never throws. */
  note(trace: Trace): void;
  close?(): Promise<void>;
}

/** One attempt, as it ended. */
export interface Attempt {
  readonly provider: string;
  /** The key's name, never the key. */
  readonly key: string | undefined;
  /** The status, or the class of what went wrong. */
  readonly outcome: number | "connection" | "timeout" | "left" | "open" | "refused" | "hook";
  /** In milliseconds, to the head of the reply. */
  readonly took: number;
}

/** What became of a request: figures and names, no content, no secret. */
export interface Trace {
  readonly id: string;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly address: string | undefined;
  readonly caller: Caller | undefined;
  /** `chat`, `responses`, `messages`; `undefined` for what passes through. */
  readonly api: string | undefined;
  readonly model: string | undefined;
  readonly isStream: boolean;
  /** What the client was told. */
  readonly status: number;
  /** Where a stage refused or answered: its name (`access`, `limits`, `hooks`, `route`). */
  readonly stoppedBy: string | undefined;
  /** What the cache said; `undefined` for what it was not asked about. */
  readonly cache: RepriseMetadata | undefined;
  /** Who answered, and every attempt that was made; empty for a hit. */
  readonly provider: string | undefined;
  readonly attempts: readonly Attempt[];
  /** What the provider says the call took; `undefined` where it was not asked or did not say. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** In milliseconds: all of it, and to the first byte of the reply. */
  readonly took: number;
  /** Whether the reply came to its end. */
  readonly isWhole: boolean;
}
