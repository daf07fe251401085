import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../adapters/ai-sdk/record.js";
import { createCollector, tapStream } from "../../../adapters/ai-sdk/tap.js";
import { partsOf, stop, streamOf, textParts, usage } from "./support.js";

const metadata = { status: "miss" as const, saved: { inputTokens: 0, outputTokens: 0 } };
const gather = (parts: LanguageModelV4StreamPart[]) => {
  const collector = createCollector();
  for (const part of parts) collector.add(part);
  return collector.outcome();
};
const finish: LanguageModelV4StreamPart = { type: "finish", finishReason: stop, usage: usage(1, 2) };

describe("a collector", () => {
  it("puts interleaved blocks together in the order they began", () => {
    expect(
      gather([
        { type: "reasoning-start", id: "1" },
        { type: "text-start", id: "1" },
        { type: "text-delta", id: "1", delta: "hel" },
        { type: "reasoning-delta", id: "1", delta: "hm" },
        { type: "text-delta", id: "1", delta: "lo" },
        { type: "reasoning-end", id: "1" },
        { type: "text-end", id: "1", citations: [] },
        { type: "tool-input-start", id: "c", toolName: "t" },
        { type: "tool-input-delta", id: "c", delta: "{}" },
        { type: "tool-input-end", id: "c" },
        { type: "tool-call", toolCallId: "c", toolName: "t", input: "{}" },
        finish,
      ]),
    ).toEqual({
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "hello", citations: [] },
        { type: "tool-call", toolCallId: "c", toolName: "t", input: "{}" },
      ],
      finishReason: stop,
      usage: usage(1, 2),
    });
  });

  it("keeps what a provider noted on any part of a block", () => {
    expect(
      gather([
        { type: "reasoning-start", id: "0", providerMetadata: { google: { thoughtSignature: "g" } } },
        { type: "reasoning-delta", id: "0", delta: "hm" },
        { type: "reasoning-delta", id: "0", delta: "", providerMetadata: { anthropic: { signature: "s" } } },
        { type: "reasoning-end", id: "0", providerMetadata: { openai: { itemId: "i" } } },
        { type: "text-start", id: "1" },
        { type: "text-end", id: "1", providerMetadata: { openai: { itemId: "j" } } },
        { type: "reasoning-end", id: "lost", providerMetadata: { openai: { itemId: "k" } } },
        finish,
      ])?.content,
    ).toEqual([
      {
        type: "reasoning",
        text: "hm",
        providerMetadata: {
          google: { thoughtSignature: "g" },
          anthropic: { signature: "s" },
          openai: { itemId: "i" },
        },
      },
      { type: "text", text: "", providerMetadata: { openai: { itemId: "j" } } },
    ]);
  });

  it("begins a new block when an id is used again", () => {
    const block = (delta: string): LanguageModelV4StreamPart[] => [
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta },
      { type: "text-end", id: "0" },
    ];
    expect(gather([...block("a"), ...block("b"), finish])?.content).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]);
  });

  it("has no outcome without a finish part, after an error, or with a delta out of place", () => {
    const whole = textParts("hello");
    expect(gather(whole)).toBeDefined();
    expect(gather(whole.slice(0, -1))).toBeUndefined();
    expect(gather([...whole, { type: "error", error: new Error("late") }])).toBeUndefined();
    expect(gather([{ type: "text-delta", id: "9", delta: "lost" }, ...whole])).toBeUndefined();
    expect(gather([{ type: "reasoning-delta", id: "0", delta: "lost" }, ...whole])).toBeUndefined();
  });

  it("keeps what a provider did on its side, for the record to refuse", () => {
    const own: LanguageModelV4StreamPart[] = [
      { type: "custom", kind: "a.b" },
      { type: "tool-result", toolCallId: "x", toolName: "web", result: "r" },
      { type: "tool-approval-request", approvalId: "a", toolCallId: "x" },
    ];
    expect(gather([...own, finish])?.content).toEqual(own);
  });
});

const told = { ...metadata, refused: "finish-reason" as const };
const nothing = { warnings: [], onResponseId: () => undefined, onBreak: () => undefined };

describe("a tapped stream", () => {
  const tap = (
    source: ReadableStream<LanguageModelV4StreamPart>,
    warnings: { type: "other"; message: string }[] = [],
  ) => {
    const ends: (Outcome | undefined)[] = [];
    const onEnd = async (outcome: Outcome | undefined) => {
      ends.push(outcome);
      return told;
    };
    const onBreak = () => void ends.push(undefined);
    return {
      ...tapStream(source, { metadata, warnings, onResponseId: () => undefined, onEnd, onBreak }),
      ends,
    };
  };

  it("passes every part on unchanged, but for the metadata at the end", async () => {
    const { stream, ends } = tap(streamOf(textParts("hello")));
    const parts = await partsOf(stream);
    expect(parts.slice(0, -1)).toEqual(textParts("hello").slice(0, -1));
    expect(parts.at(-1)).toEqual({ ...textParts("hello").at(-1), providerMetadata: { reprise: told } });
    expect(ends).toMatchObject([{ content: [{ type: "text", text: "hello" }] }]);
  });

  it("keeps the provider's own metadata beside ours", async () => {
    const parts = await partsOf(
      tap(streamOf([{ ...finish, providerMetadata: { openai: { tier: "x" } } }])).stream,
    );
    expect(parts).toMatchObject([
      { providerMetadata: { openai: { tier: "x" }, reprise: { status: "miss" } } },
    ]);
  });

  it("reads no further than its reader", async () => {
    let pulled = 0;
    const source = new ReadableStream<LanguageModelV4StreamPart>(
      {
        pull: (controller) => {
          pulled++;
          controller.enqueue({ type: "ping" });
        },
      },
      { highWaterMark: 0 },
    );
    const { stream } = tap(source);
    await stream.getReader().read();
    await new Promise((next) => setImmediate(next));
    expect(pulled).toBe(1);
  });

  it("holds its finish part back until it has ended", async () => {
    const { promise, resolve } = Promise.withResolvers<typeof told>();
    const { stream } = tapStream(streamOf([{ type: "ping" }, finish]), {
      ...nothing,
      metadata,
      onEnd: () => promise,
    });
    const reader = stream.getReader();
    await reader.read();
    let last: unknown;
    const read = reader.read().then(({ value }) => {
      last = value;
    });
    await new Promise((next) => setImmediate(next));
    expect(last).toBeUndefined();
    resolve(told);
    await read;
    expect(last).toEqual({ ...finish, providerMetadata: { reprise: told } });
    expect((await reader.read()).done).toBe(true);
  });

  it("gives its finish part in its place when the source goes on, or fails", async () => {
    const reprise = { providerMetadata: { reprise: metadata } };
    expect(await partsOf(tap(streamOf([finish, { type: "ping" }])).stream)).toEqual([
      { ...finish, ...reprise },
      { type: "ping" },
    ]);
    const failure = new Error("connection lost");
    const reader = tap(streamOf([finish], failure)).stream.getReader();
    expect((await reader.read()).value).toEqual({ ...finish, ...reprise });
    await expect(reader.read()).rejects.toBe(failure);
  });

  it("passes a failure on as it is, without an outcome", async () => {
    const failure = new Error("connection lost");
    const { stream, ends } = tap(streamOf(textParts("hello").slice(0, 4), failure));
    await expect(partsOf(stream)).rejects.toBe(failure);
    expect(ends).toEqual([undefined]);
  });

  it("cancels its source when it is left, without an outcome", async () => {
    let reason: unknown;
    const source = new ReadableStream<LanguageModelV4StreamPart>({
      pull: (controller) => controller.enqueue({ type: "ping" }),
      cancel: (why) => {
        reason = why;
      },
    });
    const { stream, ends } = tap(source);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel("enough");
    expect(reason).toBe("enough");
    expect(ends).toEqual([undefined]);
  });

  it("ends without its reader when drained, and the reader still gets every part", async () => {
    const { stream, drain, ends } = tap(streamOf(textParts("hello")));
    const reader = stream.getReader();
    const first = await reader.read();
    drain();
    await expect.poll(() => ends).toHaveLength(1);
    expect(ends).toMatchObject([{ content: [{ text: "hello" }] }]);
    reader.releaseLock();
    expect([first.value, ...(await partsOf(stream))]).toHaveLength(textParts("hello").length);
    expect(ends).toHaveLength(1);
  });

  it("goes on to its end when a reader leaves it while others wait for it, and ends once", async () => {
    const { stream, drain, ends } = tap(streamOf(textParts("hello")));
    drain();
    await stream.cancel();
    await expect.poll(() => ends).toHaveLength(1);
    expect(ends).toMatchObject([{ content: [{ type: "text", text: "hello" }] }]);
  });

  it("ends once when a reader leaves it at its very end", async () => {
    const { promise, resolve } = Promise.withResolvers<typeof told>();
    const ends: unknown[] = [];
    const onEnd = (outcome: unknown) => {
      ends.push(outcome);
      return promise;
    };
    const { stream } = tapStream(streamOf([finish]), { ...nothing, metadata, onEnd });
    const reader = stream.getReader();
    void reader.read();
    await new Promise((next) => setImmediate(next));
    await reader.cancel();
    resolve(told);
    await new Promise((next) => setImmediate(next));
    expect(ends).toHaveLength(1);
  });

  it("adds its warnings to the stream's start, or starts the stream with them", async () => {
    const ours = { type: "other" as const, message: "ours" };
    const theirs = { type: "other" as const, message: "theirs" };
    const started = await partsOf(
      tap(streamOf([{ type: "stream-start", warnings: [theirs] }, finish]), [ours]).stream,
    );
    expect(started[0]).toEqual({ type: "stream-start", warnings: [theirs, ours] });
    const bare = await partsOf(tap(streamOf([{ type: "ping" }, finish]), [ours]).stream);
    expect(bare.map(({ type }) => type)).toEqual(["stream-start", "ping", "finish"]);
    expect(bare[0]).toEqual({ type: "stream-start", warnings: [ours] });
  });
});
