import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { notice } from "../../../src/learn/stages/remember.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, exchangeOf, says, user } from "../../support/turns.js";
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
