/**
 * One store, two frameworks, one name for the model in both: what an AI SDK agent taught, a LangChain agent
 * is served, and the reverse.
 */
import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { AIMessage } from "@langchain/core/messages";
import { tool as aiTool, generateText, isStepCount, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import Keyv from "keyv";
import { createAgent, tool as langchainTool } from "langchain";
import { type Cache, createCache } from "reprise";
import { repriseMiddleware as aiMiddleware } from "reprise/ai-sdk";
import { repriseMiddleware as langchainMiddleware } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { done, human, StreamingModel } from "./support.js";

const schema = z.object({
  city: z.string().describe("The city's name."),
  days: z.number().default(1),
  unit: z.enum(["C", "F"]).optional(),
});
const description = "The weather in a city.";
const SYSTEM = "Be kind.";
const lookUp = async ({ city }: { city: string }) => ({ city, degrees: 20, sunny: true });
const cityOf = (text: string) => / in (\w+)/.exec(text)?.[1] ?? "";

interface Run {
  readonly answer: string;
  readonly modelCalls: number;
}

async function runAiSdk(cache: Cache, question: string, bindings?: Record<string, string>): Promise<Run> {
  const usage = {
    inputTokens: { total: 7, noCache: 7, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 5, text: 5, reasoning: 0 },
  };
  const model = new MockLanguageModelV4({
    provider: "scripted.chat",
    modelId: "one",
    async doGenerate({ prompt }: { prompt: LanguageModelV4Prompt }) {
      const last = prompt.at(-1);
      const part = last?.role === "tool" ? last.content[0] : undefined;
      const result =
        part?.type === "tool-result" && part.output.type === "json"
          ? JSON.stringify(part.output.value)
          : undefined;
      const content = result
        ? [{ type: "text" as const, text: `Answer: ${result}` }]
        : [
            {
              type: "tool-call" as const,
              toolCallId: "ai-1",
              toolName: "look_up",
              input: JSON.stringify({ city: cityOf(question), days: 1 }),
            },
          ];
      return {
        content,
        finishReason: { unified: result ? ("stop" as const) : ("tool-calls" as const), raw: "x" },
        usage,
        warnings: [],
      };
    },
  });
  const { text } = await generateText({
    model: wrapLanguageModel({ model, middleware: aiMiddleware(cache) }),
    instructions: SYSTEM,
    prompt: question,
    tools: { look_up: aiTool({ description, inputSchema: schema, execute: lookUp }) },
    stopWhen: isStepCount(4),
    ...(bindings && { providerOptions: { reprise: { bindings } } }),
  });
  return { answer: text, modelCalls: model.doGenerateCalls.length };
}

async function runLangChain(cache: Cache, question: string, bindings?: Record<string, string>): Promise<Run> {
  const model = new StreamingModel({
    script: ({ messages }) => {
      const last = messages.at(-1);
      if (last?.type === "tool") return { content: `Answer: ${last.text}`, ...done() };
      return {
        content: "",
        tool_calls: [
          { type: "tool_call", id: "lc-1", name: "look_up", args: { city: cityOf(question), days: 1 } },
        ],
        ...done("tool_calls"),
      };
    },
  });
  const agent = createAgent({
    model,
    systemPrompt: SYSTEM,
    tools: [langchainTool(lookUp, { name: "look_up", description, schema })],
    middleware: [langchainMiddleware(cache, { model: "scripted/one" })],
  });
  const { messages } = await agent.invoke(
    { messages: human(question) },
    { context: { ...(bindings && { reprise: { bindings } }) } },
  );
  return { answer: (messages.at(-1) as AIMessage).text, modelCalls: model.calls };
}

const question = "Weather in Paris?";
const answer = 'Answer: {"city":"Paris","degrees":20,"sunny":true}';

describe.each([
  { teacher: "AI SDK", teach: runAiSdk, pupil: "LangChain", serve: runLangChain },
  { teacher: "LangChain", teach: runLangChain, pupil: "AI SDK", serve: runAiSdk },
])("what $teacher taught", ({ teach, serve, pupil }) => {
  it(`serves ${pupil} the same conversation, in one process`, async () => {
    const cache = createCache();
    expect(await teach(cache, question)).toEqual({ answer, modelCalls: 2 });
    expect(await serve(cache, question)).toEqual({ answer, modelCalls: 0 });
  });

  it(`serves ${pupil} in a later process on the same store`, async () => {
    const store = new Keyv();
    const first = createCache({ store });
    await teach(first, question);
    await first.close();
    const second = createCache({ store });
    expect(await serve(second, question)).toEqual({ answer, modelCalls: 0 });
    await second.close();
  });

  it(`serves ${pupil} other values from its templates`, async () => {
    const cache = createCache({ policy: "eager", induction: false, auditRate: 0 });
    await teach(cache, question, { city: "Paris" });
    await cache.settled();
    const served = await serve(cache, "Weather in Oslo?", { city: "Oslo" });
    expect(served).toEqual({ answer: 'Answer: {"city":"Oslo","degrees":20,"sunny":true}', modelCalls: 0 });
  });
});
