import { describe, expect, it } from "vitest";
import { genaiPrices } from "../../../adapters/prices/index.js";

const usage = { inputTokens: 1_000, outputTokens: 100 };

describe("the table of prices", () => {
  it("knows models by the names that adapters give them", () => {
    const prices = genaiPrices();
    const price = prices("gpt-5-mini", usage);
    expect(price).toBeGreaterThan(0);
    for (const name of ["openai/gpt-5-mini", "openai.chat/gpt-5-mini", "elsewhere/openai/gpt-5-mini"])
      expect([name, prices(name, usage)]).toEqual([name, price]);
    expect(prices("anthropic/claude-sonnet-4-5", usage)).toBeGreaterThan(price as number);
  });

  it("says nothing of what it does not know", () => {
    for (const name of ["", "/", "mock", "acme/our-own", "__proto__", "a".repeat(10_000)])
      expect([name.slice(0, 9), genaiPrices()(name, usage)]).toEqual([name.slice(0, 9), undefined]);
  });

  it("grows with the tokens of a call, a part of one too", () => {
    const prices = genaiPrices();
    const twice = prices("gpt-5-mini", { inputTokens: 2_000, outputTokens: 200 }) as number;
    expect(twice).toBeCloseTo(2 * (prices("gpt-5-mini", usage) as number), 12);
    expect(prices("gpt-5-mini", { inputTokens: 1_000.5, outputTokens: 99.5 })).toBeGreaterThan(0);
  });

  it("is overridden by one's own prices, of a million tokens", () => {
    const prices = genaiPrices({
      "our-own": { input: 2, output: 10 },
      "gpt-5-mini": { input: 0, output: 0 },
    });
    expect(prices("acme/our-own", usage)).toBeCloseTo(0.003, 12);
    expect(prices("openai/gpt-5-mini", usage)).toBe(0);
  });
});
