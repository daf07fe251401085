/** What becomes of a stream of Anthropic's that goes wrong on its way: its reader gets all of it, nothing partial is learned. */
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import { describe, expect, it } from "vitest";
import { sse } from "../openai/support.js";
import { event } from "./support.js";

const message = {
  ...{ id: "msg_1", type: "message", role: "assistant", model: "m", content: [], stop_reason: null },
  ...{ stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } },
};
const START = event("message_start", { message });
const PING = event("ping", {});
const open = (index: number, content_block: object): string =>
  event("content_block_start", { index, content_block });
const more = (index: number, delta: object): string => event("content_block_delta", { index, delta });
const close = (index: number): string => event("content_block_stop", { index });
const words = (text: string, index = 0): string => more(index, { type: "text_delta", text });
const ending = (stop_reason: string): string =>
  event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } });
const STOP = event("message_stop", {});
const HELLO = [START, PING, open(0, { type: "text", text: "" }), words("Hel"), words("lö 🌍"), close(0)];
const END = [ending("end_turn"), STOP];
const called = (...json: string[]): string[] => [
  START,
  open(0, { type: "tool_use", id: "toolu_1", name: "f", input: {} }),
  ...json.map((partial_json) => more(0, { type: "input_json_delta", partial_json })),
  close(0),
  ending("tool_use"),
  STOP,
];

async function ask(events: readonly string[], pieceSize = 5) {
  const cache = createCache({ auditRate: 0 });
  let calls = 0;
  const fetch = repriseFetch(cache, { fetch: async () => sse(events, calls++ >= 0 ? pieceSize : 0) });
  const body = JSON.stringify({
    model: "m",
    max_tokens: 9,
    messages: [{ role: "user", content: "hi" }],
    stream: true,
  });
  const send = async () => {
    const response = await fetch("http://provider.test/v1/messages", { method: "POST", body });
    return { text: await response.text(), saved: response.headers.get("reprise-saved") };
  };
  const first = await send();
  const second = await send();
  return {
    first: first.text,
    second: second.text,
    saved: second.saved,
    calls,
    refused: cache.stats().refused,
    whole: events.join(""),
  };
}

describe("streams", () => {
  it.each<[string, string[], string]>([
    ["as they usually come", [...HELLO, ...END], '"text":"Hellö 🌍"'],
    [
      "with CRLF and comments",
      [": hi\n\n", ...HELLO, ...END].map((text) => text.replaceAll("\n", "\r\n")),
      "Hellö",
    ],
    ["that go on after their end", [...HELLO, ...END, words("!")], '"text":"Hellö 🌍"'],
    ["with events of a kind to come", [...HELLO, event("something_new", { a: 1 }), ...END], "Hellö"],
    [
      "with a call whose input is told in pieces",
      called("", '{"a"', ":9007199254740993", "}"),
      '{\\"a\\":9007199254740993}',
    ],
    ["with a call without input", called(""), '"partial_json":"{}"'],
  ])("%s are passed on as they are, and learned", async (_what, events, expected) => {
    for (const size of [1, 5, 4_096]) {
      const { first, second, saved, calls, refused } = await ask(events, size);
      expect([first, calls, refused]).toEqual([events.join(""), 1, {}]);
      expect(second).toContain(expected);
      expect(saved).toBe("input=3, output=5");
    }
  });

  it.each<[string, string[], string]>([
    ["that end early", HELLO, "broken-off"],
    ["that end before their last event", [...HELLO, ending("end_turn")], "broken-off"],
    ["that never end a block", [...HELLO.slice(0, -1), ...END], "broken-off"],
    [
      "with an error in them",
      [...HELLO, event("error", { error: { type: "overloaded_error" } })],
      "broken-off",
    ],
    ["with an error, and an end", [...HELLO, event("error", { error: {} }), ...END], "broken-off"],
    ["with what is no JSON", [...HELLO, "event: ping\ndata: {oops\n\n", ...END], "broken-off"],
    [
      "with a delta of a kind to come",
      [...HELLO.slice(0, -1), more(0, { type: "new_delta" }), close(0), ...END],
      "broken-off",
    ],
    ["that say more in a block that is over", [...HELLO, words("!"), ...END], "broken-off"],
    [
      "with a block that begins in the middle",
      [START, open(1, { type: "text", text: "" }), close(1), ...END],
      "broken-off",
    ],
    ["that begin twice", [START, ...HELLO, ...END], "broken-off"],
    ["cut off by their length", [...HELLO, ending("max_tokens"), STOP], "finish-reason"],
    ["that were refused", [...HELLO, ending("refusal"), STOP], "finish-reason"],
    ["that pause", [...HELLO, ending("pause_turn"), STOP], "finish-reason"],
    ["with half a call", called('{"a":'), "invalid-arguments"],
    ["with a call whose input is a list", called("[1]"), "invalid-arguments"],
    ["without a word", [START, ...END], "empty"],
    [
      "of a tool that the provider ran",
      [START, open(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }), close(0), ...END],
      "provider-side",
    ],
    [
      "with citations of the web",
      [
        START,
        open(0, { type: "text", text: "", citations: [] }),
        words("x"),
        more(0, {
          type: "citations_delta",
          citation: { type: "web_search_result_location", url: "http://a" },
        }),
        close(0),
        ...END,
      ],
      "provider-side",
    ],
    [
      "with a call by code that the provider ran",
      [
        START,
        open(0, {
          type: "tool_use",
          id: "t",
          name: "f",
          input: {},
          caller: { type: "code_execution_20260521" },
        }),
        close(0),
        ending("tool_use"),
        STOP,
      ],
      "provider-side",
    ],
    [
      "from another model",
      [START.replace('"model":"m"', '"model":"other"'), ...HELLO.slice(1), ...END],
      "other-model",
    ],
  ])("%s are passed on as they are, and not learned", async (_what, events, reason) => {
    const { first, second, calls, refused, whole } = await ask(events);
    expect([first, second]).toEqual([whole, whole]);
    expect(calls).toBe(2);
    expect(refused).toEqual({ [reason]: 2 });
  });
});
