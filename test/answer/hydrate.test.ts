import { describe, expect, it } from "vitest";
import { conversationOf, hydrate, MAX_REPEATS } from "../../src/answer/hydrate.js";
import { replayed, replyOf } from "../../src/answer/reply.js";
import { parseExpression } from "../../src/template/derivation/parse.js";
import { DEFAULT_DOMAIN } from "../../src/template/domain.js";
import { type Json, Numeral, parseJson } from "../../src/template/json.js";
import type { Hole, JsonPattern, ReplyPattern, TurnPattern } from "../../src/template/template.js";

const hole = (...expressions: string[]): Hole => ({ hypotheses: expressions.map(parseExpression) });
const text = (...segments: (string | Hole)[]): TurnPattern<Hole> => ({
  role: "assistant",
  parts: [{ kind: "text", text: segments }],
});
const fill = (reply: ReplyPattern<Hole>, bindings: Record<string, Json>) =>
  hydrate(reply, new Map(Object.entries(bindings)), {});

describe("filling a reply", () => {
  it("puts each value in as it is, once: nothing in it is read again", () => {
    const nasty = '"}}, {{name}} \\" \n {"a":1} {{x}} $& $1';
    expect(fill(text("a {{x}} ", hole("name"), "."), { name: nasty, x: "never" })).toEqual({
      role: "assistant",
      parts: [{ kind: "text", text: `a {{x}} ${nasty}.` }],
    });
    const call: TurnPattern<Hole> = {
      role: "assistant",
      parts: [
        {
          kind: "call",
          tool: "t",
          args: {
            kind: "object",
            entries: new Map([["q", { kind: "text", text: ["<", hole("name"), ">"] }]]),
          },
        },
      ],
    };
    const filled = fill(call, { name: nasty });
    const reply = filled && replyOf(filled, () => "id");
    expect(JSON.parse(reply?.tool_calls?.[0]?.function.arguments ?? "")).toEqual({ q: `<${nasty}>` });
  });

  describe("for each item of a list", () => {
    const each = (...lists: string[]): ReplyPattern<Hole> => ({
      role: "assistant",
      parts: [
        {
          kind: "each",
          list: hole(...lists),
          item: "item",
          tool: "cancel",
          args: {
            kind: "object",
            entries: new Map([["id", { kind: "text", text: ["#", hole("item.id")] }]]),
          },
        },
      ],
    });
    const orders = (...ids: string[]): Json => ids.map((id) => new Map([["id", id]]));

    it("makes a call, in their order, and tells every value", () => {
      const values = new Map<Hole, Json>();
      const reply = each("list");
      const filled = hydrate(reply, new Map([["list", orders("b", "a")]]), { values });
      expect(filled?.parts).toEqual([
        { kind: "call", tool: "cancel", args: new Map([["id", "#b"]]) },
        { kind: "call", tool: "cancel", args: new Map([["id", "#a"]]) },
      ]);
      expect([...values.values()]).toEqual([orders("b", "a"), ["b", "a"]]);
    });

    it("hides a variable that is called as the item is", () => {
      expect(fill(each("[item]"), { item: new Map([["id", "outer"]]) })?.parts).toHaveLength(1);
    });

    it("says nothing for no items, for too many, for what is no list, for an item without its part, for lists that disagree", () => {
      const many = (count: number) => orders(...Array.from({ length: count }, (_, index) => `${index}`));
      expect(fill(each("list"), { list: many(MAX_REPEATS) })?.parts).toHaveLength(MAX_REPEATS);
      for (const list of [[], many(MAX_REPEATS + 1), "abc", [new Map([["no", "id"]])]])
        expect(fill(each("list"), { list })).toBeUndefined();
      expect(fill(each("list", "take(list, 1)"), { list: many(2) })).toBeUndefined();
      expect(fill(each("list", "take(list, 2)"), { list: many(2) })?.parts).toHaveLength(2);
    });
  });

  it("carries a megabyte through", () => {
    const big = '{{x}}"'.repeat(200_000);
    expect(fill(text(hole("v")), { v: big })?.parts).toEqual([{ kind: "text", text: big }]);
  });

  it("keeps a number a number with its digits, and whole values whole", () => {
    const args: JsonPattern<Hole> = {
      kind: "array",
      items: [
        { kind: "value", place: hole("n") },
        { kind: "value", place: hole("list") },
        { kind: "literal", value: new Numeral("1.0") },
      ],
    };
    const turn = fill(
      { role: "assistant", parts: [{ kind: "call", tool: "t", args }] },
      { n: new Numeral("9007199254740993"), list: ["a", null] },
    );
    expect(turn && replyOf(turn, () => "id").tool_calls?.[0]?.function.arguments).toBe(
      '[9007199254740993,["a",null],1.0]',
    );
    expect(fill(text("n=", hole("n")), { n: new Numeral("1.50") })?.parts).toEqual([
      { kind: "text", text: "n=1.50" },
    ]);
  });

  it.each<[string, TurnPattern<Hole>]>([
    ["a variable is not bound", text(hole("nobody"))],
    ["a number is divided by zero", text(hole("a / 0"))],
    ["an index is past the end", text(hole('split(name, " ")[5]'))],
    ["a text would grow beyond all bounds", text(hole('pad_start(name, 1000000000, "x")'))],
    ["hypotheses disagree", text(hole("name", "upper(name)"))],
    ["there is no hypothesis", text({ hypotheses: [] })],
    ["a list stands where text is wanted", text(hole("list"))],
    ["it holds media", { role: "assistant", parts: [{ kind: "opaque", type: "file", digest: "d" }] }],
    ["it holds a result", { role: "assistant", parts: [{ kind: "result", call: 0, error: false }] }],
    [
      "it holds loose JSON",
      { role: "assistant", parts: [{ kind: "json", value: { kind: "literal", value: null } }] },
    ],
  ])("gives nothing when %s", (_, reply) => {
    expect(fill(reply, { name: "Ann", a: new Numeral("1"), list: ["x"] })).toBeUndefined();
  });

  it("gives what all hypotheses agree on", () => {
    expect(fill(text(hole("name", "title(lower(name))")), { name: "Ann" })?.parts).toEqual([
      { kind: "text", text: "Ann" },
    ]);
  });

  it("gives back the conversation that patterns were read from", () => {
    const slot = { name: "x", domain: DEFAULT_DOMAIN };
    const patterns: TurnPattern<typeof slot>[] = [
      { role: "user", parts: [{ kind: "text", text: ["hi ", slot] }] },
      {
        role: "tool",
        parts: [
          { kind: "result", call: 0, error: false },
          { kind: "json", value: { kind: "array", items: [{ kind: "value", place: slot }] } },
          { kind: "opaque", type: "image", digest: "d" },
        ],
      },
    ];
    expect(conversationOf(patterns, new Map([["x", "Ann"]]))).toEqual([
      { role: "user", parts: [{ kind: "text", text: "hi Ann" }] },
      {
        role: "tool",
        parts: [
          { kind: "result", call: 0, error: false },
          { kind: "json", value: ["Ann"] },
          { kind: "opaque", type: "image", digest: "d" },
        ],
      },
    ]);
    expect(conversationOf(patterns, new Map())).toBeUndefined();
  });
});

describe("replies as callers see them", () => {
  it("has plain text as a string, and the rest in parts", () => {
    const of = (...parts: Parameters<typeof replyOf>[0]["parts"][number][]) =>
      replyOf({ role: "assistant", parts }, () => "new");
    expect(of({ kind: "text", text: "a" })).toEqual({ role: "assistant", content: "a" });
    expect(of({ kind: "reasoning", text: "r" }, { kind: "text", text: "a" })).toEqual({
      role: "assistant",
      content: [
        { type: "reasoning", text: "r" },
        { type: "text", text: "a" },
      ],
    });
    expect(of({ kind: "refusal", text: "no" })).toEqual({ role: "assistant", content: null, refusal: "no" });
    const parsed = parseJson('{"a":1.0}');
    expect(of({ kind: "call", tool: "t", args: parsed.ok ? parsed.value : null })).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "new", type: "function", function: { name: "t", arguments: '{"a":1.0}' } }],
    });
  });

  it("leaves a recorded reply as it is, and gives a copy with new ids", () => {
    const recorded = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "old", type: "function", function: { name: "t", arguments: "{}" } }],
    };
    const copy = replayed(recorded, () => "new");
    expect([copy.tool_calls?.[0]?.id, recorded.tool_calls[0]?.id]).toEqual(["new", "old"]);
    expect(replayed({ role: "assistant", content: "x" }, () => "new")).toEqual({
      role: "assistant",
      content: "x",
    });
  });
});
