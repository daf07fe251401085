import { AIMessage, type AIMessageChunk } from "@langchain/core/messages";
import { createAgent, tool } from "langchain";
import { createCache, RepriseError } from "reprise";
import { RepriseCallbackHandler, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { counting, done, human, RecordingCache, type Script, StreamingModel } from "./support.js";

const constant: Script = () => ({ content: "Hello", ...done() });

async function read(stream: AsyncIterable<AIMessageChunk>): Promise<void> {
  for await (const _ of stream);
}

describe("a handler attached to a run", () => {
  it("counts what could have been served, and changes nothing", async () => {
    const handler = new RepriseCallbackHandler(createCache());
    const model = new StreamingModel({ script: constant, callbacks: [handler] });
    for (let call = 0; call < 3; call++) expect((await model.invoke("Hi")).text).toBe("Hello");
    await handler.settled();
    expect(model.calls).toBe(3);
    expect(handler.report).toEqual({
      calls: 3,
      served: 0,
      known: 2,
      agreed: 2,
      differed: 0,
      learned: 3,
      savable: { inputTokens: 14, outputTokens: 10 },
    });
  });

  it("counts a model that says something else against the cache", async () => {
    const handler = new RepriseCallbackHandler(createCache());
    const model = new StreamingModel({ script: counting });
    for (let call = 0; call < 2; call++) await model.invoke("Hi", { callbacks: [handler] });
    await handler.settled();
    expect(handler.report).toMatchObject({
      calls: 2,
      known: 1,
      agreed: 0,
      differed: 1,
      savable: { inputTokens: 0, outputTokens: 0 },
    });
  });

  it("hands over exchanges with their structure: messages, tools, tool calls, results", async () => {
    const add = tool(({ a, b }) => ({ sum: a + b }), {
      name: "add",
      description: "Adds.",
      schema: z.object({ a: z.number(), b: z.number() }),
    });
    const model = new StreamingModel({
      script: ({ messages }) =>
        messages.at(-1)?.type === "tool"
          ? { content: "3", ...done() }
          : {
              content: "",
              tool_calls: [{ type: "tool_call", id: "c", name: "add", args: { a: 1, b: 2 } }],
              ...done("tool_calls"),
            },
    });
    const cache = new RecordingCache();
    const handler = new RepriseCallbackHandler(cache, { scope: "acme" });
    const agent = createAgent({ model, tools: [add], systemPrompt: "Be kind." });
    await agent.invoke(
      { messages: human("1 and 2") },
      { callbacks: [handler], context: { reprise: { induce: false } } as never },
    );
    await handler.settled();
    expect(cache.observed.map(({ request }) => [request.scope, request.model, request.induce])).toEqual(
      Array(2).fill(["acme", "scripted/one", false]),
    );
    expect(cache.observed[1]?.request.tools).toMatchObject([{ type: "function", function: { name: "add" } }]);
    expect(cache.observed[1]?.request.messages).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "1 and 2" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":1,"b":2}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_0", content: '{"sum":3}' },
    ]);
    expect(cache.observed[1]?.reply).toEqual({ role: "assistant", content: "3" });
  });

  it("describes a call as the wrapper does, so that what it learns is what the wrapper serves", async () => {
    const cache = createCache();
    const handler = new RepriseCallbackHandler(cache);
    const bare = new StreamingModel({ script: constant, temperature: 0.3 });
    await bare.invoke("Hi", { callbacks: [handler], stop: ["!"] });
    await read(await bare.stream("Hey", { callbacks: [handler] }));
    await handler.settled();
    const wrapped = withReprise(bare, cache);
    await wrapped.invoke("Hi", { stop: ["!"] });
    await wrapped.invoke("Hey");
    expect(bare.calls).toBe(2);
  });

  it("learns nothing from what the cache served, and nothing twice", async () => {
    const cache = createCache();
    const watched = new RecordingCache();
    const handler = new RepriseCallbackHandler(watched);
    const model = withReprise(new StreamingModel({ script: constant, callbacks: [handler] }), cache);
    for (let call = 0; call < 3; call++) await model.invoke("Hi");
    await handler.settled();
    expect(watched.observed).toEqual([]);
    expect(handler.report).toMatchObject({ calls: 3, served: 2, known: 0, learned: 0 });
  });

  it("does not learn errors, left streams, samples or truncated replies", async () => {
    const cache = new RecordingCache();
    const handler = new RepriseCallbackHandler(cache);
    const callbacks = [handler];
    await expect(
      new StreamingModel({ script: () => ({ error: new Error("down") }) }).invoke("Hi", { callbacks }),
    ).rejects.toThrow("down");
    for await (const _ of await new StreamingModel({ script: constant }).stream("Hi", { callbacks })) break;
    await new StreamingModel({ script: () => ({ content: "Hel", ...done("length") }) }).invoke("Hi", {
      callbacks,
    });
    handler.handleLLMEnd({ generations: [[]] }, "unknown");
    await handler.settled();
    expect(cache.observed).toEqual([]);
    expect(handler.report).toMatchObject({ calls: 1, learned: 0 });
  });

  it("never fails a run, and tells who listens", async () => {
    const faults: unknown[] = [];
    const broken = {
      lookup: () => Promise.reject(new Error("down")),
      observe: () => Promise.reject(new Error("down")),
    };
    const handler = new RepriseCallbackHandler(broken, { onFault: (error) => faults.push(error) });
    const model = new StreamingModel({ script: constant, callbacks: [handler] });
    expect((await model.invoke("Hi")).text).toBe("Hello");
    expect((await model.invoke("Hi", { reprise: { wrong: 1 } as never })).text).toBe("Hello");
    await handler.settled();
    expect(faults.map(String)).toEqual(["Error: down", "Error: down", expect.stringContaining("wrong")]);
  });

  it("forgets the oldest of the calls that never ended", () => {
    const handler = new RepriseCallbackHandler(new RecordingCache());
    for (let run = 0; run <= 1_000; run++) {
      handler.handleChatModelStart(
        { lc: 1, type: "not_implemented", id: [] },
        [human(`Hi ${run}`)],
        `run ${run}`,
      );
    }
    expect(handler.inFlight("Human: Hi 0")).toEqual([]);
    expect(handler.inFlight("Human: Hi 1").length).toBe(1);
  });

  it("is never copied: one handler, one report", () => {
    const handler = new RepriseCallbackHandler(createCache());
    expect(handler.copy()).toBe(handler);
  });

  it("refuses options nobody knows", () => {
    expect(() => new RepriseCallbackHandler(createCache(), { verbose: true } as never)).toThrow(RepriseError);
  });

  it("takes a reply from another way in for no news", () => {
    const handler = new RepriseCallbackHandler(new RecordingCache());
    handler.handleChatModelStart({ lc: 1, type: "not_implemented", id: [] }, [human("Hi")], "1");
    handler.handleLLMEnd(
      { generations: [[{ text: "", message: new AIMessage("Hello") } as never]] },
      "1",
      undefined,
      undefined,
      {
        cached: true,
      },
    );
    expect(handler.report).toMatchObject({ calls: 1, served: 1 });
  });
});

describe("a call that is not for the cache", () => {
  it("is told as a bypass, not as a fault, and is not learned", async () => {
    const cache = createCache();
    const faults: unknown[] = [];
    const handler = new RepriseCallbackHandler(cache, {
      requireScope: true,
      onFault: (error) => faults.push(error),
    });
    const model = new StreamingModel({ script: constant });
    await model.invoke("Hi", { callbacks: [handler] });
    await handler.settled();
    expect(cache.stats()).toMatchObject({ bypasses: { unscoped: 1 }, faults: {}, exchanges: 0 });
    expect(faults).toEqual([]);
  });

  it("has a scope where the run's config has one", async () => {
    const cache = createCache();
    const scope = (config: { metadata?: Record<string, unknown> }) =>
      config.metadata?.tenant as string | undefined;
    const handler = new RepriseCallbackHandler(cache, { scope, requireScope: true });
    const model = new StreamingModel({ script: constant });
    const wrapped = withReprise(model, cache, { scope, requireScope: true });
    await model.invoke("Hi", { callbacks: [handler], metadata: { tenant: "acme" } });
    await handler.settled();
    const statusFor = async (tenant?: string) =>
      (await wrapped.invoke("Hi", tenant ? { metadata: { tenant } } : {})).response_metadata.reprise;
    expect(await statusFor("acme")).toMatchObject({ status: "hit" });
    expect(await statusFor("umbrella")).toMatchObject({ status: "miss" });
    expect(await statusFor()).toMatchObject({ status: "bypass", reason: "unscoped" });
  });

  it("reads the scope of a stream and of a batch from the config too", async () => {
    const cache = createCache();
    const scope = (config: { configurable?: Record<string, unknown> }) =>
      config.configurable?.tenant as string | undefined;
    const wrapped = withReprise(new StreamingModel({ script: constant }), cache, {
      scope,
      requireScope: true,
    });
    const config = { configurable: { tenant: "acme" } };
    await read(await wrapped.stream("Hi", config));
    const [reply] = await wrapped.batch(["Hi"], config);
    expect(reply?.response_metadata.reprise).toMatchObject({ status: "hit" });
    expect(cache.stats().bypasses).toEqual({});
  });
});
