import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import type { AskedModel } from "../../../adapters/ai-sdk/scope.js";
import { toAsked, toMessages } from "../../../adapters/ai-sdk/to-core.js";

const who: AskedModel = { model: { provider: "openai.chat", modelId: "gpt-x" }, named: undefined };
const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
const request = (
  params: Partial<LanguageModelV4CallOptions> & Record<string, unknown> = {},
  own: Partial<AskedModel> = {},
) => toAsked({ prompt, ...params }, { ...who, ...own });

const ask = (data: unknown): LanguageModelV4Prompt => [
  {
    role: "user",
    content: [{ type: "text", text: "what is it?" }, { type: "file", mediaType: "image/png", data } as never],
  },
];

describe("messages", () => {
  it("keeps roles and texts, one text alone as a string", () => {
    expect(
      toMessages([
        { role: "system", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: "hi" }] },
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm" },
            { type: "text", text: "ho" },
          ],
        },
      ]),
    ).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hi" },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "ho" },
        ],
      },
    ]);
  });

  const loop = (first: string, second: string, noise: string): LanguageModelV4Prompt => [
    {
      role: "assistant",
      content: [
        {
          type: "tool-call",
          toolCallId: first,
          toolName: "add",
          input: { a: 1 },
          providerOptions: { openai: { itemId: noise } },
        },
        { type: "tool-call", toolCallId: second, toolName: "add", input: {} },
      ],
      providerOptions: { openai: { responseId: noise } },
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: second,
          toolName: "add",
          output: { type: "text", value: "two" },
          providerOptions: { openai: { itemId: noise } },
        },
        {
          type: "tool-result",
          toolCallId: first,
          toolName: "add",
          output: { type: "json", value: { sum: 1 } },
        },
      ],
    },
  ];

  it("names tool calls by their position and leaves the provider's run-time ids out", () => {
    expect(toMessages(loop("x9", "y4", "fc_1"))).toEqual(toMessages(loop("a", "b", "fc_2")));
    expect(toMessages(loop("x9", "y4", "fc_1"))).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":1}' } },
          { id: "call_1", type: "function", function: { name: "add", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "two" },
      { role: "tool", tool_call_id: "call_0", content: '{"sum":1}' },
    ]);
  });

  it("gives a result to the last call that bore its id, when a provider uses ids again", () => {
    const messages = toMessages([...loop("a", "b", ""), ...loop("a", "b", "")]);
    expect(messages.map((message) => message.tool_call_id)).toEqual([
      undefined,
      "call_1",
      "call_0",
      undefined,
      "call_3",
      "call_2",
    ]);
  });

  it("gives a result without a call no id of its own", () => {
    const [result] = toMessages([
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "x", toolName: "t", output: { type: "text", value: "" } },
        ],
      },
    ]);
    expect(result).toEqual({ role: "tool", tool_call_id: "unknown", content: "" });
  });

  const output = (value: unknown) =>
    toMessages([
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "x", toolName: "t", output: value as never }],
      },
    ])[0];

  it("marks failed and denied tool calls", () => {
    expect(output({ type: "error-text", value: "Error: no" })).toMatchObject({
      content: "Error: no",
      is_error: true,
    });
    expect(output({ type: "error-json", value: { code: 5 } })).toMatchObject({
      content: '{"code":5}',
      is_error: true,
    });
    expect(output({ type: "execution-denied", reason: "no" })).toMatchObject({
      content: [{ type: "execution-denied", reason: "no" }],
      is_error: true,
    });
    expect(output({ type: "execution-denied" })).not.toEqual(
      output({ type: "execution-denied", reason: "no" }),
    );
    expect(output({ type: "text", value: "Error: no" })).not.toHaveProperty("is_error");
  });

  it("keeps every part of a tool's rich result, in the words of either spec", () => {
    const rich = (part: unknown) =>
      output({ type: "content", value: [{ type: "text", text: "see" }, part] })?.content;
    const bytes = new Uint8Array([1, 2, 3]);
    expect(
      rich({
        type: "file",
        mediaType: "image/png",
        data: { type: "data", data: bytes },
        providerOptions: { a: { b: 1 } },
      }),
    ).toEqual([
      { type: "text", text: "see" },
      { type: "file", mediaType: "image/png", data: { type: "data", data: "AQID" } },
    ]);
    expect(rich({ type: "custom", providerOptions: { acme: { ref: 1 } } })).toEqual([
      { type: "text", text: "see" },
      { type: "custom", options: { acme: { ref: 1 } } },
    ]);
    expect(rich({ type: "image-data", mediaType: "image/png", data: "AQID" })).toEqual([
      { type: "text", text: "see" },
      { type: "image-data", mediaType: "image/png", data: "AQID" },
    ]);
  });

  it("keeps what a provider ran itself, without its ids", () => {
    const own = (id: string) =>
      toMessages([
        {
          role: "assistant",
          content: [
            { type: "tool-call", toolCallId: id, toolName: "web", input: { q: "x" }, providerExecuted: true },
            {
              type: "tool-result",
              toolCallId: id,
              toolName: "web",
              output: { type: "text", value: "found" },
            },
            { type: "custom", kind: "openai.compaction", providerOptions: { openai: { text: "t" } } },
          ],
        },
        { role: "tool", content: [{ type: "tool-approval-response", approvalId: id, approved: true }] },
      ]);
    expect(own("a")).toEqual(own("b"));
    expect(own("a")[0]?.content).toHaveLength(3);
    expect(own("a")[0]).not.toHaveProperty("tool_calls");
    expect(own("a")[1]?.content).toEqual([
      { type: "tool-approval-response", approvalId: "", approved: true },
    ]);
  });
});

describe("files", () => {
  it("are equal for equal bytes, however they are handed in, and by either spec", () => {
    const inline = request({ prompt: ask({ type: "data", data: new Uint8Array([1, 2, 3]) }) });
    expect(inline).toEqual(request({ prompt: ask({ type: "data", data: "AQID" }) }));
    expect(inline).toEqual(request({ prompt: ask(new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)) }));
    expect(inline).toEqual(request({ prompt: ask("AQID") }));
    expect(request({ prompt: ask(new URL("https://x.test/a.png")) })).toEqual(
      request({ prompt: ask({ type: "url", url: new URL("https://x.test/a.png") }) }),
    );
  });

  it("are different for different bytes, addresses and kinds of data", () => {
    const all = [
      { type: "data", data: "AQID" },
      { type: "data", data: "AQIE" },
      { type: "text", text: "AQID" },
      { type: "url", url: new URL("https://x.test/a.png") },
      { type: "url", url: new URL("https://x.test/b.png") },
      { type: "reference", reference: { openai: "file-1" } },
      { type: "reference", reference: { openai: "file-2" } },
    ].map((data) => JSON.stringify(request({ prompt: ask(data) })));
    expect(new Set(all).size).toBe(all.length);
  });
});
