import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindingsOf } from "../../../src/answer/predict.js";
import { generaliseTurns } from "../../../src/learn/align/anti-unify.js";
import { equalJson, type Json } from "../../../src/template/json.js";
import { printTurnPattern } from "../../../src/template/print.js";
import type { Turn } from "../../../src/template/turn.js";
import { turns as anyTurns } from "../../support/arbitrary.js";
import { calls, gives, json, says, user } from "../../support/turns.js";

const common = async (left: Turn[], right: Turn[]): Promise<string[] | undefined> =>
  (await generaliseTurns(left, right))?.turns.map(printTurnPattern);

describe("what two conversations have in common", () => {
  it("is their words, with a slot for each difference, bound on both sides", async () => {
    const found = await generaliseTurns([user("Mail Ann the 3 reports")], [user("Mail Bob the 4 reports")]);
    expect(found?.turns.map(printTurnPattern)).toEqual([
      "user: Mail {{text}} the {{text_2:integer}} reports",
    ]);
    expect([...(found?.left ?? [])]).toEqual([
      ["text", "Ann"],
      ["text_2", "3"],
    ]);
    expect([...(found?.right ?? [])]).toEqual([
      ["text", "Bob"],
      ["text_2", "4"],
    ]);
  });

  it("is one variable for one pair of values, wherever it stands", async () => {
    expect(
      await common(
        [user("Find Ann for me"), calls("find", { name: "Ann" })],
        [user("Find Bob for me"), calls("find", { name: "Bob" })],
      ),
    ).toEqual(["user: Find {{text}} for me", "assistant: find(name={{text}})"]);
    // Two names swapped are two variables.
    expect(await common([user("from Ann over to Bob now")], [user("from Bob over to Ann now")])).toEqual([
      "user: from {{text}} over to {{text_2}} now",
    ]);
  });

  it("names slots after keys, and keeps the JSON structure that is shared", async () => {
    expect(
      await common(
        [calls("t", { id: 7, deep: [{ a: "x", same: 1 }], "odd key": "p" })],
        [calls("t", { id: 8, deep: [{ a: "y", same: 1 }], "odd key": "q" })],
      ),
    ).toEqual(['assistant: t(id={{id:integer}}, deep=[{"a": {{a}}, "same": 1}], odd key={{argument}})']);
  });

  it("takes lists of other lengths and objects of other keys as whole values, by their shapes", async () => {
    const [pattern] =
      (await common(
        [gives({ items: [{ id: "u 1" }] })],
        [gives({ items: [{ id: "u 1" }, { id: "u 2" }] })],
      )) ?? [];
    expect(pattern).toContain("{{items:shape(");
    expect(pattern?.match(/shape\(/g)).toHaveLength(2);
  });

  it("leaves whole messages open where there are no common words, and the assistant's own too", async () => {
    expect(await common([user("Erik Dunteman")], [user("Ann Marsh")])).toEqual(["user: {{asked}}"]);
    expect(await common([says("One moment please")], [says("Right away!")])).toEqual(["assistant: {{said}}"]);
    expect(await common([user("one\ntwo")], [user(" x ")])).toEqual(["user: {{asked:any}}"]);
    expect(
      await common(
        [{ role: "system", parts: [{ kind: "text", text: "x" }] }],
        [{ role: "system", parts: [{ kind: "text", text: "y" }] }],
      ),
    ).toBeUndefined();
  });

  it("needs two common words, and no fewer than there are differences", async () => {
    expect(await common([user("a 1 b 2 c 3")], [user("a 4 b 5 c 6")])).toEqual([
      "user: a {{text:integer}} b {{text_2:integer}} c {{text_3:integer}}",
    ]);
    expect(await common([user("go 1 2, 3")], [user("go 4 5; 6")])).toEqual(["user: {{asked}}"]);
  });

  it("is one word before a datum if others of the form open so too", async () => {
    const others = [[user("Store Cid Cole")], [user("Store Dan Dorn")]];
    expect(
      (await generaliseTurns([user("Store Ann Marsh")], [user("Store Bob Dole")], { others }))?.turns.map(
        printTurnPattern,
      ),
    ).toEqual(["user: Store {{text}}"]);
    expect(
      (
        await generaliseTurns([user("Ann Marsh")], [user("Ann Dole")], {
          others: [[user("Cid Cole")], [user("Dan Dorn")]],
        })
      )?.turns.map(printTurnPattern),
    ).toEqual(["user: {{asked}}"]);
  });

  it("leaves out words that others of the form do not have", async () => {
    const others = [[user("Mail Cid the 5 reports today")], [user("Mail Dan the 6 reports today")]];
    const found = await generaliseTurns(
      [user("Mail Ann the 3 reports today")],
      [user("Mail Ann the 4 reports today")],
      { others },
    );
    expect(found?.turns.map(printTurnPattern)).toEqual([
      "user: Mail {{text}} the {{text_2:integer}} reports today",
    ]);
  });

  it("is nothing for conversations of other structure, and for equal ones", async () => {
    expect(await generaliseTurns([user("a")], [user("a"), says("b")])).toBeUndefined();
    expect(await generaliseTurns([user("a")], [says("a")])).toBeUndefined();
    expect(await generaliseTurns([user("a")], [{ ...user("a"), name: "n" }])).toBeUndefined();
    expect(await generaliseTurns([user("a")], [{ role: "user", parts: [] }])).toBeUndefined();
    expect(await generaliseTurns([user("a")], [user("a")])).toBeUndefined();
    expect(await generaliseTurns([calls("t", {})], [calls("u", {})])).toBeUndefined();
    expect(await generaliseTurns([calls("t", { a: 1 })], [calls("t", { b: 1 })])).toBeUndefined();
    expect(await generaliseTurns([gives({ a: 1 }, 0)], [gives({ a: 2 }, 1)])).toBeUndefined();
    const image = (digest: string): Turn => ({
      role: "user",
      parts: [{ kind: "opaque", type: "image", digest }],
    });
    expect(await generaliseTurns([image("a"), user("x y 1")], [image("b"), user("x y 2")])).toBeUndefined();
    expect(await generaliseTurns([image("a"), user("x y 1")], [image("a"), user("x y 2")])).toBeDefined();
    expect(
      await generaliseTurns([user("a")], [{ role: "user", parts: [{ kind: "json", value: json({}) }] }]),
    ).toBeUndefined();
  });

  it("keeps a speaker's name", async () => {
    expect(await common([{ ...user("x y 1"), name: "ann" }], [{ ...user("x y 2"), name: "ann" }])).toEqual([
      'user "ann": x y {{text:integer}}',
    ]);
  });

  it("matches both conversations, with the bindings it tells, unless a text can be cut in two ways", async () => {
    const word = fc.constantFrom("Ann", "Bob", "7", "12", "red", "x@y.example", "2024-01-02", "two words");
    const pair = fc.tuple(word, word, word, word);
    await fc.assert(
      fc.asyncProperty(pair, pair, async ([a, b, c, d], [e, f, g, h]) => {
        const talk = (one: string, two: string, three: string, four: string): Turn[] => [
          user(`Please send ${one} over to the house of ${two}.`),
          calls("send", { what: one, to: { name: two, note: three } }),
          gives({ done: [four], n: 3 }),
        ];
        const [left, right] = [talk(a, b, c, d), talk(e, f, g, h)];
        const found = await generaliseTurns(left, right);
        if (!found) return;
        expect(bindingsOf(found.turns, left)).toEqual(found.left);
        expect(bindingsOf(found.turns, right)).toEqual(found.right);
      }),
      { numRuns: 300 },
    );
  });

  it("holds for turns of any kind: where it matches, it binds what it tells", async () => {
    let met = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTurns, { maxLength: 2 }),
        fc.array(anyTurns, { maxLength: 2 }),
        async (left, right) => {
          const found = await generaliseTurns(left, right);
          if (!found) return;
          met++;
          for (const [turns, told] of [
            [left, found.left],
            [right, found.right],
          ] as const) {
            const bindings = bindingsOf(found.turns, turns);
            for (const [name, value] of bindings ?? [])
              expect(equalJson(value, told.get(name) as Json)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(met).toBeGreaterThanOrEqual(0);
  });
});
