/** Who waits for a stream in flight gets its tokens as they come, whichever way it is read. */
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { asChunks } from "../../../adapters/langchain/event-chunks.js";
import { done, gather, ON_OLDEST_CORE, repriseOf, type Script, StreamingModel } from "./support.js";

describe("who waits for a stream in flight", () => {
  /** A model that streams letter by letter, and stands still after the first two. */
  class Held extends StreamingModel {
    readonly gate = Promise.withResolvers<void>();
    override async *_streamResponseChunks(...args: Parameters<StreamingModel["_streamResponseChunks"]>) {
      let position = 0;
      for await (const chunk of super._streamResponseChunks(...args)) {
        if (position++ === 2) await this.gate.promise;
        yield chunk;
      }
    }
  }
  const script: Script = () => ({
    content: "Hello",
    tool_calls: [{ type: "tool_call", id: "c1", name: "add", args: { a: 1 } }],
    ...done("tool_calls"),
  });

  /** That what a follower got is the reply whole, under ids of its own, at no cost. */
  function expectFollowed(followed: AIMessage, led: AIMessage): void {
    expect(followed.tool_calls).toMatchObject([{ name: "add", args: { a: 1 } }]);
    expect(followed.tool_calls?.[0]?.id).not.toBe("c1");
    expect(followed.id).not.toBe(led.id);
    expect(followed.usage_metadata).toMatchObject({ total_tokens: 0 });
    expect(repriseOf(followed)).toMatchObject({
      status: "miss",
      reason: "in-flight",
      saved: { inputTokens: 7, outputTokens: 5 },
    });
  }

  it("gets its tokens as they come, under ids of its own, and pays nothing", async () => {
    const inner = new Held({ script });
    const model = withReprise(inner, createCache());
    const leader = await model.stream("Hi");
    expect((await leader.next()).value?.text).toBe("H");
    const following = await model.stream("Hi");
    expect((await following.next()).value?.text).toBe("H");
    inner.gate.resolve();
    const [led, followed] = await Promise.all([gather(leader), gather(following)]);
    expect(["H", "H"].map((first, index) => first + [led, followed][index]?.text)).toEqual([
      "Hello",
      "Hello",
    ]);
    expectFollowed(followed, led);
    expect(inner.calls).toBe(1);
    expect((await model.invoke("Hi")).text).toBe("Hello");
    expect(inner.calls).toBe(1);
  });

  /** The same, speaking in events of its own. */
  class Speaking extends Held {
    override async *_streamChatModelEvents(...args: Parameters<StreamingModel["_streamChatModelEvents"]>) {
      yield* super._streamChatModelEvents(...args);
    }
  }

  it.skipIf(ON_OLDEST_CORE).each([Held, Speaking])(
    "gets its events as they come, under ids of its own, and pays nothing (%o)",
    async (Model) => {
      const inner = new Model({ script });
      const model = withReprise(inner, createCache());
      const open = () => {
        const stream = model.streamEvents("Hi");
        return { stream, events: stream[Symbol.asyncIterator]() };
      };
      const firstWord = async (events: AsyncIterator<ChatModelStreamEvent>) => {
        for (let next = await events.next(); !next.done; next = await events.next()) {
          if (next.value.event === "content-block-delta" && next.value.delta.type === "text-delta")
            return next.value.delta.text;
        }
        return undefined;
      };
      const leader = open();
      expect(await firstWord(leader.events)).toBe("H");
      const follower = open();
      expect(await firstWord(follower.events)).toBe("H");
      inner.gate.resolve();
      const [led, followed] = [await leader.stream, await follower.stream];
      expect([led.text, followed.text]).toEqual(["Hello", "Hello"]);
      expectFollowed(followed, led);
      expect(inner.calls).toBe(1);
    },
  );

  describe.skipIf(ON_OLDEST_CORE)("of the other kind, events or chunks,", () => {
    const SPEAKS = [
      ["events", async (model: Speaking) => ({ stream: model.streamEvents("Hi") })],
      ["chunks", async (model: Speaking) => ({ stream: await model.stream("Hi") })],
    ] as const;
    type Open = (typeof SPEAKS)[number][1];
    const wordOf = (piece: ChatModelStreamEvent | AIMessageChunk): string => {
      if (!("event" in piece)) return piece.text;
      if (piece.event === "content-block-delta")
        return piece.delta.type === "text-delta" ? piece.delta.text : "";
      return piece.event === "content-block-start" && piece.content.type === "text"
        ? String(piece.content.text)
        : "";
    };
    async function words(
      open: Open,
      model: Speaking,
      onFirst: () => void,
    ): Promise<{ said: string[]; whole: AIMessage | AIMessageChunk }> {
      const { stream } = await open(model);
      const said: string[] = [];
      let whole: AIMessageChunk | undefined;
      for await (const piece of stream as AsyncIterable<ChatModelStreamEvent | AIMessageChunk>) {
        const word = wordOf(piece);
        if (word !== "" && said.push(word) === 1) onFirst();
        if (!("event" in piece)) whole = whole ? whole.concat(piece) : piece;
      }
      return { said, whole: whole ?? (await (stream as unknown as Promise<AIMessage>)) };
    }

    it.each([
      [SPEAKS[0], SPEAKS[1]],
      [SPEAKS[1], SPEAKS[0]],
    ])("gets its tokens as they come: %s", async ([, lead], [, follow]) => {
      const inner = new Speaking({ script });
      const model = withReprise(inner, createCache());
      const [led, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const leader = words(lead, model, led.resolve);
      await led.promise;
      const follower = words(follow, model, heard.resolve);
      await heard.promise;
      inner.gate.resolve();
      const [first, second] = await Promise.all([leader, follower]);
      expect([first, second].map(({ said }) => said.join(""))).toEqual(["Hello", "Hello"]);
      expect(second.said.length).toBeGreaterThan(1);
      expect(second.whole).toMatchObject({
        content: expect.anything(),
        tool_calls: [{ name: "add", args: { a: 1 } }],
      });
      expect(second.whole.text).toBe("Hello");
      expect(second.whole.tool_calls?.[0]?.id).not.toBe("c1");
      expect(second.whole.usage_metadata).toMatchObject({ total_tokens: 0 });
      expect(repriseOf(second.whole)).toMatchObject({
        status: "miss",
        reason: "in-flight",
        saved: { outputTokens: 5 },
      });
      expect(inner.calls).toBe(1);
    });

    it("gets thoughts, other blocks and why it ended as chunks too, and an error as an error", async () => {
      const events = [
        { event: "message-start", id: "m" },
        { event: "content-block-start", index: 0, content: { type: "reasoning", reasoning: "" } },
        { event: "content-block-delta", index: 0, delta: { type: "reasoning-delta", reasoning: "One" } },
        { event: "content-block-delta", index: 0, delta: { type: "reasoning-delta", reasoning: "?" } },
        {
          event: "content-block-finish",
          index: 0,
          content: { type: "reasoning", reasoning: "One?", signature: "SIG" },
        },
        { event: "content-block-start", index: 1, content: { type: "text", text: "It" } },
        { event: "content-block-delta", index: 1, delta: { type: "text-delta", text: " is." } },
        { event: "content-block-finish", index: 1, content: { type: "text", text: "It is." } },
        { event: "content-block-finish", index: 2, content: { type: "image", url: "https://a/b.png" } },
        { event: "message-finish", reason: "stop" },
      ] as ChatModelStreamEvent[];
      const failing = [...events.slice(0, 3), { event: "error", message: "lost" } as ChatModelStreamEvent];
      async function* from(given: ChatModelStreamEvent[]) {
        yield* given;
      }
      let whole: AIMessageChunk | undefined;
      for await (const { message } of asChunks(from(events), undefined))
        whole = whole ? whole.concat(message as AIMessageChunk) : (message as AIMessageChunk);
      expect(whole).toMatchObject({
        id: "m",
        content: [
          { type: "reasoning", reasoning: "One?", signature: "SIG" },
          { type: "text", text: "It is." },
          { type: "image", url: "https://a/b.png" },
        ],
        response_metadata: { finish_reason: "stop" },
      });
      const read = async () => {
        for await (const _ of asChunks(from(failing), undefined));
      };
      await expect(read()).rejects.toThrow("lost");
    });
  });

  it("fails as the one that asked fails, when words were heard already", async () => {
    const inner = new Held({ script: () => ({ error: new Error("lost"), partial: "Hello" }) });
    const model = withReprise(inner, createCache());
    const leader = await model.stream("Hi");
    await leader.next();
    const following = await model.stream("Hi");
    await following.next();
    inner.gate.resolve();
    const outcomes = await Promise.allSettled([gather(leader), gather(following)]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && String(outcome.reason))).toEqual([
      "Error: lost",
      "Error: lost",
    ]);
  });
});
