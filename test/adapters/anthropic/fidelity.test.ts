/** A hit is the same object as the miss it goes back to, but for ids and usage: with Anthropic's own client. */
import Anthropic from "@anthropic-ai/sdk";
import { createCache, type Reply } from "reprise";
import { repriseFetch } from "reprise/openai";
import type { ModelScript } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { scriptedProvider } from "./support.js";

type Json = Record<string, unknown>;

function setup(script: ModelScript, options: Parameters<typeof createCache>[0] = {}) {
  const provider = scriptedProvider(script);
  const cache = createCache({ auditRate: 0, ...options });
  const fetch = repriseFetch(cache, { fetch: provider.fetch });
  const client = new Anthropic({ apiKey: "sk-ant", baseURL: "http://provider.test", maxRetries: 0, fetch });
  return { cache, provider, fetch, client };
}

/** As it is sent, without ids and usage. */
const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, item: unknown) =>
      /^(?:id|usage|parsed_output)$/.test(name) ? undefined : item,
    ),
  );

const shapeOf = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_name, item: unknown) => (typeof item === "number" ? 0 : item));

const model = "claude-test";
const hello = [{ role: "user" as const, content: "Hello" }];
const add = {
  name: "add",
  description: "adds",
  input_schema: { type: "object" as const, properties: { a: { type: "number" } }, required: ["a"] },
};
const call = (args: string) => ({ type: "function", function: { name: "add", arguments: args } });
const replies: Record<string, Reply> = {
  text: { role: "assistant", content: "Grüße, 世界 🌍!" },
  "two texts": {
    role: "assistant",
    content: [
      { type: "text", text: "One." },
      { type: "text", text: "Two." },
    ],
  },
  "parallel calls": { role: "assistant", content: "Adding.", tool_calls: [call('{"a":1}'), call('{"a":2}')] },
  "a call without a word": { role: "assistant", content: [], tool_calls: [call('{"a":1,"b":{"c":[]}}')] },
  "thoughts and a call": {
    role: "assistant",
    content: [
      { type: "reasoning", text: "They add." },
      { type: "redacted_thinking", data: "c2VjcmV0" },
      { type: "text", text: "Adding." },
    ],
    tool_calls: [call('{"a":1}')],
  },
  "thoughts that are not shown": {
    role: "assistant",
    content: [
      { type: "reasoning", text: "" },
      { type: "text", text: "Hello!" },
    ],
  },
  "a text that cites the request": {
    role: "assistant",
    content: [
      {
        type: "text",
        text: "It is blue.",
        citations: [
          {
            type: "char_location",
            cited_text: "blue",
            document_index: 0,
            start_char_index: 1,
            end_char_index: 5,
          },
        ],
      },
    ],
  },
};

describe.each(Object.entries(replies))("a reply of %s", (_name, reply) => {
  const script: ModelScript = () => ({ reply, usage: { inputTokens: 9, outputTokens: 4 } });

  it.each(["plain", "streamed"] as const)("learned %s", async (learned) => {
    const { client, provider, cache } = setup(script);
    const body = { model, max_tokens: 9, messages: hello, tools: [add] };
    const plain = async () => client.messages.create(body);
    const streamed = async () => client.messages.stream(body).finalMessage();
    const miss = learned === "plain" ? await plain() : await streamed();
    const [whole, pieces] = [await plain(), await streamed()];
    expect([provider.calls(), cache.stats().refused]).toEqual([1, {}]);
    expect(steady(whole)).toEqual(steady(miss));
    expect(steady(pieces)).toEqual(steady(miss));
    expect(new Set([miss.id, whole.id, pieces.id]).size).toBe(3);
    for (const { id, content, usage } of [whole, pieces]) {
      expect(id).toMatch(/^msg_reprise_[\da-f]{32}$/);
      for (const block of content)
        if (block.type === "tool_use") expect(block.id).toMatch(/^toolu_[\da-f]{24}$/);
      expect([usage.input_tokens, usage.output_tokens]).toEqual([0, 0]);
      expect(shapeOf(usage)).toEqual(shapeOf(miss.usage));
    }
  });

  it("streams the same events, in the same order", async () => {
    const { client, provider } = setup(script);
    const eventsOf = async () => {
      const kinds: string[] = [];
      const stream = await client.messages.create({ model, max_tokens: 9, messages: hello, stream: true });
      for await (const event of stream) {
        const kind =
          "delta" in event && "type" in event.delta ? `${event.type} ${event.delta.type}` : event.type;
        if (kinds.at(-1) !== kind) kinds.push(kind);
      }
      // A thought that is not shown comes in no pieces at all.
      return kinds;
    };
    expect(await eventsOf()).toEqual(await eventsOf());
    expect(provider.calls()).toBe(1);
  });
});

describe("a call's input", () => {
  const send = async (fetch: typeof globalThis.fetch, stream = false) => {
    const body = JSON.stringify({ model, max_tokens: 9, messages: hello, stream });
    const response = await fetch("http://provider.test/v1/messages", { method: "POST", body });
    return response.text();
  };
  const message = (input: string): string =>
    `{"id":"msg_1","type":"message","role":"assistant","model":"${model}","content":[{"type":"tool_use","id":"toolu_1","name":"add","input":${input}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`;
  const json = (text: string) => async () =>
    new Response(text, { headers: { "content-type": "application/json" } });

  it("keeps the digits that were written, plain and streamed", async () => {
    const input = '{"a":9007199254740993,"b":[1.0,1e3,-0.10]}';
    const cache = createCache({ auditRate: 0 });
    const fetch = repriseFetch(cache, { fetch: json(message(input)) });
    await send(fetch);
    expect(await send(fetch)).toContain(`"input":${input}`);
    expect(await send(fetch, true)).toContain(JSON.stringify(input));
    expect(cache.stats().hits.exact).toBe(2);
  });

  it("with a field twice is not learned", async () => {
    const cache = createCache();
    const fetch = repriseFetch(cache, { fetch: json(message('{"a":1,"a":2}')) });
    expect(await send(fetch)).toBe(message('{"a":1,"a":2}'));
    expect(cache.stats().refused).toEqual({ invalid: 1 });
  });
});

describe("a conversation with tools", () => {
  const script: ModelScript = ({ messages, index }) => {
    if (messages.at(-1)?.role === "tool") return { reply: { role: "assistant", content: "It is 3." } };
    const content = [
      { type: "reasoning", text: `thought ${index}` },
      { type: "text", text: "Adding." },
    ];
    return { reply: { role: "assistant", content, tool_calls: [call('{"a":1}')] } };
  };

  it("is served whole, where the client sends back what it was given", async () => {
    const { client, provider } = setup(script);
    const run = async () => {
      const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Add" }];
      const first = await client.messages.create({ model, max_tokens: 9, messages, tools: [add] });
      messages.push({ role: "assistant", content: first.content });
      const results = first.content.flatMap((block) =>
        block.type === "tool_use"
          ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "3" }]
          : [],
      );
      messages.push({ role: "user", content: results });
      const last = await client.messages.create({ model, max_tokens: 9, messages, tools: [add] });
      return last.content.map((block) => (block.type === "text" ? block.text : ""));
    };
    expect([await run(), await run()]).toEqual([["It is 3."], ["It is 3."]]);
    expect(provider.calls()).toBe(2);
  });

  // The client's own loop leaves the conversation with the provider and names the reply it goes on from.
  it("is served whole by the client's own loop, streams included", async () => {
    const { client, provider } = setup(script);
    const run = async (stream: boolean) => {
      const tool = { ...add, type: "custom", run: async () => "3", parse: (input: unknown) => input };
      const messages = [{ role: "user", content: "Add" }];
      const asked = { model, max_tokens: 9, messages, tools: [tool], system: "Be exact.", stream };
      const last = (await client.beta.messages.toolRunner(asked as never)) as Anthropic.Beta.BetaMessage;
      return last.content.map((block) => (block.type === "text" ? block.text : ""));
    };
    const texts = [await run(false), await run(false), await run(true), await run(false)];
    expect(texts).toEqual([["It is 3."], ["It is 3."], ["It is 3."], ["It is 3."]]);
    // What went on from a reply of the provider's own was half a conversation: it was not learned. What went on
    // from a hit was sent in full.
    expect(provider.bodies.map(({ thread, messages }) => [thread, (messages as unknown[]).length])).toEqual([
      [{ type: "create" }, 1],
      [{ type: "continue", previous_message_id: expect.stringMatching(/^msg_\d+$/) }, 1],
      [{ type: "create" }, 3],
    ]);
    expect(provider.bodies[2]).toMatchObject({ system: "Be exact.", tools: [{ name: "add" }] });
  });
});

describe("what a template gives", () => {
  const greeting = (name: string, more: Json = {}) => ({
    ...{ model, max_tokens: 9, messages: [{ role: "user" as const, content: `Greet ${name}, please` }] },
    ...{ tools: [{ ...add, input_schema: { type: "object" as const } }], ...more },
  });
  const headers = (name: string) => ({ headers: { "Reprise-Bindings": JSON.stringify({ name }) } });
  const ask = async (client: Anthropic, name: string, more: Json = {}) =>
    client.messages.create(greeting(name, more) as Anthropic.MessageCreateParamsNonStreaming, headers(name));
  const script: ModelScript = ({ messages }) => {
    const [, name = ""] = /Greet (\w+)/.exec(String(messages.at(-1)?.content)) ?? [];
    const content = [
      { type: "reasoning", text: `thinking of ${name}` },
      { type: "text", text: `Hello ${name}.` },
    ];
    return { reply: { role: "assistant", content, tool_calls: [call(JSON.stringify({ a: name }))] } };
  };

  it("has the shape of the provider's replies, and no thoughts of another's", async () => {
    const { client, provider, cache } = setup(script, { policy: "eager" });
    const miss = await ask(client, "Erik");
    await cache.settled();
    const hit = await ask(client, "Maria");
    expect(provider.calls()).toBe(1);
    const expected = JSON.parse(
      JSON.stringify(steady(miss)).replaceAll("Erik", "Maria"),
    ) as Anthropic.Message;
    expect(steady(hit)).toEqual({
      ...expected,
      content: expected.content.filter(({ type }) => type !== "thinking"),
    });
  });

  it("is not given where the provider wants signed thoughts before a call in the next step", async () => {
    const { client, provider, cache } = setup(script, { policy: "eager" });
    const thinking = { thinking: { type: "enabled", budget_tokens: 5 } };
    await ask(client, "Erik", thinking);
    await cache.settled();
    const { response } = await client.messages
      .create(greeting("Maria", thinking) as Anthropic.MessageCreateParamsNonStreaming, headers("Maria"))
      .withResponse();
    expect([provider.calls(), response.headers.get("cache-status")]).toEqual([
      2,
      "reprise; fwd=miss; detail=foreign; stored",
    ]);
    // What the model itself said comes back with what it has signed.
    expect((await ask(client, "Erik", thinking)).content[0]).toEqual({
      type: "thinking",
      thinking: "thinking of Erik",
      signature: "signed thinking of Erik",
    });
  });
});

describe("structured output", () => {
  const asked = {
    ...{ model, max_tokens: 9, messages: hello },
    output_config: {
      format: {
        type: "json_schema" as const,
        schema: { type: "object", properties: { age: { type: "number" } }, required: ["age"] },
      },
    },
  };

  it("is served where it fits, and not kept where it does not", async () => {
    const { client, provider, cache } = setup(({ index }) => ({
      reply: { role: "assistant", content: index === 0 ? "forty-one" : '{"age":41}' },
    }));
    const texts: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) texts.push((await client.messages.create(asked)).content[0]);
    expect(texts.map((block) => (block as Anthropic.TextBlock).text)).toEqual([
      "forty-one",
      '{"age":41}',
      '{"age":41}',
    ]);
    expect([provider.calls(), cache.stats().refused]).toEqual([2, { format: 1 }]);
  });
});

it("a stop sequence is told of by hits as by misses", async () => {
  const reply = {
    ...{ id: "msg_1", type: "message", role: "assistant", model, content: [{ type: "text", text: "One" }] },
    ...{ stop_reason: "stop_sequence", stop_sequence: "END", usage: { input_tokens: 1, output_tokens: 1 } },
  };
  const fetch = repriseFetch(createCache({ auditRate: 0 }), { fetch: async () => Response.json(reply) });
  const client = new Anthropic({ apiKey: "sk-ant", baseURL: "http://provider.test", fetch });
  const ask = async () =>
    client.messages.create({ model, max_tokens: 9, messages: hello, stop_sequences: ["END"] });
  expect(steady(await ask())).toEqual(steady(await ask()));
});

it("tokens that the provider's own prompt cache has read count as saved", async () => {
  const usage = {
    input_tokens: 1,
    cache_read_input_tokens: 20,
    cache_creation_input_tokens: 300,
    output_tokens: 4,
  };
  const reply = { type: "message", role: "assistant", model, content: [{ type: "text", text: "One" }] };
  const fetch = repriseFetch(createCache({ auditRate: 0 }), {
    fetch: async () => Response.json({ ...reply, stop_reason: "end_turn", usage }),
  });
  const client = new Anthropic({ apiKey: "sk-ant", baseURL: "http://provider.test", fetch });
  const ask = async () => client.messages.create({ model, max_tokens: 9, messages: hello }).withResponse();
  await ask();
  expect((await ask()).response.headers.get("reprise-saved")).toBe("input=321, output=4");
});

it("errors reach the client in Anthropic's words, those of the cache too", async () => {
  const { client, provider } = setup(() => ({ error: new Error("overloaded") }));
  const ask = async (headers: Record<string, string>) =>
    client.messages
      .create({ model, max_tokens: 9, messages: hello }, { headers })
      .catch((error: unknown) => error);
  expect(await ask({})).toMatchObject({ status: 400, error: { error: { message: "overloaded" } } });
  expect(await ask({ "Cache-Control": "only-if-cached" })).toMatchObject({
    status: 504,
    error: { type: "error", error: { type: "invalid_request_error" } },
  });
  expect(provider.calls()).toBe(1);
});
