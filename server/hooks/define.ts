/**
 * What a hook of the gateway is: a record of functions that see the calls it passes on, their replies, and what
 * became of them.
 *
 * @module reprise/hooks
 */

/** The APIs whose calls hooks see. */
export type ApiName = "chat" | "responses" | "messages";

/** A JSON object. What a hook is handed is frozen: a change is returned. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A call, as every function of a hook is told of it. */
export interface HookCall {
  /** The same in the request log, and in all functions of all hooks. */
  readonly id: string;
  /** `undefined` for embeddings, `/native/…` and whatever else passes through: `reply` and `chunk` never see those. */
  readonly api: ApiName | undefined;
  /** The model that was asked for; `undefined` where the request names none. */
  readonly model: string | undefined;
  /** Whether a stream was asked for. */
  readonly stream: boolean;
  /** The id of the app key it came with; never the key. */
  readonly key: string | undefined;
  /** The request's headers, names in lower case, without any that could hold a credential. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * This hook's own, for this call alone: what `request` puts here, `reply` and `chunk` find. Empty at first.
   */
  readonly state: Record<string, unknown>;
  /** Aborted at the hook's deadline, and when the client leaves. */
  readonly signal: AbortSignal;
}

/** Nothing passes: the client gets this as an error of its API. */
export interface Refusal {
  readonly refuse: {
    /** From 400 to 599. */
    readonly status: number;
    /** For the client to read. */
    readonly message: string;
    /** Seconds for `Retry-After`. */
    readonly retryAfter?: number;
  };
}

/** The hook answers itself; the provider and the cache are not asked, and nothing is learned. */
export interface OwnAnswer {
  /** A text, of which a reply in the call's API is made, or a whole reply in that API's own words. */
  readonly answer: string | JsonObject;
}

/** Another body in place of the one that was handed in. */
export interface ChangedBody {
  readonly body: JsonObject;
}

/** A whole reply on its way to the client. */
export interface HookReply {
  /** In the words of the call's API. Of a stream that is held back: what a plain call would have got. */
  readonly body: JsonObject;
  /** Who gave it. */
  readonly from: "provider" | "cache" | "hook";
}

/** A piece of a stream. */
export interface HookChunk {
  /** What is new; empty in a last piece that comes of itself. */
  readonly text: string;
  /**
   * What it is a piece of: text for a person, a model's reasoning, or the JSON of a tool call's arguments (which
   * must still be JSON when it is put together).
   */
  readonly kind: "text" | "reasoning" | "arguments";
  /** Which of them: pieces with the same `part` belong together. */
  readonly part: string;
  /** Whether this part ends here: what was kept back is to be given now. */
  readonly last: boolean;
}

/** What became of a call, for the `trace` function, and in the request log. No content, no credential. */
export interface CallFacts {
  readonly id: string;
  /** When it came, ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** The route: `/v1/chat/completions`, or a template with its places in braces. */
  readonly path: string;
  readonly api?: ApiName;
  /** The app key's id. */
  readonly key?: string;
  /** The model that was asked for. */
  readonly model?: string;
  /** The provider that answered. */
  readonly provider?: string;
  readonly status: number;
  /** Milliseconds until the reply was written. */
  readonly duration: number;
  /** `shared`: with an identical call in flight. `stopped`: answered or refused before the cache was asked, or after. */
  readonly outcome?: "hit" | "miss" | "bypass" | "shared" | "stopped";
  /** Why it was a miss or a bypass (docs/why-not.md), how a hit matched, or which stage stopped it: `hooks`, say. */
  readonly reason?: string;
  /** Of the provider's reply. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Of the model call that a hit stood for. */
  readonly savedTokens?: number;
}

type Awaitable<Value> = Value | Promise<Value>;

/** A hook. Every function is optional; one that returns nothing changes nothing. */
export interface GatewayHook {
  /** In logs and metrics. Without one, the configuration's or the file's. */
  readonly name?: string;
  /**
   * What a failure or a time-out of this hook means for the call: it goes on without the hook (`open`), or it is
   * refused with 500 (`closed`). The configuration may say otherwise.
   *
   * @defaultValue `closed`
   */
  readonly onError?: "open" | "closed";
  /**
   * Each call as it comes, before the cache is asked. The cache and the provider see the changed request.
   */
  request?(body: JsonObject, call: HookCall): Awaitable<ChangedBody | OwnAnswer | Refusal | undefined>;
  /**
   * A call that the cache has no answer to, before a provider is asked: what costs money passes here. The
   * request cannot be changed any more, since the cache will know the reply by it.
   */
  modelCall?(body: JsonObject, call: HookCall): Awaitable<OwnAnswer | Refusal | undefined>;
  /**
   * Each whole reply on its way out, from a provider, the cache, or a hook further in. The cache learns what the
   * provider said, not what is made of it here, so that this happens once for each reply, hits included. Errors
   * of a provider do not come by.
   */
  reply?(reply: HookReply, call: HookCall): Awaitable<ChangedBody | Refusal | undefined>;
  /**
   * Each piece of a stream, in place of `reply`: the text that is to stand there (`""` keeps it back). Without
   * this function, a stream is held until it is whole and handed to `reply`. A hook with `chunk` has `reply`
   * too, for calls that ask for no stream.
   */
  chunk?(chunk: HookChunk, call: HookCall): Awaitable<string | undefined>;
  /** When all is over; nobody waits for it. Its failures are counted and change nothing. */
  trace?(facts: CallFacts, call: HookCall): Awaitable<void>;
}

/** A hook, or what makes one of the options that the configuration has for it. */
export type HookModule = GatewayHook | ((options: JsonObject) => Awaitable<GatewayHook>);

/**
 * A hook with the types of its functions filled in; at run time, what was handed in. A module that the
 * configuration names exports it as `hook` (or as its default).
 *
 * @example
 * ```ts
 * import { defineHook } from "reprise/hooks";
 *
 * export const hook = defineHook({
 *   name: "no-weekends",
 *   request: () => new Date().getDay() % 6 === 0
 *     ? { refuse: { status: 403, message: "we are closed" } }
 *     : undefined,
 * });
 * ```
 */
export function defineHook<Module extends HookModule>(module: Module): Module {
  return module;
}
