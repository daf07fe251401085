/**
 * A callback handler that watches model calls: it learns from them, and counts what the cache could have
 * answered.
 */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import { type BaseMessage, getBufferString } from "@langchain/core/messages";
import type { ChatGeneration, LLMResult } from "@langchain/core/outputs";
import type { Usage } from "reprise";
import { fits } from "../shared/fits.js";
import { tellAside } from "../shared/framework-call.js";
import { type Looked, look } from "../shared/look.js";
import type { RepriseLike } from "../shared/options.js";
import { requestKey } from "../shared/request-key.js";
import { sameReply } from "../shared/same-reply.js";
import type { Replay } from "./from-core.js";
import { writtenIdentity } from "./identity.js";
import { type KnownCall, readKnown } from "./known-call.js";
import { type RepriseOptions, resolveOptions, type Settings } from "./options.js";
import { isRecord } from "./plain.js";
import { isChunk, isReply } from "./record.js";

/** What a handler has seen. */
export interface WatchReport {
  /** Model calls that ended well. */
  readonly calls: number;
  /**
   * Of these: answered by the cache itself (through another way in), so neither learned nor counted below.
   */
  readonly served: number;
  /** The cache had an answer ready. */
  readonly known: number;
  /** Of these: the model said the same. */
  readonly agreed: number;
  /** Of these: the model said something else. */
  readonly differed: number;
  /** Replies that were handed to the cache. */
  readonly learned: number;
  /** What the calls with a ready answer that agreed have cost. */
  readonly savable: Usage;
}

interface Run {
  readonly known: KnownCall;
  readonly prompt: string;
  readonly looked: Promise<Looked<Replay> | undefined>;
}

// A stream that its reader drops has no end; such runs must not pile up.
const MAX_RUNS = 1_000;

/**
 * Attach it to any run, `{ callbacks: [handler] }`: it sees every chat-model call in it and changes none.
 * Each reply is handed to the cache with its structure (messages, tools, tool calls); `report` tells what
 * would have been saved. Nothing in it ever fails a run.
 */
export class RepriseCallbackHandler extends BaseCallbackHandler {
  readonly name = "reprise";
  readonly #cache: RepriseLike;
  readonly #settings: Settings;
  readonly #runs = new Map<string, Run>();
  readonly #counts = { calls: 0, served: 0, known: 0, agreed: 0, differed: 0, learned: 0 };
  readonly #savable = { inputTokens: 0, outputTokens: 0 };
  // One thing after another: a call is looked up after the calls that ended before it were learned.
  #work: Promise<unknown> = Promise.resolve();

  /** Throws `RepriseError` `BAD_OPTION` for options nobody knows. */
  constructor(cache: RepriseLike, options?: RepriseOptions) {
    super();
    this.#cache = cache;
    // It serves nothing: what it does is what the other ways in do in shadow mode.
    this.#settings = { ...resolveOptions("RepriseCallbackHandler", cache, options), mode: "shadow" };
    // The start of a call is noted before its cache is asked (see RepriseCache); the work itself is not
    // waited for.
    this.awaitHandlers = true;
  }

  /** The handler itself: a copy would count apart. */
  override copy(): this {
    return this;
  }

  /** What was seen so far. Wait for `settled` to have it whole. */
  get report(): WatchReport {
    return { ...this.#counts, savable: { ...this.#savable } };
  }

  /** Resolves when all calls that have ended are learned and counted. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** The calls in flight that LangChain writes as this prompt. Several different ones may look the same. */
  inFlight(prompt: string): readonly KnownCall[] {
    const calls = new Map<string, KnownCall>();
    for (const { known, prompt: written } of this.#runs.values())
      if (written === prompt) calls.set(requestKey(known.request), known);
    return [...calls.values()];
  }

  // biome-ignore lint/complexity/useMaxParams: LangChain calls it so.
  override handleChatModelStart(
    model: Serialized,
    messages: BaseMessage[][],
    runId: string,
    _parentRunId?: string,
    extra?: Record<string, unknown>,
    _tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    try {
      const [conversation = []] = messages;
      const options = isRecord(extra?.options) ? extra.options : {};
      const context = isRecord(options.context) ? options.context : {};
      const { reprise: own, ...rest } = options;
      const known = readKnown(
        {
          messages: conversation,
          callOptions: own ?? context.reprise,
          config: { ...options, ...(metadata && { metadata }) },
          facts: () => ({
            lsParams: metadata ?? {},
            invocationParams: extra?.invocation_params,
            options: rest,
            identity: writtenIdentity(model),
          }),
        },
        this.#settings,
      );
      const [oldest] = this.#runs.keys();
      if (this.#runs.size >= MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest);
      const looked = this.#after(() =>
        look(this.#cache, known.request, { call: known.call, settings: this.#settings }),
      );
      this.#runs.set(runId, { known, prompt: getBufferString(conversation), looked });
    } catch (error) {
      tellAside(this.#cache, error, { settings: this.#settings });
    }
  }

  // biome-ignore lint/complexity/useMaxParams: LangChain calls it so.
  override handleLLMEnd(
    output: LLMResult,
    runId: string,
    _parent?: string,
    _tags?: string[],
    extra?: Record<string, unknown>,
  ): void {
    const run = this.#runs.get(runId);
    this.#runs.delete(runId);
    const [generations = []] = output.generations;
    const [generation] = generations as ChatGeneration[];
    const message = generation?.message;
    if (!run || generations.length !== 1 || !isReply(message)) return;
    this.#counts.calls++;
    // What passed the cache on another way is neither news nor evidence.
    const passed = message.response_metadata?.reprise;
    if (extra?.cached === true || isRecord(passed)) {
      if (extra?.cached === true || (isRecord(passed) && passed.status === "hit")) this.#counts.served++;
      return;
    }
    const { generationInfo } = generation ?? {};
    void this.#after(async () => {
      const { request, call } = run.known;
      const said = call.toRecord({ message, generationInfo, streamed: isChunk(message) });
      const recording = typeof said === "string" || fits(said.reply, call.schemas(), false) ? said : "format";
      const unserved = (await run.looked)?.unserved;
      if (unserved) {
        const agreed = typeof recording === "object" && sameReply(unserved.reply, recording.reply);
        this.#cache.report?.({ compared: agreed ? "agreed" : "differed" });
        this.#counts.known++;
        this.#counts[agreed ? "agreed" : "differed"]++;
        if (agreed) {
          this.#savable.inputTokens += recording.details.usage?.inputTokens ?? 0;
          this.#savable.outputTokens += recording.details.usage?.outputTokens ?? 0;
        }
      }
      if (typeof recording === "string") return this.#cache.report?.({ refusal: recording });
      await this.#cache.observe(request, recording.reply, recording.details);
      this.#counts.learned++;
    });
  }

  override handleLLMError(_error: unknown, runId: string): void {
    this.#runs.delete(runId);
  }

  #after<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    const done = this.#work.then(work).catch((error: unknown) => {
      this.#settings.onFault(error);
      return undefined;
    });
    this.#work = done;
    return done;
  }
}
