/** The Vercel AI SDK adapter: a language-model middleware that answers from the cache and learns from the model. */
import { createHash } from "node:crypto";
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Middleware, SharedV4Warning } from "@ai-sdk/provider";
import type { Answer, CacheRequest, Reply, ReplyDetails } from "reprise";
import { auditsOf } from "../shared/audits.js";
import { withDeadline } from "../shared/deadline.js";
import { createFlights, type Flight } from "../shared/flights.js";
import { type RepriseMetadata, refused, shared as sharedReply, toMetadata } from "../shared/metadata.js";
import type { RepriseCallOptions } from "../shared/options.js";
import { type Replay, toGenerateResult, toReplay } from "./from-core.js";
import { withMetadata } from "./metadata.js";
import { type CallOptions, type RepriseMiddlewareOptions, readCallOptions, resolveOptions, stripCallOptions } from "./options.js";
import { type Outcome, type Recorded, toRecord } from "./record.js";
import { createFormatCheck } from "./response-format.js";
import { toStream } from "./stream.js";
import { tapStream } from "./tap.js";
import { toRequest } from "./to-core.js";

export type { RepriseCallOptions, RepriseMetadata, RepriseMiddlewareOptions };

/** What the middleware needs of a cache; `createCache` makes one. */
export interface AnsweringCache {
  lookup(request: CacheRequest): Promise<Answer>;
  observe(request: CacheRequest, reply: Reply, details?: ReplyDetails): Promise<void>;
}

/**
 * A middleware for `wrapLanguageModel`. Per step it asks the cache first; what the cache does not know goes to the model,
 * and what the model says is learned. Per call, `providerOptions.reprise` takes `RepriseCallOptions`; every result says in
 * `providerMetadata.reprise` (`RepriseMetadata`) what happened.
 *
 * A hit has fresh ids and a usage of zero. Whatever fails in the cache, the model answers; errors of the model reach the
 * caller unchanged. Works with provider spec V4 (AI SDK 7) and V3 (AI SDK 6).
 *
 * @throws RepriseError `BAD_OPTION`, naming the option, when constructed with options that are wrong or unknown.
 */
export function repriseMiddleware(cache: AnsweringCache, options?: RepriseMiddlewareOptions): LanguageModelV4Middleware {
  const settings = resolveOptions(options);
  const fits = createFormatCheck();
  const flights = createFlights<Recorded>();
  const audits = auditsOf(cache);
  // The provider must not see our options, and the hooks after `transformParams` see only what the provider sees.
  const callOptions = new WeakMap<LanguageModelV4CallOptions, CallOptions>();

  /** What is known of a call before the model is asked. Never rejects. */
  async function open(params: LanguageModelV4CallOptions, model: LanguageModelV4): Promise<Opened> {
    const call = callOptions.get(params) ?? readCallOptions(params);
    if (!call.ok) return { metadata: BYPASS_INVALID, warnings: [{ type: "other", message: call.error.message }] };
    try {
      const context = { model, options: call.options, scope: settings.scope(params), bindings: settings.bindings };
      const request = toRequest(params, context);
      const answer = await cache.lookup(request);
      const metadata = toMetadata(answer);
      if (answer.status !== "hit") return { request, metadata, warnings: [] };
      if (!fits(answer.reply, params.responseFormat, answer.match === "template")) {
        return { request, metadata: refused("format"), warnings: [] };
      }
      const replay = toReplay({ ...answer, metadata }, { ...settings, model });
      return replay
        ? { replay, metadata, warnings: [], ...(answer.audit && { audited: request }) }
        : { request, metadata: refused("foreign"), warnings: [] };
    } catch (error) {
      settings.onFault(error);
      return { metadata: BYPASS_FAULT, warnings: [] };
    }
  }

  function attempt<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (error) {
      settings.onFault(error);
      return undefined;
    }
  }

  /** Asks the model behind a hit what it would have said, and lets the cache learn from it. The caller does not wait. */
  function audit(request: CacheRequest, params: LanguageModelV4CallOptions, model: LanguageModelV4): void {
    audits.add(async (abortSignal) => {
      const recorded = toRecord(await model.doGenerate({ ...params, abortSignal }), params, fits);
      if (recorded) await cache.observe(request, recorded.reply, recorded.details);
    }, settings.onFault);
  }

  // Who asks for another sample, or wants nothing kept, shares with nobody.
  function sharingKey({ request, metadata }: Opened): string | undefined {
    if (!request || metadata.status !== "miss" || request.write === false) return undefined;
    return attempt(() => requestKey(request));
  }

  /** Serves a call: by a replay from the cache, by the reply of an identical request in flight, or by the model. */
  async function serve<Result>(call: {
    readonly params: LanguageModelV4CallOptions;
    readonly model: LanguageModelV4;
    readonly replay: (replay: Replay) => Result;
    readonly ask: (opened: Opened, land: Land, flight: Flight<Recorded> | undefined) => Promise<Result>;
  }): Promise<Result> {
    const { params, model } = call;
    const opened = await open(params, model);
    // A call that was aborted meanwhile ends as the provider ends aborted calls.
    if (opened.replay && !params.abortSignal?.aborted) {
      if (opened.audited) audit(opened.audited, params, model);
      return call.replay(opened.replay);
    }
    const key = settings.coalesce ? sharingKey(opened) : undefined;
    const { shared, flight } = key ? await flights.board(key, params.abortSignal) : {};
    if (key && !shared && !flight) params.abortSignal?.throwIfAborted();
    const replay =
      shared &&
      attempt(() => toReplay({ ...shared, ...shared.details, metadata: sharedReply(shared.details.usage) }, { ...settings, model }));
    if (replay) return call.replay(replay);
    const land: Land = async (outcome) => {
      let recorded: Recorded | undefined;
      try {
        recorded = outcome && opened.request && toRecord(outcome, params, fits);
        flight?.share(recorded);
        if (recorded && opened.request) await withDeadline(cache.observe(opened.request, recorded.reply, recorded.details));
      } catch (error) {
        flight?.share(undefined);
        settings.onFault(error);
      }
      flight?.end();
    };
    try {
      return await call.ask(opened, land, flight);
    } catch (error) {
      await land(undefined);
      throw error;
    }
  }

  return {
    specificationVersion: "v4",

    async transformParams({ params }) {
      const stripped = stripCallOptions(params);
      callOptions.set(stripped, readCallOptions(params));
      return stripped;
    },

    wrapGenerate: ({ doGenerate, params, model }) =>
      serve({
        params,
        model,
        replay: toGenerateResult,
        ask: async ({ metadata, warnings }, land) => {
          const result = await doGenerate();
          await land(result);
          const merged = { ...result, providerMetadata: withMetadata(result.providerMetadata, metadata) };
          return warnings.length > 0 ? { ...merged, warnings: [...(result.warnings ?? []), ...warnings] } : merged;
        },
      }),

    wrapStream: ({ doStream, params, model }) =>
      serve({
        params,
        model,
        replay: (replay) => ({ stream: toStream(replay) }),
        ask: async ({ metadata, warnings }, land, flight) => {
          const result = await doStream();
          const { stream, drain } = tapStream(result.stream, { metadata, warnings, onEnd: land });
          flight?.onJoin(drain);
          return { ...result, stream };
        },
      }),
  };
}

interface Opened {
  /** The hit to serve. */
  readonly replay?: Replay;
  /** Of a hit drawn for an audit: what to observe the model's own reply under. */
  readonly audited?: CacheRequest;
  /** What to learn under, and to share by; absent when the cache must be left out of this call. */
  readonly request?: CacheRequest;
  readonly metadata: RepriseMetadata;
  readonly warnings: readonly SharedV4Warning[];
}

/** Ends a model call: learns its outcome and shares it. Never rejects. */
type Land = (outcome: Outcome | undefined) => Promise<void>;

const NOTHING_SAVED = { inputTokens: 0, outputTokens: 0 };
const BYPASS_INVALID: RepriseMetadata = { status: "bypass", reason: "invalid", saved: NOTHING_SAVED };
const BYPASS_FAULT: RepriseMetadata = { status: "bypass", reason: "fault", saved: NOTHING_SAVED };

// The request holds what the cache compares and nothing else, so its text in a fixed key order is its identity.
function requestKey(request: CacheRequest): string {
  const text = JSON.stringify(request, (_name, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("base64");
}
