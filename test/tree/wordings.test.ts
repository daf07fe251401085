import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { piecesOf } from "../../src/template/pieces.js";
import { DATUM } from "../../src/tree/stretches.js";
import { Wordings } from "../../src/tree/wordings.js";

/** A question, what it means, and the whole of its answer; `#` stands for data. */
type Said = readonly [question: string, meaning: string, answer?: string];

const pieces = (question: string): string[] =>
  question.split("#").flatMap((text, index) => [...(index > 0 ? [`${DATUM}value`] : []), ...piecesOf(text)]);

function wordingsOf(said: readonly Said[]): Wordings {
  const wordings = new Wordings();
  for (const [question, meaning, answer = meaning] of said)
    wordings.add("start", pieces(question), { meaning, witness: answer });
  return wordings;
}

const texts = (wordings: Wordings, text: string, least = 1): string[] =>
  wordings.rewordings(text, least).map((each) => each.text);

const LIGHTS: readonly Said[] = [
  ["turn on the lamp", "lamp"],
  ["switch on the lamp", "lamp"],
  ["turn on the fan", "fan"],
  ["switch on the fan", "fan"],
];

describe("words that may stand for each other", () => {
  it("are those in which two questions with one answer differ", () => {
    const wordings = wordingsOf(LIGHTS);
    expect(texts(wordings, "switch on the heater")).toContain("turn on the heater");
    expect(wordings.rewordings("switch on the heater", 1)[0]).toMatchObject({
      from: "switch",
      to: "turn",
      start: 0,
      end: 4,
    });
    expect(texts(wordings, "the heater")).toEqual([]);
  });

  it("have stood for each other under as many answers as are asked for", () => {
    expect(texts(wordingsOf(LIGHTS), "switch on the heater", 2)).toEqual(["turn on the heater"]);
    expect(texts(wordingsOf(LIGHTS.slice(0, 2)), "switch on the heater", 2)).toEqual([]);
    // The same answer over and over is one.
    const same = [
      ...LIGHTS.slice(0, 2),
      ["turn on the small lamp", "lamp"],
      ["switch on the small lamp", "lamp"],
    ] as const;
    expect(texts(wordingsOf(same), "switch on the heater", 2)).toEqual([]);
  });

  it("never stand for each other again once an answer was another one", () => {
    const more: readonly Said[] = [
      ...LIGHTS,
      ["turn on the alarm", "armed"],
      ["switch on the alarm", "silent"],
    ];
    expect(texts(wordingsOf(more), "switch on the heater")).toEqual([]);
    expect(texts(wordingsOf([...more].reverse()), "switch on the heater")).toEqual([]);
  });

  it("are no numbers, names, quotations or data", () => {
    for (const [one, other] of [
      ["take 3 of them", "take 4 of them"],
      ["write to Ann now", "write to Bob now"],
      ['say "x" now', "say “y” now"],
      ["call # now", "call me now"],
    ] as const) {
      const wordings = wordingsOf([
        [one, "a"],
        [other, "a"],
      ]);
      expect([one, texts(wordings, one), texts(wordings, other)]).toEqual([one, [], []]);
    }
  });

  it("may begin a text with a capital, unless they are never seen without one", () => {
    const play: readonly Said[] = [
      ["Play some jazz", "jazz"],
      ["Put on some jazz", "jazz"],
      ["Play some folk", "folk"],
      ["Put on some folk", "folk"],
    ];
    const both: readonly Said[] = [...play, ["please play and put", "other"]];
    expect(texts(wordingsOf(both), "Put on some blues", 2)).toEqual(["Play some blues"]);
    const names: readonly Said[] = [
      ["Ann wants tea", "tea"],
      ["Bob wants tea", "tea"],
      ["Ann wants ink", "ink"],
      ["Bob wants ink", "ink"],
    ];
    expect(texts(wordingsOf(names), "Bob wants pens", 2)).toEqual([]);
  });

  it("may be left out or put in where they have been before", () => {
    const wordings = wordingsOf([
      ["is the lamp on", "lamp"],
      ["is the lamp on please", "lamp"],
      ["is the fan on", "fan"],
      ["is the fan on please", "fan"],
    ]);
    expect(texts(wordings, "is the heater on please", 2)).toEqual(["is the heater on"]);
    expect(texts(wordings, "is the heater on", 2)).toEqual(["is the heater on please"]);
    expect(texts(wordings, "on and off", 2)).toEqual([]);
  });

  it("are looked for around data as around words", () => {
    const wordings = wordingsOf([
      ["play # on the radio", "play", "play one"],
      ["put # on the radio", "play", "play two"],
      ["play # in the hall", "hall", "hall one"],
      ["put # in the hall", "hall", "hall two"],
    ]);
    expect(texts(wordings, "put something else on the radio", 2)).toEqual([
      "play something else on the radio",
    ]);
  });

  it("need something in common around them", () => {
    expect(
      texts(
        wordingsOf([
          ["go", "a"],
          ["start", "a"],
        ]),
        "go",
      ),
    ).toEqual([]);
  });

  it("are taken from questions in the same place of a conversation", () => {
    const wordings = new Wordings();
    wordings.add("one", pieces("turn on the lamp"), { meaning: "lamp", witness: "lamp" });
    wordings.add("two", pieces("switch on the lamp"), { meaning: "lamp", witness: "lamp" });
    expect(wordings.isEmpty).toBe(true);
  });

  it("can be told apart by hand, and forgotten", () => {
    const wordings = wordingsOf(LIGHTS);
    wordings.part("turn", "switch");
    expect(texts(wordings, "switch on the heater")).toEqual([]);
    wordings.clear();
    expect(wordings.isEmpty).toBe(true);
  });

  it("are the same in whatever order the questions came", () => {
    const question = fc
      .array(fc.constantFrom("turn", "switch", "on", "off", "the", "my", "lamp", "fan"), {
        minLength: 1,
        maxLength: 6,
      })
      .map((words) => words.join(" "));
    const said = fc.array(fc.tuple(question, fc.constantFrom("a", "b", "c")), {
      minLength: 2,
      maxLength: 14,
    });
    fc.assert(
      fc.property(said, fc.infiniteStream(fc.nat()), question, (exchanges, dice, text) => {
        const shuffled = exchanges
          .map((each) => ({ each, at: dice.next().value }))
          .sort((left, right) => left.at - right.at)
          .map(({ each }) => each);
        const [one, other] = [wordingsOf(exchanges), wordingsOf(shuffled)];
        expect(other.rewordings(text, 1)).toEqual(one.rewordings(text, 1));
      }),
    );
  });

  it("are forgotten with all that parted them: nothing is offered that no run of the latest questions would show", () => {
    const question = fc
      .array(fc.constantFrom("turn", "switch", "on", "off", "the", "lamp", "fan"), {
        minLength: 1,
        maxLength: 4,
      })
      .map((words) => words.join(" "));
    const said = fc.array(fc.tuple(question, fc.constantFrom("a", "b")), { minLength: 20, maxLength: 50 });
    let offered = 0;
    let forgotten = 0;
    fc.assert(
      fc.property(said, fc.integer({ min: 200, max: 20_000 }), question, (exchanges, maxSize, text) => {
        let size = 0;
        const wordings = new Wordings({ maxSize, onResized: (by) => (size += by) });
        for (const [asked, meaning] of exchanges) {
          wordings.add("start", pieces(asked), { meaning, witness: meaning });
          if (asked === "turn") wordings.part("turn", "switch");
        }
        expect(wordings.size).toBe(size);
        expect(size).toBeLessThan(maxSize + 20_000);
        const later = exchanges.map((_, index) => {
          const fresh = new Wordings();
          for (const [asked, meaning] of exchanges.slice(index)) {
            fresh.add("start", pieces(asked), { meaning, witness: meaning });
            if (asked === "turn") fresh.part("turn", "switch");
          }
          return fresh;
        });
        for (const least of [1, 2]) {
          const shown = later.map((fresh) => texts(fresh, text, least));
          for (const other of texts(wordings, text, least))
            expect(shown.some((each) => each.includes(other))).toBe(true);
          offered += texts(wordings, text, least).length;
          if (texts(wordings, text, least).length < (shown[0]?.length ?? 0)) forgotten++;
        }
        wordings.clear();
        expect([size, wordings.isEmpty]).toEqual([0, true]);
      }),
      { numRuns: 200 },
    );
    expect(offered).toBeGreaterThan(50);
    expect(forgotten).toBeGreaterThan(20);
  });

  it("are bounded in number and in the length of the question", () => {
    const wordings = new Wordings();
    wordings.add("start", piecesOf("a ".repeat(100)), { meaning: "a", witness: "a" });
    wordings.add("start", piecesOf(`b ${"a ".repeat(99)}`), { meaning: "a", witness: "a" });
    expect(wordings.isEmpty).toBe(true);
    const many: Said[] = Array.from("abcdefghijklmnopqrstuvwxyzäöüßéèêàâîïôûç", (letter) => [
      `say ${letter} now`,
      "said",
    ]);
    expect(wordingsOf(many).rewordings("say a now", 1).length).toBe(32);
  });
});
