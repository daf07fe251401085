import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mentionsOf, tokensOf } from "../../../src/learn/flow/mentions.js";

const found = (text: string): string[] => mentionsOf(text).map((mention) => mention.text);

describe("tokens", () => {
  it("are words with what joins them inside, in order and with their places", () => {
    expect(tokensOf("Mail a.b@c.example, by 3:30 (or so).")).toEqual([
      { start: 0, end: 4, text: "Mail" },
      { start: 5, end: 18, text: "a.b@c.example" },
      { start: 20, end: 22, text: "by" },
      { start: 23, end: 27, text: "3:30" },
      { start: 29, end: 31, text: "or" },
      { start: 32, end: 34, text: "so" },
    ]);
    expect(tokensOf("R&D in São-Paulo, d'Arc’s 1,200.50").map((token) => token.text)).toEqual([
      "R&D",
      "in",
      "São-Paulo",
      "d'Arc’s",
      "1,200.50",
    ]);
    expect(tokensOf("… !?")).toEqual([]);
  });
});

describe("what looks like data", () => {
  it.each([
    ["numbers and codes", "give order 1234 to user_7 at a@b.example", ["1234", "user_7", "a@b.example"]],
    ["capitals where a sentence needs none", "the parcel for Butter is here", ["Butter"]],
    ["no capital that opens a sentence", "Please send it. Then rest! Why? See:\nWhere", []],
    ["capitals inside a word, wherever it stands", "GmbH is here. iPhone too", ["GmbH", "iPhone"]],
    ["names of several words as one", "write to Erik Dunteman now", ["Erik Dunteman"]],
    ["names joined by small words", "watch The History of the World today", ["The History of the World"]],
    [
      "names with a small word between them: as one and each by itself",
      "book Ann for Bob today",
      ["Ann for Bob", "Ann", "Bob"],
    ],
    [
      "several of them",
      "let Ann and Bob Dole in Rome go",
      ["Ann and Bob Dole in Rome", "Ann", "Bob Dole", "Rome"],
    ],
    ["a code apart from the name it belongs to", "reset u-777 of Bob Dole", ["u-777", "Bob Dole"]],
    ["but not a small word at the end", "ask Ann and then go", ["Ann"]],
    ["nothing joined over punctuation or wider space", "ask Ann, Bob and  Cid", ["Ann", "Bob", "Cid"]],
    ["numbers apart from names", "call Ann 555 times", ["Ann", "555"]],
    ["numbers side by side as one", "in rows 12 13", ["12 13"]],
  ])("is found: %s", (_what, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it("is found in quotation marks of any kind, whatever it is, unless it begins or ends with a space", () => {
    expect(found('say "so be it" or “what now” or `ls` then')).toEqual(["so be it", "what now", "ls"]);
    expect(found("say 'so be it' then")).toEqual(["so be it"]);
    expect(found("don't say it isn't")).toEqual([]);
    expect(found('say " so" then')).toEqual([]);
    expect(found('say "" then')).toEqual([]);
    expect(found(`say "${"so ".repeat(200)}x" then`)).toEqual([]);
  });

  it("stands where it says it stands", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("A", "b", " ", "7", '"', "'", ".", "é", "of", "\n", "𝒳", "@"),
          maxLength: 40,
        }),
        (text) => {
          for (const mention of [...mentionsOf(text), ...tokensOf(text)]) {
            expect(text.slice(mention.start, mention.end)).toBe(mention.text);
            expect(mention.text).not.toBe("");
          }
        },
      ),
    );
  });
});
