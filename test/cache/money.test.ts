import { describe, expect, it } from "vitest";
import { Purse } from "../../src/cache/money.js";
import { createCache, type InductionModel } from "../../src/index.js";
import { ask, calls, says, setUp } from "../support/cache.js";

const usage = { inputTokens: 1_000, outputTokens: 100 };
const prices = { cheap: { input: 1, output: 10 } };

describe("money", () => {
  it("is what hits saved and audits cost, in US dollars, beside the tokens", async () => {
    const { cache } = setUp({ prices, auditRate: 1 });
    const request = ask("Hello", { model: "cheap" });
    await cache.observe(request, says("Hi"), { usage });
    await cache.lookup(request);
    await cache.observe(request, says("Hi"), { usage: { inputTokens: 500, outputTokens: 50 } });
    await cache.lookup(request);
    const { saved, spent, money } = cache.stats();
    expect([saved, spent.audits]).toEqual([
      { inputTokens: 2_000, outputTokens: 200 },
      { inputTokens: 500, outputTokens: 50 },
    ]);
    expect(money?.saved).toBeCloseTo(0.004, 12);
    expect(money?.audits).toBeCloseTo(0.001, 12);
    expect(money?.unpriced).toBe(0);
  });

  it("tells what a model cost that helps to learn, as far as it is named", async () => {
    const model: InductionModel = async () => ({ value: { spans: [] }, usage, model: "cheap" });
    const { cache } = setUp({ prices, induction: { model, attempts: 1 } });
    await cache.observe(ask("Book a guide in the capital of Norway"), calls("book_guide", { city: "Oslo" }));
    await cache.settled();
    const { spent, money, model: figures } = cache.stats();
    expect(spent.induction.inputTokens).toBeGreaterThan(0);
    expect(spent.induction).toEqual(figures?.tokens);
    expect(money?.induction).toBeCloseTo((0.002 * spent.induction.inputTokens) / 1_000, 12);
  });

  it("is not told where nobody has given prices", async () => {
    expect(setUp().cache.stats().money).toBeUndefined();
  });

  it("counts apart what no price is known for, and survives prices that fail", () => {
    const purse = new Purse();
    purse.note("saved", "cheap", usage);
    purse.note("saved", "unknown", usage);
    purse.note("saved", undefined, usage);
    purse.note("audits", "cheap", undefined);
    expect(purse.money(prices)).toEqual({ saved: 0.002, audits: 0, induction: 0, unpriced: 3 });
    const broken = (): number => {
      throw new Error("no");
    };
    expect(purse.money(broken)).toEqual({ saved: 0, audits: 0, induction: 0, unpriced: 4 });
    expect(purse.money(() => Number.NaN).unpriced).toBe(4);
    expect(purse.tokens("saved")).toEqual({ inputTokens: 3_000, outputTokens: 300 });
  });

  it("keeps no more than two hundred names, whoever makes them up", () => {
    const purse = new Purse();
    for (let index = 0; index < 1_000; index++) purse.note("saved", `model-${index}`, usage);
    const asked = new Set<string>();
    const { unpriced } = purse.money((model) => {
      asked.add(model);
      return 1;
    });
    expect([asked.size, unpriced]).toEqual([200, 800]);
  });

  it.each([[{ m: { input: 1 } }], [{ m: { input: -1, output: 1 } }], ["table"], [{ m: null }]])(
    "prices are a function or a table: %j is refused",
    (given) => {
      expect(() => createCache({ prices: given as never })).toThrow(/"prices"/);
    },
  );
});
