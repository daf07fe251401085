import { describe, expect, it } from "vitest";
import { Budget, type BudgetLimits } from "../../../src/learn/model/budget.js";

const HOUR = 3_600_000;

function budget(limits: Partial<BudgetLimits>) {
  const clock = { now: 1_000 };
  return { clock, made: new Budget({ callsPerHour: 100, tokensPerHour: 1e6, ...limits }, () => clock.now) };
}

describe("a budget", () => {
  it("lets calls through as long as there are fewer than so many in an hour", () => {
    const { clock, made } = budget({ callsPerHour: 2 });
    made.begin();
    clock.now += 10;
    expect(made.wait).toBe(0);
    made.begin();
    expect(made.wait).toBe(HOUR - 10);
    clock.now += HOUR - 10;
    expect(made.wait).toBe(0);
  });

  it("counts tokens when they are told, and waits until the oldest are an hour old", () => {
    const { clock, made } = budget({ tokensPerHour: 100 });
    const first = made.begin();
    first({ inputTokens: 90, outputTokens: 5 });
    expect(made.wait).toBe(0);
    clock.now += 500;
    made.begin()({ inputTokens: 5, outputTokens: 0 });
    expect(made.wait).toBe(HOUR - 500);
  });

  it("takes no negative tokens for a gift", () => {
    const { made } = budget({ tokensPerHour: 10 });
    made.begin()({ inputTokens: 10, outputTokens: 0 });
    made.begin()({ inputTokens: -50, outputTokens: -50 });
    expect(made.wait).toBeGreaterThan(0);
  });

  it("ends for good when the whole is spent", () => {
    const { clock, made } = budget({ maxCalls: 1 });
    made.begin();
    clock.now += 10 * HOUR;
    expect(made.wait).toBe(Number.POSITIVE_INFINITY);
    const other = budget({ maxTokens: 10 });
    other.made.begin()({ inputTokens: 4, outputTokens: 6 });
    expect(other.made.wait).toBe(Number.POSITIVE_INFINITY);
  });
});
