/** Calls a model: within a budget and a time, tried again after a while, and not at all while it keeps failing. */
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import type { ModelSettings } from "../../options.js";
import { type Answered, readAnswer, schemaOf } from "./answers.js";
import { Budget } from "./budget.js";
import { AGENTS, type Agent, type InductionModel, type InductionUsage, sumOf } from "./model.js";
import { INSTRUCTIONS } from "./prompts/index.js";

/** No call may be made now; `wait` milliseconds later perhaps (`Infinity`: never again). */
export class NotNow extends Error {
  constructor(
    readonly why: "budget" | "breaker",
    readonly wait: number,
  ) {
    super(why);
    this.name = "NotNow";
  }
}

/** What a model said is not of the schema. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** What one job has asked and spent; added to as it goes. */
export interface Tab {
  calls: number;
  tokens: number;
}

/** What calls have cost so far. */
export interface Cost {
  readonly calls: Readonly<Record<Agent, number>>;
  /** Calls that failed, retries among them. */
  readonly failed: number;
  readonly tokens: InductionUsage;
}

/** What a caller is told and asks. */
export interface CallerOptions {
  readonly now: () => number;
  readonly rest?: number;
  /** Told what each answer took. */
  readonly onPaid?: (call: { readonly model: string | undefined; readonly usage: InductionUsage }) => void;
}

// So many failures in a row, and it is left alone for so long, in milliseconds.
const FAILURES = 5;
const REST = 60_000;
const MAX_DELAY = 60_000;

/** Asks the models of some settings. */
export class Caller {
  private readonly budget: Budget;
  private readonly calls = Object.fromEntries(AGENTS.map((agent) => [agent, 0])) as Record<Agent, number>;
  private failed = 0;
  private tokens: InductionUsage = { inputTokens: 0, outputTokens: 0 };
  private readonly schemas = new Map<Agent, Readonly<Record<string, unknown>>>();
  private readonly breaker;
  private readonly policy;

  constructor(
    private readonly settings: ModelSettings,
    private readonly options: CallerOptions,
  ) {
    const { now, rest = REST } = options;
    this.budget = new Budget(settings, now);
    const isFailure = handleWhen((error) => !(error instanceof NotNow));
    const isTransient = handleWhen(
      (error) => !(error instanceof NotNow || error instanceof BrokenCircuitError),
    );
    this.breaker = circuitBreaker(isFailure, {
      halfOpenAfter: rest,
      breaker: new ConsecutiveBreaker(FAILURES),
    });
    this.rest = rest;
    this.policy = wrap(
      retry(isTransient, {
        maxAttempts: settings.attempts - 1,
        // With jitter that depends on the delay before (decorrelated).
        backoff: new ExponentialBackoff({ initialDelay: settings.retryDelay, maxDelay: MAX_DELAY }),
      }).dangerouslyUnref(),
      this.breaker,
      timeout(settings.timeout, TimeoutStrategy.Aggressive).dangerouslyUnref(),
    );
  }

  private readonly rest: number;

  get cost(): Cost {
    return { calls: { ...this.calls }, failed: this.failed, tokens: this.tokens };
  }

  /** Whether an agent has a model. */
  has(agent: Agent): boolean {
    return this.modelOf(agent) !== undefined;
  }

  /** How long it is until a call may be made, in milliseconds; 0 if now. */
  get wait(): number {
    return this.budget.wait;
  }

  /**
   * Asks an agent. `undefined`: it is left out. Rejects with `NotNow` where nothing may be asked, with
   * `Malformed` for an answer that is none, and otherwise with what the last try was rejected with.
   */
  async ask<Of extends Agent>(
    agent: Of,
    input: unknown,
    { signal, tab }: { readonly signal: AbortSignal; readonly tab: Tab },
  ): Promise<Answered<Of> | undefined> {
    const model = this.modelOf(agent);
    if (!model) return undefined;
    try {
      const answered = this.policy.execute(
        ({ signal: limit }) => this.once(agent, { model, input, tab, signal: limit }),
        signal,
      );
      // Between two tries it would wait to the end.
      return await unlessAborted(answered, signal);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new NotNow("breaker", this.rest);
      throw error;
    }
  }

  private async once<Of extends Agent>(
    agent: Of,
    {
      model,
      input,
      tab,
      signal,
    }: {
      readonly model: InductionModel;
      readonly input: unknown;
      readonly tab: Tab;
      readonly signal: AbortSignal;
    },
  ): Promise<Answered<Of>> {
    signal.throwIfAborted();
    const wait = this.budget.wait;
    if (wait > 0) throw new NotNow("budget", wait);
    const spend = this.budget.begin();
    this.calls[agent]++;
    tab.calls++;
    try {
      const {
        value,
        usage,
        model: name,
      } = await model({
        agent,
        instructions: INSTRUCTIONS[agent],
        input,
        schema: this.schemaOf(agent),
        signal,
      });
      if (usage) {
        spend(usage);
        this.tokens = sumOf(this.tokens, usage);
        this.options.onPaid?.({ model: name, usage });
        tab.tokens += usage.inputTokens + usage.outputTokens;
      }
      const answer = readAnswer(agent, value);
      if (typeof answer === "string") throw new Malformed(answer);
      return answer;
    } catch (error) {
      this.failed++;
      throw error;
    }
  }

  private modelOf(agent: Agent): InductionModel | undefined {
    const own = this.settings.agents[agent];
    return own === false ? undefined : (own ?? this.settings.model);
  }

  private schemaOf(agent: Agent): Readonly<Record<string, unknown>> {
    const known = this.schemas.get(agent) ?? schemaOf(agent);
    this.schemas.set(agent, known);
    return known;
  }
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A failure in a word, safe to show: a message may hold content. */
export function failureOf(error: unknown): string {
  if (error instanceof TaskCancelledError) return "timeout";
  if (error instanceof Malformed) return "malformed";
  return error instanceof Error ? error.name : typeof error;
}
