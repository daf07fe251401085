import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/learn/schedule/pace.js";

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
