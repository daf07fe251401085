import { readdirSync, readFileSync } from "node:fs";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { AIMessage, AIMessageChunk, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { MemorySaver } from "@langchain/langgraph";
import {
  type AgentMiddleware,
  createAgent,
  createMiddleware,
  modelRetryMiddleware,
  providerStrategy,
  tool,
  toolStrategy,
} from "langchain";
import { createCache, RepriseError } from "reprise";
import { repriseMiddleware } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  counting,
  done,
  human,
  RecordingCache,
  repriseOf,
  type Script,
  ScriptedModel,
  StreamingModel,
} from "./support.js";

const lookUp = tool(({ city }) => ({ city, degrees: city.length }), {
  name: "look_up",
  description: "The weather in a city.",
  schema: z.object({ city: z.string() }),
});

// Looks up the city after "in", then says what it was told.
const weather: Script = ({ messages, options }) => {
  const last = messages.at(-1);
  const city = / in (\w+)/.exec(last?.text ?? "")?.[1];
  if (last?.type === "tool" || !options.tools?.length || !city)
    return { content: `Answer: ${last?.text}`, ...done() };
  return {
    content: "",
    tool_calls: [{ type: "tool_call", id: "call_same", name: "look_up", args: { city } }],
    ...done("tool_calls"),
  };
};

const shown = (messages: readonly BaseMessage[]) =>
  messages.map((message) => [
    message.type,
    message.text,
    (message as AIMessage).tool_calls?.map(({ name, args }) => ({ name, args })),
  ]);

describe("an agent with the middleware", () => {
  it("runs a second time without its model, to the same end, under fresh ids", async () => {
    const model = new StreamingModel({ script: weather });
    const agent = createAgent({
      model,
      tools: [lookUp],
      systemPrompt: "Be kind.",
      middleware: [repriseMiddleware(createCache())],
    });
    const run = () => agent.invoke({ messages: human("Weather in Paris?") });
    const [first, second] = [await run(), await run()];
    expect(model.calls).toBe(2);
    expect(shown(second.messages)).toEqual(shown(first.messages));
    expect(shown(first.messages).at(-1)?.[1]).toBe('Answer: {"city":"Paris","degrees":5}');
    const ids = [first, second].flatMap(({ messages }) =>
      messages.flatMap((message) => (message as AIMessage).tool_calls?.map(({ id }) => id) ?? []),
    );
    expect(new Set(ids).size).toBe(2);
    expect(repriseOf(second.messages.at(-1) as BaseMessage)).toMatchObject({
      status: "hit",
      saved: { inputTokens: 7, outputTokens: 5 },
    });
  });

  it("serves other values from a template of the bound ones", async () => {
    const model = new StreamingModel({ script: weather });
    const cache = createCache({ policy: "eager" });
    const agent = createAgent({ model, tools: [lookUp], middleware: [repriseMiddleware(cache)] });
    const run = (city: string) =>
      agent.invoke(
        { messages: human(`Weather in ${city}?`) },
        { context: { reprise: { bindings: { city } } } },
      );
    await run("Paris");
    await cache.settled();
    const { messages } = await run("Oslo");
    expect(
      messages.flatMap((message) => (message as AIMessage).tool_calls?.map(({ args }) => args) ?? []),
    ).toEqual([{ city: "Oslo" }]);
    expect(repriseOf(messages[1] as BaseMessage)).toMatchObject({ status: "hit", match: "template" });
  });

  it("takes scope and opt-outs from the context of an invocation", async () => {
    const model = new StreamingModel({ script: counting });
    const agent = createAgent({ model, tools: [], middleware: [repriseMiddleware(createCache())] });
    const ask = async (reprise: object) =>
      (await agent.invoke({ messages: human("Hi") }, { context: { reprise } })).messages.at(-1)?.text;
    expect(await ask({ scope: "a" })).toBe("answer 0");
    expect(await ask({ scope: "b" })).toBe("answer 1");
    expect(await ask({ scope: "a", read: false, write: false })).toBe("answer 2");
    expect(await ask({ scope: "a" })).toBe("answer 0");
    expect(await ask({ scope: "c", write: false })).toBe("answer 3");
    expect(await ask({ scope: "c" })).toBe("answer 4");
  });

  it("goes to the model when the context says what nobody knows", async () => {
    const cache = new RecordingCache();
    const agent = createAgent({
      model: new StreamingModel({ script: counting }),
      tools: [],
      middleware: [repriseMiddleware(cache)],
    });
    const { messages } = await agent.invoke(
      { messages: human("Hi") },
      { context: { reprise: { bind: 1 } as never } },
    );
    expect(messages.at(-1)?.text).toBe("answer 0");
    expect(cache.lookups).toEqual([]);
  });

  it("keeps the reply of every turn of a thread", async () => {
    const model = new StreamingModel({
      script: ({ messages }) => ({ content: `re: ${messages.at(-1)?.text}`, ...done() }),
    });
    const cache = createCache();
    const turns = async (thread_id: string) => {
      const agent = createAgent({
        model,
        tools: [],
        middleware: [repriseMiddleware(cache)],
        checkpointer: new MemorySaver(),
      });
      const config = { configurable: { thread_id } };
      await agent.invoke({ messages: human("one") }, config);
      return (await agent.invoke({ messages: human("two") }, config)).messages.map(({ text }) => text);
    };
    expect(await turns("1")).toEqual(["one", "re: one", "two", "re: two"]);
    expect(await turns("2")).toEqual(["one", "re: one", "two", "re: two"]);
    expect(model.calls).toBe(2);
  });

  it("is what createMiddleware makes, though the adapter loads no langchain", () => {
    const made = createMiddleware({ name: "reprise", wrapModelCall: (request, handler) => handler(request) });
    const keys = (value: object) => Reflect.ownKeys(value).filter((key) => value[key as never] !== undefined);
    expect(keys(repriseMiddleware(createCache())).filter((key) => key !== "contextSchema")).toEqual(
      keys(made),
    );
    const folder = new URL("../../../adapters/langchain/", import.meta.url);
    const imports = readdirSync(folder).flatMap(
      (file) => readFileSync(new URL(file, folder), "utf8").match(/^import .*"langchain";$/gm) ?? [],
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const each of imports) expect(each).toMatch(/^import type /);
  });

  it("refuses options nobody knows when it is made", () => {
    expect(() => repriseMiddleware(createCache(), { tenant: "x" } as never)).toThrow(RepriseError);
    expect(() => repriseMiddleware({} as never)).toThrow(RepriseError);
  });
});

describe("a model that cannot be wrapped", () => {
  it("is asked as it is, and the fault is told", async () => {
    const faults: unknown[] = [];
    const middleware = repriseMiddleware(createCache(), { onFault: (error) => faults.push(error) });
    const request = {
      model: new Proxy(new StreamingModel({ script: counting }), {
        has() {
          throw new Error("sealed");
        },
      }),
      runtime: { context: undefined },
    };
    const asked: unknown[] = [];
    await middleware.wrapModelCall?.(request as never, (given) => {
      asked.push(given.model);
      return new AIMessage("Hi");
    });
    expect(asked[0]).toBe(request.model);
    expect(faults.length).toBe(1);
  });
});

describe("the trace of a hit in an agent", () => {
  class Diary extends BaseCallbackHandler {
    readonly name = "diary";
    readonly entries: string[] = [];
    override awaitHandlers = true;
    override handleChatModelStart(
      ...[model, , , , , , metadata]: Parameters<NonNullable<BaseCallbackHandler["handleChatModelStart"]>>
    ): void {
      this.entries.push(`start ${model.id.at(-1)} ${metadata?.langgraph_node} ${metadata?.ls_model_name}`);
    }
    override handleLLMEnd(): void {
      this.entries.push("end");
    }
    override handleToolStart(): void {
      this.entries.push("tool");
    }
  }

  for (const Model of [ScriptedModel, StreamingModel]) {
    it(`is that of a model call: callbacks, messages and events (${Model.name})`, async () => {
      const model = new Model({ script: weather });
      const traces = [];
      for (const middleware of [[], [repriseMiddleware(createCache())]]) {
        const agent = createAgent({ model, tools: [lookUp], middleware });
        for (let run = 0; run < 2; run++) {
          const diary = new Diary();
          await agent.invoke({ messages: human("Weather in Paris?") }, { callbacks: [diary] });
          const messages: string[] = [];
          const options = { streamMode: "messages" as const };
          for await (const [message, metadata] of await agent.stream(
            { messages: human("Weather in Paris?") },
            options,
          )) {
            const kind = AIMessageChunk.isInstance(message) ? "ai chunk" : message.type;
            const last = messages.at(-1);
            if (last?.startsWith(`${kind} ${metadata.langgraph_node}`) && kind === "ai chunk")
              messages[messages.length - 1] = last + message.text;
            else messages.push(`${kind} ${metadata.langgraph_node}: ${message.text}`);
          }
          const events = new Set<string>();
          for await (const event of agent.streamEvents(
            { messages: human("Weather in Paris?") },
            { version: "v2" },
          )) {
            if (event.event.startsWith("on_chat_model")) events.add(`${event.event} ${event.name}`);
          }
          traces.push({ diary: diary.entries, messages, events: [...events].sort() });
        }
      }
      const [bare, , , hit] = traces;
      expect(hit).toEqual(bare);
      expect(bare?.diary.filter((entry) => entry.startsWith("start")).length).toBe(2);
      expect(bare?.events.some((event) => event.startsWith("on_chat_model_end"))).toBe(true);
      // The bare agent asked in six runs, the other in one.
      expect(model.calls).toBe(14);
    });
  }
});

describe("structured output of an agent", () => {
  const schema = z.object({ name: z.string(), age: z.number() }).meta({ title: "person" });

  it("through a tool: parsed from hits too, though LangChain counts such tools through the process", async () => {
    const model = new StreamingModel({
      script: ({ options, index }) => {
        const [offered] = (options.tools ?? []) as { function: { name: string } }[];
        return {
          content: "",
          tool_calls: [
            {
              type: "tool_call",
              id: `c${index}`,
              name: offered?.function.name ?? "",
              args: { name: "Erik", age: 34 },
            },
          ],
          ...done("tool_calls"),
        };
      },
    });
    const cache = createCache();
    const nameless = z.object({ name: z.string(), age: z.number() });
    for (let run = 0; run < 3; run++) {
      const agent = createAgent({
        model,
        tools: [],
        responseFormat: toolStrategy(nameless),
        middleware: [repriseMiddleware(cache)],
      });
      const { structuredResponse } = await agent.invoke({ messages: human("Who?") });
      expect(structuredResponse).toEqual({ name: "Erik", age: 34 });
    }
    expect(model.calls).toBe(1);
  });

  it("through the provider: parsed from hits too", async () => {
    const model = new StreamingModel({ script: () => ({ content: '{"name":"Erik","age":34}', ...done() }) });
    const cache = createCache();
    const ask = async (format: z.ZodObject) => {
      const agent = createAgent({
        model,
        tools: [],
        responseFormat: providerStrategy(format),
        middleware: [repriseMiddleware(cache)],
      });
      return (await agent.invoke({ messages: human("Who?") })).structuredResponse;
    };
    expect(await ask(schema)).toEqual({ name: "Erik", age: 34 });
    expect(await ask(schema)).toEqual({ name: "Erik", age: 34 });
    expect(model.calls).toBe(1);
    await ask(z.object({ name: z.string(), age: z.number(), mood: z.string().optional() }));
    expect(model.calls).toBe(2);
  });
});

describe("beside other middleware", () => {
  const note = (text: string) =>
    createMiddleware({
      name: `note-${text}`,
      wrapModelCall: (request, handler) =>
        handler({ ...request, systemMessage: request.systemMessage.concat(text) }),
    });

  for (const order of ["before", "after"]) {
    it(`sees the request as the model does, standing ${order} one that changes it`, async () => {
      const cache = new RecordingCache();
      const reprise = repriseMiddleware(cache);
      const middleware = order === "before" ? [reprise, note("Rhyme.")] : [note("Rhyme."), reprise];
      const agent = createAgent({
        model: new StreamingModel({ script: counting }),
        tools: [],
        systemPrompt: "Be kind.",
        middleware,
      });
      await agent.invoke({ messages: human("Hi") });
      expect(JSON.stringify(cache.lookups[0]?.messages[0])).toMatch(/Be kind\.[^a-z]*.*Rhyme\./);
    });
  }

  it("lets retries ask again, and learns the reply that came", async () => {
    const model = new StreamingModel({
      script: ({ index }) =>
        index === 0 ? { error: new Error("overloaded") } : { content: "recovered", ...done() },
    });
    const cache = createCache();
    const agent = createAgent({
      model,
      tools: [],
      // (LangChain's own type does not fit itself under exactOptionalPropertyTypes.)
      middleware: [
        modelRetryMiddleware({ maxRetries: 1, initialDelayMs: 1 }) as never as AgentMiddleware,
        repriseMiddleware(cache),
      ],
    });
    expect((await agent.invoke({ messages: human("Hi") })).messages.at(-1)?.text).toBe("recovered");
    expect(
      repriseOf((await agent.invoke({ messages: human("Hi") })).messages.at(-1) as BaseMessage),
    ).toMatchObject({ status: "hit" });
  });

  it("does not hide the model's error", async () => {
    const error = new Error("overloaded");
    const agent = createAgent({
      model: new StreamingModel({ script: () => ({ error }) }),
      tools: [],
      middleware: [repriseMiddleware(createCache())],
    });
    await expect(agent.invoke({ messages: human("Hi") })).rejects.toThrow("overloaded");
  });

  it("works on a model that carries settings of its own", async () => {
    const model = new StreamingModel({ script: weather });
    const agent = createAgent({
      model: model.withConfig({ tags: ["mine"] }) as never,
      tools: [lookUp],
      middleware: [repriseMiddleware(createCache())],
    });
    await agent.invoke({ messages: [new HumanMessage("Weather in Paris?")] });
    await agent.invoke({ messages: [new HumanMessage("Weather in Paris?")] });
    expect(model.calls).toBe(2);
  });
});

describe("where the middleware stands", () => {
  class Overloaded extends Error {
    override readonly name = "Overloaded";
  }
  const failingOnce = () => {
    let calls = 0;
    const model = new StreamingModel({
      script: () => (calls++ === 0 ? { error: new Overloaded("busy") } : { content: "recovered", ...done() }),
    });
    return {
      model,
      retry: modelRetryMiddleware({
        maxRetries: 1,
        retryOn: [Overloaded],
        initialDelayMs: 1,
        jitter: false,
      }) as never as AgentMiddleware,
    };
  };

  it("before the middleware that retries by an error's class, so that it sees the model's own error", async () => {
    const { model, retry } = failingOnce();
    const agent = createAgent({
      model,
      tools: [],
      middleware: [repriseMiddleware(createCache()), retry] as const,
    });
    expect((await agent.invoke({ messages: human("Hi") })).messages.at(-1)?.text).toBe("recovered");
  });

  it("is told by LangChain's own wrapping of errors: after it, the class is gone", async () => {
    const { model, retry } = failingOnce();
    const agent = createAgent({
      model,
      tools: [],
      middleware: [retry, repriseMiddleware(createCache())] as const,
    });
    const last = await agent
      .invoke({ messages: human("Hi") })
      .then(({ messages }) => messages.at(-1)?.text, String);
    expect(last).not.toBe("recovered");
  });

  it("twice in one agent under two names", async () => {
    const model = new StreamingModel({ script: counting });
    const [near, far] = [createCache(), createCache()];
    const agent = createAgent({
      model,
      tools: [],
      middleware: [
        repriseMiddleware(far, { name: "far" }),
        repriseMiddleware(near, { name: "near" }),
      ] as const,
    });
    for (let run = 0; run < 2; run++)
      expect((await agent.invoke({ messages: human("Hi") })).messages.at(-1)?.text).toBe("answer 0");
    expect(model.calls).toBe(1);
    expect(() =>
      createAgent({
        model,
        tools: [],
        middleware: [repriseMiddleware(far), repriseMiddleware(near)] as const,
      }),
    ).toThrow("reprise");
  });
});
