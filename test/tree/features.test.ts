import { describe, expect, it } from "vitest";
import { domainOfKinds } from "../../src/template/domain.js";
import type { Turn } from "../../src/template/turn.js";
import { literalTurn } from "../../src/template/visit.js";
import { type Anchor, eachAnchor, eachFeature } from "../../src/tree/features.js";
import { calls, gives, like, user } from "../support/turns.js";

const featuresOf = (turn: Turn, whole = true): Set<number> => {
  const found = new Set<number>();
  eachFeature(turn, whole, (hash) => void found.add(hash));
  return found;
};
const anchorsOf = (pattern: Parameters<typeof eachAnchor>[0]): Anchor[] => {
  const found: Anchor[] = [];
  eachAnchor(pattern, (anchor) => {
    found.push(anchor);
    return false;
  });
  return found;
};
/** How many features two turns share. */
const shared = (left: Turn, right: Turn): number => {
  const others = featuresOf(right);
  return [...featuresOf(left)].filter((hash) => others.has(hash)).length;
};
const LONG = "lorem ".repeat(1_000);

describe("the features of a turn", () => {
  it("are its words, and every two in a row", () => {
    expect(featuresOf(user("find")).size).toBe(1);
    expect(featuresOf(user("find Ann")).size).toBe(3);
    expect(featuresOf(user("  find, Ann ... now!")).size).toBe(5);
    expect(featuresOf(user(" - ")).size).toBe(0);
    expect(featuresOf(user("")).size).toBe(0);
  });

  it("do not depend on what stands between words, but on their letters, digits and order", () => {
    expect(featuresOf(user("find Ann"))).toEqual(featuresOf(user("(find) - Ann.")));
    expect(shared(user("find Ann"), user("Ann find"))).toBe(2);
    for (const [left, right] of [
      ["find", "finds"],
      ["find", "Find"],
      ["az", "aZ"],
      ["a0", "a9"],
      ["naïve", "naive"],
      ["ab", "a b"],
    ] as const)
      expect([left, shared(user(left), user(right))]).toEqual([left, 0]);
  });

  it("take letters, digits and all beyond ASCII for words, and no other signs", () => {
    for (const word of ["a", "z", "A", "Z", "0", "9", "é", "\u0080", "日"])
      expect([word, featuresOf(user(word)).size]).toEqual([word, 1]);
    for (const sign of ["`", "{", "@", "[", "/", ":", "\u007f"])
      expect([sign, featuresOf(user(sign)).size]).toEqual([sign, 0]);
  });

  it("are those near the ends of a long text, unless all of it is read", () => {
    const turn = user(`begin ${LONG} middle ${LONG} end`);
    const [some, all] = [featuresOf(turn, false), featuresOf(turn, true)];
    const [begin, middle, end] = ["begin", "middle", "end"].map(
      (word) => [...featuresOf(user(word))][0] ?? 0,
    );
    expect([begin, middle, end].map((hash) => some.has(hash ?? 0))).toEqual([true, false, true]);
    expect([begin, middle, end].map((hash) => all.has(hash ?? 0))).toEqual([true, true, true]);
    expect([...some].every((hash) => all.has(hash))).toBe(true);
  });

  it("have no word in them that was cut where reading began", () => {
    // The last 2,048 characters begin within "lighthouse".
    const turn = user(`${"x ".repeat(2_000)}lighthouse ${"y ".repeat(1_021)}`);
    const [house] = featuresOf(user("house"));
    expect(turn.parts[0]).toMatchObject({ text: expect.stringMatching(/lighthouse/) });
    expect(featuresOf(turn, false).has(house ?? 0)).toBe(false);
  });

  it("of JSON are its keys in any order, how long its lists are, and each value at its place", () => {
    expect(featuresOf(gives({ a: 1, b: 2 }))).toEqual(featuresOf(gives({ b: 2, a: 1 })));
    for (const [left, right] of [
      [{ a: 1 }, { b: 1 }],
      [{ a: 1 }, { a: 1, b: 1 }],
      [{ a: 1 }, { a: 2 }],
      [{ a: 1 }, { a: "1" }],
      [[1], [1, 1]],
      [
        [1, 2],
        [2, 1],
      ],
      [true, "true"],
      [null, "null"],
      [{ a: { b: 1 } }, { b: { a: 1 } }],
    ])
      expect([
        left,
        right,
        [...featuresOf(gives(left))].every((hash) => featuresOf(gives(right)).has(hash)),
      ]).toEqual([left, right, false]);
    expect(featuresOf(gives({ a: [1, "x"], b: null })).size).toBe(5);
  });

  it("tell calls of two tools apart", () => {
    expect(shared(calls("find", { a: 1 }), calls("find", { a: 1 }))).toBeGreaterThan(0);
    expect(shared(calls("find", { a: 1 }), calls("sell", { a: 1 }))).toBe(0);
  });
});

describe("the anchors of a pattern", () => {
  const words = (notation: string) => {
    const known = new Map(
      ["find", "the", "now", "for", "me", "in"].map((word) => [[...featuresOf(user(word))][0], word]),
    );
    return anchorsOf(like(notation)).flatMap(({ hash }) => known.get(hash) ?? []);
  };

  it("are words that no slot can make another word of", () => {
    expect(words("find the {{what}} now")).toEqual(["find", "the", "now"]);
    expect(words("find the{{what}}now for me")).toEqual(["find", "for", "me"]);
    expect(words("{{what}}")).toEqual([]);
    expect(words("{{what}} in{{where}}")).toEqual([]);
    expect(words("{{what}} in {{where}}")).toEqual(["in"]);
  });

  it("are single words, which are common, and two in a row, which are not", () => {
    const commons = anchorsOf(like("find the {{what}} now")).map(({ common }) => common);
    expect(commons).toEqual([true, true, false, true]);
  });

  it("are near where they stand within reach of the beginning or the end, whatever the slots hold", () => {
    const near = (notation: string): (boolean | undefined)[] => {
      const all = new Map(anchorsOf(like(notation)).map(({ hash, near }) => [hash, near]));
      return ["find", "in", "now"].map((word) => all.get([...featuresOf(user(word))][0] ?? 0));
    };
    expect(near("find {{what}} in {{where}} now")).toEqual([true, false, true]);
    expect(near(`find ${LONG}{{what}} now`)).toEqual([true, undefined, true]);
    expect(near(`${LONG}find {{what}} now ${LONG}`)).toEqual([false, undefined, false]);
  });

  it("are shown by every turn that fits, the near ones without reading the whole of it", () => {
    const pattern = like(`find the {{what}} in ${LONG}{{where}} now please`);
    const turn = user(`find the ${LONG} in ${LONG}${LONG} now please`);
    const [some, all] = [featuresOf(turn, false), featuresOf(turn)];
    const anchors = anchorsOf(pattern);
    expect(anchors.length).toBeGreaterThan(6);
    expect(anchors.filter(({ hash }) => !all.has(hash))).toEqual([]);
    expect(anchors.filter(({ near, hash }) => near && !some.has(hash))).toEqual([]);
    expect(anchors.some(({ near }) => !near)).toBe(true);
  });

  it("of JSON are all but what slots hold, and always near", () => {
    const turn = gives({ a: [1, "x"], b: null });
    const anchors = anchorsOf(literalTurn(turn));
    expect(new Set(anchors.map(({ hash }) => hash))).toEqual(featuresOf(turn));
    expect(anchors.every(({ near, common }) => near && !common)).toBe(true);
    const slot = { name: "x", domain: domainOfKinds("any") };
    const open = anchorsOf({
      role: "tool",
      parts: [
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
                    { kind: "value", place: slot },
                    { kind: "literal", value: "x" },
                  ],
                },
              ],
              ["b", { kind: "text", text: [slot] }],
            ]),
          },
        },
      ],
    });
    // The keys, the length of the list, and "x".
    expect(open).toHaveLength(3);
    expect(open.every(({ hash }) => featuresOf(turn).has(hash))).toBe(true);
  });

  it("come until one is enough", () => {
    for (const pattern of [like("find the {{what}} now"), literalTurn(gives({ a: [1, "x"], b: { c: 2 } }))]) {
      const all = anchorsOf(pattern);
      for (const enough of all.keys()) {
        let count = 0;
        eachAnchor(pattern, () => count++ === enough);
        expect(count).toBe(enough + 1);
      }
    }
  });
});
