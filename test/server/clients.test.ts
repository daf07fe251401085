/**
 * The clients that people use, through the proxy over real sockets: a hit is what the miss was, but for ids,
 * time and usage.
 */
import { createOpenAI } from "@ai-sdk/openai";
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { generateText, isStepCount, streamText, tool, wrapLanguageModel } from "ai";
import Keyv from "keyv";
import { createAgent, tool as langchainTool } from "langchain";
import OpenAI from "openai";
import { createCache } from "reprise";
import { repriseMiddleware as aiMiddleware } from "reprise/ai-sdk";
import { repriseMiddleware as langchainMiddleware } from "reprise/langchain";
import type { ModelScript } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { provider, proxy, scripted } from "./support.js";

const schema = z.object({ city: z.string() });
const look = async ({ city }: { city: string }) => JSON.stringify({ city, degrees: 20 });
const description = "The weather in a city.";

const weather: ModelScript = ({ messages, index }) => {
  const last = messages.at(-1) as { role?: string; type?: string; content?: unknown; output?: unknown };
  const result =
    last.role === "tool" ? last.content : last.type === "function_call_output" ? last.output : undefined;
  const usage = { inputTokens: 7, outputTokens: 3 };
  if (result !== undefined)
    return { reply: { role: "assistant", content: `Answer: ${String(result)}` }, usage };
  return {
    reply: {
      role: "assistant",
      content: null,
      tool_calls: [
        {
          id: `call_${index}`,
          type: "function",
          function: { name: "look_up", arguments: '{"city":"Paris"}' },
        },
      ],
    },
    usage,
  };
};
const answer = 'Answer: {"city":"Paris","degrees":20}';

async function setup() {
  const upstream = await scripted(weather);
  const { url, cache } = await proxy(upstream.url);
  return { upstream, baseURL: `${url}/v1`, cache };
}

describe("the AI SDK", () => {
  it.each(["chat", "responses"] as const)(
    "runs a loop of tools over %s, plain and streamed, from hits alone",
    async (api) => {
      const { upstream, baseURL } = await setup();
      const call = () => ({
        model: createOpenAI({ apiKey: "sk-one", baseURL })[api]("m"),
        prompt: "Weather in Paris?",
        tools: { look_up: tool({ description, inputSchema: schema, execute: look }) },
        stopWhen: isStepCount(3),
        maxRetries: 0,
      });
      const miss = await generateText(call());
      const hit = await generateText(call());
      const streamed = streamText(call());
      expect([miss.text, hit.text, await streamed.text]).toEqual([answer, answer, answer]);
      expect(upstream.asked).toHaveLength(2);
      expect([
        miss.totalUsage.inputTokens,
        hit.totalUsage.inputTokens,
        (await streamed.totalUsage).outputTokens,
      ]).toEqual([14, 0, 0]);
      expect(hit.finishReason).toBe(miss.finishReason);
    },
  );
});

describe("LangChain", () => {
  it.each([false, true])(
    "runs an agent (over Responses: %s), plain and streamed, from hits alone",
    async (useResponsesApi) => {
      const { upstream, baseURL } = await setup();
      const agent = () =>
        createAgent({
          model: new ChatOpenAI({
            model: "m",
            apiKey: "sk-one",
            maxRetries: 0,
            useResponsesApi,
            configuration: { baseURL },
          }),
          tools: [langchainTool(look, { name: "look_up", description, schema })],
        });
      const run = async () =>
        (await agent().invoke({ messages: [new HumanMessage("Weather in Paris?")] })).messages.at(-1)?.text;
      expect([await run(), await run()]).toEqual([answer, answer]);
      expect(upstream.asked).toHaveLength(2);
      const model = new ChatOpenAI({
        model: "m",
        apiKey: "sk-one",
        maxRetries: 0,
        useResponsesApi,
        configuration: { baseURL },
      });
      const texts: string[] = [];
      for (let turn = 0; turn < 2; turn++) {
        let text = "";
        for await (const chunk of await model.stream([new HumanMessage("Weather?")]))
          text += chunk.tool_call_chunks?.map(({ name, args }) => `${name ?? ""}${args ?? ""}`).join("");
        texts.push(text);
      }
      expect(upstream.asked).toHaveLength(3);
      expect(texts[1]).toBe(texts[0]);
      expect(texts[0]).toContain("look_up");
    },
  );
});

describe("OpenAI's client", () => {
  it("gets the same object from a hit, over both APIs, plain and streamed", async () => {
    const upstream = await scripted(() => ({
      reply: { role: "assistant", content: "Grüße 🌍" },
      usage: { inputTokens: 9, outputTokens: 4 },
    }));
    const { url } = await proxy(upstream.url);
    const client = new OpenAI({ apiKey: "sk-one", baseURL: `${url}/v1`, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "hello" }];
    const asks = {
      chat: () => client.chat.completions.create({ model: "m", messages }),
      "chat, streamed": () => client.chat.completions.stream({ model: "m", messages }).finalChatCompletion(),
      responses: () => client.responses.create({ model: "m", input: "hello, you" }),
      "responses, streamed": () =>
        client.responses.stream({ model: "m", input: "hello, you" }).finalResponse(),
    };
    const steady = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (name, item: unknown) =>
          /^(?:id|created|created_at|usage|parsed|output_parsed)$/.test(name) ? undefined : item,
        ),
      );
    for (const pair of [
      ["chat", "chat, streamed"],
      ["responses", "responses, streamed"],
    ] as const) {
      const [miss, hit, streamed] = [await asks[pair[0]](), await asks[pair[0]](), await asks[pair[1]]()];
      expect(steady(hit)).toEqual(steady(miss));
      expect(JSON.stringify(streamed)).toContain("Grüße 🌍");
    }
    expect(upstream.asked).toHaveLength(2);
  });

  it("lists models and makes embeddings past the cache", async () => {
    const upstream = await provider((_incoming, outgoing) =>
      outgoing.setHeader("content-type", "application/json").end('{"data":[]}'),
    );
    const { url } = await proxy(upstream.url);
    const client = new OpenAI({ apiKey: "sk-one", baseURL: `${url}/v1`, maxRetries: 0 });
    await client.models.list();
    await client.embeddings.create({ model: "m", input: "x" });
    expect(upstream.asked.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      "GET /v1/models",
      "POST /v1/embeddings",
    ]);
  });
});

describe("one store, three frameworks", () => {
  const question = "Weather in Paris?";
  type Run = (upstream: string, store: Keyv) => Promise<string>;
  /** All of them name the same model at the same place. */
  const ways: Record<string, Run> = {
    "the AI SDK": async (upstream, store) => {
      const cache = createCache({ store, auditRate: 0 });
      const model = createOpenAI({ apiKey: "sk-one", baseURL: upstream }).chat("m");
      const { text } = await generateText({
        model: wrapLanguageModel({ model, middleware: aiMiddleware(cache) }),
        prompt: question,
        tools: { look_up: tool({ description, inputSchema: schema, execute: look }) },
        stopWhen: isStepCount(3),
      });
      await cache.close();
      return text;
    },
    LangChain: async (upstream, store) => {
      const cache = createCache({ store, auditRate: 0 });
      const agent = createAgent({
        model: new ChatOpenAI({ model: "m", apiKey: "sk-one", configuration: { baseURL: upstream } }),
        tools: [langchainTool(look, { name: "look_up", description, schema })],
        middleware: [langchainMiddleware(cache)],
      });
      const { messages } = await agent.invoke({ messages: [new HumanMessage(question)] });
      await cache.close();
      return messages.at(-1)?.text ?? "";
    },
    "the proxy": async (upstream, store) => {
      const cache = createCache({ store, auditRate: 0 });
      const { url, stop } = await proxy(upstream, { share: true }, cache);
      const client = new OpenAI({ apiKey: "sk-one", baseURL: `${url}/v1`, maxRetries: 0 });
      const text = await client.chat.completions
        .runTools({
          model: "m",
          messages: [{ role: "user", content: question }],
          tools: [
            {
              type: "function",
              function: {
                name: "look_up",
                description,
                parameters: {
                  type: "object",
                  properties: { city: { type: "string" } },
                  required: ["city"],
                  additionalProperties: false,
                },
                parse: JSON.parse,
                function: look,
              },
            },
          ],
        })
        .finalContent();
      await stop();
      await cache.close();
      return text ?? "";
    },
  };
  const names = Object.keys(ways);
  it.each(
    names.flatMap((teacher) =>
      names.filter((name) => name !== teacher).map((pupil) => [teacher, pupil] as const),
    ),
  )("what %s taught is served by %s", async (teacher, pupil) => {
    const upstream = await scripted(weather);
    const store = new Keyv();
    expect(await ways[teacher]?.(upstream.url, store)).toBe(answer);
    expect(await ways[pupil]?.(upstream.url, store)).toBe(answer);
    expect(upstream.asked).toHaveLength(2);
  });
});
