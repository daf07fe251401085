import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import type { Reply } from "reprise";
import { describe, expect, it } from "vitest";
import { toChatResult, toChunks, toMessage, toReplay } from "../../../adapters/langchain/from-core.js";
import { toReply } from "../../../adapters/langchain/to-core.js";
import { toolNames } from "../../../adapters/langchain/tool-names.js";
import type { RepriseMetadata } from "../../../adapters/shared/metadata.js";

const names = toolNames([]);
const metadata: RepriseMetadata = {
  status: "hit",
  match: "exact",
  id: "1",
  saved: { inputTokens: 3, outputTokens: 4 },
};

const known = { details: {}, exact: true, metadata };

function replayOf(reply: Reply, finishReason?: string) {
  const replay = toReplay({ ...known, reply, details: { finishReason } }, names);
  if (!replay) throw new Error("no replay");
  return replay;
}

const streamed = (reply: Reply): AIMessageChunk =>
  [...toChunks(replayOf(reply))]
    .map(({ message }) => message as AIMessageChunk)
    .reduce((whole, chunk) => whole.concat(chunk));

const calling: Reply = {
  role: "assistant",
  content: "Adding.",
  tool_calls: [
    { id: "call_0", type: "function", function: { name: "add", arguments: '{"a":1,"b":{"c":[true,null]}}' } },
    { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":2}' } },
  ],
};

const rich: Reply = {
  role: "assistant",
  content: [
    { type: "reasoning", text: "They greet." },
    { type: "text", text: "Hello!" },
    { type: "file", mediaType: "image/png", data: { type: "data", data: "AAAA" } },
    {
      type: "langchain_block",
      block: { type: "text", text: "As Ann says.", annotations: [{ type: "citation", title: "Ann" }] },
    },
    { type: "langchain_kwargs", kwargs: { function_call: { name: "f", arguments: "{}" } } },
  ],
  tool_calls: [{ id: "call_0", type: "function", function: { name: "add", arguments: "{}" } }],
};

describe("a replay", () => {
  it("becomes a message under an id of its own, with fresh ids on its calls, at every call", () => {
    const messages = [toMessage(replayOf(calling)), toMessage(replayOf(calling))];
    for (const message of messages) {
      expect(message.id).toMatch(/^reprise-/);
      expect(message.content).toBe("Adding.");
      expect(message.tool_calls?.map(({ name, args }) => ({ name, args }))).toEqual([
        { name: "add", args: { a: 1, b: { c: [true, null] } } },
        { name: "add", args: { a: 2 } },
      ]);
    }
    const ids = messages.flatMap(({ tool_calls }) => (tool_calls ?? []).map(({ id }) => id));
    expect(new Set([...ids, ...messages.map(({ id }) => id)]).size).toBe(6);
    expect(ids).not.toContain("call_0");
  });

  it("counts no tokens and says what was saved", () => {
    const { generations, llmOutput } = toChatResult(replayOf(calling, "tool_calls"));
    const message = generations[0]?.message as AIMessage;
    expect(message.usage_metadata).toEqual({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
    expect(llmOutput).toEqual({ tokenUsage: { promptTokens: 0, completionTokens: 0, totalTokens: 0 } });
    expect(message.response_metadata).toEqual({ finish_reason: "tool_calls", reprise: metadata });
    expect(generations[0]?.text).toBe("Adding.");
  });

  it("says why it ended, also when nobody told the cache", () => {
    expect(replayOf(calling).responseMetadata.finish_reason).toBe("tool_calls");
    expect(replayOf({ role: "assistant", content: "Hi" }).responseMetadata.finish_reason).toBe("stop");
  });

  it("holds blocks in the standard form that every provider can be sent", () => {
    const message = toMessage(replayOf(rich));
    expect(message.response_metadata.output_version).toBe("v1");
    const [id] = (message.tool_calls ?? []).map((call) => call.id);
    expect(message.contentBlocks).toEqual([
      { type: "reasoning", reasoning: "They greet." },
      { type: "text", text: "Hello!" },
      { type: "image", mimeType: "image/png", data: "AAAA" },
      { type: "text", text: "As Ann says.", annotations: [{ type: "citation", title: "Ann" }] },
      { type: "tool_call", id, name: "add", args: {} },
    ]);
    expect(message.text).toBe("Hello!As Ann says.");
    expect(message.additional_kwargs).toEqual({ function_call: { name: "f", arguments: "{}" } });
  });

  it("streams to the message it would be in one piece", () => {
    for (const reply of [calling, rich, { role: "assistant", content: "Hi" } satisfies Reply]) {
      expect(toReply(streamed(reply) as unknown as AIMessage, names)).toEqual(
        toReply(toMessage(replayOf(reply)), names),
      );
      expect(streamed(reply).usage_metadata).toMatchObject({
        input_tokens: 0,
        output_tokens: 0,
        total_tokens: 0,
      });
      expect(streamed(reply).response_metadata.reprise).toEqual(metadata);
    }
  });

  it("streams standard blocks with the calls among them, as a message in one piece holds them", () => {
    const blocks = (message: AIMessage | AIMessageChunk) =>
      message.contentBlocks.map(
        (block) => ({ ...block, id: undefined, index: undefined }) as Record<string, unknown>,
      );
    expect(blocks(streamed(rich))).toEqual(blocks(toMessage(replayOf(rich))));
    expect(streamed(rich).tool_calls).toMatchObject([{ name: "add", args: {} }]);
  });

  it("is, read again, the reply it came from", () => {
    const messages = [toMessage(replayOf(calling)), toMessage(replayOf(rich))];
    expect(messages.map((message) => toReply(message, names))).toEqual([calling, rich]);
  });

  it("gives every caller an object of its own", () => {
    const reply = structuredClone(rich);
    const message = toMessage(replayOf(reply));
    (message.additional_kwargs.function_call as { name: string }).name = "changed";
    (message.content as { annotations?: unknown[] }[])[3]?.annotations?.pop();
    expect(reply).toEqual(rich);
  });

  it("is not made from what LangChain has no word for", () => {
    expect(
      toReplay({ ...known, reply: { role: "assistant", content: [{ type: "source", url: "x" }] } }, names),
    ).toBeUndefined();
    expect(
      toReplay({ ...known, reply: { role: "assistant", content: [{ type: "file", mediaType: 7 }] } }, names),
    ).toBeUndefined();
    const list: Reply = { role: "assistant", tool_calls: [{ function: { name: "add", arguments: "[1]" } }] };
    expect(toReplay({ ...known, reply: list }, names)).toBeUndefined();
  });

  it("keeps files by address, and media by their kind", () => {
    const file = (mediaType: string, data: object): Reply => ({
      role: "assistant",
      content: [{ type: "file", mediaType, data }],
    });
    expect(replayOf(file("audio/wav", { type: "url", url: "https://x/a.wav" })).content).toEqual([
      { type: "audio", mimeType: "audio/wav", url: "https://x/a.wav" },
    ]);
    expect(replayOf(file("application/pdf", { type: "data", data: "AAAA" })).content).toEqual([
      { type: "file", mimeType: "application/pdf", data: "AAAA" },
    ]);
  });
});
