import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindingsOf } from "../../../src/answer/predict.js";
import { Memory } from "../../../src/learn/trial/memory.js";
import { domainOfKinds } from "../../../src/template/domain.js";
import type { Slot, TurnPattern } from "../../../src/template/template.js";
import type { Exchange } from "../../../src/tree/knowledge.js";
import { calls, exchangeOf, gives, says, system, user } from "../../support/turns.js";
import { dataFlow } from "../../support/workshop.js";

const nth = (index: number): Exchange => exchangeOf([user(`question ${index}`)], says("answer"));
const order = (item: string, reply = item): Exchange =>
  exchangeOf([system("Shop."), user(`Order ${item} for me`)], calls("order", { item: reply }));
const anything: TurnPattern<Slot> = {
  role: "user",
  parts: [{ kind: "text", text: [{ name: "x", domain: domainOfKinds("any") }] }],
};

function memoryOf(...exchanges: readonly Exchange[]): Memory {
  const memory = new Memory();
  for (const exchange of exchanges) memory.add(exchange);
  return memory;
}

const idsOf = async (memory: Memory, turns: readonly TurnPattern<Slot>[], scope = "s"): Promise<string[]> =>
  (await memory.fitting({ turns }, scope)).map(({ exchange }) => exchange.id);

describe("memory", () => {
  it("keeps an exchange once, and knows what it keeps", () => {
    const memory = memoryOf(nth(1), nth(2), nth(1));
    expect([memory.size, memory.has(nth(1)), memory.has(nth(3))]).toEqual([2, true, false]);
    memory.drop([nth(1).id, nth(7).id]);
    expect([memory.size, memory.has(nth(1)), memory.has(nth(2))]).toEqual([1, false, true]);
  });

  it("finds all exchanges of a template's wording among many others, with what it binds in them", async () => {
    const others = Array.from({ length: 300 }, (_, index) =>
      exchangeOf([system("Shop."), user(`Ask ${index} things of us`)], says("no")),
    );
    const orders = Array.from({ length: 100 }, (_, index) => order(`thing ${index}`));
    const memory = memoryOf(...others.slice(0, 150), ...orders, ...others.slice(150), order("tea"));
    const template = await dataFlow(order("ink").turns, order("ink").said);
    const found = await memory.fitting({ turns: template?.turns ?? [] }, "s");
    expect(found).toHaveLength(101);
    expect(found[0]?.bindings).toEqual(new Map([["item", "tea"]]));
    expect(new Set(found.map(({ bindings }) => bindings.get("item"))).size).toBe(101);
  });

  it("gives every exchange of a conversation that was answered in more than one way", async () => {
    const memory = memoryOf(order("tea"), order("tea", "ink"));
    const template = await dataFlow(order("tea").turns, order("tea").said);
    expect(await memory.fitting({ turns: template?.turns ?? [] }, "s")).toHaveLength(2);
  });

  it("keeps scopes apart", async () => {
    const memory = memoryOf(nth(1), exchangeOf([user("question 1")], says("answer"), { scope: "t" }));
    expect([
      (await idsOf(memory, [anything])).length,
      (await idsOf(memory, [anything], "t")).length,
      (await idsOf(memory, [anything], "u")).length,
    ]).toEqual([1, 1, 0]);
  });

  it("finds a step whatever came before it, for templates that continue from one", async () => {
    const step = [calls("find", { of: "Ann" }), gives({ id: 7 })];
    const memory = memoryOf(
      exchangeOf([user("a"), ...step], says("x")),
      exchangeOf([user("b"), says("hm"), user("c"), ...step], says("x")),
    );
    const continuation = {
      turns: (await dataFlow(step, calls("open", { id: 7 })))?.turns ?? [],
      continuation: true,
    } as const;
    expect(await memory.fitting(continuation, "s")).toHaveLength(2);
    expect(await memory.fitting({ turns: continuation.turns }, "s")).toHaveLength(0);
  });

  it("lets go of an exchange and of what only it needed, and finds the others as before", async () => {
    const all = Array.from({ length: 40 }, (_, index) => nth(index));
    const memory = memoryOf(...all);
    await idsOf(memory, [anything]);
    memory.drop(all.slice(0, 39).map(({ id }) => id));
    expect(await idsOf(memory, [anything])).toEqual([all[39]?.id]);
    memory.drop([all[39]?.id ?? ""]);
    expect([memory.size, await idsOf(memory, [anything])]).toEqual([0, []]);
    memory.add(nth(1));
    expect(await idsOf(memory, [anything])).toEqual([nth(1).id]);
  });

  it("finds what a scan of all finds", async () => {
    const word = fc.constantFrom("set", "the", "lamp", "fan", "to", "7", "on", "off");
    const question = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "));
    const segment = fc.oneof(question, fc.constant({ name: "a", domain: domainOfKinds("any") }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(question, { maxLength: 60 }),
        segment,
        segment,
        async (questions, first, second) => {
          const text = typeof first === "object" && typeof second === "object" ? [first] : [first, second];
          const joined = text.every((each) => typeof each === "string") ? [text.join("")] : text;
          const pattern: TurnPattern<Slot> = { role: "user", parts: [{ kind: "text", text: joined }] };
          const exchanges = questions.map((each) => exchangeOf([user(each)], says("ok")));
          const kept = exchanges.filter((_, index) => index % 3 > 0);
          const memory = memoryOf(...exchanges);
          await idsOf(memory, [pattern]);
          memory.drop(
            exchanges.filter((exchange) => !kept.some(({ id }) => id === exchange.id)).map(({ id }) => id),
          );
          const scanned = new Set(
            kept.filter(({ turns }) => bindingsOf([pattern], turns)).map(({ id }) => id),
          );
          expect(new Set(await idsOf(memory, [pattern]))).toEqual(scanned);
        },
      ),
    );
  });
});

describe("the nearest exchanges", () => {
  it("are those of the same structure and kind of reply with the most words in common, in another conversation", async () => {
    const like = exchangeOf([user("Order ink for me now")], calls("order", { item: "ink" }));
    const less = exchangeOf([user("Order six of these")], calls("order", { item: "six" }));
    const memory = memoryOf(
      less,
      like,
      exchangeOf([user("Order jam for me now")], says("no")),
      exchangeOf([user("Order jam for me now")], calls("order", { what: "jam" })),
      exchangeOf([user("Order tea for me now")], calls("order", { item: "ink" })),
      exchangeOf([user("Order jam for me now")], calls("order", { item: "jam" }), { scope: "t" }),
    );
    const asked = exchangeOf([user("Order tea for me now")], calls("order", { item: "tea" }));
    expect((await memory.nearest(asked, 6)).map(({ id }) => id)).toEqual([like.id, less.id]);
    expect((await memory.nearest(asked, 1)).map(({ id }) => id)).toEqual([like.id]);
  });

  it("are found among very many of one structure", async () => {
    const filler = Array.from({ length: 2_000 }, (_, index) =>
      exchangeOf([user(`Tell number ${index} something else`)], says(`said ${index}`)),
    );
    const like = exchangeOf([user("Which planet is the reddest")], says("Mars"));
    const memory = memoryOf(...filler.slice(0, 10), like, ...filler.slice(10));
    const asked = exchangeOf([user("Which planet is the largest")], says("Jupiter"));
    expect((await memory.nearest(asked, 1))[0]?.id).toBe(like.id);
    memory.drop([like.id]);
    expect((await memory.nearest(asked, 3)).map(({ id }) => id)).not.toContain(like.id);
  });
});
