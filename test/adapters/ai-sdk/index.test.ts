import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import {
  generateText,
  isStepCount,
  NoObjectGeneratedError,
  Output,
  simulateReadableStream,
  streamText,
  ToolLoopAgent,
  tool,
  wrapLanguageModel,
} from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { type CacheOptions, createCache } from "reprise";
import { type RepriseMetadata, type RepriseMiddlewareOptions, repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { counter, generated, partsOf, says, stop, streamOf, textParts, toolCalls, usage } from "./support.js";

// The SDK prints the warnings that some answers here carry.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

type Respond = (
  call: LanguageModelV4CallOptions,
  index: number,
) => ReturnType<typeof generated> | Promise<ReturnType<typeof generated>>;

/** A cached model and the bare one under it; a stream is the plain answer, in parts. */
function setup(
  respond: Respond,
  { cache: cacheOptions, ...options }: RepriseMiddlewareOptions & { cache?: CacheOptions } = {},
) {
  const cache = createCache({ auditRate: 0, ...cacheOptions });
  let calls = 0;
  const bare = new MockLanguageModelV4({
    provider: "acme.chat",
    modelId: "m-1",
    doGenerate: async (call) => await respond(call, calls++),
    doStream: async (call) => {
      const { content, finishReason } = await respond(call, calls++);
      const parts = content.flatMap((item, index): LanguageModelV4StreamPart[] => {
        if (item.type === "text") return textParts(item.text).slice(2, -1);
        if (item.type !== "tool-call") return [item as LanguageModelV4StreamPart];
        const id = item.toolCallId;
        return [
          { type: "tool-input-start", id, toolName: item.toolName },
          { type: "tool-input-delta", id, delta: item.input },
          { type: "tool-input-end", id },
          { ...item, providerMetadata: { acme: { itemId: `item-${calls}-${index}` } } },
        ];
      });
      return {
        stream: streamOf([
          { type: "stream-start", warnings: [] },
          ...parts,
          { type: "finish", finishReason, usage: usage(10, 5) },
        ]),
      };
    },
  });
  return {
    cache,
    bare,
    model: wrapLanguageModel({ model: bare, middleware: repriseMiddleware(cache, options) }),
    calls: () => calls,
  };
}

const told = (result: { finalStep: { providerMetadata?: unknown } }) =>
  (result.finalStep.providerMetadata as { reprise: RepriseMetadata } | undefined)?.reprise;

describe("a cached model", () => {
  it("answers again from the cache as it answered first, with a response of its own", async () => {
    const { model, calls } = setup(
      () => ({ ...says("Hello!"), warnings: [{ type: "other", message: "theirs" }] }),
      {
        generateId: counter(),
        now: () => 1_000,
      },
    );
    const [first, second] = [
      await generateText({ model, prompt: "hi" }),
      await generateText({ model, prompt: "hi" }),
    ];
    expect(calls()).toBe(1);
    expect(first.finalStep.warnings).toHaveLength(1);
    expect(second.finalStep).toMatchObject({
      text: "Hello!",
      finishReason: "stop",
      rawFinishReason: "stop",
      warnings: [],
    });
    expect(second.finalStep.response).toMatchObject({
      id: "reprise-id0",
      timestamp: new Date(1_000),
      modelId: "m-1",
    });
    expect(second.usage).toMatchObject({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
  });

  it("says what happened, in values that survive JSON", async () => {
    const { model } = setup(() => says("Hello!"));
    const saved = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });
    const first = told(await generateText({ model, prompt: "hi" }));
    expect(first).toEqual({
      status: "miss",
      reason: "unseen",
      depth: 0,
      id: expect.any(String),
      saved: saved(0, 0),
    });
    const second = told(await generateText({ model, prompt: "hi" }));
    expect(second).toEqual({
      status: "hit",
      match: "exact",
      template: expect.any(String),
      id: expect.any(String),
      age: expect.any(Number),
      saved: saved(10, 5),
    });
    expect(JSON.parse(JSON.stringify(second))).toEqual(second);
    const third = told(
      await generateText({ model, prompt: "hi", providerOptions: { reprise: { read: false } } }),
    );
    expect(third).toEqual({
      status: "bypass",
      reason: "read-off",
      id: expect.any(String),
      saved: saved(0, 0),
    });
  });

  it("leaves an aborted call to the provider, though the answer is known", async () => {
    const { model } = setup(({ abortSignal }) => {
      abortSignal?.throwIfAborted();
      return says("Hello!");
    });
    await generateText({ model, prompt: "hi" });
    const reason = new Error("enough");
    const prompt: LanguageModelV4CallOptions["prompt"] = [
      { role: "user", content: [{ type: "text", text: "hi" }] },
    ];
    const call = { prompt, toolChoice: { type: "auto" as const } };
    expect((await model.doGenerate(call)).providerMetadata?.reprise).toMatchObject({ status: "hit" });
    await expect(model.doGenerate({ ...call, abortSignal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("takes feedback by the id in the metadata", async () => {
    const { model, cache, calls } = setup((_call, index) => says(`answer ${index}`));
    await generateText({ model, prompt: "hi" });
    const id = told(await generateText({ model, prompt: "hi" }))?.id ?? "";
    await cache.feedback(id, "bad");
    expect((await generateText({ model, prompt: "hi" })).text).toBe("answer 1");
    expect(calls()).toBe(2);
  });

  it("never shows the provider what was meant for the cache", async () => {
    const { model, bare } = setup(() => says("ok"));
    const reprise = { bindings: { name: "Erik" }, scope: "s", read: true, write: true, induce: true };
    await generateText({ model, prompt: "Greet Erik", providerOptions: { reprise, acme: { tier: 1 } } });
    expect(bare.doGenerateCalls[0]?.providerOptions).toEqual({ acme: { tier: 1 } });
  });

  it("serves generateText, streamText and agents from one entry, though their headers differ", async () => {
    const { model, bare } = setup(() => says("Hello!"));
    await generateText({ model, prompt: "hi" });
    expect(await streamText({ model, prompt: "hi" }).text).toBe("Hello!");
    const agent = new ToolLoopAgent({ model });
    expect((await agent.generate({ prompt: "hi" })).text).toBe("Hello!");
    expect(bare.doGenerateCalls).toHaveLength(1);
    expect(bare.doStreamCalls).toHaveLength(0);
  });

  it("keeps tenants apart, by the middleware's scope and by the call's", async () => {
    let tenant = "acme";
    const { model } = setup((_call, index) => says(`answer ${index}`), { scope: () => tenant });
    const ask = async (scope?: string) =>
      (await generateText({ model, prompt: "hi", ...(scope && { providerOptions: { reprise: { scope } } }) }))
        .text;
    expect([await ask(), await ask("fr")]).toEqual(["answer 0", "answer 1"]);
    tenant = "umbrella";
    expect([await ask(), await ask("fr")]).toEqual(["answer 2", "answer 3"]);
    tenant = "acme";
    expect([await ask(), await ask("fr")]).toEqual(["answer 0", "answer 1"]);
  });

  it("keeps wrapped models apart by the provider's names, not by the wrapper's", async () => {
    const cache = createCache();
    const texts: string[] = [];
    for (const provider of ["acme", "umbrella", "acme"]) {
      const model = wrapLanguageModel({
        model: new MockLanguageModelV4({ provider, modelId: "m", doGenerate: says(`from ${provider}`) }),
        middleware: repriseMiddleware(cache),
        modelId: "fast",
      });
      texts.push((await generateText({ model, prompt: "hi" })).text);
    }
    expect(texts).toEqual(["from acme", "from umbrella", "from acme"]);
  });

  it("uses the middleware's bindings in every call", async () => {
    const respond: Respond = ({ prompt }) => {
      const content = prompt.at(-1)?.content[0];
      return says(typeof content === "object" && content.type === "text" ? `You said: ${content.text}` : "?");
    };
    const cache = createCache({ policy: "eager", auditRate: 0 });
    const ask = async (name: string) => {
      const bare = new MockLanguageModelV4({ doGenerate: async (call) => await respond(call, 0) });
      const model = wrapLanguageModel({
        model: bare,
        middleware: repriseMiddleware(cache, { bindings: { name } }),
      });
      return [(await generateText({ model, prompt: `I am ${name}.` })).text, bare.doGenerateCalls.length];
    };
    expect(await ask("Erik")).toEqual(["You said: I am Erik.", 1]);
    expect(await ask("Maria")).toEqual(["You said: I am Maria.", 0]);
  });
});

describe("a tool loop", () => {
  const orders = new Map([
    ["A1", { status: "shipped", city: "Oslo" }],
    ["B2", { status: "shipped", city: "Rome" }],
  ]);
  const tools = {
    order: tool({
      inputSchema: z.object({ id: z.string() }),
      execute: async ({ id }) => orders.get(id) ?? { status: "unknown" },
    }),
    stock: tool({ inputSchema: z.object({ id: z.string() }), execute: async () => "two left" }),
    broken: tool({
      inputSchema: z.object({}),
      execute: async (): Promise<string> => {
        throw new Error("out of order");
      },
    }),
  };
  /** Calls two tools at once with the order's id, then answers from the first result. */
  const clerk: Respond = ({ prompt }, index) => {
    const last = prompt.at(-1);
    if (last?.role === "tool") {
      const [result] = last.content;
      const output =
        result?.type === "tool-result" && result.output.type === "json"
          ? (result.output.value as { city: string })
          : undefined;
      return says(`It is in ${output?.city}.`);
    }
    const asked = last?.role === "user" && last.content[0]?.type === "text" ? last.content[0].text : "";
    const id = /order (\w+)/.exec(asked)?.[1];
    const input = JSON.stringify({ id });
    return generated(
      [
        { type: "text", text: "Let me look." },
        { type: "tool-call", toolCallId: `model-${index}-a`, toolName: "order", input },
        { type: "tool-call", toolCallId: `model-${index}-b`, toolName: "stock", input },
      ],
      toolCalls,
    );
  };

  it("runs from the cache, tools and all, the second time", async () => {
    const { model, calls } = setup(clerk);
    const run = () => generateText({ model, tools, prompt: "Where is order A1?", stopWhen: isStepCount(5) });
    const [first, second] = [await run(), await run()];
    expect(first.text).toBe("It is in Oslo.");
    expect(second.text).toBe("It is in Oslo.");
    expect(second.steps).toHaveLength(2);
    expect(second.toolResults.map(({ output }) => output)).toEqual([
      { status: "shipped", city: "Oslo" },
      "two left",
    ]);
    expect(calls()).toBe(2);
    const ids = [first, second].flatMap(({ steps }) =>
      steps.flatMap((step) => step.toolCalls.map(({ toolCallId }) => toolCallId)),
    );
    expect(new Set(ids).size).toBe(4);
  });

  it("runs from templates for another order, plain or streamed, when its id is given as a binding", async () => {
    const { cache, model, calls } = setup(clerk, { cache: { policy: "eager" } });
    const options = (id: string, city: string) => ({
      model,
      tools,
      prompt: `Where is order ${id}?`,
      stopWhen: isStepCount(5),
      providerOptions: { reprise: { bindings: { id, city } } },
    });
    await generateText(options("A1", "Oslo"));
    // A call waits a moment for its learning, and no longer.
    await cache.settled();
    expect(calls()).toBe(2);
    const plain = await generateText(options("B2", "Rome"));
    expect(plain.text).toBe("It is in Rome.");
    const streamed = streamText(options("B2", "Rome"));
    expect(await streamed.text).toBe("It is in Rome.");
    expect((await streamed.toolCalls).map(({ input }) => input)).toEqual([{ id: "B2" }, { id: "B2" }]);
    expect(calls()).toBe(2);
    expect(plain.steps.map((step) => told({ finalStep: step })?.match)).toEqual(["template", "template"]);
  });

  it("is learned from a stream, past the provider's ids", async () => {
    const { model, calls } = setup(clerk);
    const run = () => streamText({ model, tools, prompt: "Where is order A1?", stopWhen: isStepCount(5) });
    expect(await run().text).toBe("It is in Oslo.");
    expect(await run().text).toBe("It is in Oslo.");
    expect(calls()).toBe(2);
  });

  it("remembers what was said after a tool failed, apart from what was said after it worked", async () => {
    const { model, calls } = setup(({ prompt }, index) => {
      const last = prompt.at(-1);
      if (last?.role !== "tool") {
        return generated(
          [{ type: "tool-call", toolCallId: `c${index}`, toolName: "broken", input: "{}" }],
          toolCalls,
        );
      }
      const [result] = last.content;
      return says(result?.type === "tool-result" ? `It gave: ${result.output.type}` : "?");
    });
    const run = () => generateText({ model, tools, prompt: "Try it", stopWhen: isStepCount(5) });
    expect([(await run()).text, (await run()).text]).toEqual(["It gave: error-text", "It gave: error-text"]);
    expect(calls()).toBe(2);
  });
});

describe("a provider's signatures", () => {
  const providerMetadata = { anthropic: { signature: "signed", itemId: "run-1" } };
  const signed = { anthropic: { signature: "signed" } };
  const prompt: LanguageModelV4CallOptions["prompt"] = [
    { role: "user", content: [{ type: "text", text: "Add for Erik" }] },
  ];
  const respond: Respond = () =>
    generated(
      [
        { type: "reasoning", text: "Erik wants a sum.", providerMetadata },
        { type: "tool-call", toolCallId: "x", toolName: "add", input: '{"for":"Erik"}', providerMetadata },
      ],
      toolCalls,
    );

  it("come back with the very reply they were given on, plain or streamed", async () => {
    const { model } = setup(respond);
    await model.doGenerate({ prompt });
    const { content } = await model.doGenerate({ prompt });
    expect(content).toMatchObject([
      { type: "reasoning", providerMetadata: signed },
      { type: "tool-call", providerMetadata: signed },
    ]);
    expect(JSON.stringify(content)).not.toContain("run-1");
    const parts = await partsOf((await model.doStream({ prompt })).stream);
    expect(parts).toContainEqual({ type: "reasoning-start", id: "0", providerMetadata: signed });
    expect(parts.find(({ type }) => type === "tool-call")).toMatchObject({ providerMetadata: signed });
  });

  it("are not put under words they were not given on", async () => {
    const { model } = setup(respond, { cache: { policy: "eager" } });
    const ask = (name: string) =>
      model.doGenerate({
        prompt: [{ role: "user", content: [{ type: "text", text: `Add for ${name}` }] }],
        providerOptions: { reprise: { bindings: { name } } },
      });
    await ask("Erik");
    const { content, providerMetadata: told } = await ask("Maria");
    expect(told?.reprise).toMatchObject({ status: "hit", match: "template" });
    expect(content.at(-1)).toEqual({
      type: "tool-call",
      toolCallId: expect.any(String),
      toolName: "add",
      input: '{"for":"Maria"}',
    });
    expect(JSON.stringify(content)).not.toContain("signed");
  });
});

describe("structured output", () => {
  const output = Output.object({ schema: z.object({ name: z.string(), age: z.number() }) });

  it("round-trips", async () => {
    const { model, calls } = setup(() => says('{"name":"Ann","age":3}'));
    const run = async () => (await generateText({ model, prompt: "Who?", output })).output;
    expect([await run(), await run()]).toEqual([
      { name: "Ann", age: 3 },
      { name: "Ann", age: 3 },
    ]);
    expect(calls()).toBe(1);
  });

  it("is not learned when it does not fit", async () => {
    const { model, calls } = setup((_call, index) =>
      says(index === 0 ? '{"name":"Ann"}' : '{"name":"Ann","age":3}'),
    );
    const run = async () => (await generateText({ model, prompt: "Who?", output })).output;
    await expect(run()).rejects.toThrow();
    expect(await run()).toEqual({ name: "Ann", age: 3 });
    expect(calls()).toBe(2);
  });

  it("is a miss when a template's reply would not fit", async () => {
    const short = Output.object({ schema: z.object({ name: z.string().max(4) }) });
    const { model, calls } = setup(
      ({ prompt }) => {
        const part = prompt.at(-1)?.content[0];
        const name = typeof part === "object" && part.type === "text" ? part.text.slice("Take ".length) : "";
        return says(JSON.stringify({ name: name.slice(0, 4) }));
      },
      { cache: { policy: "eager" } },
    );
    const run = (name: string) =>
      generateText({
        model,
        prompt: `Take ${name}`,
        output: short,
        providerOptions: { reprise: { bindings: { name } } },
      });
    expect((await run("Erik")).output).toEqual({ name: "Erik" });
    expect(told(await run("Anna"))?.match).toBe("template");
    const long = await run("Maximilian");
    expect(told(long)).toMatchObject({ status: "miss", reason: "format" });
    expect(long.output).toEqual({ name: "Maxi" });
    expect(calls()).toBe(2);
  });
});

describe("a schema that cannot be checked", () => {
  it("lets a reply through that the model gave, and none that a template made", async () => {
    const { cache, model, calls } = setup(
      ({ prompt }) => {
        const part = prompt.at(-1)?.content[0];
        return says(
          JSON.stringify({ said: typeof part === "object" && part.type === "text" ? part.text : "" }),
        );
      },
      { cache: { policy: "eager" } },
    );
    const ask = async (name: string) => {
      const result = await model.doGenerate({
        prompt: [{ role: "user", content: [{ type: "text", text: `I am ${name}.` }] }],
        responseFormat: { type: "json", schema: { type: "object", not: { required: ["secret"] } } },
        providerOptions: { reprise: { bindings: { name } } },
      });
      return result.providerMetadata?.reprise;
    };
    expect(await ask("Erik")).toMatchObject({ status: "miss", reason: "unseen" });
    await cache.settled();
    expect(await ask("Erik")).toMatchObject({ status: "hit", match: "exact" });
    expect(await ask("Maria")).toMatchObject({ status: "miss", reason: "format" });
    expect(calls()).toBe(2);
  });
});

describe("a stream", () => {
  it("reaches its reader while the model still speaks", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const parts = textParts("Hello there");
    const bare = new MockLanguageModelV4({
      doStream: async () => ({
        stream: new ReadableStream<LanguageModelV4StreamPart>({
          async start(controller) {
            for (const part of parts) {
              controller.enqueue(part);
              if (part.type === "text-delta") await gate;
            }
            controller.close();
          },
        }),
      }),
    });
    const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(createCache()) });
    const reader = streamText({ model, prompt: "hi" }).textStream.getReader();
    expect((await reader.read()).value).toBe("Hell");
    open();
  });

  it("is not learned when it is aborted by its signal", async () => {
    const cache = createCache();
    let calls = 0;
    const bare = new MockLanguageModelV4({
      doStream: async ({ abortSignal }) => {
        calls++;
        const stream = simulateReadableStream({ chunks: textParts("Hello there"), chunkDelayInMs: 5 });
        return {
          stream: abortSignal ? stream.pipeThrough(new TransformStream(), { signal: abortSignal }) : stream,
        };
      },
    });
    const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(cache) });
    const leaving = new AbortController();
    for await (const _text of streamText({ model, prompt: "hi", abortSignal: leaving.signal }).textStream)
      leaving.abort();
    expect(await streamText({ model, prompt: "hi" }).text).toBe("Hello there");
    expect(calls).toBe(2);
  });

  it("passes on an error part, and learns nothing from such a stream", async () => {
    const failure = new Error("overloaded");
    let calls = 0;
    const parts = textParts("Hello");
    const bare = new MockLanguageModelV4({
      doStream: async () => ({
        stream: streamOf(
          calls++ === 0
            ? [...parts.slice(0, 4), { type: "error", error: failure }, ...parts.slice(4)]
            : parts,
        ),
      }),
    });
    const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(createCache()) });
    const errors: unknown[] = [];
    await streamText({
      model,
      prompt: "hi",
      onError: ({ error }) => void errors.push(error),
    }).consumeStream();
    expect(errors).toEqual([failure]);
    await streamText({ model, prompt: "hi" }).consumeStream();
    expect(calls).toBe(2);
  });
});

describe("identical requests in flight", () => {
  const slow: Respond = async (_call, index) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return says(`answer ${index}`);
  };

  it("say that they shared, and what that saved", async () => {
    const { model } = setup(slow);
    const results = await Promise.all([1, 2].map(() => generateText({ model, prompt: "hi" })));
    const id = expect.any(String);
    expect(results.map(told)).toEqual([
      { status: "miss", reason: "unseen", depth: 0, id, saved: { inputTokens: 0, outputTokens: 0 } },
      { status: "miss", reason: "in-flight", id, saved: { inputTokens: 10, outputTokens: 5 } },
    ]);
  });

  it.each([{ read: false }, { write: false }])("each ask the model when they say %j", async (reprise) => {
    const { model, calls } = setup(slow);
    await Promise.all(
      [1, 2, 3].map(() => generateText({ model, prompt: "hi", providerOptions: { reprise } })),
    );
    expect(calls()).toBe(3);
  });

  it("are identical whatever the order of their settings", async () => {
    const { model, calls } = setup(slow);
    const prompt: LanguageModelV4CallOptions["prompt"] = [
      { role: "user", content: [{ type: "text", text: "hi" }] },
    ];
    await Promise.all([
      model.doGenerate({ prompt, seed: 1, topK: 2 }),
      model.doGenerate({ topK: 2, seed: 1, prompt }),
    ]);
    expect(calls()).toBe(1);
  });

  it("each ask the model when the middleware is told so", async () => {
    const { model, calls } = setup(slow, { coalesce: false });
    await Promise.all([1, 2, 3].map(() => generateText({ model, prompt: "hi" })));
    expect(calls()).toBe(3);
  });

  it("do not wait for a reader that stopped reading its stream", async () => {
    const { model, calls } = setup(slow);
    const { stream } = await model.doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
    await stream.getReader().read();
    const other = await model.doGenerate({
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
    expect(other.content).toEqual([{ type: "text", text: "answer 0" }]);
    expect(calls()).toBe(1);
  });

  it("survive the abort of the one that asks", async () => {
    const { model, calls } = setup(async ({ abortSignal }, index) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      abortSignal?.throwIfAborted();
      return says(`answer ${index}`);
    });
    const leaving = new AbortController();
    const leader = generateText({ model, prompt: "hi", abortSignal: leaving.signal, maxRetries: 0 });
    const followers = [1, 2].map(() => generateText({ model, prompt: "hi" }));
    setTimeout(() => leaving.abort(), 2);
    await expect(leader).rejects.toThrow(/abort/i);
    expect((await Promise.all(followers)).map(({ text }) => text)).toEqual(["answer 1", "answer 1"]);
    expect(calls()).toBe(2);
  });

  it.each(["is cancelled", "fails"])("survive it when the stream they wait for %s", async (how) => {
    let calls = 0;
    const failure = new Error("connection lost");
    const bare = new MockLanguageModelV4({
      doStream: async () => ({
        stream:
          calls++ === 0 ? streamOf(textParts("half").slice(0, 4), failure) : streamOf(textParts("whole")),
      }),
      doGenerate: async () => {
        calls++;
        return says("whole");
      },
    });
    const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(createCache()) });
    const prompt: LanguageModelV4CallOptions = {
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    };
    const { stream } = await model.doStream(prompt);
    const followers = [model.doGenerate(prompt), model.doStream(prompt)] as const;
    if (how === "fails") await expect(partsOf(stream)).rejects.toBe(failure);
    else await stream.cancel();
    expect((await followers[0]).content).toEqual([{ type: "text", text: "whole" }]);
    expect(
      (await partsOf((await followers[1]).stream)).filter(({ type }) => type === "text-delta").length,
    ).toBeGreaterThan(0);
    expect(calls).toBe(2);
  });

  it("let one leave without disturbing the others", async () => {
    const { model, calls } = setup(slow);
    const leaving = new AbortController();
    const leader = generateText({ model, prompt: "hi" });
    const follower = generateText({ model, prompt: "hi", abortSignal: leaving.signal, maxRetries: 0 });
    setTimeout(() => leaving.abort(), 1);
    await expect(follower).rejects.toThrow(/abort/i);
    expect((await leader).text).toBe("answer 0");
    expect(calls()).toBe(1);
  });

  it("get no reply that is not fit to be learned", async () => {
    const { model, calls } = setup(async (call, index) => ({
      ...(await slow(call, index)),
      finishReason: { unified: "length", raw: "length" },
    }));
    const texts = await Promise.all(
      [1, 2, 3].map(async () => (await generateText({ model, prompt: "hi" })).text),
    );
    expect(texts.sort()).toEqual(["answer 0", "answer 1", "answer 2"]);
    expect(calls()).toBe(3);
  });

  it("ask for themselves when no id can be made for a shared reply", async () => {
    let made = 0;
    const faults: unknown[] = [];
    const generateId = () => {
      made++;
      throw new Error("no ids");
    };
    const { model, calls } = setup(slow, { generateId, onFault: (error) => faults.push(error) });
    const results = await Promise.all([1, 2].map(() => generateText({ model, prompt: "hi" })));
    expect(results.map(({ text }) => text)).toEqual(["answer 0", "answer 1"]);
    expect([calls(), made, faults.length]).toEqual([2, 1, 1]);
  });
});

describe("what never reaches the cache", () => {
  it("is a request's body or header, or a response's", async () => {
    const seen: unknown[] = [];
    const inner = createCache();
    const cache = {
      lookup: (request: Parameters<typeof inner.lookup>[0]) => {
        seen.push(request);
        return inner.lookup(request);
      },
      observe: (...exchange: Parameters<typeof inner.observe>) => {
        seen.push(exchange);
        return inner.observe(...exchange);
      },
    };
    const answer = {
      ...says("Hello!"),
      request: { body: "canary" },
      response: { id: "canary", headers: { key: "canary" }, body: "canary" },
      warnings: [{ type: "other" as const, message: "canary" }],
      providerMetadata: { acme: { id: "canary" } },
    };
    const model = wrapLanguageModel({
      model: new MockLanguageModelV4({ doGenerate: answer }),
      middleware: repriseMiddleware(cache),
    });
    const first = await generateText({ model, prompt: "hi", headers: { authorization: "canary" } });
    expect(first.finalStep.providerMetadata).toMatchObject({
      acme: { id: "canary" },
      reprise: { status: "miss" },
    });
    const second = await generateText({ model, prompt: "hi" });
    expect(seen).toHaveLength(3);
    expect(JSON.stringify(seen)).not.toContain("canary");
    expect(JSON.stringify(second.finalStep)).not.toContain("canary");
  });
});

describe("a stream of a hit", () => {
  it("is well-formed for a reader of the raw parts", async () => {
    const { model } = setup(() => says("Hello!"));
    const prompt: LanguageModelV4CallOptions = {
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    };
    await model.doGenerate(prompt);
    const parts = await partsOf((await model.doStream(prompt)).stream);
    expect(parts.map(({ type }) => type)).toEqual([
      "stream-start",
      "response-metadata",
      "text-start",
      "text-delta",
      "text-end",
      "finish",
    ]);
    expect(parts.at(-1)).toMatchObject({
      finishReason: stop,
      providerMetadata: { reprise: { status: "hit", match: "exact" } },
    });
  });
});

describe("a rejected reply", () => {
  it("is known by the result, its step, the id, or the error of the SDK", async () => {
    const schema = z.object({ n: z.number().refine((n) => n > 10) });
    const cache = createCache();
    let calls = 0;
    const bare = new MockLanguageModelV4({
      doGenerate: async () => ({
        ...says(JSON.stringify({ n: calls++ * 6 })),
        response: { id: `resp_${calls}` },
      }),
    });
    const middleware = repriseMiddleware(cache);
    const model = wrapLanguageModel({ model: bare, middleware });
    const ask = () => generateText({ model, prompt: "How many?", output: Output.object({ schema }) });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await Promise.resolve(ask().then(({ output }) => output)).catch(
        (thrown: unknown) => thrown,
      );
      expect(NoObjectGeneratedError.isInstance(error)).toBe(true);
      expect(await middleware.reject(error as Error)).toBe(true);
    }
    expect((await ask()).output).toEqual({ n: 12 });
    const hit = await ask();
    expect([hit.output, calls]).toEqual([{ n: 12 }, 3]);
    expect(await middleware.reject(hit)).toBe(true);
    const { finalStep } = await ask();
    expect(calls).toBe(4);
    expect(await middleware.reject(finalStep)).toBe(true);
    expect(await middleware.reject("nobody")).toBe(false);
    expect(await middleware.reject(new Error("another"))).toBe(false);
  });
});

describe("a binding without a value", () => {
  it("binds nothing, and the caller is warned", async () => {
    const model = wrapLanguageModel({
      model: new MockLanguageModelV4({ doGenerate: async () => says("Hello!") }),
      middleware: repriseMiddleware(createCache()),
    });
    const prompt: LanguageModelV4CallOptions["prompt"] = [
      { role: "user", content: [{ type: "text", text: "hi" }] },
    ];
    const call = { prompt, providerOptions: { reprise: { bindings: { a: undefined as never } } } };
    const first = await model.doGenerate(call);
    expect(first.warnings).toEqual([{ type: "other", message: expect.stringContaining('binding "a"') }]);
    const warnings = [expect.stringContaining('binding "a"')];
    expect(first.providerMetadata?.reprise).toMatchObject({ status: "miss", warnings });
    expect((await model.doGenerate(call)).providerMetadata?.reprise).toMatchObject({
      status: "hit",
      warnings,
    });
  });
});

describe("a call that builds on what its provider keeps", () => {
  it.each([{ conversation: "conv_1" }, { previousResponseId: "resp_1" }])(
    "goes past the cache, each time: %j",
    async (openai) => {
      const cache = createCache();
      let items = 0;
      const bare = new MockLanguageModelV4({ doGenerate: async () => says(`Item ${++items}`) });
      const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(cache) });
      const next = () => generateText({ model, prompt: "next", providerOptions: { openai } });
      const replies = [await next(), await next(), await next()];
      expect(replies.map(({ text }) => text)).toEqual(["Item 1", "Item 2", "Item 3"]);
      expect(told(replies[2] as (typeof replies)[number])).toMatchObject({
        status: "bypass",
        reason: "server-state",
      });
      expect(cache.stats()).toMatchObject({ bypasses: { "server-state": 3 }, observed: 0, exchanges: 0 });
    },
  );
});

describe("a streamed hit", () => {
  it.each([
    [undefined, ["Hello there, Ann."]],
    ["word", ["Hello", " there,", " Ann."]],
    [{ by: "word", delay: 1 }, ["Hello", " there,", " Ann."]],
  ] as const)("comes in the pieces that are asked for: %j", async (chunks, expected) => {
    const { model } = setup(() => says("Hello there, Ann."), { chunks });
    await generateText({ model, prompt: "hi" });
    const deltas: string[] = [];
    for await (const delta of streamText({ model, prompt: "hi" }).textStream) deltas.push(delta);
    expect(deltas).toEqual(expected);
  });
});

describe("who waits for a stream in flight", () => {
  /** A model whose streams go on when they are told to. */
  function held() {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let calls = 0;
    const bare = new MockLanguageModelV4({
      doStream: async () => {
        calls++;
        const parts = [...textParts("Hello there", toolCalls).slice(0, -1)];
        const rest: LanguageModelV4StreamPart[] = [
          { type: "tool-input-start", id: "c1", toolName: "add" },
          { type: "tool-input-end", id: "c1" },
          { type: "tool-call", toolCallId: "c1", toolName: "add", input: "{}" },
          ...textParts("", toolCalls).slice(-1),
        ];
        return {
          stream: new ReadableStream<LanguageModelV4StreamPart>({
            async start(controller) {
              for (const part of parts.slice(0, 4)) controller.enqueue(part);
              await gate;
              for (const part of [...parts.slice(4), ...rest]) controller.enqueue(part);
              controller.close();
            },
          }),
        };
      },
    });
    const model = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(createCache()) });
    const prompt: LanguageModelV4CallOptions["prompt"] = [
      { role: "user", content: [{ type: "text", text: "hi" }] },
    ];
    return {
      stream: async (own = {}) => (await model.doStream({ prompt, ...own })).stream,
      open,
      calls: () => calls,
    };
  }
  const textOf = (parts: readonly LanguageModelV4StreamPart[]) =>
    parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("");

  it("gets its tokens as they come, under ids of its own, and pays nothing", async () => {
    const { stream, open, calls } = held();
    const leader = (await stream()).getReader();
    for (let part = 0; part < 4; part++) await leader.read();
    const following = (await stream()).getReader();
    const first: LanguageModelV4StreamPart[] = [];
    while (textOf(first) === "") first.push((await following.read()).value as LanguageModelV4StreamPart);
    expect(textOf(first)).toBe("Hell");
    open();
    leader.releaseLock();
    const rest: LanguageModelV4StreamPart[] = [];
    for (let next = await following.read(); !next.done; next = await following.read()) rest.push(next.value);
    expect(textOf([...first, ...rest])).toBe("Hello there");
    const call = rest.find((part) => part.type === "tool-call");
    expect(call).toMatchObject({ toolName: "add", input: "{}" });
    expect(call && "toolCallId" in call && call.toolCallId).not.toBe("c1");
    expect(rest.find((part) => part.type === "tool-input-start")).toMatchObject({
      id: call && "toolCallId" in call && call.toolCallId,
    });
    expect(rest.at(-1)).toMatchObject({
      type: "finish",
      usage: { outputTokens: { total: 0 } },
      providerMetadata: {
        reprise: { status: "miss", reason: "in-flight", saved: { inputTokens: 10, outputTokens: 5 } },
      },
    });
    expect(calls()).toBe(1);
  });

  it("gets all of it though the one that asked has left", async () => {
    const { stream, open, calls } = held();
    const leader = (await stream()).getReader();
    for (let part = 0; part < 4; part++) await leader.read();
    const following = partsOf(await stream());
    await new Promise((next) => setImmediate(next));
    await leader.cancel();
    open();
    expect(textOf(await following)).toBe("Hello there");
    expect(calls()).toBe(1);
  });

  it("may leave without ending it for the others", async () => {
    const { stream, open, calls } = held();
    const leader = partsOf(await stream());
    await new Promise((next) => setImmediate(next));
    const leaving = new AbortController();
    const left = partsOf(await stream({ abortSignal: leaving.signal }));
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    open();
    expect(textOf(await leader)).toBe("Hello there");
    expect(calls()).toBe(1);
  });
});
