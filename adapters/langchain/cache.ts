/**
 * The cache behind LangChain's own `cache` option: what that interface lets be told apart is served, the rest
 * is not.
 */
import { BaseCache } from "@langchain/core/caches";
import type { ChatGeneration, Generation } from "@langchain/core/outputs";
import { Aside } from "../shared/aside.js";
import { readCall, tellAside } from "../shared/framework-call.js";
import { look } from "../shared/look.js";
import type { RepriseLike } from "../shared/options.js";
import type { LangChainCall } from "./call.js";
import type { RepriseCallbackHandler } from "./callbacks.js";
import { toChatResult, toReplay } from "./from-core.js";
import type { KnownCall } from "./known-call.js";
import { GIVEN_WHERE, type RepriseOptions, resolveOptions, type Settings } from "./options.js";
import { isChunk, isReply, toRecord } from "./record.js";
import { toolNames } from "./tool-names.js";

/** Options of a `RepriseCache`. */
export interface RepriseCacheOptions extends RepriseOptions {
  /**
   * A handler over the same cache that is attached to the same model (`callbacks: [handler]`). It has the
   * messages that LangChain's interface keeps back; without it only conversations of one message are served.
   */
  readonly handler?: RepriseCallbackHandler | undefined;
}

/**
 * For `new ChatX({ cache: new RepriseCache(cache) })`. LangChain hands over a text in which images all look
 * alike and a message can imitate the next one, asks for nothing when streaming, and loses hits in mixed
 * `generate` calls: `withReprise` has none of these limits. Here, what could be mistaken is not served; the
 * key in LangChain's own key is stored nowhere. Nothing in it ever fails a call.
 */
export class RepriseCache extends BaseCache {
  readonly #cache: RepriseLike;
  readonly #settings: Settings;
  readonly #handler: RepriseCallbackHandler | undefined;

  /** Throws `RepriseError` `BAD_OPTION` for options nobody knows. */
  constructor(cache: RepriseLike, options: RepriseCacheOptions = {}) {
    super();
    const { handler, ...rest } = options;
    this.#cache = cache;
    this.#settings = resolveOptions("RepriseCache", cache, rest);
    this.#handler = handler;
  }

  /** The known reply, as LangChain wants it; `null` when there is none. Never rejects. */
  override async lookup(prompt: string, llmKey: string): Promise<Generation[] | null> {
    try {
      const call = this.#handler
        ? alone(this.#handler.inFlight(prompt))
        : await this.#textCall(prompt, llmKey);
      if (!call) return null;
      const { replay, audit } = await look(this.#cache, call.request, {
        call: call.call,
        settings: this.#settings,
      });
      // There is no model here to ask in the background: a hit that is to be checked is asked for as a miss
      // is.
      return replay && !audit ? toChatResult(replay).generations : null;
    } catch (error) {
      tellAside(this.#cache, error, { settings: this.#settings });
      return null;
    }
  }

  /** Keeps a reply. With a handler there is nothing to do: it has kept it already. Never rejects. */
  override async update(prompt: string, llmKey: string, value: Generation[]): Promise<void> {
    try {
      const call = this.#handler ? undefined : await this.#textCall(prompt, llmKey);
      const [generation] = value as ChatGeneration[];
      const message = generation?.message;
      if (!call || value.length !== 1 || !isReply(message)) return;
      const { generationInfo } = generation ?? {};
      const recording = call.call.toRecord({ message, generationInfo, streamed: isChunk(message) });
      if (typeof recording === "string") this.#cache.report?.({ refusal: recording });
      else await this.#cache.observe(call.request, recording.reply, recording.details);
    } catch (error) {
      // That the call is not for the cache was told when it was looked up.
      if (!(error instanceof Aside)) this.#settings.onFault(error);
    }
  }

  async #textCall(prompt: string, llmKey: string): Promise<KnownCall | undefined> {
    if (isAmbiguous(prompt)) return undefined;
    // LangChain's key holds the API key in clear.
    const langchain_key = await digest(llmKey);
    const call: LangChainCall = {
      ...NO_CALL,
      toRequest: () => ({
        messages: [{ role: "user", content: prompt }],
        model: this.#settings.model ?? "langchain",
        settings: { langchain_key },
      }),
    };
    return { request: readCall(call, this.#settings).request, call };
  }
}

/** SHA-256 in hexadecimal digits. */
async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NO_NAMES = toolNames([]);

// A text of no known structure is no ground for templates.
const NO_CALL: Omit<LangChainCall, "toRequest"> = {
  of: {},
  given: { induce: false },
  givenWhere: GIVEN_WHERE,
  signal: undefined,
  schemas: () => ({ tools: undefined, format: undefined }),
  toReplay: (known) => toReplay(known, NO_NAMES),
  toRecord: (outcome) => toRecord(outcome, NO_NAMES),
  sample: async () => undefined,
};

function alone(calls: readonly KnownCall[]): KnownCall | undefined {
  return calls.length === 1 ? calls[0] : undefined;
}

/** Whether LangChain could have written this text for more than one conversation. */
export function isAmbiguous(prompt: string): boolean {
  // A block of any kind is written as its type in brackets.
  if (/\[[\w. -]+\]/.test(prompt)) return true;
  // "Human: bob, hi" is said by bob, or is about him.
  if (/^[^:\n]*: [\w-]+, /.test(prompt)) return true;
  // A line that begins like a message may be one.
  return /\n[^\n:]*: /.test(prompt);
}
