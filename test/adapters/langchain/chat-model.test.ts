import { createRequire } from "node:module";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import { AIMessage, type AIMessageChunk, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { RunnableBinding, RunnableLambda, RunnableSequence } from "@langchain/core/runnables";
import { Annotation, END, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ChatOllama } from "@langchain/ollama";
import { fakeModel, initChatModel, tool } from "langchain";
import { createCache, RepriseError } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { wrapRunnable } from "../../../adapters/langchain/chat-model.js";
import { resolveOptions } from "../../../adapters/langchain/options.js";
import {
  counting,
  done,
  gather,
  human,
  ON_OLDEST_CORE,
  RecordingCache,
  repriseOf,
  type Script,
  ScriptedModel,
  type ScriptedOptions,
  StreamingModel,
} from "./support.js";

/** Writes down what happens to it, run ids apart. */
class Diary extends BaseCallbackHandler {
  readonly name = "diary";
  readonly entries: unknown[] = [];
  override awaitHandlers = true;

  override handleChatModelStart(
    model: Serialized,
    messages: BaseMessage[][],
    _run: string,
    _parent?: string,
    extra?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
    name?: string,
  ): void {
    const params = extra?.invocation_params;
    this.entries.push({
      start: {
        id: model.id,
        name,
        tags,
        metadata,
        params,
        messages: messages.map((list) => list.map(({ text }) => text)),
      },
    });
  }

  override handleLLMNewToken(token: string): void {
    const last = this.entries.at(-1) as { tokens?: string } | undefined;
    if (last?.tokens === undefined) this.entries.push({ tokens: token });
    else last.tokens += token;
  }

  override handleLLMEnd({ generations, llmOutput }: LLMResult): void {
    const texts = generations.map((list) => list.map(({ text }) => text));
    this.entries.push({ end: texts, tokens: undefined, output: Object.keys(llmOutput ?? {}) });
  }

  override handleLLMError(error: Error): void {
    this.entries.push({ error: error.message });
  }
}

const add = tool(({ a, b }) => String(a + b), {
  name: "add",
  description: "Adds.",
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe("a wrapped model is the model it wraps", () => {
  const inner = new StreamingModel({ script: counting, tags: ["a"], metadata: { who: "me" } });
  const model = withReprise(inner, createCache());

  it("in class, name, type, settings and serialisation", () => {
    expect(model).toBeInstanceOf(StreamingModel);
    expect(model.getName()).toBe(inner.getName());
    expect(model._llmType()).toBe("scripted");
    expect(model.lc_id).toEqual(inner.lc_id);
    expect(JSON.stringify(model)).toBe(JSON.stringify(inner));
    expect(model.tags).toEqual(["a"]);
    expect(model.profile).toEqual(inner.profile);
    expect(Object.keys(model)).toEqual(Object.keys(inner));
  });

  it("and a setting changed on the model later is changed on the wrapper, and the reverse", () => {
    inner.metadata = { who: "you" };
    expect(model.metadata).toEqual({ who: "you" });
    model.metadata = { who: "we" };
    expect(inner.metadata).toEqual({ who: "we" });
  });

  it("and a setting written to the wrapper counts in the scope", async () => {
    const [cache, bare] = [new RecordingCache(), new ChatOllama({ model: "llama" })];
    bare._generate = async () => ({ generations: [{ text: "x", message: new AIMessage("x") }] });
    const wrapped = withReprise(bare, cache);
    await wrapped.invoke("Hi");
    wrapped.temperature = 0.7;
    await wrapped.invoke("Hi");
    expect(bare.temperature).toBe(0.7);
    expect(cache.lookups.map(({ settings }) => (settings as { options: object }).options)).toMatchObject([
      {},
      { temperature: 0.7 },
    ]);
  });

  it("and its private fields are its own: methods, getters and structured output that use them work", async () => {
    class Private extends StreamingModel {
      #asked = 0;
      readonly #tone = "kind";
      get tone(): string {
        return this.#tone;
      }
      get asked(): number {
        return this.#asked;
      }
      override async _generate(messages: BaseMessage[], options: ScriptedOptions) {
        this.#asked++;
        return super._generate(messages, options);
      }
      override _llmType(): string {
        // LangChain asks for it before there are any fields.
        return `private`;
      }
      override invocationParams(options?: ScriptedOptions) {
        return { ...super.invocationParams(options), tone: this.#tone };
      }
      override bindTools(tools: never[]) {
        this.#asked += 0;
        return super.bindTools(tools);
      }
    }
    const inner = new Private({ script: counting });
    const wrapped = withReprise(inner, createCache());
    expect(wrapped.tone).toBe("kind");
    expect([(await wrapped.invoke("Hi")).text, (await wrapped.invoke("Hi")).text]).toEqual([
      "answer 0",
      "answer 0",
    ]);
    expect((await gather(await wrapped.stream("Hi"))).text).toBe("answer 0");
    expect(wrapped.asked).toBe(1);
    expect((await wrapped.bindTools([]).invoke("Ho")).text).toBe("answer 1");
  });

  it("and events of a model that has no stream are made from its answer", async () => {
    class Watch extends BaseCallbackHandler {
      readonly name = "watch";
      readonly lc_prefer_chat_model_stream_events = true;
    }
    const wrapped = withReprise(new ScriptedModel({ script: counting }), createCache());
    for (let call = 0; call < 2; call++)
      expect((await wrapped.invoke("Hi", { callbacks: [new Watch()] })).text).toBe("answer 0");
  });

  it("and a model that cannot stream is left so", async () => {
    const plain = new ScriptedModel({ script: counting });
    const wrapped = withReprise(plain, createCache());
    expect(wrapped._streamResponseChunks).toBe(plain._streamResponseChunks);
    const chunks: unknown[] = [];
    for await (const chunk of await wrapped.stream("Hello")) chunks.push(chunk);
    expect(chunks.length).toBe(1);
  });

  it("and one of another copy of LangChain is as good", async () => {
    const require = createRequire(import.meta.url);
    const { fakeModel: other } = require("langchain") as { fakeModel: typeof fakeModel };
    expect(other).not.toBe(fakeModel);
    const model = withReprise(other().respond(new AIMessage("Hello")), createCache());
    expect((await model.invoke("Hi")).text).toBe("Hello");
    for await (const chunk of await model.stream("Hi"))
      expect(repriseOf(chunk)).toMatchObject({ status: "hit" });
    for await (const chunk of await model.bindTools([]).stream("Hi"))
      expect(repriseOf(chunk)).toMatchObject({ status: "hit" });
  });

  it("wrapped twice, it asks one cache alone: the last", async () => {
    const [first, second] = [new RecordingCache(), new RecordingCache()];
    await withReprise(withReprise(new ScriptedModel({ script: counting }), first), second).invoke("Hello");
    expect(first.lookups.length).toBe(0);
    expect(second.lookups.length).toBe(1);
  });
});

describe("a hit leaves the trace of a model call", () => {
  async function diariesOf(
    ask: (model: StreamingModel, diary: Diary) => Promise<unknown>,
  ): Promise<[unknown[], unknown[], unknown[]]> {
    const fields = {
      script: () => ({ content: "Hello there", ...done() }),
      metadata: { who: "me" },
      tags: ["t"],
    };
    const inner = new StreamingModel(fields);
    const wrapped = withReprise(inner, createCache());
    const diaries: [Diary, Diary, Diary] = [new Diary(), new Diary(), new Diary()];
    await ask(new StreamingModel(fields), diaries[0]);
    await ask(wrapped, diaries[1]);
    await ask(wrapped, diaries[2]);
    expect(inner.calls).toBe(1);
    return [diaries[0].entries, diaries[1].entries, diaries[2].entries];
  }

  it("when invoked", async () => {
    const [bare, miss, hit] = await diariesOf((model, diary) =>
      model.invoke("Hi", { callbacks: [diary], runName: "ask" }),
    );
    expect(miss).toEqual(bare);
    const [start, end] = hit as [unknown, Record<string, unknown>];
    expect([start, { ...end, output: [] }]).toEqual(bare);
    expect(hit.length).toBe(2);
  });

  it("when streamed, token by token", async () => {
    const [bare, miss, hit] = await diariesOf(async (model, diary) =>
      gather(await model.stream("Hi", { callbacks: [diary] })),
    );
    expect(miss).toEqual(bare);
    expect(hit).toEqual(bare);
    expect(hit[1]).toEqual({ tokens: "Hello there" });
  });

  it("when a model set to stream is invoked", async () => {
    const inner = Object.assign(new StreamingModel({ script: counting }), { streaming: true });
    const model = withReprise(inner, createCache());
    await model.invoke("Hi");
    const diary = new Diary();
    await model.invoke("Hi", { callbacks: [diary] });
    expect(diary.entries).toContainEqual({ tokens: "answer 0" });
  });

  it("and carries what LangSmith shows: no tokens, and what was saved", async () => {
    const model = withReprise(new StreamingModel({ script: counting }), createCache());
    const asked = await model.invoke("Hi");
    const saved = { inputTokens: 0, outputTokens: 0 };
    expect(repriseOf(asked)).toEqual({
      status: "miss",
      reason: "unseen",
      depth: 0,
      id: expect.any(String),
      saved,
    });
    for (const reply of [await model.invoke("Hi"), await gather(await model.stream("Hi"))]) {
      expect(reply.usage_metadata).toMatchObject({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
      expect(repriseOf(reply)).toMatchObject({
        status: "hit",
        match: "exact",
        saved: { inputTokens: 7, outputTokens: 5 },
      });
      expect(reply.response_metadata.finish_reason).toBe("stop");
    }
  });

  it.skipIf(ON_OLDEST_CORE)("and takes part in the events of its content, with its account", async () => {
    const model = withReprise(new StreamingModel({ script: counting }), createCache());
    await model.invoke("Hi");
    const events: Record<string, unknown>[] = [];
    for await (const event of model.streamEvents("Hi")) events.push(event as never);
    expect(events.at(-1)).toMatchObject({
      event: "message-finish",
      reason: "stop",
      responseMetadata: { reprise: { status: "hit" } },
    });
  });

  it("a caller who has left gets no hit", async () => {
    const model = withReprise(new StreamingModel({ script: counting }), createCache());
    await model.invoke("Hi");
    await expect(model.invoke("Hi", { signal: AbortSignal.abort(new Error("left")) })).rejects.toThrow();
  });
});

describe("binding and configuring keep the cache", () => {
  it("in bindTools, also of a model that keeps its tools to itself", async () => {
    const cache = new RecordingCache();
    const fake = fakeModel().respondWithTools([{ name: "add", args: { a: 1, b: 2 } }]);
    await withReprise(fake, cache).bindTools([add]).invoke("1 and 2");
    expect(cache.lookups[0]?.tools).toEqual([
      {
        type: "function",
        function: {
          name: "add",
          description: "Adds.",
          parameters: {
            type: "object",
            properties: { a: { type: "number" }, b: { type: "number" } },
            required: ["a", "b"],
            additionalProperties: false,
          },
        },
      },
    ]);
    expect(cache.observed[0]?.reply.tool_calls?.[0]?.function).toEqual({
      name: "add",
      arguments: '{"a":1,"b":2}',
    });
  });

  it("in withConfig, bindings of bindings, and sequences", async () => {
    const inner = new StreamingModel({ script: counting });
    const model = withReprise(inner, createCache())
      .withConfig({ tags: ["x"] })
      .withConfig({ metadata: { y: 1 } });
    expect(RunnableBinding.isRunnableBinding(model)).toBe(true);
    await model.invoke("Hi");
    expect(repriseOf(await model.invoke("Hi"))).toMatchObject({ status: "hit" });

    const settings = resolveOptions("test", createCache());
    const cache = createCache();
    const shout = RunnableLambda.from((message: BaseMessage) => message.text.toUpperCase());
    const quieten = RunnableLambda.from((text: string) => text.toLowerCase());
    const sequence = wrapRunnable(RunnableSequence.from([inner, shout, quieten]), { cache, settings });
    expect(await sequence.invoke("Hey")).toBe("answer 1");
    expect(await sequence.invoke("Hey")).toBe("answer 1");
    expect(wrapRunnable(shout, { cache, settings })).toBe(shout);
  });

  it("in withRetry and withFallbacks, which wrap the wrapper", async () => {
    let failures = 0;
    const inner = new StreamingModel({
      script: ({ index }) =>
        index === 0 ? { error: new Error(`failure ${failures++}`) } : { content: "recovered", ...done() },
    });
    const model = withReprise(inner, createCache()).withRetry({ stopAfterAttempt: 2 });
    expect((await model.invoke("Hi")).text).toBe("recovered");
    expect(repriseOf(await model.invoke("Hi"))).toMatchObject({ status: "hit" });
    expect(failures).toBe(1);
  });

  it("in the model that initChatModel makes at each call", async () => {
    const inner = new StreamingModel({ script: counting });
    const configurable = await initChatModel("gpt-4o-mini", {
      modelProvider: "openai",
      apiKey: "none",
      configurableFields: "any",
    });
    Object.defineProperty(configurable, "_getModelInstance", { value: async () => inner, writable: true });
    const model = withReprise(configurable, createCache());
    await model.invoke("Hi");
    expect(repriseOf(await model.invoke("Hi"))).toMatchObject({ status: "hit" });
    expect((await gather(await model.stream("Hi"))).text).toBe("answer 0");
    expect(inner.calls).toBe(1);
    expect(Object.hasOwn(model, "withStructuredOutput")).toBe(true);
    expect(model.bindTools?.([add])).toHaveProperty("_queuedMethodOperations");
    expect(model.withStructuredOutput(z.object({ a: z.string() }))).toHaveProperty("_queuedMethodOperations");
  });
});

describe("what one call may say", () => {
  it("reaches the cache and not the model", async () => {
    const cache = new RecordingCache();
    const inner = new StreamingModel({ script: counting });
    const model = withReprise(inner, cache, { scope: "acme", bindings: { tone: "kind", name: "?" } });
    await model.invoke("Hi Erik", { reprise: { bindings: { name: "Erik" }, scope: "eu", induce: false } });
    expect(cache.lookups[0]).toEqual({
      messages: [{ role: "user", content: "Hi Erik" }],
      model: "scripted/one",
      settings: {
        identity: { id: ["langchain", "chat_models", "scripted", "StreamingModel"], arguments: {} },
      },
      scope: '["acme","eu"]',
      bindings: { tone: "kind", name: "Erik" },
      induce: false,
    });
    expect(inner.seen[0]?.options).not.toHaveProperty("reprise");
  });

  it("may come from the context of the graph the model runs in", async () => {
    const cache = new RecordingCache();
    const model = withReprise(new StreamingModel({ script: counting }), cache, { model: "scripted/one" });
    const graph = new StateGraph(MessagesAnnotation, Annotation.Root({ reprise: Annotation<object> }))
      .addNode("ask", async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
      .addEdge(START, "ask")
      .addEdge("ask", END)
      .compile();
    await graph.invoke({ messages: human("Hi") }, { context: { reprise: { scope: "eu" } } });
    expect(cache.lookups[0]).toEqual({
      messages: [{ role: "user", content: "Hi" }],
      model: "scripted/one",
      scope: "eu",
    });
  });

  it("if wrong, sends the call to the model, and tells who listens", async () => {
    const faults: unknown[] = [];
    const cache = new RecordingCache();
    const model = withReprise(new StreamingModel({ script: counting }), cache, {
      onFault: (error) => faults.push(error),
    });
    const reply = await model.invoke("Hi", { reprise: { binding: {} } as never });
    expect(reply.text).toBe("answer 0");
    expect(repriseOf(reply)).toMatchObject({ status: "bypass", reason: "invalid" });
    expect(cache.lookups.length).toBe(0);
    expect(String(faults[0])).toContain('unknown option "binding"');
  });

  it("is told what is passed over in it, on hits as on misses", async () => {
    const model = withReprise(new StreamingModel({ script: counting }), createCache());
    const warnings = [expect.stringContaining('binding "a"')];
    for (const status of ["miss", "hit"]) {
      const reply = await model.invoke("Hi", { reprise: { bindings: { a: undefined as never } } });
      expect(repriseOf(reply)).toMatchObject({ status, warnings });
    }
  });

  it("options nobody knows are refused when the model is wrapped", () => {
    const model = new ScriptedModel({ script: counting });
    const attempt = (options: unknown, cache: unknown = createCache()) => {
      try {
        withReprise(model, cache as never, options as never);
      } catch (error) {
        return error;
      }
    };
    expect(attempt({ scopes: "x" })).toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringContaining('"scopes"'),
    });
    expect(attempt({ coalesce: "yes" })).toMatchObject({ message: expect.stringContaining('"coalesce"') });
    expect(attempt({ bindings: { a: {} } })).toMatchObject({
      message: expect.stringContaining('"bindings"'),
    });
    expect(RepriseError.isInstance(attempt({}, {}))).toBe(true);
    expect(() => withReprise({} as never, createCache())).toThrow(RepriseError);
  });
});

describe("what a reply must be to be learned", () => {
  const learned = async (
    said: ConstructorParameters<typeof ScriptedModel>[0]["script"],
    mode: "invoke" | "stream" = "invoke",
  ) => {
    const cache = new RecordingCache();
    const model = withReprise(new StreamingModel({ script: said }), cache).bindTools([add]);
    if (mode === "invoke") await model.invoke("Hi");
    else await gather(await model.stream("Hi"));
    return cache.observed;
  };
  const adding = (args: Record<string, unknown>) => ({
    tool_calls: [{ type: "tool_call" as const, id: "1", name: "add", args }],
  });

  it("whole, and of a kind that can be replayed", async () => {
    expect((await learned(() => ({ content: "Hello", ...done() })))[0]).toMatchObject({
      reply: { role: "assistant", content: "Hello" },
      details: { finishReason: "stop", usage: { inputTokens: 7, outputTokens: 5 } },
    });
    expect(
      (await learned(() => ({ content: "", ...adding({ a: 1, b: 2 }), ...done("tool_calls") }), "stream"))
        .length,
    ).toBe(1);
  });

  it.each([
    ["cut off by its length", { content: "Hel", ...done("length") }],
    ["filtered", { content: "I", ...done("content_filter") }],
    ["paused for a reason nobody knows", { content: "I", ...done("pause_turn") }],
    ["empty", { content: "", ...done() }],
    ["a refusal", { content: "", additional_kwargs: { refusal: "No." }, ...done() }],
    ["spoken", { content: "", additional_kwargs: { audio: { id: "audio_1", data: "AAAA" } }, ...done() }],
    [
      "a call with invalid arguments",
      { content: "", invalid_tool_calls: [{ name: "add", args: "{", id: "1" }], ...done("tool_calls") },
    ],
    ["a call that does not fit its tool", { content: "", ...adding({ a: "one" }), ...done("tool_calls") }],
    [
      "a call of a tool nobody offered",
      { content: "", tool_calls: [{ id: "1", name: "rm", args: {} }], ...done("tool_calls") },
    ],
    [
      "the work of a provider's own tool",
      { content: [{ type: "server_tool_call", id: "1", name: "search", args: {} }], ...done() },
    ],
    [
      "of arguments JSON cannot hold",
      { content: "", ...adding({ a: Number.NaN, b: 1 }), ...done("tool_calls") },
    ],
  ])("a reply %s is not", async (_what, said) => {
    expect(await learned(() => said as never)).toEqual([]);
  });

  it.skipIf(ON_OLDEST_CORE)(
    "a stream cut off within its arguments is not, though LangChain reads them as far as they go",
    async () => {
      class Cut extends StreamingModel {
        override async *_streamResponseChunks(...args: Parameters<StreamingModel["_streamResponseChunks"]>) {
          let calls = 0;
          for await (const chunk of super._streamResponseChunks(...args)) {
            const called = (chunk.message as AIMessageChunk).tool_call_chunks?.length;
            if (called && ++calls === 2) return;
            yield chunk;
          }
        }
      }
      const cache = new RecordingCache();
      const model = new Cut({ script: () => ({ content: "", ...adding({ a: 1, b: 2 }) }) });
      const reply = await gather(await withReprise(model, cache).stream("Hi"));
      expect(reply.tool_calls?.length).toBe(1);
      expect(cache.observed).toEqual([]);
    },
  );

  it("a stream without a reason for its end is not, if its provider always gives one", async () => {
    const said = (provider: object) => () => ({ content: "Hel", response_metadata: { ...provider } });
    expect((await learned(said({ model_provider: "openai" }), "stream")).length).toBe(0);
    expect((await learned(said({}), "stream")).length).toBe(1);
  });

  it("a stream that its provider ends quietly, because its caller has left, is not", async () => {
    const leaving = new AbortController();
    class Quiet extends StreamingModel {
      override async *_streamResponseChunks(...args: Parameters<StreamingModel["_streamResponseChunks"]>) {
        for await (const chunk of super._streamResponseChunks(...args)) {
          if (leaving.signal.aborted) return;
          yield chunk;
        }
      }
    }
    const cache = new RecordingCache();
    const stream = await withReprise(new Quiet({ script: counting }), cache).stream("Hi", {
      signal: leaving.signal,
    });
    const read = async () => {
      for await (const _ of stream) leaving.abort(new Error("left"));
    };
    await expect(read()).rejects.toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(cache.observed).toEqual([]);
  });

  it("one of several samples is not", async () => {
    class Several extends ScriptedModel {
      override async _generate(...args: Parameters<ScriptedModel["_generate"]>) {
        const { generations } = await super._generate(...args);
        return { generations: [...generations, ...generations] };
      }
    }
    const cache = new RecordingCache();
    await withReprise(new Several({ script: counting }), cache).invoke("Hi");
    expect(cache.observed).toEqual([]);
  });
});

describe("structured output", () => {
  const asked = (required: string[]) => ({
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "person",
        schema: { type: "object", properties: { name: { type: "string" } }, required },
      },
    },
  });

  it("round-trips; a schema that asks for more is another request", async () => {
    const inner = new StreamingModel({ script: () => ({ content: '{"name":"Erik"}', ...done() }) });
    const model = withReprise(inner, createCache());
    await model.invoke("Who?", asked(["name"]));
    expect(repriseOf(await model.invoke("Who?", asked(["name"])))).toMatchObject({ status: "hit" });
    expect(repriseOf(await model.invoke("Who?", asked([])))).toMatchObject({ status: "miss" });
  });

  it("a reply that does not fit is not learned, and a hit that does not fit is a miss", async () => {
    const inner = new StreamingModel({ script: () => ({ content: "Erik", ...done() }) });
    const cache = createCache();
    const model = withReprise(inner, cache);
    await model.invoke("Who?", asked(["name"]));
    await model.invoke("Who?", asked(["name"]));
    expect(inner.calls).toBe(2);

    const bad = {
      status: "hit",
      match: "template",
      reply: { role: "assistant", content: '{"nom":"Erik"}' },
      bindings: {},
      template: "t",
      id: "i",
      age: 1,
    };
    const insistent = Object.assign(new RecordingCache(), { lookup: async () => bad });
    const reply = await withReprise(new StreamingModel({ script: counting }), insistent as never).invoke(
      "Who?",
      asked(["name"]),
    );
    expect(reply.text).toBe("answer 0");
    expect(repriseOf(reply)).toMatchObject({ status: "miss", reason: "format" });
  });

  it("a hit that LangChain has no word for is a miss", async () => {
    const content = [{ type: "source", url: "https://x" }];
    const hit = {
      status: "hit",
      match: "exact",
      reply: { role: "assistant", content },
      bindings: {},
      template: "t",
      id: "i",
      age: 1,
    };
    const foreign = Object.assign(new RecordingCache(), { lookup: async () => hit });
    const reply = await withReprise(new StreamingModel({ script: counting }), foreign as never).invoke(
      "Who?",
    );
    expect(repriseOf(reply)).toMatchObject({ status: "miss", reason: "foreign" });
  });
});

describe("signed reasoning", () => {
  const thinking: Script = ({ messages }) => ({
    content: [
      { type: "thinking", thinking: `About ${messages[0]?.text}.`, signature: "sig" },
      { type: "text", text: `Done: ${messages[0]?.text}` },
    ] as never,
    ...done(),
  });

  it("is replayed with its signature, and not for other values", async () => {
    const inner = new StreamingModel({ script: thinking });
    const model = withReprise(inner, createCache({ policy: "eager" }));
    const greet = (name: string) =>
      model.invoke(`Greet ${name}, please`, { reprise: { bindings: { name } } });
    await greet("Erik");
    const { content } = await greet("Erik");
    expect(content).toEqual([
      { type: "thinking", thinking: "About Greet Erik, please.", signature: "sig" },
      { type: "text", text: "Done: Greet Erik, please" },
    ]);
    expect(inner.calls).toBe(1);
    const other = await greet("Anna");
    expect(repriseOf(other)).toMatchObject({ status: "miss" });
    expect(inner.calls).toBe(2);
  });
});

describe("in a graph with a memory", () => {
  it("every turn of a thread keeps its reply, though the same one is replayed", async () => {
    const inner = new StreamingModel({
      script: ({ messages }) => ({ content: `re: ${messages.at(-1)?.text}`, id: "msg_fixed", ...done() }),
    });
    const model = withReprise(inner, createCache());
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("ask", async ({ messages }) => ({ messages: [await model.invoke(messages.slice(-1))] }))
      .addEdge(START, "ask")
      .addEdge("ask", END)
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: "1" } };
    // The first turn asks the model; the later ones are the same request.
    await model.invoke(human("Hi"));
    for (let turn = 0; turn < 3; turn++) await graph.invoke({ messages: [new HumanMessage("Hi")] }, config);
    const { messages } = (await graph.getState(config)).values as { messages: BaseMessage[] };
    expect(messages.map(({ type, text }) => `${type}: ${text}`)).toEqual(
      Array(3).fill(["human: Hi", "ai: re: Hi"]).flat(),
    );
    expect(inner.calls).toBe(1);
  });
});

describe("requests in flight", () => {
  const slow = (answer: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { content: answer, ...done() };
  };

  it("say that their reply was shared, and count its tokens once", async () => {
    const inner = new StreamingModel({ script: slow("one") });
    const model = withReprise(inner, new RecordingCache());
    const replies = await Promise.all([model.invoke("Hi"), model.invoke("Hi")]);
    expect(inner.calls).toBe(1);
    expect(
      replies.map((reply) => (reply.usage_metadata as { output_tokens: number } | undefined)?.output_tokens),
    ).toEqual([5, 0]);
    expect(repriseOf(replies[1] as AIMessage)).toMatchObject({
      status: "miss",
      reason: "in-flight",
      saved: { outputTokens: 5 },
    });
  });

  it("ask for themselves, if told so", async () => {
    const inner = new StreamingModel({ script: slow("one") });
    const model = withReprise(inner, new RecordingCache(), { coalesce: false });
    await Promise.all([model.invoke("Hi"), model.invoke("Hi")]);
    expect(inner.calls).toBe(2);
  });

  it("do not wait for a stream that nobody reads", async () => {
    const inner = new StreamingModel({ script: () => ({ content: "a long answer", ...done() }) });
    const model = withReprise(inner, createCache());
    const stream = model._streamResponseChunks(human("Hi"), {} as never);
    await stream.next(); // and never again
    expect((await model.invoke("Hi")).text).toBe("a long answer");
    expect(inner.calls).toBe(1);
    let rest = "";
    for await (const chunk of stream) rest += chunk.text;
    expect(rest).toBe(" long answer");
  });

  it("who leaves while waiting gets the reason, and the others their reply", async () => {
    const inner = new StreamingModel({ script: slow("one") });
    const model = withReprise(inner, new RecordingCache());
    const leaving = new AbortController();
    const first = model.invoke("Hi");
    const second = model.invoke("Hi", { signal: leaving.signal });
    setTimeout(() => leaving.abort(new Error("left")), 1);
    await expect(second).rejects.toThrow();
    expect((await first).text).toBe("one");
  });
});

describe("a streamed hit", () => {
  it.each([
    [undefined, ["It is blue."]],
    ["word", ["It", " is", " blue."]],
    [{ by: "word", delay: 1 }, ["It", " is", " blue."]],
  ] as const)("comes in the pieces that are asked for: %j", async (chunks, expected) => {
    const model = withReprise(
      new StreamingModel({ script: () => ({ content: "It is blue.", ...done() }) }),
      createCache(),
      { chunks },
    );
    await model.invoke("Hi");
    const pieces: string[] = [];
    for await (const { text } of await model.stream("Hi")) if (text !== "") pieces.push(text);
    expect(pieces).toEqual(expected);
  });
});

describe("a model that says its settings in the old way alone", () => {
  it("is described by them, its key apart", async () => {
    const inner = new StreamingModel({ script: counting });
    inner.invocationParams = () => ({});
    inner._identifyingParams = () => ({
      apiKey: "sk-canary-4711",
      defaultHeaders: { a: "sk-canary-4711" },
      top_k: 3,
      max_tokens: 9,
    });
    const cache = new RecordingCache();
    await withReprise(inner, cache).invoke("Hi");
    expect(cache.lookups[0]?.settings).toMatchObject({ top_k: 3, max_tokens: 9 });
    expect(JSON.stringify(cache.lookups)).not.toContain("canary");
  });
});

describe("when the model itself cannot be described", () => {
  it("it is asked, and the fault is told", async () => {
    const faults: unknown[] = [];
    const inner = new StreamingModel({ script: counting });
    inner.invocationParams = () => {
      throw new Error("no params");
    };
    const model = withReprise(inner, createCache(), { onFault: (error) => faults.push(error) });
    // LangChain itself asks for them when it traces; the generation below does not.
    const { generations } = await model._generate(human("Hi"), {} as never);
    expect(generations[0]?.text).toBe("answer 0");
    expect(faults.length).toBe(1);
  });

  it("a listener's own fault is the listener's", async () => {
    const broken = {
      lookup: () => Promise.reject(new Error("down")),
      observe: () => Promise.reject(new Error("down")),
    };
    const model = withReprise(new StreamingModel({ script: counting }), broken, {
      onFault() {
        throw new Error("the listener fell over");
      },
    });
    expect((await model.invoke("Hi")).text).toBe("answer 0");
    expect((await gather(await model.stream("Ho"))).text).toBe("answer 1");
  });
});
