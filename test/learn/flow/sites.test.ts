import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claim,
  Claims,
  patternOf,
  siteKey,
  sitesOf,
  textPattern,
} from "../../../src/learn/flow/sites.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, gives, json, says, system, user } from "../../support/turns.js";

interface Name {
  readonly name: string;
}
const claim = (start: number, end: number, name = "x"): Claim<Name> => ({ start, end, place: { name } });

describe("the sites of a conversation", () => {
  it("are its texts and the scalars of its JSON, in order, with the voice that said them", () => {
    const turns = [
      system("Be kind."),
      user("Find 7"),
      calls("find", { id: 7, deep: [{ a: "x" }] }, "So"),
      gives({ ok: true, none: null }),
      says("Done"),
    ];
    expect(
      sitesOf(turns).map(({ turn, part, path, text, whole, voice }) => [
        siteKey(turn, part, path),
        text,
        whole,
        voice,
      ]),
    ).toEqual([
      ["0/0", "Be kind.", false, "fixed"],
      ["1/0", "Find 7", false, "told"],
      ["2/0", "So", false, "spoken"],
      ['2/1/["id"]', "7", true, "made"],
      ['2/1/["deep",0,"a"]', "x", false, "made"],
      ['3/1/["ok"]', "true", true, "told"],
      ['3/1/["none"]', "null", true, "told"],
      ["4/0", "Done", false, "spoken"],
    ]);
  });

  it("keep the digits of a number, and leave out media", () => {
    const turn: Turn = {
      role: "user",
      parts: [
        { kind: "opaque", type: "image", digest: "d" },
        { kind: "json", value: json([1]) },
      ],
    };
    expect(sitesOf([turn]).map(({ text }) => text)).toEqual(["1"]);
    expect(sitesOf([{ role: "developer", parts: [{ kind: "text", text: "x" }] }])[0]?.voice).toBe("fixed");
  });
});

describe("claims", () => {
  it("are free where nothing overlaps, and in order", () => {
    const claims = new Claims<Name>();
    claims.add("k", claim(5, 8, "b"));
    claims.add("k", claim(0, 2, "a"));
    expect(claims.of("k").map(({ place }) => place.name)).toEqual(["a", "b"]);
    expect([
      claims.isFree("k", 2, 5),
      claims.isFree("k", 2, 6),
      claims.isFree("k", 7, 9),
      claims.isFree("k", 8, 9),
      claims.isFree("l", 0, 9),
    ]).toEqual([true, false, false, true, true]);
    expect(claims.of("other")).toEqual([]);
  });

  it("make a pattern of a text, unless two of them touch", () => {
    expect(textPattern("Hi Ann!", [claim(3, 6)])).toEqual(["Hi ", { name: "x" }, "!"]);
    expect(textPattern("Ann", [claim(0, 3)])).toEqual([{ name: "x" }]);
    expect(textPattern("AnnBob", [claim(0, 3), claim(3, 6)])).toBeUndefined();
    expect(textPattern("", [])).toEqual([]);
  });

  it("lose nothing of a text: the pattern, filled with what was claimed, is the text", () => {
    const cuts = fc.tuple(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.uniqueArray(fc.nat(20), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(cuts, ([text, offsets]) => {
        const edges = offsets.filter((offset) => offset <= text.length).sort((a, b) => a - b);
        const claims: Claim<Name>[] = [];
        for (let index = 0; index + 1 < edges.length; index += 2) {
          claims.push(
            claim(
              edges[index] as number,
              edges[index + 1] as number,
              text.slice(edges[index], edges[index + 1]),
            ),
          );
        }
        const pattern = textPattern(text, claims);
        expect(
          pattern?.map((segment) => (typeof segment === "string" ? segment : segment.name)).join(""),
        ).toBe(text);
        expect(pattern?.filter((segment) => typeof segment === "object")).toHaveLength(claims.length);
      }),
    );
  });
});

describe("the pattern of a turn", () => {
  it("has places in texts, in JSON strings and for whole values, and keeps the rest", () => {
    const turn: Turn = {
      role: "assistant",
      name: "bot",
      parts: [
        { kind: "text", text: "Ann" },
        { kind: "reasoning", text: "hm" },
        { kind: "refusal", text: "" },
        { kind: "opaque", type: "image", digest: "d" },
        { kind: "result", call: 1, error: true },
        { kind: "json", value: json({ a: [1, "to Ann"] }) },
        { kind: "call", tool: "t", args: json({ b: true }) },
      ],
    };
    const claims = new Claims<Name>();
    claims.add("0/0", claim(0, 3, "n"));
    claims.add('0/5/["a",0]', claim(0, 1, "one"));
    claims.add('0/5/["a",1]', claim(3, 6, "n"));
    expect(patternOf(turn, 0, claims)).toEqual({
      role: "assistant",
      name: "bot",
      parts: [
        { kind: "text", text: [{ name: "n" }] },
        { kind: "reasoning", text: ["hm"] },
        { kind: "refusal", text: [] },
        { kind: "opaque", type: "image", digest: "d" },
        { kind: "result", call: 1, error: true },
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
                    { kind: "value", place: { name: "one" } },
                    { kind: "text", text: ["to ", { name: "n" }] },
                  ],
                },
              ],
            ]),
          },
        },
        {
          kind: "call",
          tool: "t",
          args: { kind: "object", entries: new Map([["b", { kind: "literal", value: true }]]) },
        },
      ],
    });
  });

  it("is none when two places touch, however deep", () => {
    const touching = (key: string, turn: Turn): unknown => {
      const claims = new Claims<Name>();
      claims.add(key, claim(0, 1));
      claims.add(key, claim(1, 2));
      return patternOf(turn, 0, claims);
    };
    expect(touching("0/0", user("ab"))).toBeUndefined();
    expect(touching('0/0/["a",0,"b"]', calls("t", { a: [{ b: "ab" }] }))).toBeUndefined();
    expect(touching('0/1/["a"]', gives({ a: "ab" }))).toBeUndefined();
  });
});
