/** What every stage of answering works with. */
import type { CacheEvents } from "../events.js";
import type { Settings } from "../options.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Entry, Knowledge } from "../tree/knowledge.js";
import type { Reply } from "../types.js";

/** A tool that a check looks at before it is called, and in how many states of the world the call was right. */
export interface CheckedTool {
  readonly tool: string;
  readonly states: number;
}

/** What answering needs beside the reading. */
export interface AnswerContext {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly evaluation: EvaluateOptions;
  /** Tools whose calls are never replayed. */
  readonly never: ReadonlySet<string>;
  /** Tools before whose calls a check looks at the world. */
  readonly checked: ReadonlySet<string>;
  /** How many states of the world are known in which a reply of an entry was right, for each checked tool of it. */
  readonly statesOf: (entry: Entry, reply: Reply) => readonly CheckedTool[];
  /** Told how long it took to fill replies, in ms. */
  readonly onHydrated: (took: number) => void;
  /** Told what the model said where a hit was audited. */
  readonly onAudited: (event: CacheEvents["audited"]) => void;
  readonly onGuardFault: (error: unknown) => void;
}
