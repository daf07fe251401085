import { describe, expect, it } from "vitest";
import { inducer } from "../../../adapters/ai-sdk/index.js";
import { INDUCTION_REQUEST } from "../../support/induction-request.js";

type Call = {
  prompt: { role: string; content: unknown; providerOptions?: unknown }[];
  responseFormat: unknown;
  tools?: unknown;
  abortSignal?: AbortSignal;
};

function scripted(usage: unknown, text = '{"spans":[]}') {
  const calls: Call[] = [];
  const model = {
    specificationVersion: "v4",
    provider: "test",
    modelId: "m",
    doGenerate: async (call: Call) => {
      calls.push(call);
      return {
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text },
        ],
        usage,
      };
    },
  };
  return { calls, model };
}

describe("a language model of the AI SDK that helps to learn", () => {
  it("is asked for structured output without tools; the instructions stand first, marked for a prompt cache", async () => {
    const { calls, model } = scripted({ inputTokens: { total: 9 }, outputTokens: { total: 2 } });
    expect(await inducer(model)(INDUCTION_REQUEST)).toEqual({
      value: { spans: [] },
      usage: { inputTokens: 9, outputTokens: 2 },
    });
    expect(calls[0]).toMatchObject({
      prompt: [
        {
          role: "system",
          content: "Find data.",
          providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } },
        },
        { role: "user", content: [{ type: "text" }] },
      ],
      responseFormat: { type: "json", name: "identify", schema: { type: "object" } },
    });
    expect(calls[0]?.tools).toBeUndefined();
    expect(calls[0]?.abortSignal).toBe(INDUCTION_REQUEST.signal);
  });

  it("counts the tokens of either version's models", async () => {
    const { model } = scripted({ inputTokens: 4, outputTokens: 1 });
    expect((await inducer(model)(INDUCTION_REQUEST)).usage).toEqual({ inputTokens: 4, outputTokens: 1 });
  });

  it("may be named by its id, which the SDK's default provider resolves", async () => {
    const { calls, model } = scripted({});
    const named: string[] = [];
    const global = globalThis as { AI_SDK_DEFAULT_PROVIDER?: unknown };
    global.AI_SDK_DEFAULT_PROVIDER = {
      languageModel: (id: string) => {
        named.push(id);
        return model;
      },
    };
    try {
      const induce = inducer("openai/gpt-5-mini");
      await induce(INDUCTION_REQUEST);
      await induce(INDUCTION_REQUEST);
    } finally {
      delete global.AI_SDK_DEFAULT_PROVIDER;
    }
    expect([named, calls.length]).toEqual([["openai/gpt-5-mini"], 2]);
  });

  it("is refused at once if it is none", () => {
    for (const wrong of [undefined, {}, 7])
      expect(() => inducer(wrong as never)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  });
});
