/** The wrapper around LangChain's own OpenAI model, against an API that answers without a network. */
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, initChatModel, tool } from "langchain";
import { createCache } from "reprise";
import { repriseMiddleware, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ON_OLDEST_CORE, RecordingCache, repriseOf } from "./support.js";

const KEY = "sk-canary-4711";

interface Body {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly stream?: boolean;
  readonly tools?: unknown[];
  readonly response_format?: unknown;
}

/**
 * The Chat Completions API: calls the first tool once, then says what it was told. `cut`: its streams end too
 * early.
 */
function api({ cut = false } = {}) {
  const bodies: Body[] = [];
  const fetch = async (_url: unknown, init?: { body?: unknown }): Promise<Response> => {
    const body = JSON.parse(String(init?.body)) as Body;
    bodies.push(body);
    const last = body.messages.at(-1);
    const calls = body.tools && last?.role !== "tool";
    const content = body.response_format ? '{"name":"Erik"}' : `heard ${JSON.stringify(last?.content)}`;
    const message = calls
      ? {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              index: 0,
              id: `call_${bodies.length}`,
              type: "function",
              function: { name: "add", arguments: '{"a":1,"b":2}' },
            },
          ],
        }
      : { role: "assistant", content };
    const finish_reason = calls ? "tool_calls" : "stop";
    const frame = { id: `chatcmpl-${bodies.length}`, created: bodies.length, model: "gpt-4o-2024" };
    const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 };
    if (!body.stream)
      return Response.json({
        ...frame,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason }],
        usage,
      });
    const chunk = (delta: object, reason: string | null = null) => ({
      ...frame,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
    const chunks = [
      chunk(message),
      ...(cut
        ? []
        : [chunk({}, finish_reason), { ...frame, object: "chat.completion.chunk", choices: [], usage }]),
    ];
    const text = [
      ...chunks.map((item) => `data: ${JSON.stringify(item)}\n\n`),
      ...(cut ? [] : ["data: [DONE]\n\n"]),
    ].join("");
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  };
  const model = (fields: Partial<ConstructorParameters<typeof ChatOpenAI>[0] & object> = {}) =>
    new ChatOpenAI({
      model: "gpt-4o",
      apiKey: KEY,
      maxRetries: 0,
      configuration: { fetch: fetch as never },
      ...fields,
    });
  return { bodies, model };
}

const add = tool(({ a, b }) => String(a + b), {
  name: "add",
  description: "Adds.",
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe("ChatOpenAI under the wrapper", () => {
  it("is asked once, and its streams serve plain calls", async () => {
    const { bodies, model } = api();
    const wrapped = withReprise(model(), createCache());
    let streamed = "";
    for await (const chunk of await wrapped.stream("Hi")) streamed += chunk.text;
    const hit = await wrapped.invoke("Hi");
    expect([streamed, hit.text]).toEqual(['heard "Hi"', 'heard "Hi"']);
    expect(repriseOf(hit)).toMatchObject({ status: "hit", saved: { inputTokens: 11, outputTokens: 3 } });
    expect(bodies.length).toBe(1);
    expect(wrapped).toBeInstanceOf(ChatOpenAI);
  });

  it("keeps the cache through bindTools, withConfig and withStructuredOutput, which make new models of it", async () => {
    const { bodies, model } = api();
    const wrapped = withReprise(model(), createCache());
    const bound = () => wrapped.bindTools([add]).withConfig({ temperature: 0.5 } as never);
    expect((await bound().invoke("1 and 2")).tool_calls).toMatchObject([
      { name: "add", args: { a: 1, b: 2 } },
    ]);
    expect(repriseOf(await bound().invoke("1 and 2"))).toMatchObject({ status: "hit" });
    expect(bodies.length).toBe(1);
    const person = z.object({ name: z.string() });
    for (let turn = 0; turn < 2; turn++)
      expect(await wrapped.withStructuredOutput(person).invoke("Who?")).toEqual({ name: "Erik" });
    expect(bodies.length).toBe(2);
  });

  it("is described by what it sends, in words other frameworks share; its key is nowhere", async () => {
    const cache = new RecordingCache();
    const { model } = api();
    await withReprise(model({ temperature: 0.2, maxTokens: 50 }), cache)
      .bindTools([add], { tool_choice: "any" })
      .invoke("1 and 2");
    expect(cache.lookups[0]).toMatchObject({
      model: "openai/gpt-4o",
      settings: { temperature: 0.2, max_tokens: 50, tool_choice: "required" },
      tools: [{ type: "function", function: { name: "add", description: "Adds." } }],
    });
    expect(Object.keys(cache.lookups[0]?.settings as object).sort()).toEqual([
      "max_tokens",
      "temperature",
      "tool_choice",
    ]);
    expect(JSON.stringify([cache.lookups, cache.observed])).not.toContain(KEY);
  });

  it("at another address is another model, unless it is given a name", async () => {
    const { model } = api();
    const at = (baseURL: string) =>
      model({
        configuration: {
          baseURL,
          fetch: (model() as never as { clientConfig: { fetch: never } }).clientConfig.fetch,
        },
      });
    const cache = new RecordingCache();
    await withReprise(at("http://one"), cache).invoke("Hi");
    await withReprise(at("http://two"), cache, { model: "ours" }).invoke("Hi");
    expect(cache.lookups.map(({ model: name, settings }) => [name, settings])).toEqual([
      ["openai/gpt-4o", { identity: { endpoint: "http://one" } }],
      ["ours", undefined],
    ]);
  });

  it("its streams that end too early are not learned", async () => {
    const { bodies, model } = api({ cut: true });
    const wrapped = withReprise(model(), createCache());
    for (let turn = 0; turn < 2; turn++) for await (const _ of await wrapped.stream("Hi"));
    expect(bodies.length).toBe(2);
    for (let turn = 0; turn < 2; turn++) for await (const _ of wrapped.streamEvents("Ho"));
    expect(bodies.length).toBe(4);
  });

  it.skipIf(ON_OLDEST_CORE)("its own events are passed on, learned from, and replayed", async () => {
    const { bodies, model } = api();
    const wrapped = withReprise(model(), createCache());
    const kinds: string[][] = [];
    for (let turn = 0; turn < 2; turn++) {
      const seen: string[] = [];
      const stream = (wrapped.bindTools([add]) as ChatOpenAI).streamEvents("1 and 2");
      for await (const { event } of stream) seen.push(event);
      expect((await stream).tool_calls).toMatchObject([{ name: "add", args: { a: 1, b: 2 } }]);
      kinds.push(seen.filter((event) => event !== "provider" && event !== "usage"));
    }
    expect(kinds[1]).toEqual(kinds[0]);
    expect(bodies.length).toBe(1);
    expect(repriseOf(await wrapped.bindTools([add]).invoke("1 and 2"))).toMatchObject({ status: "hit" });
  });

  it("made by initChatModel drives an agent whose second run asks no model, and gives structured output", async () => {
    const { bodies, model } = api();
    const { fetch } = (model() as never as { clientConfig: { fetch: never } }).clientConfig;
    const made = await initChatModel("openai:gpt-4o", { apiKey: KEY, configuration: { fetch } });
    const cache = createCache();
    for (let run = 0; run < 2; run++) {
      const agent = createAgent({ model: made, tools: [add], middleware: [repriseMiddleware(cache)] });
      const { messages } = await agent.invoke({ messages: [new HumanMessage("1 and 2")] });
      expect(messages.at(-1)?.text).toBe('heard "3"');
      expect(bodies.length).toBe(2);
    }
    const person = withReprise(made, cache).withStructuredOutput(z.object({ name: z.string() }));
    for (let run = 0; run < 2; run++) expect(await person.invoke("Who?")).toEqual({ name: "Erik" });
    expect(bodies.length).toBe(3);
  });

  it("drives an agent whose second run asks no model", async () => {
    const { bodies, model } = api();
    const agent = createAgent({
      model: model(),
      tools: [add],
      middleware: [repriseMiddleware(createCache())],
    });
    const run = async () =>
      (await agent.invoke({ messages: [new HumanMessage("1 and 2")] })).messages.map(({ text }) => text);
    const first = await run();
    expect(first).toEqual(["1 and 2", "", "3", 'heard "3"']);
    expect(bodies.length).toBe(2);
    expect(await run()).toEqual(first);
    expect(bodies.length).toBe(2);
  });
});

describe("a call that builds on what its provider keeps", () => {
  it("goes past the cache, each time", async () => {
    let items = 0;
    const asked: unknown[] = [];
    const fetch = async (_url: unknown, init: { body: string }) => {
      asked.push(JSON.parse(init.body).previous_response_id);
      return Response.json({
        id: `resp_${++items}`,
        object: "response",
        created_at: 1,
        status: "completed",
        model: "gpt-4o",
        output: [
          {
            id: "m",
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: `Item ${items}`, annotations: [] }],
          },
        ],
        usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
      });
    };
    const cache = createCache();
    const bare = new ChatOpenAI({
      model: "gpt-4o",
      apiKey: "k",
      useResponsesApi: true,
      configuration: { fetch: fetch as never },
    });
    const model = withReprise(bare, cache);
    const texts: string[] = [];
    for (let call = 0; call < 3; call++)
      texts.push((await model.invoke("next", { previous_response_id: "resp_0" })).text);
    expect(texts).toEqual(["Item 1", "Item 2", "Item 3"]);
    expect(asked).toEqual(["resp_0", "resp_0", "resp_0"]);
    expect(cache.stats()).toMatchObject({ bypasses: { "server-state": 3 }, exchanges: 0 });
  });
});
