import { describe, expect, it } from "vitest";
import { Curtailed, Pace } from "../../../src/learn/schedule/pace.js";

describe("the budget", () => {
  it("is spent when it is used up", () => {
    const pace = new Pace({ maxNodes: 10 });
    pace.spend(9);
    expect(pace.spent).toBe(false);
    pace.spend(1);
    expect(pace.spent).toBe(true);
  });

  it("keeps a share for later, until that is released", () => {
    const pace = new Pace({ maxNodes: 10 });
    pace.hold(0.4);
    pace.spend(6);
    expect(pace.spent).toBe(true);
    pace.release();
    expect(pace.spent).toBe(false);
    pace.spend(4);
    expect(pace.spent).toBe(true);
    pace.hold(0.4);
    expect(pace.spent).toBe(true);
  });
});

describe("an enforced budget", () => {
  it("breaks work off where it is used up, and tells after how many steps", () => {
    const pace = new Pace({ maxNodes: 10, enforced: true });
    pace.spend(10);
    expect(() => pace.spend(2)).toThrow(Curtailed);
    expect(pace.steps).toBe(12);
  });

  it("counts the work of its parts, whose own budgets only say that they are used up", () => {
    const whole = new Pace({ maxNodes: 10, enforced: true });
    const part = new Pace({ maxNodes: 4 }, whole);
    part.spend(6);
    expect([part.spent, whole.spent, whole.steps]).toEqual([true, false, 6]);
    expect(() => new Pace({ maxNodes: 100 }, whole).spend(5)).toThrow(Curtailed);
  });

  it("rests as a whole: who has just rested need not again", async () => {
    const whole = new Pace();
    const part = new Pace({}, whole);
    await part.rest();
    expect([whole.rests, part.rests]).toEqual([1, 1]);
  });
});
