import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recall } from "../../src/answer/recall.js";
import type { Message } from "../../src/types.js";

const words = fc.constantFrom("a", "b", "text", "");
const calls = fc.record({
  id: fc.constantFrom("1", "2"),
  type: fc.constant("function" as const),
  function: fc.record({ name: fc.constantFrom("find", "send"), arguments: fc.constantFrom("{}", "[]") }),
});
const contents = fc.oneof(
  words,
  fc.constant(null),
  fc.array(
    fc.oneof(
      fc.record({ type: fc.constantFrom("text", "reasoning"), text: words }),
      fc.record({ type: fc.constant("image_url"), image_url: fc.record({ url: words }) }),
    ),
    { maxLength: 2 },
  ),
);
const messages: fc.Arbitrary<Message> = fc.record(
  {
    role: fc.constantFrom("user", "assistant", "tool"),
    content: contents,
    name: words,
    tool_call_id: fc.constantFrom("1", "2"),
    is_error: fc.boolean(),
    tool_calls: fc.array(calls, { maxLength: 2 }),
  },
  { requiredKeys: ["role", "content"] },
) as fc.Arbitrary<Message>;

/** What a message says, by all that is compared: what it lacks is the same as nothing. */
const said = ({ role, content, name, tool_call_id, is_error, tool_calls }: Message): string =>
  JSON.stringify([role, content, name, tool_call_id, is_error, tool_calls?.length ? tool_calls : null]);

describe("what is remembered of a conversation", () => {
  it("is found for the same messages, and for none that say anything else", () => {
    fc.assert(
      fc.property(messages, messages, (one, other) => {
        const recall = new Recall<string>();
        recall.keep("s", [one], { value: "one", before: 0 });
        expect(recall.find("s", [structuredClone(one)])).toEqual({ value: "one", length: 1 });
        expect(recall.find("t", [one])).toBeUndefined();
        expect(recall.find("s", [other]) !== undefined).toBe(said(one) === said(other));
      }),
      { numRuns: 1_000 },
    );
  });

  it("tells apart messages that differ in one field alone", () => {
    const call = { id: "1", type: "function" as const, function: { name: "find", arguments: "{}" } };
    const whole: Message = {
      role: "assistant",
      content: [
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: "u" } },
      ],
      name: "ann",
      tool_call_id: "1",
      is_error: false,
      tool_calls: [call],
    };
    const others: readonly Partial<Message>[] = [
      { role: "user" },
      { content: null },
      { content: "a" },
      { content: [{ type: "text", text: "a" }] },
      { content: [{ type: "reasoning", text: "a" }, ...(whole.content as []).slice(1)] },
      { content: [{ type: "text", text: "b" }, ...(whole.content as []).slice(1)] },
      { content: [...(whole.content as []).slice(0, 1), { type: "image_url", image_url: { url: "v" } }] },
      { name: "bob" },
      { tool_call_id: "2" },
      { is_error: true },
      { tool_calls: [] },
      { tool_calls: [{ ...call, id: "2" }] },
      {
        tool_calls: [{ ...call, function: { name: "send", arguments: "{}" } }],
      },
      {
        tool_calls: [{ ...call, function: { name: "find", arguments: "[]" } }],
      },
    ];
    for (const other of others) {
      const recall = new Recall<number>();
      recall.keep("s", [whole], { value: 1, before: 0 });
      expect(recall.find("s", [{ ...whole }])?.value).toBe(1);
      expect(recall.find("s", [{ ...whole, ...other }]), JSON.stringify(other)).toBeUndefined();
    }
  });

  it("is nothing of a message that holds more than is compared", () => {
    const plain: Message = { role: "user", content: "a" };
    for (const [more, isKept] of [
      [{ audio: { id: "1" } }, false],
      [{ refusal: "no" }, false],
      [{ content: 5 }, false],
      [{ tool_calls: {} }, false],
      [{ audio: undefined, refusal: null, content: null, tool_calls: null }, true],
    ] as const) {
      const recall = new Recall<number>();
      const message = { ...plain, ...more } as Message;
      recall.keep("s", [message], { value: 1, before: 0 });
      expect([more, recall.find("s", [message]) !== undefined]).toEqual([more, isKept]);
    }
    for (const none of [null, "a", 5] as unknown as Message[])
      expect(() => new Recall<number>().keep("s", [none], { value: 1, before: 0 })).not.toThrow();
  });

  it("covers the longest beginning that is known, and stays the longer the later it was found", () => {
    const big = (text: string): Message => ({ role: "user", content: "x".repeat(10_000_000) + text });
    const recall = new Recall<string>();
    const [a, b, c, d] = ["a", "b", "c", "d"].map(big) as [Message, Message, Message, Message];
    recall.keep("s", [a], { value: "a", before: 0 });
    recall.keep("s", [b], { value: "b", before: 0 });
    expect(recall.find("s", [a])?.value).toBe("a");
    recall.keep("s", [c], { value: "c", before: 0 });
    recall.keep("s", [d], { value: "d", before: 0 });
    expect([a, b].map((each) => recall.find("s", [each])?.value)).toEqual(["a", undefined]);
    const next: Message = { role: "assistant", content: "ok" };
    recall.keep("s", [d, next], { value: "d, ok", before: 1 });
    expect(recall.find("s", [d, next, next])).toEqual({ value: "d, ok", length: 2 });
    expect(recall.find("s", [d, { ...next, content: "no" }])).toEqual({ value: "d", length: 1 });
  });

  it("is compared in full, however alike the ends of two messages are", () => {
    // As long as each other, and the last 24 characters are the same: only what is compared tells them apart.
    const end = "and this is where it ends.";
    const text = (begin: string): string => `${begin} ${end}`;
    const part = (type: string, begin: string) => ({ type, text: text(begin) });
    const image = (value: unknown) => ({ type: "image_url", image_url: value });
    const call = { id: "1", type: "function", function: { name: "find", arguments: "{}" } };
    const pairs: readonly (readonly [unknown, unknown])[] = [
      [{ content: text("a") }, { content: text("b") }],
      [{ content: text("a") }, { content: [part("text", "a")] }],
      [{ content: [part("text", "a")] }, { content: [part("text", "b")] }],
      [{ content: [part("text", "a")] }, { content: [part("reasoning", "a")] }],
      [{ content: [part("reasoning", "a")] }, { content: [part("reasoning", "b")] }],
      [{ content: [part("text", "a")] }, { content: [{ ...part("text", "a"), text: undefined }] }],
      [{ content: [part("other", "a")] }, { content: [part("other", "b")] }],
      [{ content: [image({ url: "u" })] }, { content: [image({ url: "v" })] }],
      [{ content: [image({ url: "u" })] }, { content: [image({ uri: "u" })] }],
      [{ content: [image({ url: "u" })] }, { content: [image("url")] }],
      [{ content: [image(["u", "v"])] }, { content: [image(["v", "u"])] }],
      [{ content: [image(["u", "v"])] }, { content: [image(["u"])] }],
      [{ content: [image(["u"])] }, { content: [image([["u"]])] }],
      [{ content: [image(["u", []])] }, { content: [image([["u"]])] }],
      [{ content: [image({ a: {}, b: 1 })] }, { content: [image({ a: { b: 1 } })] }],
      [{ content: [image(null)] }, { content: [image(0)] }],
      [{ content: [image([1, 2])] }, { content: [image({ 0: 1, 1: 2 })] }],
      [{ content: [image("u"), image("v")] }, { content: [image("v"), image("u")] }],
      [
        { content: null, tool_calls: [call] },
        { content: null, tool_calls: [call, call] },
      ],
      [
        { content: null, tool_calls: [call] },
        { content: null, tool_calls: [] },
      ],
      [
        { content: null, name: "a" },
        { content: null, name: "b" },
      ],
      [{ content: null, name: "a" }, { content: null }],
      [{ content: null, is_error: true }, { content: null }],
    ];
    for (const [one, other] of pairs) {
      const [left, right] = [one, other].map((each) => ({ role: "assistant", ...(each as object) })) as [
        Message,
        Message,
      ];
      for (const [known, asked] of [
        [left, right],
        [right, left],
      ] as const) {
        const recall = new Recall<number>();
        recall.keep("s", [known], { value: 1, before: 0 });
        expect(recall.find("s", [structuredClone(known)])?.value, JSON.stringify(known)).toBe(1);
        expect(recall.find("s", [asked]), JSON.stringify([known, asked])).toBeUndefined();
      }
    }
  });

  it("is nothing of a part that may change in place, holds more than its fields, or is very deep", () => {
    const nested = (depth: number): unknown => (depth === 0 ? "x" : { a: nested(depth - 1) });
    const listed = (depth: number): unknown => (depth === 0 ? "x" : [listed(depth - 1)]);
    for (const [value, isKept] of [
      [new Uint8Array([1]), false],
      [new Date(0), false],
      [{ toJSON: () => "x" }, false],
      [5n, false],
      [Symbol("x"), false],
      [() => 1, false],
      [[5n], false],
      [{ a: 5n }, false],
      [Object.assign(Object.create(null), { a: 1 }), true],
      [{ a: undefined, b: [1, null, true, "x"] }, true],
      [nested(4), true],
      [nested(5), true],
      [nested(6), false],
      [listed(5), true],
      [listed(6), false],
    ] as const) {
      const recall = new Recall<number>();
      const message = {
        role: "user",
        content: [{ type: "image_url", image_url: value }],
      } as unknown as Message;
      recall.keep("s", [message], { value: 1, before: 0 });
      expect(recall.find("s", [message]) !== undefined, inspect(value)).toBe(isKept);
    }
  });

  it("is the same where what is missing is written or left out", () => {
    const recall = new Recall<number>();
    recall.keep("s", [{ role: "user", content: [{ type: "file", a: 1, b: undefined }] } as never], {
      value: 1,
      before: 0,
    });
    expect(recall.find("s", [{ role: "user", content: [{ type: "file", a: 1 }] } as never])?.value).toBe(1);
  });

  it("is looked for a step or two back, and kept only where its beginning still is", () => {
    const messages = Array.from({ length: 40 }, (_, n): Message => ({ role: "user", content: `${n}` }));
    const recall = new Recall<number>();
    recall.keep("s", messages.slice(0, 10), { value: 10, before: 0 });
    expect(recall.find("s", messages.slice(0, 33))).toEqual({ value: 10, length: 10 });
    expect(recall.find("s", messages.slice(0, 34))).toBeUndefined();
    // Nothing is known of the first twelve.
    recall.keep("s", messages.slice(0, 14), { value: 14, before: 12 });
    expect(recall.find("s", messages.slice(0, 14))).toEqual({ value: 10, length: 10 });
    recall.clear();
    expect(recall.find("s", messages.slice(0, 10))).toBeUndefined();
  });
});
