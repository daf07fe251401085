/**
 * A hit is the same object as the miss it goes back to, but for ids, times and usage: with OpenAI's own
 * client, over both APIs.
 */
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import type { ModelScript } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { scriptedProvider } from "./support.js";

function setup(script: ModelScript) {
  const provider = scriptedProvider(script);
  const cache = createCache({ auditRate: 0 });
  const fetch = repriseFetch(cache, { fetch: provider.fetch });
  return {
    cache,
    provider,
    client: new OpenAI({ apiKey: "sk-test", baseURL: "http://provider.test/v1", maxRetries: 0, fetch }),
  };
}

/**
 * Without ids and times; usage is told apart. Of reasoning that is streamed, the client's helper keeps the
 * last piece alone.
 */
function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([name]) =>
      !/^(?:id|call_id|item_id|tool_call_id|created|created_at|usage|_request_id|reasoning_content)$/.test(
        name,
      ),
  );
  return Object.fromEntries(kept.map(([name, item]) => [name, steady(item)]));
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

const shapeOf = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_name, item: unknown) => (typeof item === "number" ? 0 : item));

const model = "gpt-test";
const add = {
  name: "add",
  description: "adds",
  parameters: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
};
const call = (index: number, args: string) => ({
  id: `call_${index}`,
  type: "function",
  function: { name: "add", arguments: args },
});
const REPLIES: Record<string, ModelScript> = {
  text: () => ({
    reply: { role: "assistant", content: "Grüße, 世界 🌍!" },
    usage: { inputTokens: 9, outputTokens: 4 },
  }),
  "parallel calls": () => ({
    reply: { role: "assistant", content: null, tool_calls: [call(1, '{"a":1}'), call(2, '{"a": 2}')] },
  }),
  "text and a call": () => ({
    reply: { role: "assistant", content: "Adding.", tool_calls: [call(1, '{"a":9007199254740993}')] },
  }),
  reasoning: () => ({
    reply: {
      role: "assistant",
      content: [
        { type: "reasoning", text: "They greet." },
        { type: "text", text: "Hello!" },
      ],
    },
  }),
};

describe.each(Object.entries(REPLIES))("a reply of %s", (_name, script) => {
  const messages = [{ role: "user" as const, content: "Hello" }];
  const chatBody = { model, messages, tools: [{ type: "function" as const, function: add }] };
  const responsesBody = {
    model,
    input: "Hello",
    instructions: "Be kind.",
    tools: [{ type: "function" as const, strict: false, ...add }],
  };

  it.each(["plain", "streamed"] as const)("of Chat Completions, learned %s", async (learned) => {
    const { client, provider } = setup(script);
    const streamed = async () =>
      client.chat.completions
        .stream({ ...chatBody, stream_options: { include_usage: true } })
        .finalChatCompletion();
    const plain = async () => client.chat.completions.create(chatBody);
    const miss = learned === "plain" ? await plain() : await streamed();
    const [whole, chunks] = [await plain(), await streamed()];
    expect(provider.calls()).toBe(1);
    expect(steady(learned === "plain" ? whole : chunks)).toEqual(steady(miss));
    expect(new Set([miss.id, whole.id, chunks.id]).size).toBe(3);
    for (const hit of [whole, chunks]) {
      expect(hit.choices[0]?.message.content).toEqual(miss.choices[0]?.message.content);
      expect(steady(hit.choices[0]?.message.tool_calls)).toEqual(steady(miss.choices[0]?.message.tool_calls));
      expect(numbersIn(hit.usage).every((count) => count === 0)).toBe(true);
      expect(shapeOf(hit.usage)).toEqual(shapeOf(miss.usage));
    }
  });

  it.each(["plain", "streamed"] as const)("of Responses, learned %s", async (learned) => {
    const { client, provider } = setup(script);
    const streamed = async () => client.responses.stream(responsesBody).finalResponse();
    const plain = async () => client.responses.create(responsesBody);
    const miss = learned === "plain" ? await plain() : await streamed();
    const [whole, chunks] = [await plain(), await streamed()];
    expect(provider.calls()).toBe(1);
    expect(steady(learned === "plain" ? whole : chunks)).toEqual(steady(miss));
    expect(whole.output_text).toBe(miss.output_text);
    expect(new Set([miss.id, whole.id, chunks.id]).size).toBe(3);
    for (const hit of [whole, chunks]) {
      expect(numbersIn(hit.usage).every((count) => count === 0)).toBe(true);
      expect(shapeOf(hit.usage)).toEqual(shapeOf(miss.usage));
    }
  });

  it("streams the same events, in the same order", async () => {
    const { client, provider } = setup(script);
    const eventsOf = async () => {
      const kinds: string[] = [];
      for await (const { type } of await client.responses.create({ ...responsesBody, stream: true })) {
        if (kinds.at(-1) !== type) kinds.push(type);
      }
      return kinds.filter((kind) => !/reasoning/.test(kind));
    };
    expect(await eventsOf()).toEqual(await eventsOf());
    expect(provider.calls()).toBe(1);
  });
});

describe("structured output", () => {
  const format = z.object({ name: z.string(), age: z.number() });
  const script: ModelScript = () => ({ reply: { role: "assistant", content: '{"name":"Ann","age":41}' } });

  it("is parsed from hits as from misses", async () => {
    const { client, provider } = setup(script);
    const chat = async () =>
      client.chat.completions.parse({
        model,
        messages: [{ role: "user", content: "Who?" }],
        response_format: zodResponseFormat(format, "person"),
      });
    const response = async () =>
      client.responses.parse({
        model,
        input: "Who is it?",
        text: { format: zodTextFormat(format, "person") },
      });
    expect((await chat()).choices[0]?.message.parsed).toEqual({ name: "Ann", age: 41 });
    expect((await chat()).choices[0]?.message.parsed).toEqual({ name: "Ann", age: 41 });
    expect((await response()).output_parsed).toEqual({ name: "Ann", age: 41 });
    expect((await response()).output_parsed).toEqual({ name: "Ann", age: 41 });
    expect(provider.calls()).toBe(2);
  });

  it("is not kept where it does not fit", async () => {
    const { client, provider, cache } = setup(() => ({ reply: { role: "assistant", content: "no JSON" } }));
    const ask = async () =>
      client.responses.create({
        model,
        input: "Who is it?",
        text: { format: zodTextFormat(format, "person") },
      });
    await ask();
    await ask();
    expect(provider.calls()).toBe(2);
    expect(cache.stats().refused).toEqual({ format: 2 });
  });
});

describe("a conversation with tools", () => {
  const script: ModelScript = ({ messages }) => {
    const last = messages.at(-1) as { role?: string; type?: string; content?: unknown; output?: unknown };
    if (last.role === "tool" || last.type === "function_call_output")
      return { reply: { role: "assistant", content: "It is 3." } };
    return { reply: { role: "assistant", content: null, tool_calls: [call(Math.random(), '{"a":1}')] } };
  };

  it("is served whole, by the client's own loop", async () => {
    const { client, provider } = setup(script);
    const run = async () =>
      client.chat.completions
        .runTools({
          model,
          messages: [{ role: "user", content: "Add" }],
          tools: [
            {
              type: "function",
              function: { ...add, function: () => "3", parse: JSON.parse } as never,
            },
          ],
        })
        .finalContent();
    expect(await run()).toBe("It is 3.");
    expect(await run()).toBe("It is 3.");
    expect(provider.calls()).toBe(2);
  });

  it("is served whole over Responses, where the client sends the items back", async () => {
    const { client, provider } = setup(script);
    const run = async () => {
      const tools = [{ type: "function" as const, strict: false, ...add }];
      const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: "Add" }];
      const first = await client.responses.create({ model, input, tools });
      input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]));
      for (const item of first.output) {
        if (item.type === "function_call")
          input.push({ type: "function_call_output", call_id: item.call_id, output: "3" });
      }
      return (await client.responses.create({ model, input, tools })).output_text;
    };
    expect(await run()).toBe("It is 3.");
    expect(await run()).toBe("It is 3.");
    expect(provider.calls()).toBe(2);
  });

  it("taught over one API is served over the other", async () => {
    const { client, provider } = setup(({ index }) => ({
      reply: { role: "assistant", content: `answer ${index}` },
    }));
    await client.chat.completions.create({
      model,
      messages: [{ role: "user", content: "Hello" }],
      max_completion_tokens: 9,
    });
    const { output_text } = await client.responses.create({ model, input: "Hello", max_output_tokens: 9 });
    expect([output_text, provider.calls()]).toEqual(["answer 0", 1]);
  });
});

it("the client's retries meet the provider's errors as they are, and nothing of them is kept", async () => {
  let asked = 0;
  const provider = scriptedProvider(({ index }) => ({
    reply: { role: "assistant", content: `answer ${index}` },
  }));
  const flaky: typeof globalThis.fetch = async (input, init) =>
    ++asked < 3
      ? new Response("{}", { status: 503, headers: { "retry-after-ms": "1" } })
      : provider.fetch(input, init);
  const fetch = repriseFetch(createCache(), { fetch: flaky });
  const client = new OpenAI({ apiKey: "sk-test", baseURL: "http://provider.test/v1", fetch });
  const { choices } = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Hello" }],
  });
  expect([choices[0]?.message.content, asked]).toEqual(["answer 0", 3]);
});
