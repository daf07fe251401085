import { describe, expect, it } from "vitest";
import { CallNumbers, MAX_JSON, normaliseMessage, Unfit } from "../../src/answer/normalise.js";
import { turnKey } from "../../src/template/digest.js";
import { Numeral } from "../../src/template/json.js";
import type { Message } from "../../src/types.js";

const keys = (...messages: Message[]): string[] => {
  const calls = new CallNumbers();
  return messages.map((message) => turnKey(normaliseMessage(message, calls)));
};
const key = (message: Message): string => keys(message)[0] as string;
const call = (args: string, id = "a"): Message => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name: "t", arguments: args } }],
});

describe("what is compared of a message", () => {
  it.each<[string, Message, Message]>([
    [
      "ids, times and annotations",
      { role: "user", content: "x" },
      { role: "user", content: "x", id: "m", created_at: 5, timestamp: "now", usage: {}, metadata: { a: 1 } },
    ],
    [
      "text as one part",
      { role: "user", content: "x" },
      { role: "user", content: [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }] },
    ],
    [
      "empty parts",
      { role: "user", content: "x" },
      {
        role: "user",
        content: [
          { type: "text", text: "" },
          { type: "text", text: "x" },
        ],
      },
    ],
    [
      "fields that are null",
      { role: "assistant", content: "x" },
      { role: "assistant", content: "x", tool_calls: null, refusal: null, audio: null },
    ],
    ["ids of calls", call("{}", "a"), call("{}", "b")],
    [
      "order, whitespace and escapes in arguments",
      call('{"a":"é","b":[1]}'),
      call('{ "b" : [ 1 ],\n"a":"\\u00e9" }'),
    ],
    ["no arguments", call(""), call("{}")],
    [
      "where reasoning is written",
      { role: "assistant", content: "x", reasoning_content: "r" },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "r" },
          { type: "text", text: "x" },
        ],
      },
    ],
    ["a tool message's name", { role: "tool", content: "x", name: "t" }, { role: "tool", content: "x" }],
    [
      "where an image part ends a provider's cache",
      { role: "user", content: [{ type: "image", data: "AA", cache_control: { type: "ephemeral" } }] },
      { role: "user", content: [{ type: "image", data: "AA" }] },
    ],
    [
      "the layout of a JSON result",
      { role: "tool", content: '{"a":1,"b":2}' },
      { role: "tool", content: '{ "b":2, "a":1 }' },
    ],
  ])("not %s", (_, left, right) => {
    expect(key(left)).toBe(key(right));
  });

  it.each<[string, Message, Message]>([
    ["the role", { role: "user", content: "x" }, { role: "system", content: "x" }],
    [
      "who speaks",
      { role: "assistant", content: "x", name: "a" },
      { role: "assistant", content: "x", name: "b" },
    ],
    [
      "images",
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:1" } }] },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:2" } }] },
    ],
    [
      "bytes",
      { role: "user", content: [{ type: "file", data: new Uint8Array([1]).buffer }] },
      { role: "user", content: [{ type: "file", data: new Uint8Array([2]).buffer }] },
    ],
    [
      "the kind of media",
      { role: "user", content: [{ type: "audio", data: "AA" }] },
      { role: "user", content: [{ type: "file", data: "AA" }] },
    ],
    ["digits", call('{"a":1}'), call('{"a":1.0}')],
    ["large numbers", call('{"a":9007199254740993}'), call('{"a":9007199254740992}')],
    ["arguments that are no JSON", call("{a"), call("{b")],
    [
      "how text is cut into parts",
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "user", content: "ab" },
    ],
    ["failure", { role: "tool", content: "x", is_error: true }, { role: "tool", content: "x" }],
    ["a number and its text in a result", { role: "tool", content: "5" }, { role: "tool", content: '"5"' }],
    [
      "text and JSON in a user's message",
      { role: "user", content: '{"a":1}' },
      { role: "user", content: '{ "a":1}' },
    ],
    [
      "fields it has never heard of",
      { role: "user", content: "x", mood: "glad" },
      { role: "user", content: "x", mood: "sad" },
    ],
    [
      "reasoning",
      { role: "assistant", content: "x", reasoning: "a" },
      { role: "assistant", content: "x", reasoning: "b" },
    ],
    ["a refusal", { role: "assistant", content: "x", refusal: "no" }, { role: "assistant", content: "x" }],
    [
      "results with a key twice",
      { role: "tool", content: '{"a":1,"a":2}' },
      { role: "tool", content: '{"a":2}' },
    ],
  ])("but %s", (_, left, right) => {
    expect(key(left)).not.toBe(key(right));
  });

  it("knows which call a result belongs to by its position, whatever the ids", () => {
    const two = (first: string, second: string): Message => ({
      role: "assistant",
      tool_calls: [...(call("{}", first).tool_calls ?? []), ...(call("{}", second).tool_calls ?? [])],
    });
    const result = (id: string, content: string): Message => ({ role: "tool", tool_call_id: id, content });
    const same = keys(two("a", "b"), result("a", "1"), result("b", "2"));
    expect(keys(two("x", "y"), result("x", "1"), result("y", "2"))).toEqual(same);
    expect(keys(two("x", "y"), result("y", "1"), result("x", "2"))).not.toEqual(same);
    expect(keys(two("x", "y"), result("other", "1"))[1]).not.toBe(same[1]);
  });

  it("numbers calls anew for each reader, and goes on from where it is told", () => {
    const before = new CallNumbers();
    before.add("a");
    const after = new CallNumbers(before);
    after.add("b");
    expect([before.of("b"), after.of("a"), after.of("b"), after.of(undefined)]).toEqual([-1, 0, 1, -1]);
  });

  it("keeps digits and a key named __proto__", () => {
    expect(normaliseMessage(call('{"__proto__":1.50}'), new CallNumbers()).parts).toEqual([
      { kind: "call", tool: "t", args: new Map([["__proto__", new Numeral("1.50")]]) },
    ]);
  });

  const json = (length: number): string => `{"a":"${"x".repeat(length - 14)}","b":1}`;
  const kinds = (message: Message): string[] =>
    normaliseMessage(message, new CallNumbers()).parts.map((part) => part.kind);

  it("reads JSON up to a size, and beyond it takes results as text and arguments by their digest", () => {
    const [fits, long] = [json(MAX_JSON), json(MAX_JSON + 1)];
    expect([fits.length, long.length]).toEqual([MAX_JSON, MAX_JSON + 1]);
    expect(kinds({ role: "tool", content: fits })).toEqual(["result", "json"]);
    expect(normaliseMessage({ role: "tool", content: long }, new CallNumbers()).parts[1]).toEqual({
      kind: "text",
      text: long,
    });
    expect(kinds(call(fits))).toEqual(["call"]);
    expect(kinds(call(long))).toEqual(["opaque"]);
    expect(key(call(long))).toBe(key(call(long, "b")));
    expect(key(call(long))).not.toBe(key(call(long.replace("1}", "2}"))));
    // What was not read cannot be put in order, nor searched for keys that stand twice.
    expect(key(call(`{"b":1,${long.slice(1, -7)}}`))).not.toBe(key(call(long)));
    expect(kinds(call(`{"b":1,${long.slice(1)}`))).toEqual(["opaque"]);
  });

  it("counts the JSON of one message together", () => {
    const half = json(MAX_JSON / 2);
    const parts = [half, half, half].map((text) => ({ type: "text", text }));
    expect(kinds({ role: "tool", content: parts })).toEqual(["result", "json", "json", "text"]);
    const calls = [half, half, half].flatMap((args) => call(args).tool_calls ?? []);
    expect(kinds({ role: "assistant", tool_calls: calls })).toEqual(["call", "call", "opaque"]);
    expect(kinds({ role: "user", content: parts })).toEqual(["text", "text", "text"]);
  });

  it("refuses arguments with a key twice, and what is no message", () => {
    const reason = (message: unknown): unknown => {
      try {
        normaliseMessage(message as Message, new CallNumbers());
      } catch (error) {
        return error instanceof Unfit && error.reason;
      }
      return "fits";
    };
    expect(reason(call('{"a":1,"a":1}'))).toBe("duplicate-keys");
    for (const message of [
      null,
      5,
      {},
      { role: 5 },
      { role: "user", content: {} },
      { role: "user", content: [5] },
      { role: "assistant", tool_calls: "x" },
      { role: "assistant", tool_calls: [{}] },
      { role: "assistant", tool_calls: [{ function: { name: "t", arguments: 5 } }] },
      { role: "user", content: "x", when: new Blob(["a"]) },
    ]) {
      expect([message, reason(message)]).toEqual([message, "invalid"]);
    }
  });
});
