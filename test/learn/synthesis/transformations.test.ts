import { describe, expect, it } from "vitest";
import { CASE_FUNCTIONS } from "../../../src/template/derivation/functions/case.js";
import { learn, served } from "./example-helpers.js";

/** What it is, inputs with their outputs, and what must be served for others. */
type Case = readonly [
  name: string,
  pairs: readonly (readonly [string, string])[],
  others: readonly (readonly [string, string])[],
];

const CASES: readonly Case[] = [
  [
    "initials with full stops",
    [
      ["Ada Lovelace", "A.L."],
      ["Alan Turing", "A.T."],
      ["Grace Hopper", "G.H."],
    ],
    [["Tim Berners", "T.B."]],
  ],
  [
    "the initial of a middle name",
    [
      ["Ada King Noel", "Ada K. Noel"],
      ["Alan Mathison Turing", "Alan M. Turing"],
      ["Grace Brewster Hopper", "Grace B. Hopper"],
    ],
    [["Donald Ervin Knuth", "Donald E. Knuth"]],
  ],
  [
    "a code from a name",
    [
      ["Oslo", "OSL"],
      ["Madrid", "MAD"],
      ["Rome", "ROM"],
    ],
    [["Vienna", "VIE"]],
  ],
  [
    "a base name behind any sign",
    [
      ["C:\\a\\bee.txt", "bee.txt"],
      ["C:\\sea.csv", "sea.csv"],
      ["D:\\x\\y\\z\\dee.md", "dee.md"],
    ],
    [["C:\\q\\eff.pdf", "eff.pdf"]],
  ],
  [
    "digits cut into fields",
    [
      ["2125550187", "212-555-0187"],
      ["4155550123", "415-555-0123"],
    ],
    [["6175550199", "617-555-0199"]],
  ],
  [
    "a number and its unit apart",
    [
      ["12kg", "12 kg"],
      ["350ml", "350 ml"],
      ["8cm", "8 cm"],
    ],
    [["99lb", "99 lb"]],
  ],
  [
    "letters back to front",
    [
      ["stone", "enots"],
      ["river", "revir"],
    ],
    [["plain", "nialp"]],
  ],
  [
    "a list as lines",
    [
      ["tea, ink", "- tea\n- ink"],
      ["jam, oil, rye", "- jam\n- oil\n- rye"],
      ["nut, fig", "- nut\n- fig"],
    ],
    [["a, b, c, d", "- a\n- b\n- c\n- d"]],
  ],
  [
    "a list in order",
    [
      ["tea, ink, jam", "ink, jam, tea"],
      ["rye, oil", "oil, rye"],
      ["b, d, c", "b, c, d"],
    ],
    [["z, y, x", "x, y, z"]],
  ],
  [
    "commas as tabs",
    [
      ["a,b,c", "a\tb\tc"],
      ["d,e", "d\te"],
      ["f,g,h,i", "f\tg\th\ti"],
    ],
    [["x,y", "x\ty"]],
  ],
  [
    "how many words",
    [
      ["one two three", "3"],
      ["one", "1"],
      ["a b c d e", "5"],
    ],
    [["six of them are here now", "6"]],
  ],
  [
    "how many letters",
    [
      ["stone", "5"],
      ["it", "2"],
      ["butterfly", "9"],
    ],
    [["plains", "6"]],
  ],
  [
    "the sum of a list",
    [
      ["3, 9, 20", "32"],
      ["11, 4", "15"],
      ["1, 2, 3, 40", "46"],
    ],
    [["5, 5, 5, 5, 5", "25"]],
  ],
  [
    "the largest of a list",
    [
      ["31, 851, 472", "851"],
      ["908, 404", "908"],
      ["12, 57, 31, 44", "57"],
    ],
    [["1, 2, 3", "3"]],
  ],
  [
    "a quarter",
    [
      ["2023-09-25", "Q3 2023"],
      ["2022-10-03", "Q4 2022"],
      ["2021-02-17", "Q1 2021"],
    ],
    [["2020-05-05", "Q2 2020"]],
  ],
  [
    "minutes",
    [
      ["7:46", "466"],
      ["1:05", "65"],
      ["9:30", "570"],
    ],
    [["2:20", "140"]],
  ],
  [
    "seconds",
    [
      ["1:01:05", "3665 s"],
      ["2:10:00", "7800 s"],
      ["0:59:59", "3599 s"],
    ],
    [["1:00:01", "3601 s"]],
  ],
];

describe("a string transformation, by examples alone", () => {
  it.each(CASES)("is learned: %s", async (_name, pairs, others) => {
    const hypotheses = await learn(pairs.map(([asked, output]) => [{ asked }, output]));
    for (const [asked, output] of others) expect(served(hypotheses, { asked })).toBe(JSON.stringify(output));
  });
});

describe("a number in a text", () => {
  it("may be counted on, with its text around it", async () => {
    const hypotheses = await learn([
      [{ asked: "13.9.5" }, "13.9.6"],
      [{ asked: "6.9.10" }, "6.9.11"],
      [{ asked: "2.7.19" }, "2.7.20"],
    ]);
    expect(served(hypotheses, { asked: "4.0.99" })).toBe('"4.0.100"');
  });

  it("may be negative", async () => {
    const hypotheses = await learn([
      [{ asked: "-7°C" }, "19.4"],
      [{ asked: "26°C" }, "78.8"],
      [{ asked: "10°C" }, "50"],
      [{ asked: "-15°C" }, "5"],
    ]);
    expect(served(hypotheses, { asked: "-3°C" })).toBe('"26.6"');
  });

  it("may go into another so often, and leave something over", async () => {
    const pairs = [
      [238, 5],
      [202, 9],
      [296, 6],
      [121, 9],
      [47, 7],
    ];
    const rows = (make: (a: number, b: number) => number) =>
      pairs.map(([a = 0, b = 1]): [object: Record<string, unknown>, output: string] => [
        { a: String(a), b: String(b) },
        String(make(a, b)),
      ]);
    expect(served(await learn(rows((a, b) => Math.floor(a / b))), { a: "100", b: "8" })).toBe('"12"');
    expect(served(await learn(rows((a, b) => a % b)), { a: "100", b: "8" })).toBe('"4"');
    expect(served(await learn(rows((a, b) => Math.ceil(a / b))), { a: "100", b: "8" })).toBe('"13"');
  });
});

describe("a value of several inputs", () => {
  it("may be a date so many days on, and the days between two", async () => {
    const later = await learn([
      [{ today: "2024-10-16", days: "46" }, "2024-12-01"],
      [{ today: "2023-07-03", days: "48" }, "2023-08-20"],
    ]);
    expect(served(later, { today: "2024-02-27", days: "3" })).toBe('"2024-03-01"');
    const between = await learn([
      [{ from: "2024-07-02", to: "2024-09-14" }, "74"],
      [{ from: "2024-11-11", to: "2025-09-02" }, "295"],
    ]);
    expect(served(between, { from: "2024-02-27", to: "2024-03-01" })).toBe('"3"');
  });

  it("may be a date in digits, in the order that was seen", async () => {
    const hypotheses = await learn([
      [{ asked: "04/14/2020" }, "2020-04-14"],
      [{ asked: "07/17/2023" }, "2023-07-17"],
    ]);
    expect(served(hypotheses, { asked: "02/05/2020" })).toBe('"2020-02-05"');
  });

  it("may be the time between two", async () => {
    const hypotheses = await learn([
      [{ from: "07:00", to: "12:25" }, "325"],
      [{ from: "09:20", to: "10:30" }, "70"],
      [{ from: "06:25", to: "09:05" }, "160"],
    ]);
    expect(served(hypotheses, { from: "08:00", to: "09:45" })).toBe('"105"');
  });

  it("never divides by a quotient: that says the same as a product, with a rounding on the way", async () => {
    const hypotheses = await learn([
      [{ percent: "25", of: "940" }, "235"],
      [{ percent: "10", of: "700" }, "70"],
      [{ percent: "40", of: "80" }, "32"],
    ]);
    expect(served(hypotheses, { percent: "30", of: "210" })).toBe('"63"');
  });

  it("keeps open how many zeros an amount ends with until one was seen", async () => {
    const rows = [
      [{ price: "4.13", count: "3" }, "$12.39"],
      [{ price: "2.57", count: "7" }, "$17.99"],
      [{ price: "8.21", count: "4" }, "$32.84"],
    ] as const;
    expect(served(await learn(rows), { price: "1.23", count: "3" })).toBe('"$3.69"');
    expect(served(await learn(rows), { price: "1.25", count: "2" })).toBe("miss");
    expect(
      served(await learn([...rows, [{ price: "1.10", count: "5" }, "$5.50"]]), { price: "1.25", count: "2" }),
    ).toBe('"$2.50"');
  });

  it("may stand beside a large result that has nothing to do with it", async () => {
    const people = (from: number): object[] =>
      Array.from({ length: 8 }, (_, index) => ({
        id: `p${from + index}`,
        name: `N${from * index}`,
        mail: `m${index}@x.example`,
        age: index + from,
      }));
    const hypotheses = await learn(
      [
        [{ result: people(10), topic: "basket" }, "Basket report"],
        [{ result: people(30), topic: "sunset" }, "Sunset report"],
        [{ result: people(50), topic: "cobalt" }, "Cobalt report"],
      ],
      { budget: { maxNodes: 10_000, maxCandidates: 2_000 } },
    );
    expect(served(hypotheses, { result: people(70), topic: "meadow" })).toBe('"Meadow report"');
  });
});

describe("functions of letters", () => {
  const TEXTS = ["assetTag keys", "GrandHotel rooms", "redBox lids", "OldTown maps"];

  it.each(CASE_FUNCTIONS.map((each) => [each.name, each] as const))(
    "%s is found wherever it is the reason",
    async (_name, each) => {
      const rows = TEXTS.map(
        (text) => [text, each.apply([text], { maxSize: 1_000, spend: () => {} })] as const,
      );
      expect(rows.some(([text, other]) => text !== other)).toBe(true);
      const hypotheses = await learn(rows.slice(1).map(([text, other]) => [{ name: text }, other]));
      const [text, other] = rows[0] as (typeof rows)[number];
      expect(served(hypotheses, { name: text })).toBe(JSON.stringify(other));
    },
  );
});
