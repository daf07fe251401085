/**
 * What becomes of a stream that goes wrong on its way: its reader gets all that came, and nothing partial is
 * learned.
 */
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import { describe, expect, it } from "vitest";
import { sse } from "./support.js";

const chunk = (delta: object, more: object = {}, beside: object = {}): string =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: null, ...more }], ...beside })}\n\n`;
const DONE = "data: [DONE]\n\n";
const END = chunk({}, { finish_reason: "stop" });
const HELLO = [
  chunk({ role: "assistant", content: "" }),
  chunk({ content: "Hel" }),
  chunk({ content: "lö 🌍" }),
];
const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const response = (fields: object = {}) => ({
  ...{ id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m" },
  output: [
    {
      id: "msg_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [] }],
    },
  ],
  ...fields,
});

async function ask(path: string, events: readonly string[], pieceSize = 5) {
  const cache = createCache({ auditRate: 0 });
  let calls = 0;
  const fetch = repriseFetch(cache, { fetch: async () => sse(events, calls++ >= 0 ? pieceSize : 0) });
  const body = JSON.stringify(
    path === "responses"
      ? { model: "m", input: "hello", stream: true }
      : { model: "m", messages: [{ role: "user", content: "hello" }], stream: true },
  );
  const send = async () => (await fetch(`http://provider.test/v1/${path}`, { method: "POST", body })).text();
  const first = await send();
  const second = await send();
  return { first, second, calls, refused: cache.stats().refused, whole: events.join("") };
}

describe("streams of Chat Completions", () => {
  it.each([
    [
      "with CRLF and comments",
      [": hi\n\n", ...HELLO, ": still here\n\n", END, DONE].map((text) => text.replaceAll("\n", "\r\n")),
    ],
    ["without [DONE]", [...HELLO, END]],
    [
      "with usage behind the ending",
      [
        ...HELLO,
        END,
        chunk({}, {}, { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
        DONE,
      ],
    ],
  ])("%s are passed on as they are, and learned", async (_what, events) => {
    for (const size of [1, 5, 4_096]) {
      const { first, second, calls, whole } = await ask("chat/completions", events, size);
      expect(first).toBe(whole);
      expect(calls).toBe(1);
      expect(second).toContain('"content":"Hellö 🌍"');
    }
  });

  it.each([
    ["that end early", HELLO, "broken-off"],
    ["that end early, with [DONE]", [...HELLO, DONE], "broken-off"],
    ["with an error in them", [...HELLO, 'data: {"error":{"message":"down"}}\n\n', END, DONE], "broken-off"],
    [
      "with an event of an error",
      [...HELLO, 'event: error\ndata: {"message":"down"}\n\n', END, DONE],
      "broken-off",
    ],
    ["with what is no JSON", [...HELLO, "data: {oops\n\n", END, DONE], "broken-off"],
    ["cut off by their length", [...HELLO, chunk({}, { finish_reason: "length" }), DONE], "finish-reason"],
    ["filtered", [...HELLO, chunk({}, { finish_reason: "content_filter" }), DONE], "finish-reason"],
    ["of several choices", [...HELLO, chunk({ content: "Ho" }, { index: 1 }), END, DONE], "broken-off"],
    ["that say more after their end", [...HELLO, END, chunk({ content: "!" }), DONE], "broken-off"],
    [
      "with half a tool call",
      [
        chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: '{"a":' } }] }),
        END,
        DONE,
      ],
      "invalid-arguments",
    ],
    [
      "with a call that begins in the middle",
      [chunk({ tool_calls: [{ index: 3, function: { arguments: "{}" } }] }), END, DONE],
      "broken-off",
    ],
    [
      "from another model",
      [
        ...HELLO.map((text) => text.replace('"model":"m"', '"model":"other"')),
        END.replace('"model":"m"', '"model":"other"'),
        DONE,
      ],
      "other-model",
    ],
  ])("%s are passed on as they are, and not learned", async (_what, events, reason) => {
    const { first, second, calls, refused, whole } = await ask("chat/completions", events);
    expect([first, second, calls]).toEqual([whole, whole, 2]);
    expect(refused).toEqual({ [reason]: 2 });
  });
});

describe("streams of Responses", () => {
  const created = event("response.created", { response: response({ status: "in_progress", output: [] }) });

  it("that leave the items to their events are learned", async () => {
    const done = event("response.output_item.done", {
      output_index: 0,
      item: response().output[0] as object,
    });
    const { calls, second } = await ask("responses", [
      created,
      done,
      event("response.completed", { response: response({ output: [] }) }),
    ]);
    expect(calls).toBe(1);
    expect(second).toContain('"text":"Hi"');
  });

  it.each([
    ["that end early", [created], "broken-off"],
    [
      "that failed",
      [
        created,
        event("response.failed", { response: response({ status: "failed", error: { message: "down" } }) }),
      ],
      "invalid",
    ],
    [
      "cut off",
      [created, event("response.incomplete", { response: response({ status: "incomplete" }) })],
      "finish-reason",
    ],
    [
      "with an error in them",
      [created, event("error", { message: "down" }), event("response.completed", { response: response() })],
      "broken-off",
    ],
    [
      "of a tool that the provider ran",
      [
        created,
        event("response.completed", {
          response: response({ output: [{ type: "web_search_call", id: "ws_1", status: "completed" }] }),
        }),
      ],
      "provider-side",
    ],
  ])("%s are passed on as they are, and not learned", async (_what, events, reason) => {
    const { first, second, calls, refused, whole } = await ask("responses", events);
    expect([first, second, calls]).toEqual([whole, whole, 2]);
    expect(refused).toEqual({ [reason]: 2 });
  });
});

describe("a reader that leaves", () => {
  it("takes the provider's stream with it, and nothing is learned", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(HELLO.join(""))),
      cancel: () => {
        cancelled = true;
      },
    });
    const cache = createCache();
    const fetch = repriseFetch(cache, {
      fetch: async () => new Response(endless, { headers: { "content-type": "text/event-stream" } }),
    });
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }], stream: true });
    const { body: stream } = await fetch("http://provider.test/v1/chat/completions", {
      method: "POST",
      body,
    });
    const reader = (stream as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect(cancelled).toBe(true);
    expect(cache.stats().observed).toBe(0);
  });

  it("at a broken connection gets the error that broke it", async () => {
    const broken = new ReadableStream<Uint8Array>(
      { pull: (controller) => controller.error(new Error("connection reset")) },
      { highWaterMark: 0 },
    );
    const fetch = repriseFetch(createCache(), {
      fetch: async () => new Response(broken, { headers: { "content-type": "text/event-stream" } }),
    });
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }], stream: true });
    const response = await fetch("http://provider.test/v1/chat/completions", { method: "POST", body });
    await expect(response.text()).rejects.toThrow("connection reset");
  });
});
