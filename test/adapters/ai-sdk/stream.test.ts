import { describe, expect, it } from "vitest";
import { toStream } from "../../../adapters/ai-sdk/stream.js";
import { partsOf, toolCalls } from "./support.js";

const metadata = { status: "miss" as const, saved: { inputTokens: 0, outputTokens: 0 } };

describe("a replayed stream", () => {
  it("comes in the order of the spec, each block from start to end", async () => {
    const source = { type: "source" as const, sourceType: "url" as const, id: "s", url: "https://x.test" };
    const stream = toStream({
      noted: undefined,
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "hello" },
        { type: "text", text: "cited", citations: [{ source }] },
        source,
        { type: "tool-call", toolCallId: "c1", toolName: "a", input: "{}" },
        { type: "tool-call", toolCallId: "c2", toolName: "b", input: '{"x":1}' },
      ],
      finishReason: toolCalls,
      metadata,
      response: { id: "r", timestamp: new Date(0), modelId: "m" },
    });
    expect(await partsOf(stream)).toEqual([
      { type: "stream-start", warnings: [] },
      { type: "response-metadata", id: "r", timestamp: new Date(0), modelId: "m" },
      { type: "reasoning-start", id: "0" },
      { type: "reasoning-delta", id: "0", delta: "hm" },
      { type: "reasoning-end", id: "0" },
      { type: "text-start", id: "1" },
      { type: "text-delta", id: "1", delta: "hello" },
      { type: "text-end", id: "1" },
      { type: "text-start", id: "2" },
      { type: "text-delta", id: "2", delta: "cited" },
      { type: "text-end", id: "2", citations: [{ source }] },
      source,
      { type: "tool-input-start", id: "c1", toolName: "a" },
      { type: "tool-input-delta", id: "c1", delta: "{}" },
      { type: "tool-input-end", id: "c1" },
      { type: "tool-call", toolCallId: "c1", toolName: "a", input: "{}" },
      { type: "tool-input-start", id: "c2", toolName: "b" },
      { type: "tool-input-delta", id: "c2", delta: '{"x":1}' },
      { type: "tool-input-end", id: "c2" },
      { type: "tool-call", toolCallId: "c2", toolName: "b", input: '{"x":1}' },
      {
        type: "finish",
        finishReason: toolCalls,
        usage: {
          inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 0, text: 0, reasoning: 0 },
        },
        providerMetadata: { reprise: metadata },
      },
    ]);
  });
});
