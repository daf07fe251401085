/**
 * reprise: a behaviour cache for LLM agents.
 * @module reprise
 */

export type { AnsweredBefore } from "./answer/asked.js";
export { type ExplainedStep, type ExplainedTemplate, explainBypass } from "./answer/explain.js";
export type { Nearest } from "./answer/nearest.js";
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
export type { StoreFault } from "./store/records.js";
export type { Holding } from "./template/bounded-map.js";
export type { UserFunction } from "./template/derivation/evaluate.js";
export {
  type Json,
  type JsonFault,
  type JsonObject,
  type JsonResult,
  Numeral,
  parseJson,
} from "./template/json.js";
export type { AuditFigures } from "./trust/audits.js";
export type * from "./types.js";
