/** The clients that people use, both against one gateway: providers of two makers behind one address, streams and tools included. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { ModelScript } from "reprise/testing";
import { describe, expect, it } from "vitest";
import { scriptedProvider as scriptedMessages } from "../../adapters/anthropic/support.js";
import { scriptedProvider as scriptedOpenAI } from "../../adapters/openai/support.js";
import { type Provider, provider } from "../support.js";
import { gateway, QUICK, sentTo } from "./support.js";

const MODELS = { openai: "gpt-5-mini", anthropic: "claude-sonnet-5" };
const KEYS = { openai: "sk-kept-of-openai", anthropic: "sk-ant-kept-of-anthropic" };
const SCRIPTED = { openai: scriptedOpenAI, anthropic: scriptedMessages };

/** A provider of either maker behind a socket; it lists one model, and fails as often as it is told. */
async function scripted(maker: keyof typeof SCRIPTED, script: ModelScript, failing = 0): Promise<Provider> {
  const { fetch } = SCRIPTED[maker](script);
  let failures = failing;
  return provider(async (incoming, outgoing, body) => {
    const json = { "content-type": "application/json" };
    if (incoming.method === "GET")
      return outgoing.writeHead(200, json).end(JSON.stringify({ data: [{ id: MODELS[maker] }] }));
    if (failures-- > 0) {
      const error = { type: "overloaded_error", message: "Overloaded" };
      return outgoing.writeHead(529, json).end(JSON.stringify({ type: "error", error }));
    }
    const response = await fetch(`http://provider${incoming.url}`, { method: "POST", body: body.toString() });
    outgoing.writeHead(response.status, [...response.headers].flat());
    for await (const piece of response.body ?? [])
      if (!outgoing.write(piece)) await new Promise((resolve) => outgoing.once("drain", resolve));
    return outgoing.end();
  });
}

/** Asks for the weather, and then says what it was told. */
const weather: ModelScript = ({ messages, index }) => {
  const last = messages.at(-1) as { role?: string; type?: string; content?: unknown; output?: unknown };
  const result =
    last.role === "tool" ? last.content : last.type === "function_call_output" ? last.output : undefined;
  const usage = { inputTokens: 7, outputTokens: 3 };
  if (result !== undefined)
    return { reply: { role: "assistant", content: `It is ${String(result)}.` }, usage };
  const call = {
    ...{ id: `call_${index}`, type: "function" },
    function: { name: "look_up", arguments: '{"city":"Paris"}' },
  };
  return { reply: { role: "assistant", content: "Let me see.", tool_calls: [call] }, usage };
};

const greeting: ModelScript = ({ index }) => ({
  reply: { role: "assistant", content: `Grüße ${index} 🌍` },
  usage: { inputTokens: 9, outputTokens: 4 },
});

async function setup(script: ModelScript, failing = 0) {
  const openai = await scripted("openai", script);
  const anthropic = await scripted("anthropic", script, failing);
  const backup = await scripted("anthropic", script);
  const { url } = await gateway({
    providers: {
      openai: { base_url: openai.url, keys: [{ key: KEYS.openai }] },
      anthropic: { type: "anthropic", base_url: anthropic.url, keys: [{ key: KEYS.anthropic }] },
      backup: { type: "anthropic", base_url: backup.url, keys: [{ key: "sk-ant-kept-of-backup" }] },
    },
    routes: [
      { models: ["gpt-*"], providers: ["openai"] },
      { models: ["claude-*"], providers: ["anthropic", "backup"] },
    ],
    failover: { ...QUICK, per_provider: 1 },
  });
  return {
    ...{ url, openai, anthropic, backup },
    clients: {
      openai: new OpenAI({ apiKey: "sk-app", baseURL: `${url}/v1`, maxRetries: 0 }),
      anthropic: new Anthropic({ apiKey: "sk-app", baseURL: url, maxRetries: 0 }),
    },
  };
}

const messages = [{ role: "user" as const, content: "Weather in Paris?" }];
const schema = { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] };
const look = { name: "look_up", description: "The weather in a city." };
const run = async () => "20 degrees";

/** Each way to ask, as its client has it. */
const ASKS = {
  chat: ({ openai }) => openai.chat.completions.create({ model: MODELS.openai, messages }),
  "chat, streamed": ({ openai }) =>
    openai.chat.completions.stream({ model: MODELS.openai, messages }).finalChatCompletion(),
  responses: ({ openai }) => openai.responses.create({ model: MODELS.openai, input: "Hello, you" }),
  "responses, streamed": ({ openai }) =>
    openai.responses.stream({ model: MODELS.openai, input: "Hello, you" }).finalResponse(),
  messages: ({ anthropic }) =>
    anthropic.messages.create({ model: MODELS.anthropic, max_tokens: 9, messages }),
  "messages, streamed": ({ anthropic }) =>
    anthropic.messages.stream({ model: MODELS.anthropic, max_tokens: 9, messages }).finalMessage(),
} satisfies Record<string, (clients: Awaited<ReturnType<typeof setup>>["clients"]) => PromiseLike<unknown>>;

const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, item: unknown) =>
      /^(?:id|created|created_at|usage|parsed|output_parsed|parsed_output)$/.test(name) ? undefined : item,
    ),
  );

describe("both clients, one address", () => {
  it.each([
    ["chat", "chat, streamed", "openai"],
    ["responses", "responses, streamed", "openai"],
    ["messages", "messages, streamed", "anthropic"],
  ] as const)("a hit over %s is what the miss was, plain and streamed", async (plain, streamed, maker) => {
    for (const first of [plain, streamed]) {
      const { clients, ...providers } = await setup(greeting);
      const miss = await ASKS[first](clients);
      expect(JSON.stringify(miss)).toContain("Grüße 0 🌍");
      expect(steady(await ASKS[first](clients))).toEqual(steady(miss));
      expect(JSON.stringify(await ASKS[first === plain ? streamed : plain](clients))).toContain("Grüße 0 🌍");
      const asked = Object.fromEntries(
        (["openai", "anthropic", "backup"] as const).map((name) => [name, providers[name].asked.length]),
      );
      expect(asked).toEqual({ openai: 0, anthropic: 0, backup: 0, [maker]: 1 });
    }
  });

  it("each provider gets the key that is kept for it, and no caller's", async () => {
    const { clients, openai, anthropic } = await setup(greeting);
    await ASKS.chat(clients);
    await ASKS.messages(clients);
    expect([sentTo(openai, "authorization"), sentTo(openai, "x-api-key")]).toEqual([
      [`Bearer ${KEYS.openai}`],
      [undefined],
    ]);
    expect([sentTo(anthropic, "x-api-key"), sentTo(anthropic, "authorization")]).toEqual([
      [KEYS.anthropic],
      [undefined],
    ]);
    for (const { asked } of [openai, anthropic])
      expect(JSON.stringify(asked.map(({ headers }) => headers))).not.toContain("sk-app");
  });

  it("the models of both are one list, for both clients", async () => {
    const { clients } = await setup(greeting);
    const listed = { openai: [] as string[], anthropic: [] as string[] };
    for await (const { id } of clients.openai.models.list()) listed.openai.push(id);
    for await (const { id } of clients.anthropic.models.list()) listed.anthropic.push(id);
    const all = Object.values(MODELS).sort();
    expect([listed.openai.sort(), listed.anthropic.sort()]).toEqual([all, all]);
  });
});

describe("tools", () => {
  it("OpenAI's loop is served whole, plain and streamed", async () => {
    const { clients, openai } = await setup(weather);
    const tools = [
      {
        type: "function" as const,
        function: { ...look, parameters: schema, parse: JSON.parse, function: run },
      },
    ];
    const plain = () =>
      clients.openai.chat.completions
        .runTools({ model: MODELS.openai, messages, tools } as never)
        .finalContent();
    const streamed = () =>
      clients.openai.chat.completions
        .runTools({ model: MODELS.openai, messages, tools, stream: true } as never)
        .finalContent();
    expect([await plain(), await plain(), await streamed()]).toEqual(Array(3).fill("It is 20 degrees."));
    expect(openai.asked).toHaveLength(2);
  });

  it("Anthropic's loop is served whole, plain and streamed", async () => {
    const { clients, anthropic, backup } = await setup(weather);
    const tool = { ...look, type: "custom", input_schema: schema, run, parse: (input: unknown) => input };
    const loop = async (stream: boolean) => {
      const asked = {
        model: MODELS.anthropic,
        max_tokens: 9,
        messages: [...messages],
        tools: [tool],
        stream,
      };
      const runner = clients.anthropic.beta.messages.toolRunner(asked as never);
      const { content } = (await runner) as Anthropic.Beta.BetaMessage;
      return content.map((block) => (block.type === "text" ? block.text : "")).join("");
    };
    const texts = [await loop(false), await loop(true), await loop(false), await loop(true)];
    expect(texts).toEqual(Array(4).fill("It is 20 degrees."));
    // The second step of the first run named a reply that the provider keeps, and was not for the cache.
    expect([anthropic.asked.length, backup.asked.length]).toEqual([3, 0]);
  });

  it("a loop that sends all of the conversation is served from its second run on, streams in pieces", async () => {
    const { clients, anthropic } = await setup(weather);
    const tools = [{ ...look, input_schema: schema }];
    const loop = async () => {
      const said: Anthropic.MessageParam[] = [...messages];
      for (;;) {
        const asked = { model: MODELS.anthropic, max_tokens: 9, messages: said, tools };
        const { content, stop_reason } = await clients.anthropic.messages.stream(asked).finalMessage();
        if (stop_reason !== "tool_use")
          return content.map((block) => (block.type === "text" ? block.text : ""));
        said.push({ role: "assistant", content });
        const results = content.filter((block) => block.type === "tool_use");
        said.push({
          role: "user",
          content: results.map(({ id }) => ({
            ...{ type: "tool_result" as const, tool_use_id: id, content: "20 degrees" },
          })),
        });
      }
    };
    expect([await loop(), await loop(), await loop()]).toEqual(Array(3).fill(["It is 20 degrees."]));
    expect(anthropic.asked).toHaveLength(2);
  });
});

describe("when a provider fails", () => {
  it("the next of its maker answers, and what it said is a hit whoever is asked next", async () => {
    const { clients, anthropic, backup } = await setup(greeting, 1);
    const first = await clients.anthropic.messages.create({
      model: MODELS.anthropic,
      max_tokens: 9,
      messages,
    });
    expect([first.content[0], anthropic.asked.length, backup.asked.length]).toEqual([
      expect.objectContaining({ text: "Grüße 0 🌍" }),
      1,
      1,
    ]);
    await ASKS["messages, streamed"](clients);
    expect([anthropic.asked.length, backup.asked.length]).toEqual([1, 1]);
  });

  it("the client is told what the last one said, in its own words", async () => {
    const { clients } = await setup(() => ({ error: new Error("Too much was asked.") }));
    const failed = await Promise.resolve(ASKS.messages(clients)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Anthropic.APIError);
    expect(failed).toMatchObject({ status: 400, error: { error: { message: "Too much was asked." } } });
    const unrouted = clients.anthropic.messages.create({ model: "other", max_tokens: 9, messages });
    const refused = await unrouted.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.NotFoundError);
    expect((refused as Error).message).toContain('no route is for the model \\"other\\"');
  });
});
