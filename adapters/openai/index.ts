/**
 * The OpenAI adapter: a `fetch` that answers calls of OpenAI's APIs from the cache and learns from the
 * provider.
 * @module reprise/openai
 */
export type { CommonOptions, RepriseCallOptions, RepriseLike as AnsweringCache } from "../shared/options.js";
export type { Pieces } from "../shared/pieces.js";
export { repriseFetch } from "./fetch.js";
export { type ChatClient, type InducerOptions, inducer } from "./inducer.js";
export type { OpenAICall, RepriseFetchOptions } from "./options.js";
