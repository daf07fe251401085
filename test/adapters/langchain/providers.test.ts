/** What each provider's own class, parser and next request need of a hit; the servers are functions. */
import { ChatAnthropic } from "@langchain/anthropic";
import { type AIMessage, type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatDeepSeek } from "@langchain/deepseek";
import { ChatOpenAI } from "@langchain/openai";
import { type CacheRequest, createCache } from "reprise";
import { type RepriseLike, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { serverSent } from "../../support/server-sent.js";
import { gather, ON_OLDEST_CORE, repriseOf } from "./support.js";

type Body = Record<string, unknown> & { readonly stream?: boolean };

/** A `fetch` whose answers are these, and the requests it was sent. */
function serving(answer: (body: Body) => object | object[], { named = false } = {}) {
  const bodies: Body[] = [];
  const fetch = async (_url: unknown, init?: { body?: unknown }): Promise<Response> => {
    const body = JSON.parse(String(init?.body)) as Body;
    bodies.push(body);
    const said = answer(body);
    if (!Array.isArray(said)) return Response.json(said);
    return new Response(serverSent(said, named) + (named ? "" : "data: [DONE]\n\n"), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  return { bodies, fetch: fetch as never };
}

const count = {
  type: "function" as const,
  function: {
    name: "count",
    description: "Counts.",
    parameters: { type: "object", properties: { n: { type: "number" } } },
  },
};

describe("a hit on Anthropic's model", () => {
  const call = { type: "tool_use", id: "toolu_1", name: "extract", input: { n: 1 } };
  const thought = { type: "thinking", thinking: "One.", signature: "SIG" };
  const model = (content: object[]) => {
    const frame = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-x",
      stop_reason: "tool_use",
      stop_sequence: null,
    };
    const { bodies, fetch } = serving(() => ({
      ...frame,
      content,
      usage: { input_tokens: 3, output_tokens: 4 },
    }));
    const bare = new ChatAnthropic({
      model: "claude-x",
      apiKey: "k",
      maxRetries: 0,
      clientOptions: { fetch },
    });
    return { bodies, wrapped: withReprise(bare, createCache({ auditRate: 0 })) };
  };

  it.each([
    [[call]],
    [[{ type: "text", text: "Here." }, call]],
    [[thought, { type: "text", text: "Here." }, call]],
  ])("is read by the parser of its structured output: %j", async (content) => {
    const { bodies, wrapped } = model(content);
    const structured = wrapped.withStructuredOutput(z.object({ n: z.number() }), { name: "extract" });
    for (let turn = 0; turn < 2; turn++) expect(await structured.invoke("How many?")).toEqual({ n: 1 });
    expect(bodies.length).toBe(1);
  });

  it("is written as its class would, where another framework has taught it", async () => {
    const cache = createCache({ auditRate: 0 });
    const requests: CacheRequest[] = [];
    const taughtElsewhere: RepriseLike = {
      lookup(request, options) {
        requests.push(request);
        return cache.lookup(request, options);
      },
      observe: async () => undefined,
    };
    const frame = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-x",
      stop_reason: "tool_use",
      stop_sequence: null,
    };
    const { bodies, fetch } = serving(() => ({
      ...frame,
      content: [call],
      usage: { input_tokens: 3, output_tokens: 4 },
    }));
    const bare = new ChatAnthropic({
      model: "claude-x",
      apiKey: "k",
      maxRetries: 0,
      clientOptions: { fetch },
    });
    const model = withReprise(bare, taughtElsewhere);
    const structured = model.withStructuredOutput(z.object({ n: z.number() }), {
      name: "extract",
      includeRaw: true,
    });
    await structured.invoke("How many?");
    const called = {
      id: "call_0",
      type: "function" as const,
      function: { name: "extract", arguments: '{"n":7}' },
    };
    const [request] = requests;
    if (!request) throw new Error("nothing was asked");
    // As the AI SDK's adapter records it: without a word of LangChain's.
    await cache.observe(
      request,
      { role: "assistant", content: null, tool_calls: [called] },
      { finishReason: "tool_calls" },
    );
    const { raw, parsed } = await structured.invoke("How many?");
    expect(parsed).toEqual({ n: 7 });
    expect(raw.content).toMatchObject([{ type: "tool_use", name: "extract", input: { n: 7 } }]);
    expect(raw.response_metadata).toMatchObject({
      reprise: { status: "hit" },
      stop_reason: "tool_use",
      model_provider: "anthropic",
    });
    expect(bodies.length).toBe(1);
  });

  it("holds its blocks in their own words, the calls under fresh ids, plain and streamed", async () => {
    const { wrapped } = model([thought, { type: "text", text: "Here." }, call]);
    const first = await wrapped.invoke("Hi");
    // A stream of Anthropic's has the arguments of a call as a piece of their own.
    const blocks = (message: AIMessage | AIMessageChunk) => {
      const content = message.content as Record<string, unknown>[];
      const [args] = content.filter(({ type }) => type === "input_json_delta");
      return content
        .filter((block) => block !== args)
        .map(({ index: _position, ...block }) => {
          // The oldest LangChain puts that piece and the call together.
          const input = args?.input ?? block.input;
          return block.type === "tool_use"
            ? { ...block, id: "fresh", input: typeof input === "string" ? JSON.parse(input) : input }
            : block;
        });
    };
    const [plain, streamed] = [await wrapped.invoke("Hi"), await gather(await wrapped.stream("Hi"))];
    for (const hit of [plain, streamed]) {
      expect(repriseOf(hit)).toMatchObject({ status: "hit" });
      expect(blocks(hit)).toEqual(blocks(first));
      expect(hit.tool_calls).toMatchObject([{ name: "extract", args: { n: 1 } }]);
      expect((hit.content as unknown[])[2]).toMatchObject({ id: hit.tool_calls?.[0]?.id });
      expect(hit.tool_calls?.[0]?.id).not.toBe("toolu_1");
    }
  });

  it("is sent on as the reply itself would be, but for the id of the call", async () => {
    const { bodies, wrapped } = model([thought, { type: "text", text: "Here." }, call]);
    const next = async (reply: AIMessage | AIMessageChunk) => {
      const result = new ToolMessage({ content: "2", tool_call_id: String(reply.tool_calls?.[0]?.id) });
      await wrapped.invoke([new HumanMessage("Hi"), reply as AIMessage, result], {
        reprise: { read: false },
      });
      return JSON.stringify(bodies.at(-1)?.messages).replaceAll(String(reply.tool_calls?.[0]?.id), "toolu_1");
    };
    const after = await next(await wrapped.invoke("Hi"));
    expect(await next(await wrapped.invoke("Hi"))).toBe(after);
    expect(await next(await gather(await wrapped.stream("Hi")))).toBe(after);
  });
});

describe("a hit on OpenAI's Responses API", () => {
  const output = [
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "One." }] },
    {
      type: "function_call",
      id: "fc_1",
      call_id: "call_1",
      name: "count",
      arguments: '{"n":1}',
      status: "completed",
    },
  ];
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-5",
    output,
    usage: {},
  };

  it("names no item and no call that is not its own, when the next step is sent", async () => {
    const { bodies, fetch } = serving(() => response);
    const bare = new ChatOpenAI({
      model: "gpt-5",
      apiKey: "k",
      maxRetries: 0,
      useResponsesApi: true,
      configuration: { fetch },
    });
    const model = withReprise(bare, createCache({ auditRate: 0 })).bindTools([count]);
    await model.invoke("Hi");
    const hit = await model.invoke("Hi");
    expect(repriseOf(hit)).toMatchObject({ status: "hit" });
    const called = String(hit.tool_calls?.[0]?.id);
    await model.invoke([
      new HumanMessage("Hi"),
      hit,
      new ToolMessage({ content: "2", tool_call_id: called }),
    ]);
    const sent = bodies.at(-1)?.input as { type: string; call_id?: string }[];
    expect(sent.find(({ type }) => type === "function_call")?.call_id).toBe(called);
    expect(sent.find(({ type }) => type === "function_call_output")?.call_id).toBe(called);
    expect(JSON.stringify(sent)).not.toMatch(/"(rs_1|fc_1|call_1)"/);
  });
});

describe("a hit on a model that speaks as the Chat Completions API does", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
  const frame = { id: "c1", created: 1, model: "m" };
  const { fetch } = serving(({ stream, tools }) => {
    const called = {
      index: 0,
      id: "call_1",
      type: "function",
      function: { name: "count", arguments: '{"n":1}' },
    };
    const message = {
      role: "assistant",
      content: "It is one.",
      reasoning_content: "One?",
      ...(tools ? { tool_calls: [called] } : {}),
    };
    const finish_reason = tools ? "tool_calls" : "stop";
    if (!stream)
      return { ...frame, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage };
    const chunk = (delta: object, reason: string | null) => ({
      ...frame,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
    return [chunk(message, null), chunk({}, finish_reason)];
  });
  const wrapped = (options = {}) =>
    withReprise(
      new ChatDeepSeek({ model: "m", apiKey: "k", maxRetries: 0, configuration: { fetch } }),
      createCache({ auditRate: 0 }),
      options,
    );

  it("keeps its calls in `additional_kwargs` too, under their fresh ids", async () => {
    const model = wrapped().bindTools([count]);
    const first = await model.invoke("Hi");
    for (const hit of [await model.invoke("Hi"), await gather(await model.stream("Hi"))]) {
      expect(repriseOf(hit)).toMatchObject({ status: "hit" });
      const called = hit.additional_kwargs.tool_calls?.[0];
      expect({ ...called, id: "call_1", index: 0 }).toEqual(first.additional_kwargs.tool_calls?.[0]);
      expect(called?.id).toBe(hit.tool_calls?.[0]?.id);
    }
  });

  it.skipIf(ON_OLDEST_CORE).each(["whole", "word"] as const)(
    "tells its text and reasoning as deltas of events: %s",
    async (chunks) => {
      const model = wrapped({ chunks });
      const read = async () => {
        const stream = model.streamEvents("Hi");
        const said = { text: [] as string[], reasoning: "" };
        for await (const event of stream) {
          if (event.event !== "content-block-delta") continue;
          if (event.delta.type === "text-delta") said.text.push(event.delta.text);
          if (event.delta.type === "reasoning-delta") said.reasoning += event.delta.reasoning;
        }
        return { ...said, whole: (await stream).text };
      };
      const text = { whole: ["It is one."], word: ["It", " is", " one."] }[chunks];
      expect(await read()).toMatchObject({ text: ["It is one."], reasoning: "One?", whole: "It is one." });
      expect(await read()).toEqual({ text, reasoning: "One?", whole: "It is one." });
      expect(repriseOf(await model.invoke("Hi"))).toMatchObject({ status: "hit" });
      const pieces: string[] = [];
      for await (const piece of await model.stream("Hi")) if (piece.text !== "") pieces.push(piece.text);
      expect(pieces).toEqual(text);
    },
  );
});
