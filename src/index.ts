/**
 * reprise: a behaviour cache for LLM agents.
 * @module reprise
 */

export type { AnsweredBefore } from "./answer/asked.js";
export type { CheckedTool } from "./answer/context.js";
export { type ExplainedStep, type ExplainedTemplate, explainBypass } from "./answer/explain.js";
export type { Nearest } from "./answer/nearest.js";
export type { ServedOnce } from "./cache/served.js";
export type { Phase, Spell } from "./cache/times.js";
export {
  type AfterCheck,
  type Cache,
  type Check,
  createCache,
  type DeadLetter,
  type Explanation,
  type ExportOptions,
  type ForgetFilter,
  type ImportReport,
  type ModelFigures,
  type Money,
  type Outcome,
  type PrintOptions,
  type Refusal,
  type ReviewDetails,
  type Stats,
  type TemplateDetails,
  type TemplateExample,
  type TemplateQuery,
  type TemplateSlot,
  type TemplateSummary,
  type Verification,
} from "./cache.js";
export { type ErrorCode, RepriseError } from "./errors.js";
export type { Asked, CacheEvents, Fault, Report, Spent } from "./events.js";
export type {
  Agent,
  InductionAnswer,
  InductionModel,
  InductionRequest,
  InductionUsage,
} from "./learn/model/model.js";
export { type InductionPrompt, inductionFault, inductionPrompt } from "./learn/model/prompt.js";
export type { RefusedFor } from "./learn/model/proposal.js";
export type { CacheOptions, Guard, GuardContext, InductionOptions, Logger, Prices } from "./options.js";
export type { Redact } from "./redact.js";
export type { KeyvLike, StoreSource } from "./store/keyv-like.js";
export { openRecordStore, type RecordStoreOptions } from "./store/record-store.js";
export type { RecordStore, StoredEvent, StoreEvent, StoreFault, Take, Wants } from "./store/records.js";
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
export type { Standing } from "./trust/standing.js";
export type * from "./types.js";
