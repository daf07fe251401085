import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindingsOf } from "../../../src/answer/predict.js";
import { generaliseReplies, generaliseTurns, templateOf, valuesAt } from "../../../src/learn/align/anti-unify.js";
import { variable } from "../../../src/template/derivation/expression.js";
import { equalJson, type Json, printJson } from "../../../src/template/json.js";
import { printTurnPattern } from "../../../src/template/print.js";
import type { Turn } from "../../../src/template/turn.js";
import { turns as anyTurns } from "../../support/arbitrary.js";
import { calls, gives, json, printed, says, user } from "../support.js";

const common = (left: Turn[], right: Turn[]): string[] | undefined => generaliseTurns(left, right)?.turns.map(printTurnPattern);
const differences = (left: Turn, right: Turn): string[][] | undefined =>
  generaliseReplies(left, right)?.differences.map((difference) => [printJson(difference.left), printJson(difference.right)]);

describe("what two conversations have in common", () => {
  it("is their words, with a slot for each difference, bound on both sides", () => {
    const found = generaliseTurns([user("Mail Ann the 3 reports")], [user("Mail Bob the 4 reports")]);
    expect(found?.turns.map(printTurnPattern)).toEqual(["user: Mail {{text}} the {{text_2:integer}} reports"]);
    expect([...(found?.left ?? [])]).toEqual([
      ["text", "Ann"],
      ["text_2", "3"],
    ]);
    expect([...(found?.right ?? [])]).toEqual([
      ["text", "Bob"],
      ["text_2", "4"],
    ]);
  });

  it("is one variable for one pair of values, wherever it stands", () => {
    expect(
      common([user("Find Ann for me"), calls("find", { name: "Ann" })], [user("Find Bob for me"), calls("find", { name: "Bob" })]),
    ).toEqual(["user: Find {{text}} for me", "assistant: find(name={{text}})"]);
    // Two names swapped are two variables.
    expect(common([user("from Ann over to Bob now")], [user("from Bob over to Ann now")])).toEqual([
      "user: from {{text}} over to {{text_2}} now",
    ]);
  });

  it("names slots after keys, and keeps the JSON structure that is shared", () => {
    expect(
      common(
        [calls("t", { id: 7, deep: [{ a: "x", same: 1 }], "odd key": "p" })],
        [calls("t", { id: 8, deep: [{ a: "y", same: 1 }], "odd key": "q" })],
      ),
    ).toEqual(['assistant: t(id={{id:integer}}, deep=[{"a": {{a}}, "same": 1}], odd key={{argument}})']);
  });

  it("takes lists of other lengths and objects of other keys as whole values, by their shapes", () => {
    const [pattern] = common([gives({ items: [{ id: "u 1" }] })], [gives({ items: [{ id: "u 1" }, { id: "u 2" }] })]) ?? [];
    expect(pattern).toContain("{{items:shape(");
    expect(pattern?.match(/shape\(/g)).toHaveLength(2);
  });

  it("leaves whole messages open where there are no common words, and the assistant's own too", () => {
    expect(common([user("Erik Dunteman")], [user("Ann Marsh")])).toEqual(["user: {{asked}}"]);
    expect(common([says("One moment please")], [says("Right away!")])).toEqual(["assistant: {{said}}"]);
    expect(common([user("one\ntwo")], [user(" x ")])).toEqual(["user: {{asked:any}}"]);
    expect(
      common([{ role: "system", parts: [{ kind: "text", text: "x" }] }], [{ role: "system", parts: [{ kind: "text", text: "y" }] }]),
    ).toBeUndefined();
  });

  it("needs two common words, and no fewer than there are differences", () => {
    expect(common([user("a 1 b 2 c 3")], [user("a 4 b 5 c 6")])).toEqual([
      "user: a {{text:integer}} b {{text_2:integer}} c {{text_3:integer}}",
    ]);
    expect(common([user("go 1 2, 3")], [user("go 4 5; 6")])).toEqual(["user: {{asked}}"]);
  });

  it("is one word before a datum if others of the form open so too", () => {
    const others = [[user("Store Cid Cole")], [user("Store Dan Dorn")]];
    expect(generaliseTurns([user("Store Ann Marsh")], [user("Store Bob Dole")], others)?.turns.map(printTurnPattern)).toEqual([
      "user: Store {{text}}",
    ]);
    expect(
      generaliseTurns([user("Ann Marsh")], [user("Ann Dole")], [[user("Cid Cole")], [user("Dan Dorn")]])?.turns.map(printTurnPattern),
    ).toEqual(["user: {{asked}}"]);
  });

  it("leaves out words that others of the form do not have", () => {
    const others = [[user("Mail Cid the 5 reports today")], [user("Mail Dan the 6 reports today")]];
    const found = generaliseTurns([user("Mail Ann the 3 reports today")], [user("Mail Ann the 4 reports today")], others);
    expect(found?.turns.map(printTurnPattern)).toEqual(["user: Mail {{text}} the {{text_2:integer}} reports today"]);
  });

  it("is nothing for conversations of other structure, and for equal ones", () => {
    expect(generaliseTurns([user("a")], [user("a"), says("b")])).toBeUndefined();
    expect(generaliseTurns([user("a")], [says("a")])).toBeUndefined();
    expect(generaliseTurns([user("a")], [{ ...user("a"), name: "n" }])).toBeUndefined();
    expect(generaliseTurns([user("a")], [{ role: "user", parts: [] }])).toBeUndefined();
    expect(generaliseTurns([user("a")], [user("a")])).toBeUndefined();
    expect(generaliseTurns([calls("t", {})], [calls("u", {})])).toBeUndefined();
    expect(generaliseTurns([calls("t", { a: 1 })], [calls("t", { b: 1 })])).toBeUndefined();
    expect(generaliseTurns([gives({ a: 1 }, 0)], [gives({ a: 2 }, 1)])).toBeUndefined();
    const image = (digest: string): Turn => ({ role: "user", parts: [{ kind: "opaque", type: "image", digest }] });
    expect(generaliseTurns([image("a"), user("x y 1")], [image("b"), user("x y 2")])).toBeUndefined();
    expect(generaliseTurns([image("a"), user("x y 1")], [image("a"), user("x y 2")])).toBeDefined();
    expect(generaliseTurns([user("a")], [{ role: "user", parts: [{ kind: "json", value: json({}) }] }])).toBeUndefined();
  });

  it("keeps a speaker's name", () => {
    expect(common([{ ...user("x y 1"), name: "ann" }], [{ ...user("x y 2"), name: "ann" }])).toEqual(['user "ann": x y {{text:integer}}']);
  });

  it("matches both conversations, with the bindings it tells, unless a text can be cut in two ways", () => {
    const word = fc.constantFrom("Ann", "Bob", "7", "12", "red", "x@y.example", "2024-01-02", "two words");
    const pair = fc.tuple(word, word, word, word);
    fc.assert(
      fc.property(pair, pair, ([a, b, c, d], [e, f, g, h]) => {
        const talk = (one: string, two: string, three: string, four: string): Turn[] => [
          user(`Please send ${one} over to the house of ${two}.`),
          calls("send", { what: one, to: { name: two, note: three } }),
          gives({ done: [four], n: 3 }),
        ];
        const [left, right] = [talk(a, b, c, d), talk(e, f, g, h)];
        const found = generaliseTurns(left, right);
        if (!found) return;
        expect(bindingsOf(found.turns, left)).toEqual(found.left);
        expect(bindingsOf(found.turns, right)).toEqual(found.right);
      }),
      { numRuns: 300 },
    );
  });

  it("holds for turns of any kind: where it matches, it binds what it tells", () => {
    let met = 0;
    fc.assert(
      fc.property(fc.array(anyTurns, { maxLength: 2 }), fc.array(anyTurns, { maxLength: 2 }), (left, right) => {
        const found = generaliseTurns(left, right);
        if (!found) return;
        met++;
        for (const [turns, told] of [
          [left, found.left],
          [right, found.right],
        ] as const) {
          const bindings = bindingsOf(found.turns, turns);
          for (const [name, value] of bindings ?? []) expect(equalJson(value, told.get(name) as Json)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(met).toBeGreaterThanOrEqual(0);
  });
});

describe("what two replies have in common", () => {
  it("is the skeleton, and each pair of values once", () => {
    expect(differences(says("Ann has 3, so Ann wins"), says("Bob has 4, so Bob wins"))).toEqual([
      ['"Ann"', '"Bob"'],
      ['"3"', '"4"'],
    ]);
    expect(differences(calls("t", { a: 1, b: "x" }), calls("t", { a: 2, b: "y" }))).toEqual([
      ["1", "2"],
      ['"x"', '"y"'],
    ]);
    expect(differences(says("same"), says("same"))).toEqual([]);
  });

  it("cuts sentences in arguments into their words, and takes what is short as one value", () => {
    expect(differences(calls("t", { a: "Dear Ann, see you soon" }), calls("t", { a: "Dear Bob, see you soon" }))).toEqual([
      ['"Ann"', '"Bob"'],
    ]);
    expect(differences(calls("t", { a: "Ann Marsh" }), calls("t", { a: "Ann Bell" }))).toEqual([['"Ann Marsh"', '"Ann Bell"']]);
    expect(differences(calls("t", { a: [1, 2] }), calls("t", { a: [1] }))).toEqual([["[1,2]", "[1]"]]);
    expect(differences(calls("t", { a: 1 }), calls("t", { a: "1" }))).toEqual([["1", '"1"']]);
  });

  it("is nothing for replies of two kinds", () => {
    expect(differences(says("a"), calls("t", {}))).toBeUndefined();
    expect(differences(calls("t", {}), calls("u", {}))).toBeUndefined();
    expect(differences(calls("t", { a: 1 }), calls("t", { a: 1, b: 2 }))).toBeUndefined();
    expect(differences(calls("t", { a: 1 }), calls("t", { b: 1 }))).toBeUndefined();
    expect(differences(calls("t", { a: {} }), calls("t", { a: 1 }))).toBeUndefined();
    expect(differences(says("go"), says("go now"))).toBeUndefined();
    expect(differences({ role: "assistant", parts: [] }, says("a"))).toBeUndefined();
  });

  it("is the whole text where a third reply to the same form has another skeleton", () => {
    const found = generaliseReplies(says("a, x"), says("a, y"), [says("b, c, z")]);
    expect(found?.differences.map((difference) => [difference.left, difference.right])).toEqual([["a, x", "a, y"]]);
    expect(generaliseReplies(says("Q3 2023"), says("Q4 2023"), [says("Q1 2021")])?.differences).toEqual([
      { left: "Q3 2023", right: "Q4 2023" },
    ]);
  });

  it("tells what a third reply of the skeleton has at each difference", () => {
    const found = generaliseReplies(calls("t", { a: "Ann", b: 3 }), calls("t", { a: "Bob", b: 4 }));
    if (!found) throw new Error("nothing in common");
    const at = (said: Turn): string[] | undefined => valuesAt(found.pattern, found.differences, said)?.map(printJson);
    expect(at(calls("t", { a: "Cid", b: 5 }))).toEqual(['"Cid"', "5"]);
    expect(at(calls("t", { a: "Cid" }))).toBeUndefined();
    expect(at(says("Cid"))).toBeUndefined();
  });

  it("becomes a template when every difference is explained", () => {
    const turns = generaliseTurns([user("Mail Ann the report")], [user("Mail Bob the report")]);
    const replies = generaliseReplies(says("Dear Ann, hello"), says("Dear Bob, hello"));
    const template = turns && replies && templateOf(turns.turns, replies.pattern, () => ({ hypotheses: [variable("text")] }));
    expect(printed(template)).toEqual(["user: Mail {{text}} the report", "⇒ assistant: Dear {{text}}, hello"]);
  });
});
