/** What every stage of answering works with. */
import type { CacheEvents } from "../events.js";
import type { Settings } from "../options.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Knowledge } from "../tree/knowledge.js";

/** What answering needs beside the reading. */
export interface AnswerContext {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly evaluation: EvaluateOptions;
  /** Tools whose calls are never replayed. */
  readonly never: ReadonlySet<string>;
  /** Told what the model said where a hit was audited. */
  readonly onAudited: (event: CacheEvents["audited"]) => void;
  readonly onGuardFault: (error: unknown) => void;
}
