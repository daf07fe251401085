import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import type { Answer } from "reprise";
import { type AnsweringCache, type RepriseMiddlewareOptions, repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { partsOf, says, streamOf, textParts } from "./support.js";

const boom = new Error("boom");
const miss: Answer = { status: "miss", reason: "unseen", depth: 0 };
const hit: Answer = {
  status: "hit",
  match: "exact",
  reply: { role: "assistant", content: "known" },
  bindings: {},
  template: "t",
  id: "a",
  age: 1,
};
const cacheOf = (own: Partial<AnsweringCache>): AnsweringCache => ({
  lookup: async () => miss,
  observe: async () => {},
  ...own,
});
const rejects = async () => {
  throw boom;
};
const throws = () => {
  throw boom;
};

const ask = async (cache: AnsweringCache, options: RepriseMiddlewareOptions = {}) => {
  const faults: unknown[] = [];
  const inner = new MockLanguageModelV4({
    doGenerate: says("from the model"),
    doStream: async () => ({ stream: streamOf(textParts("from the model")) }),
  });
  const middleware = repriseMiddleware(cache, { onFault: (error) => faults.push(error), ...options });
  const model = wrapLanguageModel({ model: inner, middleware: middleware });
  const generated = await generateText({ model, prompt: "hi", maxRetries: 0 });
  const streamed = streamText({ model, prompt: "hi", maxRetries: 0 });
  return {
    texts: [generated.text, await streamed.text],
    status: generated.finalStep.providerMetadata?.reprise,
    calls: inner.doGenerateCalls.length + inner.doStreamCalls.length,
    faults,
  };
};

describe("the model answers", () => {
  it.each<[string, Partial<AnsweringCache>, RepriseMiddlewareOptions]>([
    ["when a lookup rejects", { lookup: rejects }, {}],
    ["when a lookup throws", { lookup: throws as never }, {}],
    ["when a lookup gives nonsense", { lookup: async () => ({ status: "hit" }) as never }, {}],
    ["when the scope function throws", { lookup: async () => hit }, { scope: throws }],
    ["when no id can be made for a hit", { lookup: async () => hit }, { generateId: throws }],
    ["when the clock fails", { lookup: async () => hit }, { now: throws }],
  ])("%s", async (_name, cache, options) => {
    const { texts, status, calls, faults } = await ask(cacheOf(cache), options);
    expect(texts).toEqual(["from the model", "from the model"]);
    expect(status).toEqual({ status: "bypass", reason: "fault", saved: { inputTokens: 0, outputTokens: 0 } });
    expect(calls).toBe(2);
    expect(faults).toHaveLength(2);
  });

  it.each<[string, Partial<AnsweringCache>]>([
    ["rejects", { observe: rejects }],
    ["throws", { observe: throws as never }],
  ])("when observing %s", async (_name, cache) => {
    const { texts, status, faults } = await ask(cacheOf(cache));
    expect(texts).toEqual(["from the model", "from the model"]);
    expect(status).toMatchObject({ status: "miss", reason: "unseen" });
    expect(faults).toEqual([boom, boom]);
  });

  it("when observing never ends", async () => {
    const { texts } = await ask(cacheOf({ observe: () => new Promise(() => {}) }));
    expect(texts).toEqual(["from the model", "from the model"]);
  });

  it("when the fault listener throws too", async () => {
    const { texts } = await ask(cacheOf({ lookup: rejects }), { onFault: throws });
    expect(texts).toEqual(["from the model", "from the model"]);
  });

  it("when the prompt holds what cannot be written as JSON", async () => {
    const inner = new MockLanguageModelV4({ doGenerate: says("from the model") });
    const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cacheOf({})) });
    const result = await model.doGenerate({
      prompt: [
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "x", toolName: "t", input: { big: 1n } }],
        },
      ],
    });
    expect(result.content).toEqual([{ type: "text", text: "from the model" }]);
    expect(result.providerMetadata?.reprise).toMatchObject({ status: "bypass", reason: "fault" });
  });
});

describe("options that are wrong in one call", () => {
  const call = { prompt: [], providerOptions: { reprise: { bindngs: {} }, openai: { user: "u" } } };
  const setup = () => {
    let looked = 0;
    const cache = cacheOf({
      lookup: async () => {
        looked++;
        return hit;
      },
    });
    const inner = new MockLanguageModelV4({
      doGenerate: says("from the model"),
      doStream: async () => ({ stream: streamOf(textParts("from the model")) }),
    });
    const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
    return { model, inner, looked: () => looked };
  };
  const warning = { type: "other", message: expect.stringContaining('unknown option "bindngs"') };
  const metadata = {
    status: "bypass",
    reason: "invalid",
    saved: { inputTokens: 0, outputTokens: 0 },
    warnings: [warning.message],
  };

  it("bypass the cache with a warning, and never reach the provider", async () => {
    const { model, inner, looked } = setup();
    const result = await model.doGenerate(call);
    expect(result.content).toEqual([{ type: "text", text: "from the model" }]);
    expect(result.warnings).toEqual([warning]);
    expect(result.providerMetadata).toEqual({ reprise: metadata });
    expect(inner.doGenerateCalls[0]?.providerOptions).toEqual({ openai: { user: "u" } });
    expect(looked()).toBe(0);
  });

  it("say so in a stream too", async () => {
    const { model, inner } = setup();
    const parts = await partsOf((await model.doStream(call)).stream);
    expect(parts[0]).toEqual({ type: "stream-start", warnings: [warning] });
    expect(parts.at(-1)).toMatchObject({ type: "finish", providerMetadata: { reprise: metadata } });
    expect(inner.doStreamCalls[0]?.providerOptions).toEqual({ openai: { user: "u" } });
  });
});

describe("an error of the model", () => {
  it("reaches the caller unchanged, and nothing is learned", async () => {
    const observed: unknown[] = [];
    const inner = new MockLanguageModelV4({ doGenerate: rejects, doStream: rejects });
    const cache = cacheOf({
      observe: async (...exchange) => {
        observed.push(exchange);
      },
    });
    const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
    await expect(generateText({ model, prompt: "hi", maxRetries: 0 })).rejects.toBe(boom);
    await expect(model.doStream({ prompt: [] })).rejects.toBe(boom);
    expect(observed).toEqual([]);
  });
});
