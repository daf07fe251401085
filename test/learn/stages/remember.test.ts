import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { keepAtHand, notice, remember } from "../../../src/learn/stages/remember.js";
import type { Turn } from "../../../src/template/turn.js";
import { call, taught } from "../../support/taught.js";
import { calls, exchangeOf, gives, says, user } from "../../support/turns.js";
import { type Bench, bench, dataFlow, openFlow } from "../../support/workshop.js";

/** A bench whose scope is known, as the cache makes it known before anything is learned. */
function ready(...pairs: (readonly [Turn[], Turn])[]): Bench {
  const made = bench();
  for (const pair of pairs) made.knowledge.add(exchangeOf(...pair));
  return made;
}

const note = ({ workshop }: Bench, turns: Turn[], said: Turn): Promise<void> =>
  notice(new Observation(exchangeOf(turns, said)), workshop);

describe("what an exchange shows of its scope", () => {
  const find = (name: string): [Turn[], Turn] => [
    [user(`Find ${name} now`)],
    calls("find", { name, deep: { n: 7 }, none: null, list: ["x"] }),
  ];

  it("is the values of its arguments, each once", async () => {
    const made = ready(find("Ann"));
    await note(made, ...find("Ann"));
    const { args } = made.knowledge.scope("s");
    expect(
      ["name", "deep.n", "list[]"].map((place) =>
        args.count(`find.${place}`, { name: "Ann", "deep.n": "7" }[place] ?? "x"),
      ),
    ).toEqual([1, 1, 1]);
    expect(args.familiarity("find.none", "null")).toBe("novel");
  });

  it("counts a value once, however many templates explain it", async () => {
    const made = ready(find("Ann"));
    const template = await dataFlow(...find("Ann"));
    if (!template) throw new Error("nothing flows");
    made.workshop.keep(template, "induced", exchangeOf(...find("Ann")));
    await note(made, ...find("Bob"));
    expect(made.knowledge.scope("s").args.count("find.name", "Bob")).toBe(1);
  });

  it("is how values were derived, by templates that are right about it", async () => {
    const login = (name: string, said: string): [Turn[], Turn] => [
      [user(`Add ${name} now`)],
      calls("add", { login: said }),
    ];
    const made = ready(login("Ann Marsh", "ann_marsh"));
    const template = await dataFlow(...login("Ann Marsh", "ann_marsh"));
    if (!template) throw new Error("nothing flows");
    made.workshop.keep(template, "induced", exchangeOf(...login("Ann Marsh", "ann_marsh")));
    const { args } = made.knowledge.scope("s");
    await note(made, ...login("Raj Patel", "raj_patel"));
    expect(args.formCount("add.login", "snake_case(x)")).toBe(1);
    await note(made, ...login("Lena Olsen", "LO"));
    expect(args.formCount("add.login", "snake_case(x)")).toBe(1);
    expect(args.count("add.login", "LO")).toBe(1);
  });

  it("is which words were wording: those that the best explanation leaves literal", async () => {
    const made = ready(find("Ann"));
    const template = await dataFlow(...find("Ann"));
    if (!template) throw new Error("nothing flows");
    made.workshop.keep(template, "induced", exchangeOf(...find("Ann")));
    const { args } = made.knowledge.scope("s");
    args.add("buy.item", "shoes");
    for (let count = 0; count < 3; count++) await note(made, ...find(["Now", "Lens", "Them"][count] ?? ""));
    // "now" was wording three times, "Lens" was data.
    expect(args.familiarity("buy.item", "now")).toBe("novel");
    expect(args.familiarity("buy.item", "hats")).toBe("shaped");
  });

  it("reads the explanation that has been right most often", async () => {
    for (const [better, expected] of [
      ["closed", "novel"],
      ["open", "shaped"],
    ] as const) {
      const mail = (name: string): [Turn[], Turn] => [
        [user(`Find ${name} now, says Bob here`)],
        calls("find", { name }),
      ];
      const made = ready(mail("Ann"));
      const closed = await dataFlow(...mail("Ann"));
      const open = await openFlow(...mail("Ann"), () => false);
      if (!closed || !open) throw new Error("nothing flows");
      const origin = exchangeOf(...mail("Ann"));
      const kept = {
        closed: made.workshop.keep(closed, "induced", origin),
        open: made.workshop.keep(open, "induced", origin),
      };
      for (const witness of ["w1", "w2"]) made.knowledge.agree(kept[better].skeleton, witness);
      const { args } = made.knowledge.scope("s");
      args.add("buy.item", "Tea");
      for (const name of ["Cid", "Eve", "Gus"]) await note(made, ...mail(name));
      // Whether "Bob" is one of the words or one of the data.
      expect([better, args.familiarity("buy.item", "Bob")]).toEqual([better, expected]);
    }
  });

  it("without any template, all of its words are wording and its texts hold nothing", async () => {
    const made = ready([[user("hello dear world")], says("Hi there")]);
    const { args } = made.knowledge.scope("s");
    args.add("buy.item", "shoes");
    for (let count = 0; count < 3; count++) await note(made, [user("hello dear world")], says("Hi there"));
    expect(args.familiarity("buy.item", "hello")).toBe("novel");
    expect(args.isData("Hi there")).toBe(false);
  });
});

describe("remembering", () => {
  const find = (name: string): [Turn[], Turn] => [[user(`Find ${name} now`)], calls("find", { name })];

  it("keeps an exchange at hand, and what it shows", async () => {
    const made = ready(find("Ann"));
    const exchange = exchangeOf(...find("Ann"));
    await remember.run(new Observation(exchange), made.workshop);
    expect(made.workshop.memory.has(exchange)).toBe(true);
    expect(made.knowledge.scope("s").args.count("find.name", "Ann")).toBe(1);
  });

  it("keeps nothing at hand that was erased while it was learned from", async () => {
    const made = bench();
    const exchange = exchangeOf(...find("Ann"));
    await keepAtHand.run(new Observation(exchange), made.workshop);
    expect(made.workshop.memory.has(exchange)).toBe(false);
  });

  it("takes in wordings: what may stand for what", async () => {
    const ask = (verb: string, name: string): [Turn[], Turn] => [
      [user(`please ${verb} the old ${name} for me`)],
      calls("find", { name }),
    ];
    const pairs = ["hat", "bag", "pen"].flatMap((name) => [ask("find", name), ask("fetch", name)]);
    const made = ready(...pairs);
    for (const pair of pairs) await remember.run(new Observation(exchangeOf(...pair)), made.workshop);
    const { wordings } = made.knowledge.scope("s");
    expect(wordings.isEmpty).toBe(false);
    expect(wordings.rewordings("please fetch the old cup for me", 2).map(({ text }) => text)).toContain(
      "please find the old cup for me",
    );
  });

  it("gives credit to what an earlier step left aside and a later one uses", async () => {
    const asked = user("Find the order of Ann for 12 May now");
    const first: [Turn[], Turn] = [[asked], calls("find", { name: "Ann" })];
    const made = ready(first);
    const template = taught("Find the order of {{name}} for {{day}} now", call("find", { name: "=name" }));
    made.knowledge.add(template);
    made.knowledge.seen.note(template.skeleton, [
      ["name", "Bob"],
      ["day", "11 May"],
    ]);
    const later: [Turn[], Turn] = [[asked, first[1], gives({ id: "n-7" })], calls("open", { day: "12 May" })];
    made.knowledge.add(exchangeOf(...later));
    await remember.run(new Observation(exchangeOf(...later)), made.workshop);
    expect(made.knowledge.seen.isUsed(template.skeleton, "day")).toBe(true);
    expect(made.knowledge.seen.isUsed(template.skeleton, "name")).toBe(false);
  });

  it("knows every word of a long text as wording, read in slices", async () => {
    const words = Array.from({ length: 3_000 }, (_, n) => `word${n}x`);
    for (const text of [words.join(" "), `${"y".repeat(9_000)} ${words.join(" ")}`]) {
      const turns = [user(text)];
      const made = ready([turns, says("Hi")]);
      const { args } = made.knowledge.scope("s");
      args.add("buy.item", "shoes");
      for (let count = 0; count < 3; count++) await note(made, turns, says("Hi"));
      const unknown = words.filter((word) => args.familiarity("buy.item", word) !== "novel");
      expect(unknown).toEqual([]);
    }
  });
});
