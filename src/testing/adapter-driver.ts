/**
 * How the adapter contract talks to an adapter: in neutral words that a driver translates into its
 * framework's.
 *
 * Adapters also agree on how they write scope, so that one store serves several frameworks:
 * - `model` is `<provider>/<model id>`, the provider without the name of its API (`openai.chat` is `openai`);
 * - `tools` are OpenAI function tools, `{ type: "function", function: { name, description, parameters, strict
 *   } }`, without `$schema` in the parameters and without undefined fields;
 * - everything else is in `settings`, under the names of the Chat Completions API (`temperature`, `top_p`,
 *   `max_tokens`, `stop`, `seed`, `tool_choice`, `response_format`, `reasoning_effort` …), without what is
 *   undefined and without the default `tool_choice: "auto"`; no `settings` at all when nothing is set.
 *
 * Replies are read tolerantly: fields beside a part's or a call's own are another adapter's notes and are
 * passed over; a kind of part that the framework has no word for makes the hit a miss.
 */
import type { Cache } from "../cache.js";
import type { BindingValue, Message, Reply, Usage } from "../types.js";

/** What the model under the adapter answers to one call. */
export type ScriptedAnswer =
  | {
      readonly reply: Reply;
      readonly finishReason?: "stop" | "tool_calls" | "length" | "content_filter";
      readonly usage?: Usage;
    }
  /**
   * The call fails with this error: at once, or when streamed after `afterChunks` chunks of the text
   * `partial`.
   */
  | { readonly error: Error; readonly partial?: string };

/** The model: it is given the conversation as it reached the provider, and the number of the call, from 0. */
export type ModelScript = (call: {
  readonly messages: readonly Message[];
  readonly index: number;
}) => ScriptedAnswer | Promise<ScriptedAnswer>;

/**
 * A call in neutral words; messages in the OpenAI Chat Completions shape (images as `image_url` parts with
 * data URLs).
 */
export interface AdapterCall {
  readonly messages: readonly Message[];
  /** Default `"scripted"`. */
  readonly model?: string;
  /** Where the model is asked, if not at its usual address: another deployment, under the same name. */
  readonly baseURL?: string;
  readonly tools?: readonly {
    readonly name: string;
    readonly description?: string;
    readonly parameters: Record<string, unknown>;
  }[];
  readonly toolChoice?: "auto" | "none" | "required";
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly signal?: AbortSignal;
  /** OpenAI's response to build on, as its clients say it. */
  readonly previousResponseId?: string;
  /** The per-call options of reprise, handed over by the framework's own means. */
  readonly reprise?: {
    readonly bindings?: Readonly<Record<string, BindingValue>>;
    readonly scope?: string;
    readonly read?: boolean;
    readonly write?: boolean;
    readonly induce?: boolean;
  };
}

/** What the caller of the framework got. */
export interface AdapterReply {
  readonly text: string;
  /** Of a stream: the pieces that the text came in, without empty ones. */
  readonly pieces?: readonly string[];
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
  readonly usage: Usage;
  /** The id of the response (or message), where the framework has one. */
  readonly id: string | undefined;
  /** What the adapter says about itself: `providerMetadata.reprise`, `response_metadata.reprise`. */
  readonly reprise:
    | {
        readonly status?: string;
        readonly id?: string;
        readonly match?: string;
        readonly reason?: string;
        readonly saved?: Usage;
      }
    | undefined;
}

/** An adapter around one cache and one scripted model. */
export interface AdapterUnderTest {
  /** Asks for a whole reply. Rejects with what the caller of the framework would see. No retries. */
  invoke(call: AdapterCall): Promise<AdapterReply>;
  /** Asks for a stream and reads it to its end. */
  stream(call: AdapterCall): Promise<AdapterReply>;
  /**
   * Asks for a stream, reads its first text, and leaves by cancelling. Resolves once the stream is cancelled.
   */
  leave(call: AdapterCall): Promise<void>;
  /**
   * Says that a reply was wrong, by what the framework's user has of it. Resolves to whether it was still
   * known.
   */
  reject(reply: AdapterReply): Promise<boolean>;
  /** How often the model was asked. */
  modelCalls(): number;
}

/** What an adapter is made with. */
export interface AdapterSetup {
  readonly cache: Cache;
  readonly model: ModelScript;
  /** Options that every adapter has. */
  readonly options?: {
    readonly mode?: "serve" | "shadow";
    /** Given the call as its framework has it. */
    readonly scope?: string | ((call: object) => string | undefined);
    readonly requireScope?: boolean;
    readonly chunks?: "whole" | "word" | { readonly by: "word"; readonly delay?: number };
  };
}

/** Translates between the neutral words and a framework. */
export interface AdapterDriver {
  readonly name: string;
  readonly capabilities: {
    /** Identical requests in flight share one model call. */
    readonly coalescing: boolean;
    /**
     * Hits marked `audit` are asked of the model in the background. Only an adapter that cannot reach the
     * model does not.
     */
    readonly audits: boolean;
    /** Replies carry reasoning. */
    readonly reasoning: boolean;
  };
  create(setup: AdapterSetup): AdapterUnderTest;
}
