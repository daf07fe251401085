/**
 * The Vercel AI SDK adapter: a language-model middleware that answers from the cache and learns from the
 * model.
 * @module reprise/ai-sdk
 */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4Middleware,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import type { Explanation } from "reprise";
import { explained, type FrameworkCall } from "../shared/framework-call.js";
import { type RepriseMetadata, withRefusal } from "../shared/metadata.js";
import type { CommonOptions, RepriseCallOptions, RepriseLike } from "../shared/options.js";
import { passage, type ToModel } from "../shared/passage.js";
import type { Pieces } from "../shared/pieces.js";
import type { Relay } from "../shared/relay.js";
import { following } from "./follow.js";
import { type Replay, toGenerateResult, toReplay } from "./from-core.js";
import { withMetadata } from "./metadata.js";
import {
  type ExplainedModel,
  givenOptions,
  type ModelCall,
  type RepriseMiddlewareOptions,
  resolveOptions,
  stripCallOptions,
} from "./options.js";
import { type Outcome, toRecord } from "./record.js";
import { type Answered, createRejecter } from "./reject.js";
import { schemasOf } from "./schemas.js";
import { markSpan } from "./span.js";
import { toStream } from "./stream.js";
import { tapStream } from "./tap.js";
import { toAsked } from "./to-core.js";
import { callersOf, wrapTools } from "./tools.js";

/** What the middleware needs of a cache; `createCache` makes one. */
export { inducer } from "./inducer.js";
export type {
  Answered,
  CommonOptions,
  ExplainedModel,
  ModelCall,
  Pieces,
  RepriseCallOptions,
  RepriseLike as AnsweringCache,
  RepriseMetadata,
  RepriseMiddlewareOptions,
};
export { wrapTools };

// Each version of the SDK types its middleware by its own provider spec, and neither takes the other's,
// though both run both. What takes anything and is said to give nothing in particular fits the two; each
// calls it by its own types.
type Hook = (options: unknown) => Promise<never>;

/** The middleware, and what can be said to it. It fits `wrapLanguageModel` of AI SDK 7 and of AI SDK 6. */
export interface RepriseMiddleware {
  /** "v4" to one version of the SDK, "v3" to the other; neither looks at it. */
  readonly specificationVersion: never;
  readonly transformParams: Hook;
  readonly wrapGenerate: Hook;
  readonly wrapStream: Hook;
  /**
   * Says that a reply was wrong: what a parser refused, say. It is served no more, and the same conversation
   * asked again is asked of the model. Takes a result or a step of the SDK, its `NoObjectGeneratedError`, or
   * an id. Resolves to whether the reply was still known.
   */
  reject(answer: Answered): Promise<boolean>;
  /**
   * Why a call would be answered as it is: in a sentence, and each step of the way. `params` are those that
   * the SDK gives to a model, `providerOptions.reprise` among them. Asks no model and changes nothing. Of a
   * call that was made, `cache.explain(providerMetadata.reprise.id)` tells the same.
   *
   * @throws RepriseError `BAD_OPTION` where the call's own options are wrong.
   */
  explainCall(model: ExplainedModel, params: ModelCall): Explanation;
}

/**
 * A middleware for `wrapLanguageModel`. Per step it asks the cache first; what the cache does not know goes
 * to the model, and what the model says is learned. Per call, `providerOptions.reprise` takes
 * `RepriseCallOptions`; every result says in `providerMetadata.reprise` (`RepriseMetadata`) what happened.
 *
 * A hit has fresh ids and a usage of zero. Whatever fails in the cache, the model answers; errors of the
 * model reach the caller unchanged. Works with provider spec V4 (AI SDK 7) and V3 (AI SDK 6).
 *
 * @throws RepriseError `BAD_OPTION`, naming the option, when constructed with options that are wrong or
 * unknown.
 */
export function repriseMiddleware(cache: RepriseLike, options?: RepriseMiddlewareOptions): RepriseMiddleware {
  const settings = resolveOptions(cache, options);
  const rejecter = createRejecter(cache);
  const callers = callersOf(cache);
  const noteCalls = (content: readonly LanguageModelV4Content[], { id }: RepriseMetadata): void => {
    for (const item of content) if (item.type === "tool-call") callers.note(item.toolCallId, id);
  };
  // The provider must not see our options, and the hooks after `transformParams` see only what the provider
  // sees.
  const given = new WeakMap<LanguageModelV4CallOptions, unknown>();

  function callOf({
    params,
    model,
    streams,
  }: Asking): FrameworkCall<LanguageModelV4CallOptions, Outcome, Replay> {
    return {
      pieces: streams ? "ai-sdk parts" : undefined,
      of: params,
      given: given.has(params) ? given.get(params) : givenOptions(params),
      givenWhere: "providerOptions.reprise",
      signal: params.abortSignal,
      toRequest: () => toAsked(params, { model, named: settings.model }),
      schemas: () => schemasOf(params),
      toReplay: (known) => toReplay(known, { ...settings, model }),
      toRecord: (outcome) => toRecord(outcome, params),
      sample: async (abortSignal) => model.doGenerate({ ...params, abortSignal }),
    };
  }

  /**
   * Serves a call: by a replay from the cache, by the reply of an identical request in flight, or by the
   * model.
   */
  async function serve<Result>(
    asking: Asking,
    how: {
      readonly replay: (replay: Replay) => Result;
      readonly follow: (relay: Relay<LanguageModelV4StreamPart>) => Result;
      readonly ask: (way: ToModel<Outcome>) => Promise<Result>;
    },
  ): Promise<Result> {
    const { params } = asking;
    const way = await passage(cache, callOf(asking), settings);
    if (way.to === "follow") return how.follow(way.relay as Relay<LanguageModelV4StreamPart>);
    if (way.to === "replay") {
      params.abortSignal?.throwIfAborted();
      rejecter.note(way.replay.response.id, way.replay.metadata);
      noteCalls(way.replay.content, way.replay.metadata);
      markSpan(way.replay.metadata);
      return how.replay(way.replay);
    }
    markSpan(way.metadata);
    try {
      // A call that was aborted meanwhile ends as the provider ends aborted calls.
      params.abortSignal?.throwIfAborted();
      return await how.ask(way);
    } catch (error) {
      way.failed();
      throw error;
    }
  }

  const middleware = {
    specificationVersion: "v4",

    async transformParams({ params }) {
      const stripped = stripCallOptions(params);
      given.set(stripped, givenOptions(params));
      return stripped;
    },

    wrapGenerate: ({ doGenerate, params, model }) =>
      serve(
        { params, model, streams: false },
        {
          replay: toGenerateResult,
          follow: () => {
            throw new Error("a plain call follows no stream");
          },
          async ask(way) {
            const result = await doGenerate();
            rejecter.note(result.response?.id, way.metadata);
            noteCalls(result.content, way.metadata);
            const metadata = withRefusal(way.metadata, await way.answered(() => result));
            const merged = { ...result, providerMetadata: withMetadata(result.providerMetadata, metadata) };
            const warnings = way.warnings.map(toWarning);
            return warnings.length > 0
              ? { ...merged, warnings: [...(result.warnings ?? []), ...warnings] }
              : merged;
          },
        },
      ),

    wrapStream: function wrapStream({
      doStream,
      doGenerate,
      params,
      model,
    }): PromiseLike<LanguageModelV4StreamResult> {
      const again = async () => (await wrapStream({ doStream, doGenerate, params, model })).stream;
      return serve<LanguageModelV4StreamResult>(
        { params, model, streams: true },
        {
          follow: (relay) => ({
            stream: following(relay, { ...settings, signal: params.abortSignal, again }),
          }),
          replay: (replay) => ({ stream: toStream(replay, settings.chunks) }),
          async ask(way) {
            const result = await doStream();
            const { stream, drain } = tapStream(result.stream, {
              metadata: way.metadata,
              warnings: way.warnings.map(toWarning),
              onResponseId: (id) => rejecter.note(id, way.metadata),
              onEnd: async (outcome) => withRefusal(way.metadata, await way.answered(() => outcome)),
              onCall: (call) => {
                noteCalls([call], way.metadata);
                return call.providerExecuted ? undefined : way.calls(call.toolName, call.input || "{}");
              },
              onBreak: way.failed,
              relay: way.relay() as Relay<LanguageModelV4StreamPart> | undefined,
            });
            way.onJoin(drain);
            return { ...result, stream };
          },
        },
      );
    },
  } satisfies LanguageModelV4Middleware;
  return {
    ...(middleware as unknown as Pick<RepriseMiddleware, keyof typeof middleware>),
    reject: rejecter.reject,
    explainCall(model, params) {
      const asking = {
        params: params as unknown as LanguageModelV4CallOptions,
        model: model as LanguageModelV4,
        streams: false,
      };
      return explained(cache, callOf(asking), settings);
    },
  };
}

interface Asking {
  readonly params: LanguageModelV4CallOptions;
  readonly model: LanguageModelV4;
  readonly streams: boolean;
}

const toWarning = (message: string) => ({ type: "other" as const, message });
