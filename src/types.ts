/** The shapes a caller hands in and gets back: requests, replies, answers. */

/**
 * One part of a message's content. `text` parts are matched as text; every other type is compared by digest.
 */
export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** A tool call in the OpenAI Chat Completions shape. `arguments` is JSON text. */
export interface ToolCall {
  readonly id?: string;
  readonly type?: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/**
 * One message in the OpenAI Chat Completions shape. Ids (`id`, `tool_calls[].id`, `tool_call_id`) only say
 * which call a result belongs to; they are never compared. Two additions: a content part of type `reasoning`
 * holds the model's reasoning as `text`, and `is_error: true` on a tool message marks a failed call.
 */
export interface Message {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool" | "function" | (string & {});
  readonly content?: string | readonly ContentPart[] | null;
  readonly name?: string;
  readonly tool_calls?: readonly ToolCall[] | null;
  readonly tool_call_id?: string;
  readonly is_error?: boolean;
  readonly [field: string]: unknown;
}

/** The model's answer: an assistant message. */
export interface Reply extends Message {
  readonly role: "assistant" | (string & {});
}

/** A value for a variable, given by the caller. Numbers and booleans stand for their JSON text. */
export type BindingValue = string | number | boolean;

/**
 * What would be sent to the model. Everything but `messages`, `bindings` and the opt-outs is **scope**:
 * another value there is another tree. Fields this interface does not name (`temperature`, `seed`, a setting
 * of next year) count as scope too; transport fields (`stream`, `stream_options`, `signal`, `abortSignal`,
 * `headers`, `metadata`, `user`, `store`) do not.
 */
export interface CacheRequest {
  /** The conversation, oldest first. */
  readonly messages: readonly Message[];
  /** An opaque string that keeps trees apart. */
  readonly scope?: string | undefined;
  readonly model?: string | undefined;
  readonly tools?: unknown;
  readonly settings?: unknown;
  /** A version or a digest of the tools, where they may change and their definitions do not: another tree. */
  readonly toolVersion?: unknown;
  /** Values the caller knows to be data in this conversation, by variable name. */
  readonly bindings?: Readonly<Record<string, BindingValue>> | undefined;
  /**
   * `false`: ask the model anyway, as HTTP's `no-cache` does: what is then observed takes the place of what
   * was recorded for this very conversation. With `write: false` too, it is one more sample and nothing else.
   * Default `true`.
   */
  readonly read?: boolean | undefined;
  /** `false`: keep nothing of this exchange. Default `true`. */
  readonly write?: boolean | undefined;
  /** `false`: store the exact exchange only, learn no template from it. Default `true`. */
  readonly induce?: boolean | undefined;
  readonly [setting: string]: unknown;
}

/** Tokens of a model call. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What `observe` may be told about a reply beside its text. */
export interface ReplyDetails {
  /**
   * Why the model stopped: `stop` and `tool_calls` are learned (also absent); every other reason is refused.
   */
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  /**
   * What an adapter wants back with every hit that goes back to this reply: JSON, of at most 4 KB (more is
   * left out). It is no part of what is compared.
   */
  readonly notes?: Readonly<Record<string, unknown>> | undefined;
  /**
   * The id that the lookup was given, or another of the caller's choice, under which `feedback` takes a
   * verdict on this very reply and `explain` says what became of it. It is not kept in the store.
   */
  readonly answer?: string | undefined;
  /** What the caller passes to the checks of tools. It is not kept. */
  readonly context?: unknown;
  /**
   * The tools of this reply may have been called already, as where a hit is audited: checks do not look, the
   * world may be another one by now. Default `false`.
   */
  readonly late?: boolean | undefined;
  /** Told, before `observe` resolves, why the reply is not kept. */
  readonly onRefused?: ((refusal: RefusalReason) => void) | undefined;
}

/** Why a hit was not served after all. `shadow`: nothing is served, only compared. */
export type NotServed = "format" | "foreign" | "shadow";

/** What a lookup may be told beside the request. */
export interface LookupOptions {
  /**
   * An id of the caller's choice for the answer, whatever it is: `explain` takes it, as it takes the id of a
   * hit.
   */
  readonly id?: string;
  /** What the caller passes to the checks of tools. It is not kept, and no part of what is compared. */
  readonly context?: unknown;
  /** Sees a hit before it counts as one. What it gives, if anything, is why the hit cannot be served. */
  readonly accept?: (hit: Hit) => NotServed | undefined;
}

/** What somebody has said of a template, and why. */
export interface Review {
  readonly verdict: "approve" | "retire";
  readonly author: string;
  readonly reason: string;
  /** In ms since the epoch. */
  readonly at: number;
}

/** Why a lookup missed. */
export type MissReason =
  | "unseen" // nothing known fits this conversation
  | "untrusted" // something fits, but has not yet proved itself
  | "ambiguous" // a template fits in two ways
  | "bindings" // what a template reads disagrees with the caller's bindings
  | "disagreement" // live templates fit and give different replies
  | "derivation" // a value of the reply could not be derived
  | "guarded" // a guard or the `guard` hook refused the reply
  | "never" // a tool in the reply may not be replayed
  | "volatile" // the model answered this conversation in more than one way
  | "expired" // known, but past its TTL
  | "busy" // the walk hit its work limit
  | "format" // the reply does not fit the tools or the response format that were asked for
  | "environment" // a check finds the world in another state than the reply was right in
  | "diverged" // a tool has given something else in this conversation than it gave then
  | "foreign"; // the reply holds what the asking framework has no word for

/** Why the cache stood aside. */
export type BypassReason =
  | "read-off" // the request asked for the model
  | "too-large" // beyond `maxMessages` or `maxBytes`
  | "invalid" // not a conversation: a field has the wrong type
  | "duplicate-keys" // tool arguments with the same key twice
  | "closed" // the cache was closed
  | "server-state" // the request is only half of what the model sees: the rest lies with its provider
  | "unscoped" // a scope is required, and the call has none
  | "shadow" // the cache only watches
  | "fault"; // something inside failed; a `fault` event tells what

/** Why a reply was not kept: by `observe`, or by an adapter before it. */
export type RefusalReason =
  | "finish-reason" // cut off, filtered, failed
  | "empty"
  | "invalid-arguments" // of a tool call: no JSON
  | "invalid" // no message
  | "too-large"
  | "write-off" // the request asked for it
  | "redacted" // it is not what the model said any more
  | "closed"
  | "format" // it does not fit the tools or the response format that were asked for
  | "provider-side" // part of it lies with the provider: tools it ran, what it searched, audio by id
  | "samples" // one of several
  | "other-model" // it says it is from another model than the one that was asked
  | "broken-off"; // a stream that ended early, or was left

export interface Hit {
  readonly status: "hit";
  /** `exact`: this very conversation was seen. `template`: a template fits it. */
  readonly match: "exact" | "template";
  /** The reply, with fresh tool-call ids. */
  readonly reply: Reply;
  /** The value of each variable, as text. Empty for an exact hit. */
  readonly bindings: Readonly<Record<string, string>>;
  /** The id of the template (or exact entry) that served. */
  readonly template: string;
  /** The id of this answer, for `feedback`. */
  readonly id: string;
  /** Milliseconds since the reply was learned. */
  readonly age: number;
  /** The finish reason the model gave, when it was told to `observe`. */
  readonly finishReason?: string;
  /** Of a hit by template: the share of hits like it that is expected to be wrong, from 0 to 1. */
  readonly doubt?: number;
  /** Of a hit by a template that a person has approved: who, and why. */
  readonly approved?: Review;
  /**
   * Drawn for an audit: whoever can should ask the model as well, in the background, and `observe` its reply.
   */
  readonly audit?: true;
  /** What the model call cost whose reply is replayed, when it was told to `observe`. */
  readonly saved?: Usage;
  /** What `observe` was told to give back. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

export interface Miss {
  readonly status: "miss";
  readonly reason: MissReason;
  /** How many messages, from the first, matched something known. */
  readonly depth: number;
}

export interface Bypass {
  readonly status: "bypass";
  readonly reason: BypassReason;
}

/** What `lookup` answers. */
export type Answer = Hit | Miss | Bypass;

/**
 * What may be served: identical conversations only; the first reply generalised at once; or what has proved
 * itself.
 */
export type Policy = "exact" | "eager" | "verified";
