import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/template/derivation/parse.js";
import { domainOfKinds } from "../../src/template/domain.js";
import { Numeral } from "../../src/template/json.js";
import { parseText } from "../../src/template/notation.js";
import { printReply, printTurnPattern } from "../../src/template/print.js";
import type { TurnPattern } from "../../src/template/template.js";
import { literalTurn } from "../../src/template/visit.js";
import { replies, slots, turnPatterns } from "../support/arbitrary.js";

describe("printing turns", () => {
  it("draws any turn on one line", () => {
    const line = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;
    fc.assert(
      fc.property(turnPatterns(slots), (pattern) => void expect(printTurnPattern(pattern)).toMatch(line)),
    );
    fc.assert(fc.property(replies, (pattern) => void expect(printReply(pattern)).toMatch(line)));
  });

  it("shows the list before what is said for each of its items", () => {
    const hole = (...texts: string[]) => ({ hypotheses: texts.map(parseExpression) });
    const args = {
      kind: "object" as const,
      entries: new Map([["id", { kind: "text" as const, text: [hole("order.id")] }]]),
    };
    const list = hole("result.orders", "take(result.orders, 2)");
    expect(
      printReply({ role: "assistant", parts: [{ kind: "each", list, item: "order", tool: "cancel", args }] }),
    ).toBe("assistant: each order of {{result.orders ≡ take(result.orders, 2)}}: cancel(id={{order.id}})");
  });

  it("shows every kind of part", () => {
    const n = { name: "n", domain: domainOfKinds("integer") };
    const pattern: TurnPattern<typeof n> = {
      role: "tool",
      name: "clerk",
      parts: [
        { kind: "result", call: 2, error: true },
        { kind: "text", text: ["wait ", n] },
        { kind: "reasoning", text: ["hm"] },
        {
          kind: "json",
          value: {
            kind: "object",
            entries: new Map([
              [
                "a",
                {
                  kind: "array",
                  items: [
                    { kind: "value", place: n },
                    { kind: "literal", value: new Numeral("1.0") },
                  ],
                },
              ],
            ]),
          },
        },
        {
          kind: "call",
          tool: "search",
          args: {
            kind: "object",
            entries: new Map([
              ["q", { kind: "text", text: [n] }],
              ["to", { kind: "text", text: ["a ", n] }],
            ]),
          },
        },
        { kind: "call", tool: "stop", args: { kind: "literal", value: new Map([["now", true]]) } },
        { kind: "call", tool: "odd", args: { kind: "literal", value: [] } },
        { kind: "opaque", type: "image_url", digest: "0123456789" },
        { kind: "result", call: -1, error: false },
      ],
    };
    expect(printTurnPattern(pattern)).toBe(
      'tool "clerk": #2 failed → wait {{n:integer}} [reasoning: hm] {"a": [{{n:integer}}, 1.0]} search(q={{n:integer}}, to="a {{n:integer}}") stop(now=true) odd([]) [image_url 01234567] →',
    );
    const reply = {
      role: "assistant",
      parts: [
        { kind: "text", text: ["Hi ", { hypotheses: [parseExpression("upper(a)"), parseExpression("b")] }] },
      ],
    } as const;
    expect(printReply(reply)).toBe("assistant: Hi {{upper(a) ≡ b}}");
  });

  it("never lets text in a value pass for a slot, or a name for structure", () => {
    const call = (tool: string, text: string) =>
      literalTurn({ role: "assistant", parts: [{ kind: "call", tool, args: new Map([["a", text]]) }] });
    const slotted: TurnPattern<object> = {
      role: "assistant",
      parts: [
        {
          kind: "call",
          tool: "t",
          args: { kind: "object", entries: new Map([["a", { kind: "text", text: parseText("x {{y}}") }]]) },
        },
      ],
    };
    expect(printTurnPattern(call("t", "x {{y}}"))).not.toBe(printTurnPattern(slotted as never));
    expect(printTurnPattern(call('t(a="x")\nassistant: u', "x"))).toBe(
      'assistant: "t(a=\\"x\\")\\nassistant: u"(a="x")',
    );
  });
});
