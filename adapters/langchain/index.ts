/** reprise for LangChain: middleware for agents, a wrapper for models, a cache for the `cache` option, a watching handler. */
export { RepriseCache, type RepriseCacheOptions } from "./cache.js";
export { RepriseCallbackHandler, type WatchReport } from "./callbacks.js";
export { withReprise } from "./chat-model.js";
export type { RepriseMetadata } from "./metadata.js";
export { repriseMiddleware } from "./middleware.js";
export type { RepriseCallOptions, RepriseLike, RepriseOptions } from "./options.js";
