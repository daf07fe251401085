/** What the cache asks of its checks: at a lookup, at an observation, and when a tool has given something back. */
import type { Exchange } from "../../tree/knowledge.js";
import type { Reply } from "../../types.js";
import type { Keeper } from "../keeper.js";
import type { Decided, Responder } from "../responder.js";
import type { Times } from "../times.js";
import type { Looking } from "./calls.js";
import { Checks, type Glimpse } from "./checks.js";
import { Examples } from "./examples.js";
import { Outcomes } from "./outcomes.js";

interface Parts {
  readonly looking: Looking;
  readonly responder: Responder;
  readonly keeper: Keeper;
  readonly times: Times;
}

/** The checks of one cache. */
export class Checking {
  readonly checks: Checks;
  readonly outcomes: Outcomes;
  private readonly times: Times;
  private readonly after: ReadonlySet<string>;

  constructor({ times, ...parts }: Parts) {
    const all = { ...parts, examples: new Examples(parts.responder.context) };
    this.times = times;
    this.checks = new Checks(all);
    this.outcomes = new Outcomes(all);
    this.after = new Set([...parts.looking.checks].filter(([, { after }]) => after).map(([tool]) => tool));
  }

  /** Whether there is more to decide. */
  concerns({ answered, question }: Decided): boolean {
    return this.outcomes.hasDiverged(question) || this.checks.concerns(answered);
  }

  /** Decides it. Never rejects. */
  async settle(decided: Decided, context: unknown): Promise<Decided> {
    const { answered, question } = decided;
    if (this.outcomes.hasDiverged(question)) {
      const depth = answered.depth;
      return { ...decided, answered: { status: "miss", reason: "diverged", depth } };
    }
    const began = performance.now();
    const settled = await this.checks.settle(answered, context);
    this.times.note("check", performance.now() - began);
    return { ...decided, answered: settled };
  }

  /** Takes note of a hit that is served. */
  answered(id: string, { answered, question }: Decided): void {
    if (answered.status !== "hit" || !this.isVerified(answered.reply)) return;
    const { scope, chain } = question;
    this.outcomes.await(id, answered.entry, { by: "cache", scope, chain: chain.at(-1) ?? "" });
  }

  /** Takes note of what a model has answered. Resolves when that is done. */
  async observed(
    glimpse: Glimpse,
    told: { readonly reply: Reply; readonly exchange: Exchange; readonly answer: string | undefined },
  ): Promise<void> {
    const { reply, exchange, answer } = told;
    await this.checks.observe(glimpse, reply, { exchange, answer });
    if (answer === undefined || !this.isVerified(reply)) return;
    const { scope, conversation: chain } = exchange;
    this.outcomes.await(answer, exchange, { by: "model", scope, chain });
  }

  private isVerified({ tool_calls }: Reply): boolean {
    return tool_calls?.some((call) => this.after.has(call.function.name)) ?? false;
  }
}
