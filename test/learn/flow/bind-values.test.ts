import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict } from "../../../src/answer/predict.js";
import { replyOf } from "../../../src/answer/reply.js";
import { bindValues, isBoundary } from "../../../src/learn/flow/bind-values.js";
import { type Json, Numeral } from "../../../src/template/json.js";
import { printReply, printTurnPattern } from "../../../src/template/print.js";
import type { Part, Turn } from "../../../src/template/turn.js";
import { written as json, says, user } from "../../support/turns.js";

const call = (args: string): Part => ({ kind: "call", tool: "t", args: json(args) });

/** The template in short, or why there is none. */
function bind(turns: readonly Turn[], reply: Turn, given: Record<string, string>): string | string[] {
  const template = bindValues(turns, reply, new Map(Object.entries(given)));
  return typeof template === "string"
    ? template
    : [...template.turns.map(printTurnPattern), printReply(template.reply)];
}

describe("values that a caller has bound", () => {
  it("become slots everywhere, in text, arguments and results", () => {
    const turns = [
      user("Book Rome for Ann"),
      { role: "assistant", parts: [call('{"city":"Rome","note":"for Ann, please"}')] },
      { role: "tool", parts: [{ kind: "json", value: json('[{"guest":"Ann"}]') }] } as Turn,
    ];
    expect(bind(turns, says("Rome it is, Ann."), { city: "Rome", who: "Ann" })).toEqual([
      "user: Book {{city:words}} for {{who:words}}",
      'assistant: t(city={{city:words}}, note="for {{who:words}}, please")',
      'tool: [{"guest": {{who:words}}}]',
      "assistant: {{city}} it is, {{who}}.",
    ]);
  });

  it("the longest wins where they overlap, whatever the order they are given in", () => {
    for (const given of [
      { first: "Erik", full: "Erik Dunteman" },
      { full: "Erik Dunteman", first: "Erik" },
    ]) {
      expect(bind([user("Erik Dunteman works. Erik codes.")], says("Erik, ok"), given)).toEqual([
        "user: {{full:words}} works. {{first:words}} codes.",
        "assistant: {{first}}, ok",
      ]);
    }
  });

  it("a value inside a longer word is left alone", () => {
    expect(bind([user("Butter, butterfly, Butter's and butter2")], says("Butter"), { b: "Butter" })).toEqual([
      "user: {{b:words}}, butterfly, {{b:words}}'s and butter2",
      "assistant: {{b}}",
    ]);
    expect(bind([user("butterfly")], says("butter"), { b: "butter" })).toEqual([
      "user: butterfly",
      "assistant: {{b}}",
    ]);
  });

  it("two that would touch make no template: butter and fly are not found in butterfly, nor guessed at", () => {
    expect(bind([user("butterfly")], says("butter fly"), { prefix: "butter", suffix: "fly" })).not.toContain(
      "user: {{prefix:words}}{{suffix:words}}",
    );
    expect(bind([user("a+b-")], says("x"), { left: "a+", right: "b-" })).toBe("adjacent");
    expect(
      bind([user("x")], { role: "assistant", parts: [call('{"k":["a+b-"]}')] }, { left: "a+", right: "b-" }),
    ).toBe("adjacent");
  });

  it("two names for one value that occurs make no template; if it does not occur, nothing is lost", () => {
    expect(bind([user("3 eggs for 3")], says("ok"), { eggs: "3", guests: "3" })).toBe("contradictory");
    expect(bind([user("4 eggs")], says("4!"), { eggs: "4", a: "x", b: "x" })).toEqual([
      "user: {{eggs:integer}} eggs",
      "assistant: {{eggs}}!",
    ]);
  });

  it("values that occur nowhere are ignored; if none occurs there is no template", () => {
    expect(bind([user("hi Ann")], says("hi"), { who: "Ann", other: "Bob" })).toEqual([
      "user: hi {{who:words}}",
      "assistant: hi",
    ]);
    expect(bind([user("hi Ann")], says("hi"), { other: "Bob" })).toBe("nothing-bound");
    expect(bind([user("hi Ann")], says("hi"), {})).toBe("nothing-bound");
  });

  it("a reply with media makes no template", () => {
    expect(
      bind(
        [user("draw Ann")],
        { role: "assistant", parts: [{ kind: "opaque", type: "image", digest: "d" }] },
        { who: "Ann" },
      ),
    ).toBe("not-derivable");
  });

  it("media and results of others stay as they are", () => {
    const parts: Part[] = [
      { kind: "result", call: 0, error: false },
      { kind: "opaque", type: "image", digest: "Ann" },
      { kind: "text", text: "Ann" },
    ];
    expect(bind([{ role: "tool", parts }], says("ok"), { who: "Ann" })).toEqual([
      "tool: #0 → [image Ann] {{who:words}}",
      "assistant: ok",
    ]);
  });

  it("keep their type: a number in arguments stays one, in text it is its digits", () => {
    const turns = [
      user("pay 1.50"),
      { role: "tool", parts: [{ kind: "json", value: json('{"paid":1.50,"ok":true}') }] } as Turn,
    ];
    const template = bindValues(
      turns,
      {
        role: "assistant",
        parts: [{ kind: "text", text: "1.50!" }, call('{"amount":1.50,"label":"1.50","flag":true}')],
      },
      new Map([
        ["sum", "1.50"],
        ["flag", "true"],
      ]),
    );
    if (typeof template === "string") throw new Error(template);
    const next = [
      user("pay 27"),
      { role: "tool", parts: [{ kind: "json", value: json('{"paid":27,"ok":false}') }] } as Turn,
    ];
    const said = predict(template, next, {})?.reply;
    expect(said?.parts).toEqual([
      { kind: "text", text: "27!" },
      {
        kind: "call",
        tool: "t",
        args: new Map<string, Json>([
          ["amount", new Numeral("27")],
          ["label", "27"],
          ["flag", false],
        ]),
      },
    ]);
    expect(said && replyOf(said, () => "")?.tool_calls?.[0]?.function.arguments).toBe(
      '{"amount":27,"label":"27","flag":false}',
    );
    expect(predict(template, [user("pay many"), next[1] as Turn], {})).toBeUndefined();
  });

  it("a number read from JSON alone fills a number again", () => {
    const result = (id: string): Turn => ({
      role: "tool",
      parts: [{ kind: "json", value: json(`{"id":${id}}`) }],
    });
    const template = bindValues(
      [result("17")],
      { role: "assistant", parts: [call('{"id":17}')] },
      new Map([["id", "17"]]),
    );
    if (typeof template === "string") throw new Error(template);
    expect(predict(template, [result("9007199254740993")], {})?.reply.parts).toEqual([
      call('{"id":9007199254740993}'),
    ]);
  });

  it("names like __proto__ are names like others", () => {
    expect(bind([user("hi Ann")], says("bye Ann"), JSON.parse('{"__proto__":"Ann"}'))).toEqual([
      "user: hi {{__proto__:words}}",
      "assistant: bye {{__proto__}}",
    ]);
  });

  it("always give back what they were taken from, or nothing", () => {
    const words = fc.constantFrom("Ann", "an", "a", "3", "x y", "é", "𝔸", "\udc00", "-", ".");
    const sentence = fc
      .array(fc.tuple(words, fc.constantFrom(" ", "", ", ")), { minLength: 1, maxLength: 6 })
      .map((pieces) => pieces.flat().join(""));
    let made = 0;
    fc.assert(
      fc.property(
        sentence,
        sentence,
        fc.dictionary(fc.constantFrom("p", "q", "r"), words),
        (asked, answered, given) => {
          const template = bindValues([user(asked)], says(answered), new Map(Object.entries(given)));
          if (typeof template === "string") return;
          const predicted = predict(template, [user(asked)], {});
          if (!predicted) return;
          made++;
          expect(predicted.reply).toEqual(says(answered));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(made).toBeGreaterThan(50);
  });

  it("are found in a long text in one pass, many of them", () => {
    const given = new Map(Array.from({ length: 1_000 }, (_, index) => [`v${index}`, `name${index}`]));
    const text = Array.from({ length: 50_000 }, (_, index) => `name${index % 2_000}`).join(" ");
    const template = bindValues([user(text)], says("ok"), given);
    expect(typeof template === "object" && template.turns[0]?.parts[0]?.kind).toBe("text");
  });
});

describe("token boundaries", () => {
  it.each<[string, number, boolean]>([
    ["ab", 0, true],
    ["ab", 2, true],
    ["ab", 1, false],
    ["a b", 1, true],
    ["a1", 1, false],
    ["a.b", 1, true],
    ["e\u0301x", 1, false],
    ["𝔸b", 2, false],
    ["𝔸b", 1, false],
    ["😀b", 2, true],
    ["b😀", 1, true],
    ["\udc00b", 1, true],
    ["b\ud800", 1, true],
    ["éa", 1, false],
  ])("in %j at %i: %s", (text, offset, expected) => {
    expect(isBoundary(text, offset)).toBe(expected);
  });
});
