/** How much a model may be asked: calls and tokens, in any hour and in all. */
import type { InductionUsage } from "./model.js";

/** Each is counted for this process, since it began; `undefined`: no limit. */
export interface BudgetLimits {
  readonly callsPerHour: number;
  readonly tokensPerHour: number;
  readonly maxCalls?: number | undefined;
  readonly maxTokens?: number | undefined;
}

interface Spent {
  readonly at: number;
  tokens: number;
}

const HOUR = 3_600_000;

/** Counts calls and tokens by a clock that is given, in milliseconds. */
export class Budget {
  private hour: Spent[] = [];
  private calls = 0;
  private tokens = 0;

  constructor(
    private readonly limits: BudgetLimits,
    private readonly now: () => number,
  ) {}

  /** Counts a call that begins now. Returns how to say what it took, which may be said later or never. */
  begin(): (usage: InductionUsage) => void {
    const spent: Spent = { at: this.now(), tokens: 0 };
    this.hour.push(spent);
    this.calls++;
    return ({ inputTokens, outputTokens }) => {
      const taken = Math.max(0, inputTokens) + Math.max(0, outputTokens);
      spent.tokens += taken;
      this.tokens += taken;
    };
  }

  /**
   * How long it is until another call may begin, in milliseconds: 0 if now, `Infinity` if the whole is spent.
   * What a call takes is known when it is done: so a budget of tokens may be passed by the calls under way.
   */
  get wait(): number {
    const { callsPerHour, tokensPerHour, maxCalls, maxTokens } = this.limits;
    if (this.calls >= (maxCalls ?? Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    if (this.tokens >= (maxTokens ?? Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const now = this.now();
    this.hour = this.hour.filter(({ at }) => at > now - HOUR);
    let calls = this.hour.length;
    let tokens = this.hour.reduce((sum, spent) => sum + spent.tokens, 0);
    for (const spent of this.hour) {
      if (calls < callsPerHour && tokens < tokensPerHour) return 0;
      // When the oldest of them is an hour old, so much is free again.
      calls--;
      tokens -= spent.tokens;
      if (calls < callsPerHour && tokens < tokensPerHour) return Math.max(1, spent.at + HOUR - now);
    }
    return 0;
  }
}
