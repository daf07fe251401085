import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { learnSiblings } from "../../../src/learn/stages/siblings.js";
import type { UserFunction } from "../../../src/template/derivation/evaluate.js";
import type { Turn } from "../../../src/template/turn.js";
import { literalTurn, mapPlaces } from "../../../src/template/visit.js";
import { calls, exchangeOf, gives, learntOf, like, says, user } from "../../support/turns.js";
import { bench, printed } from "../../support/workshop.js";

type Pair = readonly [Turn[], Turn];

/** The templates that the last of some exchanges, met in this order, makes with the others. */
async function merged(
  pairs: readonly Pair[],
  functions: Record<string, UserFunction> = {},
): Promise<(string[] | undefined)[]> {
  const { workshop, kept } = bench(functions);
  const exchanges = pairs.map(([turns, said]) => exchangeOf(turns, said));
  for (const exchange of exchanges.slice(0, -1)) workshop.memory.add(exchange);
  await learnSiblings.run(new Observation(exchanges.at(-1) as (typeof exchanges)[0]), workshop);
  return kept.map(({ template }) => printed(template));
}

describe("siblings", () => {
  it("become a template of what they share, with a slot for each difference", async () => {
    expect(
      await merged([
        [[user("Order tea for me")], calls("order", { item: "tea", qty: 1 })],
        [[user("Order ink for me")], calls("order", { item: "ink", qty: 1 })],
      ]),
    ).toEqual([["user: Order {{text}} for me", "⇒ assistant: order(item={{text}}, qty=1)"]]);
  });

  it("are left alone where a template that was right twice had this reply, and by no other", async () => {
    const order = (item: string): ReturnType<typeof exchangeOf> =>
      exchangeOf([user(`Order ${item} for me`)], calls("order", { item }));
    const keptBeside = async (reply: Turn, agreements: number): Promise<number> => {
      const { workshop, knowledge, kept } = bench();
      const template = {
        turns: [like("Order {{what}} for me")],
        reply: mapPlaces(literalTurn(reply), (never) => never),
        guards: [],
      };
      const learnt = learntOf(template, { origin: "induced" });
      knowledge.add(learnt);
      for (let index = 0; index < agreements; index++) knowledge.agree(learnt.skeleton, `${index}`);
      workshop.memory.add(order("tea"));
      await learnSiblings.run(new Observation(order("ink")), workshop);
      return kept.length;
    };
    expect(await keptBeside(calls("order", { item: "ink" }), 2)).toBe(0);
    expect(await keptBeside(calls("order", { item: "ink" }), 1)).toBe(1);
    expect(await keptBeside(calls("order", { item: "oil" }), 2)).toBe(1);
  });

  it("derive what is not copied", async () => {
    const [template] = await merged(
      ["Erik Dunteman", "Ann Marsh", "Raj Patel"].map(
        (name): Pair => [[user(name)], says(`${name[0]}. ${name.split(" ")[1]}`)],
      ),
    );
    expect(template?.[0]).toBe("user: {{asked}}");
    expect(template?.[1]).toContain("asked");
  });

  it("derive a later value of the reply from an earlier one", async () => {
    const sum = (a: number, b: number): Pair => [
      [user(`Ann has ${a} pens and gets ${b} boxes of 12 pens each, then halves it`)],
      says(`${b} * 12 = ${b * 12}, and ${a} + ${b * 12} = ${a + b * 12}.`),
    ];
    const [template] = await merged([sum(3, 5), sum(8, 2), sum(11, 7), sum(4, 9)]);
    expect(template?.[1]).toMatch(/\* 12/);
  });

  it("are seen together: what two of them share by chance is no wording", async () => {
    const [template] = await merged(
      [
        ["Ann", 3, 9],
        ["Bob", 8, 2],
        ["Ann", 5, 9],
        ["Ann", 7, 9],
      ].map(
        ([name, a, b]): Pair => [
          [user(`${name} has ${a} boxes of ${b} pens, how many in all`)],
          says(`${Number(a) * Number(b)}`),
        ],
      ),
    );
    expect(template?.[0]).toMatch(
      /^user: \{\{text.*\}\} has \{\{text_2:integer\}\} boxes of \{\{text_3:integer\}\} pens/,
    );
  });

  it("do not leave a word open where the reply is the same anyway: it may be the one that decides", async () => {
    const on = (place: string): Pair => [
      [user(`Please turn on the ${place} light for me now`)],
      calls("turn", { on: true }),
    ];
    const [template] = await merged([on("porch"), on("garden"), on("hall")]);
    expect(template?.[0]).toContain('"garden"');
  });

  it("derive a yes or no only where each side was there three times", async () => {
    const ship = (order: number, amount: number): Pair => [
      [user(`Send order ${order} worth $${amount} today`)],
      calls("ship", { order, insured: amount > 400 }),
    ];
    const few = [
      [11, 500],
      [12, 900],
      [13, 700],
      [14, 90],
    ] as const;
    const more = [[15, 120], [16, 40], [17, 800], [18, 300], ...few] as const;
    expect(await merged(few.map(([order, amount]) => ship(order, amount)))).toEqual([]);
    const [template] = await merged(more.map(([order, amount]) => ship(order, amount)));
    expect(template?.at(-1)).toMatch(/insured=\{\{.*>/);
  });

  it("use the functions of the user", async () => {
    const hidden = (text: string): string =>
      [...text].map((letter) => String.fromCharCode(219 - letter.charCodeAt(0))).join("");
    const turned: UserFunction = ([text]) => (typeof text === "string" ? hidden(text) : undefined);
    const pair = (word: string): Pair => [
      [user(`Turn the word ${word} around`)],
      calls("say", { word: hidden(word) }),
    ];
    const pairs = ["stone", "bread", "plain", "grind"].map(pair);
    expect(await merged(pairs)).toEqual([]);
    const [template] = await merged(pairs, { turned });
    expect(template?.[1]).toContain("turned(");
  });

  it("list the values seen of what plays no part in the reply", async () => {
    const [template] = await merged([
      [
        [user("[log a1] Order tea for me"), calls("ping", {}), gives({ ms: 3 })],
        calls("order", { item: "tea" }),
      ],
      [
        [user("[log b2] Order ink for me"), calls("ping", {}), gives({ ms: 5 })],
        calls("order", { item: "ink" }),
      ],
    ]);
    expect(template?.[0]).toMatch(/"a1"\|"b2"/);
    expect(template?.[2]).toMatch(/"3"\|"5"/);
    expect(template?.[0]).not.toMatch(/"tea"/);
  });

  it("are of the same form, and their replies of one kind", async () => {
    const order: Pair = [[user("Order tea for me")], calls("order", { item: "tea" })];
    expect(await merged([order])).toEqual([]);
    expect(await merged([order, [[user("Order ink for me")], calls("buy", { item: "ink" })]])).toEqual([]);
    expect(
      await merged([order, [[user("Order ink for me")], calls("order", { item: "ink", rush: true })]]),
    ).toEqual([]);
    expect(
      await merged([
        order,
        [[user("Order ink for me"), says("ok"), user("go")], calls("order", { item: "ink" })],
      ]),
    ).toEqual([]);
    expect(await merged([order, order])).toEqual([]);
  });

  it("make none that does not explain every difference, or is wrong about another sibling", async () => {
    expect(
      await merged([
        [[user("What is the weather in Boston now")], calls("weather", { city: "Boston", code: "kx" })],
        [[user("What is the weather in Austin now")], calls("weather", { city: "Austin", code: "qv" })],
      ]),
    ).toEqual([]);
    expect(
      await merged([
        [[user("Order gas for me")], calls("order", { item: "petrol" })],
        [[user("Order tea for me")], calls("order", { item: "tea" })],
        [[user("Order ink for me")], calls("order", { item: "ink" })],
      ]),
    ).toEqual([]);
  });

  it("make none that takes any question whatever and makes no use of it", async () => {
    expect(
      await merged([
        [[user("Erik Dunteman")], says("Welcome to the shop")],
        [[user("What a day!")], says("Welcome to the shop")],
      ]),
    ).toEqual([]);
  });

  it("are left alone where something proven has the reply right", async () => {
    const { workshop, kept, knowledge } = bench();
    const exchanges = ["tea", "ink", "jam", "oil"].map((item) =>
      exchangeOf([user(`Order ${item} for me`)], calls("order", { item })),
    );
    const [first, second, third, fourth] = exchanges as [
      (typeof exchanges)[0],
      (typeof exchanges)[0],
      (typeof exchanges)[0],
      (typeof exchanges)[0],
    ];
    workshop.memory.add(first);
    await learnSiblings.run(new Observation(second), workshop);
    expect(kept).toHaveLength(1);
    for (const witness of ["w1", "w2"]) knowledge.agree(kept[0]?.skeleton ?? "", witness);
    for (const exchange of [first, second, third]) workshop.memory.add(exchange);
    await learnSiblings.run(new Observation(fourth), workshop);
    expect(kept).toHaveLength(1);
  });
});
