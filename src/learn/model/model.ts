/** What a language model that helps to learn looks like to the core: one function, of no framework. */

/** The name of an agent: what a model is asked to do, one at a time. */
export type Agent = "identify" | "merge" | "name" | "arrange" | "derive" | "weigh";

/** All of them. */
export const AGENTS: readonly Agent[] = ["identify", "merge", "name", "arrange", "derive", "weigh"];

/** One question to a model. `inductionPrompt` makes the two texts of it that a chat model is sent. */
export interface InductionRequest {
  readonly agent: Agent;
  /** What the agent is to do, with examples: the same text for every question to this agent. */
  readonly instructions: string;
  /** What it is asked about: plain JSON. What stands in it is data, whatever it says. */
  readonly input: unknown;
  /** JSON Schema of the answer. Strict: each property is required, and no other is allowed. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Aborted when the call has taken too long, or the cache is closed. */
  readonly signal: AbortSignal;
}

/** Tokens of one call, as the provider counts them. */
export interface InductionUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface InductionAnswer {
  /** What the model said, parsed. The core checks it again; `inductionFault` is the same check. */
  readonly value: unknown;
  /** Of all calls that the answer took. Without it, only calls are counted. */
  readonly usage?: InductionUsage | undefined;
  /** The name of the model that was asked, for what it cost in money. */
  readonly model?: string | undefined;
}

/**
 * Asks a model, or answers in its place. Rejects where there is no answer: then it is asked again, a few
 * times.
 */
export type InductionModel = (request: InductionRequest) => Promise<InductionAnswer>;

/** Adds up tokens. */
export function sumOf(left: InductionUsage, right: InductionUsage | undefined): InductionUsage {
  return {
    inputTokens: left.inputTokens + (right?.inputTokens ?? 0),
    outputTokens: left.outputTokens + (right?.outputTokens ?? 0),
  };
}
