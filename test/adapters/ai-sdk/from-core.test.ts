import type { LanguageModelV4Content } from "@ai-sdk/provider";
import type { Reply } from "reprise";
import { describe, expect, it } from "vitest";
import { toGenerateResult, toReplay } from "../../../adapters/ai-sdk/from-core.js";
import { toRecord } from "../../../adapters/ai-sdk/record.js";
import { counter, stop, toolCalls, usage } from "./support.js";

const metadata = {
  status: "hit" as const,
  match: "exact" as const,
  saved: { inputTokens: 1, outputTokens: 2 },
};
const context = (specificationVersion = "v4") => ({
  generateId: counter("n"),
  now: () => Date.UTC(2026, 10, 20),
  model: { modelId: "m", specificationVersion },
});
const replay = (reply: Reply, finishReason?: string, version?: string) =>
  toReplay({ reply, details: { finishReason }, exact: true, metadata }, context(version));
const again = (content: LanguageModelV4Content[], version?: string) => {
  const recorded = toRecord({ content, finishReason: stop, usage: usage(1, 1) });
  return typeof recorded === "object" ? replay(recorded.reply, "stop", version)?.content : recorded;
};

describe("a replay", () => {
  it("is a whole result: own response, no usage, no warnings, what was saved in the metadata", () => {
    const known = replay({ role: "assistant", content: "hello" }, "stop");
    expect(known && toGenerateResult(known)).toEqual({
      content: [{ type: "text", text: "hello" }],
      finishReason: { unified: "stop", raw: "stop" },
      usage: {
        inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 0, text: 0, reasoning: 0 },
      },
      warnings: [],
      response: { id: "reprise-n0", timestamp: new Date(Date.UTC(2026, 10, 20)), modelId: "m" },
      providerMetadata: { reprise: metadata },
    });
  });

  it("gives every tool call an id of its own", () => {
    const called = { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    expect(replay({ role: "assistant", content: null, tool_calls: [called, called] })?.content).toEqual([
      { type: "tool-call", toolCallId: "call_n0", toolName: "add", input: '{"a":1}' },
      { type: "tool-call", toolCallId: "call_n1", toolName: "add", input: '{"a":1}' },
    ]);
  });

  it("ends as the model ended, or as its content says", () => {
    const calling: Reply = { role: "assistant", tool_calls: [{ function: { name: "t", arguments: "{}" } }] };
    expect(replay(calling)?.finishReason).toEqual(toolCalls);
    expect(replay(calling, "tool_calls")?.finishReason).toEqual(toolCalls);
    expect(replay(calling, "stop")?.finishReason).toEqual(stop);
    expect(replay({ role: "assistant", content: "x" })?.finishReason).toEqual(stop);
  });

  it("brings back reasoning, files, sources and citations as they were, sources under new ids", () => {
    const source = {
      type: "source" as const,
      sourceType: "document" as const,
      id: "s9",
      mediaType: "text/plain",
      title: "X",
    };
    const url = new URL("https://x.test/a.png");
    expect(
      again([
        { type: "reasoning", text: "hm" },
        source,
        { type: "text", text: "hello", citations: [{ source, startIndex: 0, endIndex: 5 }] },
        { type: "file", mediaType: "image/png", data: { type: "data", data: new Uint8Array([1, 2, 3]) } },
        { type: "reasoning-file", mediaType: "image/png", data: { type: "url", url } },
      ]),
    ).toEqual([
      { type: "reasoning", text: "hm" },
      { ...source, id: "source_n0" },
      {
        type: "text",
        text: "hello",
        citations: [{ source: { ...source, id: "source_n0" }, startIndex: 0, endIndex: 5 }],
      },
      { type: "file", mediaType: "image/png", data: { type: "data", data: "AQID" } },
      { type: "reasoning-file", mediaType: "image/png", data: { type: "url", url } },
    ]);
  });

  it("keeps the order in which texts and calls were said", () => {
    const call = (toolName: string): LanguageModelV4Content => ({
      type: "tool-call",
      toolCallId: "x",
      toolName,
      input: "{}",
    });
    const said: LanguageModelV4Content[] = [
      call("a"),
      { type: "text", text: "one" },
      call("b"),
      call("c"),
      { type: "text", text: "two" },
      call("d"),
    ];
    const order = (content: unknown) =>
      (content as LanguageModelV4Content[]).map((item) =>
        "toolName" in item ? item.toolName : (item as { text: string }).text,
      );
    expect(order(again(said))).toEqual(["a", "one", "b", "c", "two", "d"]);
    const elsewhere: Reply = {
      role: "assistant",
      content: "one",
      tool_calls: [{ function: { name: "a", arguments: "{}" } }],
    };
    expect(order(replay(elsewhere)?.content)).toEqual(["one", "a"]);
  });

  it("hands files to a model of spec V3 in its own way", () => {
    const file: LanguageModelV4Content = {
      type: "file",
      mediaType: "image/png",
      data: { type: "data", data: "AQID" },
    };
    expect(again([file], "v3")).toEqual([{ type: "file", mediaType: "image/png", data: "AQID" }]);
  });

  it("is not made of content that the AI SDK has no word for", () => {
    expect(replay({ role: "assistant", content: [{ type: "refusal", refusal: "no" }] })).toBeUndefined();
    expect(replay({ role: "assistant", content: [{ type: "text" }] })).toBeUndefined();
  });
});
