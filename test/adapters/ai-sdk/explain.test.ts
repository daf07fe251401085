import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { generated, says, streamOf, textParts } from "./support.js";

function setUp(options: Parameters<typeof repriseMiddleware>[1] = {}) {
  const cache = createCache({ policy: "eager", auditRate: 0 });
  const inner = new MockLanguageModelV4({ doGenerate: async () => says("The light is on.") });
  const reprise = repriseMiddleware(cache, options);
  return { cache, inner, reprise, model: wrapLanguageModel({ model: inner, middleware: reprise }) };
}

const prompt = (text: string) => [{ role: "user" as const, content: [{ type: "text" as const, text }] }];

describe("explainCall", () => {
  it("tells of a call as the SDK has it, and asks no model", async () => {
    const { cache, inner, reprise, model } = setUp();
    await generateText({ model, prompt: "Switch on the light." });
    const [call] = inner.doGenerateCalls;
    if (!call) throw new Error("no call was made");
    expect(reprise.explainCall(inner, call).outcome).toBe("hit");
    expect(reprise.explainCall(inner, { ...call, prompt: prompt("Switch on the lamp.") }).sentence).toMatch(
      /up to message 1 \(user\), which differs after "Switch on the ": "lamp\." instead of "light\."/,
    );
    // Another setting is another scope, of which nothing is known.
    expect(reprise.explainCall(inner, { ...call, temperature: 1 }).nearest).toBeUndefined();
    expect(inner.doGenerateCalls).toHaveLength(1);
    expect(cache.stats().lookups).toBe(1);
  });

  it("tells why a call would go past the cache, and refuses wrong options", () => {
    const { inner, reprise } = setUp({ requireScope: true });
    expect(reprise.explainCall(inner, { prompt: prompt("hi") })).toMatchObject({
      outcome: "bypass",
      reason: "unscoped",
    });
    const scoped = { prompt: prompt("hi"), providerOptions: { reprise: { scope: "acme" } } };
    expect(reprise.explainCall(inner, scoped)).toMatchObject({ outcome: "miss" });
    const wrong = { prompt: prompt("hi"), providerOptions: { reprise: { scoop: "acme" } } };
    expect(() => reprise.explainCall(inner, wrong)).toThrow(/unknown option "scoop"/);
  });

  it("a result says why its reply was not kept, streamed or not", async () => {
    const finishReason = { unified: "length" as const, raw: "length" };
    const cut = { ...generated([{ type: "text", text: "The" }]), finishReason };
    const parts = textParts("The").map((part) => (part.type === "finish" ? { ...part, finishReason } : part));
    const inner = new MockLanguageModelV4({
      doGenerate: async () => cut,
      doStream: async () => ({ stream: streamOf(parts) }),
    });
    const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(createCache()) });
    const { finalStep } = await generateText({ model, prompt: "hi" });
    expect(finalStep.providerMetadata?.reprise).toMatchObject({ status: "miss", refused: "finish-reason" });
    const streamed = await streamText({ model, prompt: "hi" }).finalStep;
    expect(streamed.providerMetadata?.reprise).toMatchObject({ status: "miss", refused: "finish-reason" });
    const kept = await generateText({ model: setUp().model, prompt: "hi" });
    expect(kept.finalStep.providerMetadata?.reprise).not.toHaveProperty("refused");
  });
});
