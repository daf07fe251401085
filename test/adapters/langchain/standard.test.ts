/**
 * What LangChain's standard chat-model tests check, on the bare model, on the wrapper asking it, and on the
 * wrapper's hits.
 */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { ChatModelStream } from "@langchain/core/language_models/stream";
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import type { StreamEvent } from "@langchain/core/tracers/log_stream";
import { tool } from "langchain";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { done, human, ON_OLDEST_CORE, type Script, type ScriptedModel, StreamingModel } from "./support.js";

const add = tool(({ a, b }) => String(a + b), {
  name: "add",
  description: "Adds two numbers.",
  schema: z.object({ a: z.number(), b: z.number() }),
});
const person = z.object({ name: z.string(), age: z.number() });

// Behaves like a model: calls the tool it is given, answers from its result, fills the schema it is asked
// for.
const sensible: Script = ({ messages, options }) => {
  const last = messages.at(-1);
  if (last?.type === "tool") return { content: `It is ${last.text}.`, ...done() };
  const offered = (options.tools ?? []) as { function: { name: string } }[];
  const numbers = [...(last?.text ?? "").matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const call = (name: string, args: Record<string, unknown>, id: string) => ({
    type: "tool_call" as const,
    name,
    args,
    id,
  });
  if (offered.some(({ function: { name } }) => name === "extract")) {
    return {
      content: "",
      tool_calls: [call("extract", { name: "Erik", age: numbers[0] ?? 0 }, "call_1")],
      ...done("tool_calls"),
    };
  }
  if (offered.length > 0 && numbers.length >= 2) {
    const pairs = numbers.length >= 4 ? [numbers.slice(0, 2), numbers.slice(2, 4)] : [numbers];
    return {
      content: "",
      tool_calls: pairs.map(([a, b], index) => call("add", { a, b }, `call_${index}`)),
      ...done("tool_calls"),
    };
  }
  return { content: `You said: ${last?.text}`, ...done() };
};

interface Subject {
  readonly name: string;
  /**
   * Runs the check with a model; `served` tells that the cache is to answer, which has seen the same once
   * before.
   */
  run(check: (model: ScriptedModel, served: boolean) => Promise<void>): Promise<void>;
}

const bare = () => new StreamingModel({ script: sensible });
const subjects: Subject[] = [
  { name: "the bare model", run: (check) => check(bare(), false) },
  { name: "the wrapper, asking the model", run: (check) => check(withReprise(bare(), createCache()), false) },
  {
    name: "the wrapper, answering itself",
    async run(check) {
      const inner = bare();
      const model = withReprise(inner, createCache());
      await check(model, false);
      const before = inner.calls;
      await check(model, true);
      expect(inner.calls).toBe(before);
    },
  },
];

describe.each(subjects)("$name", ({ run }) => {
  it("invokes", () =>
    run(async (model) => {
      const reply = await model.invoke("Hello");
      expect(AIMessage.isInstance(reply) || AIMessageChunk.isInstance(reply)).toBe(true);
      expect(reply.text).toBe("You said: Hello");
    }));

  it("streams", () =>
    run(async (model) => {
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await model.stream("Hello")) chunks.push(chunk);
      expect(chunks.length).toBeGreaterThan(1);
      expect(chunks.every((chunk) => AIMessageChunk.isInstance(chunk))).toBe(true);
      const whole = chunks.reduce((all, chunk) => all.concat(chunk));
      expect(whole.text).toBe("You said: Hello");
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    }));

  it("answers a batch in its order", () =>
    run(async (model) => {
      const replies = await model.batch(["Hello", "Hey"]);
      expect(replies.map(({ text }) => text)).toEqual(["You said: Hello", "You said: Hey"]);
    }));

  it("streams events of the run", () =>
    run(async (model) => {
      const events: StreamEvent[] = [];
      for await (const event of model.streamEvents("Hello", { version: "v2" })) events.push(event);
      const kinds = events.map(({ event }) => event);
      expect(kinds[0]).toBe("on_chat_model_start");
      expect(kinds.at(-1)).toBe("on_chat_model_end");
      expect(kinds.slice(1, -1).every((kind) => kind === "on_chat_model_stream")).toBe(true);
      expect(events.at(-1)?.data.output.text).toBe("You said: Hello");
    }));

  it.skipIf(ON_OLDEST_CORE)("streams events of the content", () =>
    run(async (model) => {
      const stream: ChatModelStream = model.streamEvents("Hello");
      const kinds: string[] = [];
      for await (const { event } of stream) kinds.push(event);
      expect(kinds[0]).toBe("message-start");
      expect(kinds.at(-1)).toBe("message-finish");
      expect((await stream).text).toBe("You said: Hello");
    }),
  );

  it("answers in a conversation", () =>
    run(async (model) => {
      const messages = [
        new SystemMessage("Be kind."),
        new HumanMessage("hello"),
        new AIMessage("hello"),
        new HumanMessage("how are you"),
      ];
      expect((await model.invoke(messages)).text).toBe("You said: how are you");
    }));

  it("counts its tokens, plain and streamed alike", () =>
    run(async (model, served) => {
      const counted = (message: BaseMessage) => {
        const usage = (message as AIMessage).usage_metadata as Record<string, number> | undefined;
        return [usage?.input_tokens, usage?.output_tokens, usage?.total_tokens];
      };
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await model.stream("Count again")) chunks.push(chunk);
      const replies = [await model.invoke("Count"), chunks.reduce((all, chunk) => all.concat(chunk))];
      expect(replies.map(counted)).toEqual(served ? Array(2).fill([0, 0, 0]) : Array(2).fill([7, 5, 12]));
    }));

  it("calls tools, one and several at once", () =>
    run(async (model) => {
      const bound = model.bindTools([add]);
      const one = await bound.invoke("What is 2 and 3?");
      expect(one.tool_calls?.map(({ name: called, args }) => [called, args])).toEqual([
        ["add", { a: 2, b: 3 }],
      ]);
      const two = await bound.invoke("What is 2 and 3, and 4 and 5?");
      expect(two.tool_calls?.map(({ args }) => args)).toEqual([
        { a: 2, b: 3 },
        { a: 4, b: 5 },
      ]);
      expect(new Set(two.tool_calls?.map(({ id }) => id)).size).toBe(2);
    }));

  it("streams tool calls", () =>
    run(async (model) => {
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await model.bindTools([add]).stream("What is 2 and 3, and 4 and 5?"))
        chunks.push(chunk);
      const whole = chunks.reduce((all, chunk) => all.concat(chunk));
      expect(whole.tool_calls?.map(({ args }) => args)).toEqual([
        { a: 2, b: 3 },
        { a: 4, b: 5 },
      ]);
      expect(whole.invalid_tool_calls).toEqual([]);
    }));

  it("reads histories of tool calls, as text and as blocks", () =>
    run(async (model) => {
      const history = (content: AIMessage["content"]) => [
        new HumanMessage("What is 2 and 3?"),
        new AIMessage({
          content,
          tool_calls: [{ type: "tool_call", name: "add", args: { a: 2, b: 3 }, id: "1" }],
        }),
        new ToolMessage({ content: "5", name: "add", tool_call_id: "1" }),
      ];
      expect((await model.bindTools([add]).invoke(history(""))).text).toBe("It is 5.");
      expect((await model.bindTools([add]).invoke(history([{ type: "text", text: "adding" }]))).text).toBe(
        "It is 5.",
      );
    }));

  it("gives structured output, alone and with the raw message", () =>
    run(async (model) => {
      expect(await streamedOnly(model).withStructuredOutput(person).invoke("Erik is 34")).toEqual({
        name: "Erik",
        age: 34,
      });
      const { raw, parsed } = await streamedOnly(model)
        .withStructuredOutput(person, { includeRaw: true })
        .invoke("Erik is 34");
      expect(parsed).toEqual({ name: "Erik", age: 34 });
      expect((raw as AIMessage).tool_calls?.[0]?.name).toBe("extract");
    }));

  it("takes content blocks", () =>
    run(async (model) => {
      const content = [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ];
      expect((await model.invoke([new HumanMessage({ content })])).text).toBe("You said: What is this?");
    }));

  it("works in a chain", () =>
    run(async (model) => {
      const chain = ChatPromptTemplate.fromMessages([["human", "{greeting}, you"]])
        .pipe(model)
        .pipe(new StringOutputParser());
      expect(await chain.invoke({ greeting: "Hello" })).toBe("You said: Hello, you");
      const pieces: string[] = [];
      for await (const piece of await chain.stream({ greeting: "Hello" })) pieces.push(piece);
      expect(pieces.join("")).toBe("You said: Hello, you");
    }));
});

// LangChain's base class parses structured output from chunks alone: a handler that prefers streams makes
// `invoke` give one.
class PrefersStreams extends BaseCallbackHandler {
  readonly name = "prefers-streams";
  readonly lc_prefer_streaming = true;
}

function streamedOnly(model: ScriptedModel): ScriptedModel {
  const next: ScriptedModel = Object.create(model);
  Object.defineProperty(next, "bindTools", {
    value: (...args: Parameters<ScriptedModel["bindTools"]>) =>
      model.bindTools(...args).withConfig({ callbacks: [new PrefersStreams()] }),
  });
  return next;
}

describe("a cache of complex messages", () => {
  it("gives the one equal message for content blocks", async () => {
    const inner = new StreamingModel({ script: ({ index }) => ({ content: `answer ${index}`, ...done() }) });
    const model = withReprise(inner, createCache());
    const message = new HumanMessage({ content: [{ type: "text", text: "Hello!" }] });
    const [first, second] = [await model.invoke([message]), await model.invoke([message])];
    expect(inner.calls).toBe(1);
    expect(second.content).toEqual(first.content);
    expect((await model.invoke(human("Hello!"))).content).toEqual(first.content);
  });
});
