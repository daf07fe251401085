import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import type { AskedModel } from "../../../adapters/ai-sdk/scope.js";
import { toAsked } from "../../../adapters/ai-sdk/to-core.js";

const who: AskedModel = { model: { provider: "openai.chat", modelId: "gpt-x" }, named: undefined };
const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
const request = (
  params: Partial<LanguageModelV4CallOptions> & Record<string, unknown> = {},
  own: Partial<AskedModel> = {},
) => toAsked({ prompt, ...params }, { ...who, ...own });

describe("scope", () => {
  const tool = { type: "function" as const, name: "t", inputSchema: { type: "object" as const } };
  const plain = JSON.stringify(request());
  const differing: Record<string, Record<string, unknown>> = {
    maxOutputTokens: { maxOutputTokens: 10 },
    temperature: { temperature: 0 },
    topP: { topP: 0.5 },
    topK: { topK: 3 },
    presencePenalty: { presencePenalty: 1 },
    frequencyPenalty: { frequencyPenalty: 1 },
    stopSequences: { stopSequences: ["x"] },
    seed: { seed: 0 },
    reasoning: { reasoning: "high" },
    "a setting of next year": { verbosity: "low" },
    tools: { tools: [tool] },
    "a tool's description": { tools: [{ ...tool, description: "d" }] },
    "a tool's schema": {
      tools: [{ ...tool, inputSchema: { type: "object", properties: { providerOptions: {} } } }],
    },
    "a tool's strictness": { tools: [{ ...tool, strict: true }] },
    "a tool's examples": { tools: [{ ...tool, inputExamples: [{ input: {} }] }] },
    "a tool's field of next year": { tools: [{ ...tool, outputSchema: { type: "string" } }] },
    "a tool's provider options": { tools: [{ ...tool, providerOptions: { openai: { defer: true } } }] },
    "a provider's tool": { tools: [{ type: "provider", id: "openai.web", name: "web", args: { size: 1 } }] },
    "tool choice none": { toolChoice: { type: "none" } },
    "tool choice required": { toolChoice: { type: "required" } },
    "tool choice of one": { toolChoice: { type: "tool", toolName: "t" } },
    "response format": { responseFormat: { type: "json" } },
    "response format's name": { responseFormat: { type: "json", name: "n" } },
    "response format's schema": { responseFormat: { type: "json", schema: { type: "object" } } },
    "provider options": { providerOptions: { openai: { reasoningEffort: "low" } } },
    "another provider's word for bookkeeping": { providerOptions: { memory: { user: "u1" } } },
    "options on a user message": { prompt: [{ ...prompt[0], providerOptions: { a: { b: 1 } } }] },
    "options on a part": {
      prompt: [
        {
          role: "user",
          content: [{ type: "text", text: "hi", providerOptions: { openai: { imageDetail: "low" } } }],
        },
      ],
    },
  };

  it.each(Object.keys(differing))("differs by %s", (name) => {
    expect(JSON.stringify(request(differing[name]))).not.toBe(plain);
  });

  it("differs between any two of these", () => {
    const all = Object.values(differing).map((params) => JSON.stringify(request(params)));
    expect(new Set(all).size).toBe(all.length);
  });

  it("differs by provider and model, not by the provider's API", () => {
    expect(request().model).toBe("openai/gpt-x");
    expect(request({}, { model: { provider: "openai.responses", modelId: "gpt-x" } }).model).toBe(
      "openai/gpt-x",
    );
    expect(request({}, { model: { provider: "google.vertex.chat", modelId: "gpt-x" } }).model).toBe(
      "google.vertex/gpt-x",
    );
  });

  it.each([
    ["headers", { headers: { "user-agent": "ai/7" } }],
    ["the abort signal", { abortSignal: new AbortController().signal }],
    ["raw chunks", { includeRawChunks: true }],
    [
      "undefined settings",
      {
        temperature: undefined,
        tools: undefined,
        toolChoice: undefined,
        responseFormat: undefined,
        providerOptions: undefined,
      },
    ],
    ["an empty tool list", { tools: [] }],
    [
      "default values",
      { toolChoice: { type: "auto" }, reasoning: "provider-default", responseFormat: { type: "text" } },
    ],
    ["our own options", { providerOptions: { reprise: { write: true } } }],
    [
      "prompt-cache hints",
      {
        providerOptions: {
          anthropic: { cacheControl: { type: "ephemeral" } },
          openai: { promptCacheKey: "k" },
        },
      },
    ],
    [
      "OpenAI's bookkeeping",
      { providerOptions: { openai: { user: "u", metadata: { a: "b" }, store: false } } },
    ],
    [
      "a prompt-cache hint in the prompt",
      { prompt: [{ ...prompt[0], providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } }] },
    ],
  ])("does not differ by %s", (_name, params) => {
    expect(JSON.stringify(request(params as never))).toBe(plain);
  });

  it("writes tools and settings as the Chat Completions API does", () => {
    const made = request({
      maxOutputTokens: 10,
      stopSequences: ["x"],
      seed: 1,
      tools: [
        {
          ...tool,
          description: "d",
          strict: undefined,
          inputSchema: { $schema: "http://json-schema.org/draft-07/schema#", type: "object" },
        },
      ] as never,
      toolChoice: { type: "tool", toolName: "t" },
      responseFormat: { type: "json", name: "n", schema: { type: "object" } },
      providerOptions: { openai: { reasoningEffort: "low", gone: undefined as never } },
    });
    expect(made).toEqual({
      messages: [{ role: "user", content: "hi" }],
      model: "openai/gpt-x",
      tools: [
        { type: "function", function: { name: "t", description: "d", parameters: { type: "object" } } },
      ],
      settings: {
        max_tokens: 10,
        stop: ["x"],
        seed: 1,
        tool_choice: { type: "function", function: { name: "t" } },
        response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } },
        provider_options: { openai: { reasoningEffort: "low" } },
      },
    });
    expect(Object.keys(request())).toEqual(["messages", "model"]);
  });
});
