import { describe, expect, it } from "vitest";
import { LARGE_KINDS, type LargeKind } from "../../bench/learn-kinds.js";
import { CallNumbers, normaliseMessage } from "../../src/answer/normalise.js";
import { learn } from "../../src/learn/index.js";
import { Observation } from "../../src/learn/observation.js";
import { Pace } from "../../src/learn/schedule/pace.js";
import type { Exchange } from "../../src/tree/knowledge.js";
import { exchangeOf } from "../support/turns.js";
import { bench } from "../support/workshop.js";

/** A pace that rests wherever it may, and tells the longest stretch of steps without a rest. */
class Watched extends Pace {
  longest = 0;
  private last = 0;

  override get tired(): boolean {
    this.note();
    return false;
  }

  override get overdue(): boolean {
    this.note();
    return false;
  }

  private note(): void {
    this.longest = Math.max(this.longest, this.steps - this.last);
    this.last = this.steps;
  }
}

function exchangeFrom(make: LargeKind, size: number, seed: number): Exchange {
  const { messages, reply } = make(size, seed);
  const calls = new CallNumbers();
  const turns = messages.map((message) => normaliseMessage(message, calls));
  return exchangeOf(turns, normaliseMessage({ ...reply, role: "assistant" }, calls));
}

/** What it takes to learn from two exchanges of one kind, the second of which has the first beside it. */
async function learnTwo(make: LargeKind, size: number): Promise<{ steps: number; longest: number }> {
  const { workshop, knowledge } = bench();
  let steps = 0;
  let longest = 0;
  for (const seed of [1, 2]) {
    const exchange = exchangeFrom(make, size, seed);
    const pace = new Watched({ maxNodes: 5_000_000, enforced: true });
    knowledge.add(exchange);
    expect(await learn(new Observation(exchange, { pace }), workshop)).toBeUndefined();
    steps += pace.steps;
    longest = Math.max(longest, pace.longest);
  }
  return { steps, longest };
}

describe("learning from large exchanges", () => {
  describe.each(Object.entries(LARGE_KINDS))("of %s", (_name, make) => {
    it("takes steps in proportion to their size", async () => {
      // Beyond 16 KB the bounds on what is aligned and searched through have all been met.
      const [half, whole] = [await learnTwo(make, 32_000), await learnTwo(make, 64_000)];
      expect(whole.steps).toBeLessThanOrEqual(2.3 * half.steps);
    });

    it("rests again and again: no stretch without a rest grows with them", async () => {
      const { longest } = await learnTwo(make, 128_000);
      expect(longest).toBeLessThan(10_000);
    });
  });

  it("lets the event loop turn while it learns", async () => {
    const { workshop, knowledge } = bench();
    const exchange = exchangeFrom(LARGE_KINDS["copied words"] as LargeKind, 1_000_000, 1);
    knowledge.add(exchange);
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const observation = new Observation(exchange);
    await learn(observation, workshop);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(observation.pace.rests);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("the budget of an observation", () => {
  const first = LARGE_KINDS["JSON, a result"] as LargeKind;

  it("breaks learning off where it is used up: nothing more is learned of the exchange, and it says where", async () => {
    const { workshop, knowledge, kept } = bench();
    const exchange = exchangeFrom(first, 4_000, 1);
    knowledge.add(exchange);
    const pace = new Pace({ maxNodes: 60, enforced: true });
    const curtailed = await learn(new Observation(exchange, { pace }), workshop);
    expect(curtailed?.stage).toBe("flow");
    expect(curtailed?.steps).toBeGreaterThan(60);
    expect([kept, workshop.memory.has(exchange)]).toEqual([[], false]);
    expect(knowledge.scope("s").exact.get(exchange.conversation)).toEqual([exchange]);
  });

  it("gives the same result however often it rests", async () => {
    const results: unknown[] = [];
    for (const isTired of [true, false]) {
      class Steady extends Pace {
        override get tired(): boolean {
          return isTired;
        }
      }
      const { workshop, knowledge, kept } = bench();
      const steps: number[] = [];
      for (const seed of [1, 2]) {
        const exchange = exchangeFrom(first, 2_000, seed);
        knowledge.add(exchange);
        const pace = new Steady({ maxNodes: 5_000_000, enforced: true });
        await learn(new Observation(exchange, { pace }), workshop);
        steps.push(pace.steps);
      }
      results.push([steps, kept.map(({ id }) => id)]);
    }
    expect(results[0]).toEqual(results[1]);
  });
});
