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
});
