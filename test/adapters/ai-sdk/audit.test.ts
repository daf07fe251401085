import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 },
};

/** A model that says what `say` says now. */
function setUp(auditRate: number, say: { text: string | Error }) {
  const draws: number[] = [];
  const cache = createCache({ policy: "eager", auditRate, random: () => draws.shift() ?? 0 });
  const model = new MockLanguageModelV4({
    doGenerate: async () => {
      if (say.text instanceof Error) throw say.text;
      return {
        content: [{ type: "text", text: say.text }],
        finishReason: { unified: "stop", raw: "stop" },
        usage,
        warnings: [],
      };
    },
  });
  const wrapped = wrapLanguageModel({ model, middleware: repriseMiddleware(cache) });
  const ask = (name: string, bindings?: Record<string, string>) =>
    generateText({
      model: wrapped,
      prompt: `Say hello to ${name}`,
      maxRetries: 0,
      ...(bindings && { providerOptions: { reprise: { bindings } } }),
    });
  return { cache, model, wrapped, ask, draws };
}

describe("an audited hit", () => {
  it("is served, and the model is asked in the background", async () => {
    const say = { text: "Hello Erik" };
    const { cache, model, ask } = setUp(1, say);
    await ask("Erik", { name: "Erik" });
    say.text = "Hello Ann";
    expect((await ask("Ann")).text).toBe("Hello Ann");
    await expect.poll(() => model.doGenerateCalls.length).toBe(2);
    await expect.poll(() => cache.stats().observed).toBe(2);
  });

  it("retires a template that the model no longer agrees with", async () => {
    const say = { text: "Hello Erik" };
    const { cache, ask } = setUp(1, say);
    await ask("Erik", { name: "Erik" });
    say.text = "Good day, Ann";
    expect((await ask("Ann")).text).toBe("Hello Ann");
    await expect.poll(() => cache.stats().templates.retired).toBeGreaterThan(0);
    say.text = "Good day, Bob";
    expect((await ask("Bob")).text).toBe("Good day, Bob");
  });

  it("is as rare as the rate says", async () => {
    const say = { text: "Hello Erik" };
    const { model, ask, draws } = setUp(0.25, say);
    await ask("Erik", { name: "Erik" });
    draws.push(0.9, 0.25, 0.24);
    await ask("Ann");
    await ask("Bob");
    expect(model.doGenerateCalls).toHaveLength(1);
    await ask("Eve");
    await expect.poll(() => model.doGenerateCalls.length).toBe(2);
  });

  it("costs a stream nothing, and a model that fails is survived", async () => {
    const say: { text: string | Error } = { text: "Hello Erik" };
    const { model, wrapped, ask, cache } = setUp(1, say);
    await ask("Erik", { name: "Erik" });
    say.text = new Error("down");
    expect(await streamText({ model: wrapped, prompt: "Say hello to Ann" }).text).toBe("Hello Ann");
    await expect.poll(() => model.doGenerateCalls.length).toBe(2);
    expect(cache.stats().observed).toBe(1);
  });

  it("never happens without a rate", async () => {
    const say = { text: "Hello Erik" };
    const { model, ask } = setUp(0, say);
    await ask("Erik", { name: "Erik" });
    await ask("Ann");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(model.doGenerateCalls).toHaveLength(1);
  });
});
