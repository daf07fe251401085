/**
 * reprise for LangChain: middleware for agents, a wrapper for models, a cache for the `cache` option, a
 * watching handler.
 * @module reprise/langchain
 */

import type { CallOptions } from "../shared/options.js";

export type { RepriseMetadata } from "../shared/metadata.js";
export type { CallOptions as RepriseCallOptions, CommonOptions, RepriseLike } from "../shared/options.js";
export type { Pieces } from "../shared/pieces.js";
export { RepriseCache, type RepriseCacheOptions } from "./cache.js";
export { RepriseCallbackHandler, type WatchReport } from "./callbacks.js";
export { withReprise } from "./chat-model.js";
export { type ExplainedOptions, explainCall } from "./explain.js";
export { inducer, type StructuredModel } from "./inducer.js";
export { type RepriseMiddlewareOptions, repriseMiddleware } from "./middleware.js";
export type { RepriseOptions, ScopeConfig } from "./options.js";
export { type Answered, reject } from "./reject.js";
export { wrapToolCall } from "./tools.js";

declare module "@langchain/core/language_models/base" {
  // Every model takes our options of one call: `model.invoke(input, { reprise: { scope } })`.
  interface BaseLanguageModelCallOptions {
    reprise?: CallOptions | undefined;
  }
}
