/** reprise: a behaviour cache for LLM agents. */

export { explainBypass } from "./answer/explain.js";
export {
  type Cache,
  createCache,
  type Explanation,
  type ForgetFilter,
  type ImportReport,
  type PrintOptions,
  type Refusal,
  type Stats,
} from "./cache.js";
export { type ErrorCode, RepriseError } from "./errors.js";
export type { Asked, CacheEvents, Fault, Report } from "./events.js";
export type { CacheOptions, Guard, GuardContext } from "./options.js";
export type { Redact } from "./redact.js";
export type { KeyvLike, StoreSource } from "./store/keyv-like.js";
export type { UserFunction } from "./template/derivation/evaluate.js";
export type * from "./types.js";
