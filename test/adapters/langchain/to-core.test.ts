import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { NotPlain } from "../../../adapters/langchain/plain.js";
import { toMessages, toReply } from "../../../adapters/langchain/to-core.js";
import { toolNames } from "../../../adapters/langchain/tool-names.js";

const names = toolNames([]);
const core = (...messages: BaseMessage[]) => toMessages(messages, names);
const only = (message: BaseMessage) => core(message)[0];

describe("messages of every class", () => {
  it("keep their role and text", () => {
    expect(
      core(
        new SystemMessage("be kind"),
        new SystemMessage({ content: "be brief", additional_kwargs: { __openai_role__: "developer" } }),
        new HumanMessage({ content: "hi", name: "erik" }),
        new AIMessage("hello"),
        new ChatMessage("psst", "whisperer"),
        new FunctionMessage({ content: "42", name: "add" }),
      ),
    ).toEqual([
      { role: "system", content: "be kind" },
      { role: "developer", content: "be brief" },
      { role: "user", content: "hi", name: "erik" },
      { role: "assistant", content: "hello" },
      { role: "whisperer", content: "psst" },
      { role: "function", content: "42", name: "add" },
    ]);
  });

  it("are written alike, whether their text is a string or one block", () => {
    expect(only(new SystemMessage({ content: [{ type: "text", text: "be kind" }] }))).toEqual(
      only(new SystemMessage("be kind")),
    );
    expect(only(new AIMessageChunk("hello"))).toEqual(
      only(new AIMessage({ content: [{ type: "text", text: "hello" }] })),
    );
  });

  it("that are orders to the graph are not for the cache", () => {
    expect(() => only(new RemoveMessage({ id: "1" }))).toThrow(NotPlain);
  });

  it("lose what varies from run to run: ids, metadata, usage", () => {
    const one = new AIMessage({
      id: "msg_1",
      content: [{ type: "text", text: "hello", id: "txt_1", index: 0 }],
      response_metadata: { model_name: "m", id: "resp_1", system_fingerprint: "fp" },
      usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } as never,
      additional_kwargs: { id: "x", stop_reason: "end_turn", usage: { a: 1 } },
    });
    expect(only(one)).toEqual({ role: "assistant", content: "hello" });
  });

  it("keep a speaker's name, but not the name createAgent writes on every reply", () => {
    expect(only(new AIMessage({ content: "hello", name: "model" }))).toEqual({
      role: "assistant",
      content: "hello",
    });
    expect(only(new AIMessage({ content: "hello", name: "researcher" }))).toEqual({
      role: "assistant",
      content: "hello",
      name: "researcher",
    });
  });

  it("keep what the caller adds beside the content", () => {
    expect(only(new HumanMessage({ content: "hi", additional_kwargs: { mood: "glad" } }))).toEqual({
      role: "user",
      content: [
        { type: "text", text: "hi" },
        { type: "langchain_kwargs", kwargs: { mood: "glad" } },
      ],
    });
  });
});

describe("tool calls and results", () => {
  const call = (id: string, args: Record<string, unknown> = { a: 1 }) => ({
    type: "tool_call" as const,
    id,
    name: "add",
    args,
  });
  const history = (id: string) =>
    core(
      new AIMessage({ content: "", tool_calls: [call(id), call(`${id}b`, { a: 2 })] }),
      new ToolMessage({ content: "2", tool_call_id: `${id}b`, name: "add" }),
      new ToolMessage({ content: "1", tool_call_id: id, name: "add" }),
    );

  it("have their ids replaced by positions", () => {
    expect(history("call_x")).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":1}' } },
          { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":2}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "2" },
      { role: "tool", tool_call_id: "call_0", content: "1" },
    ]);
    expect(history("call_y")).toEqual(history("call_x"));
  });

  it("belong to the last call that bore the id", () => {
    const turns = core(
      new AIMessage({ content: "", tool_calls: [call("same")] }),
      new ToolMessage({ content: "1", tool_call_id: "same" }),
      new AIMessage({ content: "", tool_calls: [call("same")] }),
      new ToolMessage({ content: "2", tool_call_id: "same" }),
    );
    expect(turns.map(({ tool_call_id }) => tool_call_id)).toEqual([undefined, "call_0", undefined, "call_1"]);
  });

  it("say when they failed; an artifact, which no model sees, is left out", () => {
    expect(
      only(
        new ToolMessage({
          content: "kaput",
          tool_call_id: "?",
          status: "error",
          artifact: { secret: 1 },
          name: "add",
        }),
      ),
    ).toEqual({
      role: "tool",
      tool_call_id: "unknown",
      content: "kaput",
      name: "add",
      is_error: true,
    });
  });

  it("whose arguments are no JSON are kept as the text they are", () => {
    const broken = new AIMessage({
      content: "",
      invalid_tool_calls: [{ id: "c", name: "add", args: '{"a":', error: "Malformed" }],
    });
    expect(only(broken)?.tool_calls).toEqual([
      { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":' } },
    ]);
  });

  it("whose arguments JSON cannot hold are not for the cache", () => {
    expect(() =>
      only(new AIMessage({ content: "", tool_calls: [call("c", { a: Number.POSITIVE_INFINITY })] })),
    ).toThrow(NotPlain);
  });

  it("are not repeated from the provider's own blocks", () => {
    const anthropic = new AIMessage({
      content: [
        { type: "text", text: "Adding." },
        { type: "tool_use", id: "toolu_1", name: "add", input: { a: 1 } },
      ],
      tool_calls: [call("toolu_1")],
      response_metadata: { model_provider: "anthropic" },
    });
    expect(only(anthropic)).toEqual(only(new AIMessage({ content: "Adding.", tool_calls: [call("other")] })));
  });
});

describe("content blocks", () => {
  const parts = (content: unknown[]) => only(new HumanMessage({ content: content as never }))?.content;
  const png = { type: "file", mediaType: "image/png", data: { type: "data", data: "AAAA" } };

  it("of files are the same part in every dialect", () => {
    expect(parts([{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }])).toEqual([png]);
    expect(parts([{ type: "image_url", image_url: "data:image/png;base64,AAAA" }])).toEqual([png]);
    expect(parts([{ type: "image", mimeType: "image/png", data: "AAAA" }])).toEqual([png]);
    expect(parts([{ type: "image", mimeType: "image/png", data: new Uint8Array([0, 0, 0]) }])).toEqual([png]);
    expect(parts([{ type: "image", source_type: "base64", mime_type: "image/png", data: "AAAA" }])).toEqual([
      png,
    ]);
    expect(
      parts([{ type: "image", source_type: "url", mime_type: "image/png", url: "https://x/y.png" }]),
    ).toEqual([{ type: "file", mediaType: "image/png", data: { type: "url", url: "https://x/y.png" } }]);
    expect(parts([{ type: "file", mimeType: "application/pdf", data: "AAAA" }])).toEqual([
      { type: "file", mediaType: "application/pdf", data: { type: "data", data: "AAAA" } },
    ]);
  });

  it("that say more than their bytes stay as they are, so nothing they say is lost", () => {
    const detailed = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "high" } };
    expect(parts([detailed])).toEqual([{ type: "langchain_block", block: detailed }]);
    const stored = { type: "file", source_type: "id", id: "file-123" };
    expect(parts([stored])).toEqual([{ type: "langchain_block", block: stored }]);
    const cited = { type: "text", text: "hi", citations: { enabled: true } };
    expect(parts([cited])).toEqual([{ type: "langchain_block", block: cited }]);
  });

  it("lose hints about the provider's own prompt cache", () => {
    expect(parts([{ type: "text", text: "hi", cache_control: { type: "ephemeral" } }])).toEqual("hi");
  });

  const text = { type: "text", text: "Hello!" };
  const said = (fields: object) => only(new AIMessage(fields as never))?.content;

  it("of reasoning are the same part in every dialect", () => {
    const reply = [{ type: "reasoning", text: "They greet." }, text];
    expect(said({ content: [{ type: "reasoning", reasoning: "They greet." }, text] })).toEqual(reply);
    expect(said({ content: [{ type: "thinking", thinking: "They greet." }, text] })).toEqual(reply);
    expect(
      said({
        content: "Hello!",
        additional_kwargs: { reasoning_content: "They greet." },
        response_metadata: { model_provider: "deepseek" },
      }),
    ).toEqual(reply);
  });

  it("of signed reasoning are kept whole, so that a replay holds what its provider will accept again", () => {
    const signed = (signature: string) => [{ type: "thinking", thinking: "They greet.", signature }, text];
    const fields = { content: signed("s1"), response_metadata: { model_provider: "anthropic" } };
    expect(said(fields)).toEqual([
      {
        type: "langchain_block",
        block: expect.objectContaining({ type: "reasoning", reasoning: "They greet.", signature: "s1" }),
      },
      text,
    ]);
    expect(said({ ...fields, content: signed("s2") })).not.toEqual(said(fields));
  });

  it("of reasoning that the provider stores are left to it", () => {
    expect(said({ content: [{ type: "reasoning", reasoning: "They greet.", id: "rs_1" }, text] })).toEqual(
      "Hello!",
    );
    expect(said({ content: [{ type: "reasoning", reasoning: "", encrypted_content: "x" }, text] })).toEqual(
      "Hello!",
    );
    expect(
      said({
        content: [{ type: "reasoning", reasoning: "They greet." }, text],
        additional_kwargs: { reasoning: { id: "rs_1", type: "reasoning", summary: [] } },
      }),
    ).toEqual("Hello!");
  });

  it("of summed-up reasoning are its text", () => {
    const content = [
      { type: "reasoning", summary: [{ type: "summary_text", text: "One." }, { text: "Two." }, 3] },
    ] as never;
    expect(only(new AIMessage({ content }))?.content).toEqual([
      { type: "reasoning", text: "One.\n\nTwo.\n\n" },
    ]);
  });

  it("that LangChain cannot translate are compared as they are", () => {
    const message = new AIMessage({ content: [{ type: "text", text: "Hi" }] });
    Object.defineProperty(message, "contentBlocks", {
      get() {
        throw new Error("no translation");
      },
    });
    expect(only(message)?.content).toEqual("Hi");
  });

  it("of tools the provider ran itself are compared without the ids of the run", () => {
    const searched = (id: string) =>
      only(
        new AIMessage({
          content: [{ type: "server_tool_call", id, name: "web_search", args: { q: "x" } }] as never,
        }),
      )?.content;
    expect(searched("srv_1")).toEqual([
      { type: "langchain_block", block: { type: "server_tool_call", name: "web_search", args: { q: "x" } } },
    ]);
    expect(searched("srv_2")).toEqual(searched("srv_1"));
  });
});

describe("a reply", () => {
  it("is written as it will stand in the next request", () => {
    const message = new AIMessage({
      content: "Adding.",
      name: "model",
      tool_calls: [{ type: "tool_call", id: "c9", name: "add", args: { a: 1 } }],
      additional_kwargs: { function_call: { name: "f", arguments: "{}" }, tool_calls: [], refusal: null },
    });
    expect(toReply(message, names)).toEqual(only(message));
    expect(toReply(message, names).content).toEqual([
      { type: "text", text: "Adding." },
      { type: "langchain_kwargs", kwargs: { function_call: { name: "f", arguments: "{}" } } },
    ]);
  });
});

it("what Gemini tells of one run divides no conversation", () => {
  const said = (avgLogprobs: number) =>
    toMessages(
      [
        new AIMessage({
          content: "One.",
          additional_kwargs: { index: 0, finishReason: "STOP", avgLogprobs },
        }),
      ],
      toolNames([]),
    );
  expect(said(-0.1)).toEqual(said(-0.2));
});
