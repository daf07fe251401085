import { describe, expect, it } from "vitest";
import { isTooLarge } from "../../src/answer/limits.js";
import type { Message } from "../../src/types.js";

const LIMITS = { maxMessages: 3, maxBytes: 10 };

describe("the size of a request", () => {
  it.each<[string, Message]>([
    ["content", { role: "user", content: "x".repeat(11) }],
    [
      "text parts",
      {
        role: "user",
        content: [
          { type: "text", text: "x".repeat(6) },
          { type: "text", text: "x".repeat(5) },
        ],
      },
    ],
    [
      "arguments",
      { role: "assistant", tool_calls: [{ function: { name: "t", arguments: "x".repeat(11) } }] },
    ],
    ["reasoning", { role: "assistant", reasoning_content: "x".repeat(11) }],
    ["reasoning by its other name", { role: "assistant", reasoning: "x".repeat(11) }],
  ])("counts %s", (_, message) => {
    expect(isTooLarge([message], LIMITS)).toBe(true);
    expect(isTooLarge([message], { ...LIMITS, maxBytes: 11 })).toBe(false);
  });

  it("counts over all messages, and how many there are", () => {
    const message: Message = { role: "user", content: "xxxx" };
    expect(isTooLarge([message, message], LIMITS)).toBe(false);
    expect(isTooLarge([message, message, message], LIMITS)).toBe(true);
    expect(
      isTooLarge(
        Array.from({ length: 4 }, (): Message => ({ role: "user", content: "" })),
        LIMITS,
      ),
    ).toBe(true);
  });

  it("is not led astray by what is no message", () => {
    const odd = [
      null,
      { content: 5 },
      { content: [null] },
      { tool_calls: [{ function: { arguments: { length: "x" } } }] },
    ] as unknown as Message[];
    expect(isTooLarge([...odd.slice(0, 2), { role: "user", content: "x".repeat(11) }], LIMITS)).toBe(true);
    expect(isTooLarge(odd.slice(1), LIMITS)).toBe(false);
  });
});
