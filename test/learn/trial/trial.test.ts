import { describe, expect, it } from "vitest";
import { keepIfSound } from "../../../src/learn/trial/trial.js";
import type { Template } from "../../../src/template/template.js";
import type { Exchange } from "../../../src/tree/knowledge.js";
import { exchangeOf, says, templateOf, user } from "../../support/turns.js";
import { type Bench, bench, dataFlow } from "../../support/workshop.js";

const greet = (name: string, reply = `Hello ${name}!`): Exchange =>
  exchangeOf([user(`Greet ${name} now`)], says(reply));

async function templateFrom(exchange: Exchange): Promise<Template> {
  const template = await dataFlow(exchange.turns, exchange.said);
  if (!template) throw new Error("nothing flows");
  return template;
}

function remembering(...exchanges: Exchange[]): Bench {
  const made = bench();
  for (const exchange of exchanges) made.workshop.memory.add(exchange);
  return made;
}

describe("a new template", () => {
  it("is kept if it reproduces its origin", async () => {
    const { workshop, kept, agreed } = remembering();
    const ann = greet("Ann");
    expect(await keepIfSound(await templateFrom(ann), [ann], workshop)).toBe(kept[0]);
    expect([kept.length, agreed.length]).toEqual([1, 0]);
    expect(await keepIfSound(await templateFrom(ann), [], workshop)).toBeUndefined();
  });

  it("is dropped if it says nothing, or something else, to its origin", async () => {
    const { workshop, kept } = remembering();
    expect(
      await keepIfSound(await templateFrom(greet("Ann")), [greet("Bob", "Good day, Bob.")], workshop),
    ).toBeUndefined();
    expect(
      await keepIfSound(await templateFrom(greet("Ann")), [exchangeOf([user("else")], says("x"))], workshop),
    ).toBeUndefined();
    expect(kept).toEqual([]);
  });

  it("is dropped if it is wrong about anything known", async () => {
    const { workshop, kept } = remembering(greet("Bob", "Good day, Bob."));
    expect(await keepIfSound(await templateFrom(greet("Ann")), [greet("Ann")], workshop)).toBeUndefined();
    expect(kept).toEqual([]);
  });

  it("has for evidence what it gets right beyond its origins, once for each set of bindings", async () => {
    const known = [greet("Bob"), greet("Cid"), exchangeOf([user("else")], says("x"))];
    const { workshop, agreed } = remembering(...known, greet("Ann"));
    await keepIfSound(await templateFrom(greet("Ann")), [greet("Ann")], workshop);
    expect(agreed).toHaveLength(2);
    expect(new Set(agreed.map(([, witness]) => witness)).size).toBe(2);
  });

  it("has none where its skeleton is known already: what taught that is among the known", async () => {
    const { workshop, agreed } = remembering(greet("Bob"), greet("Ann"));
    await keepIfSound(await templateFrom(greet("Ann")), [greet("Ann")], workshop);
    const before = agreed.length;
    expect(before).toBe(1);
    await keepIfSound(await templateFrom(greet("Cid")), [greet("Cid")], workshop);
    expect(agreed.length).toBe(before);
  });

  it("is dropped if it demands a number that may go with its reply by chance", async () => {
    const lend = (rate: string, sum: number, says_: string): Exchange =>
      exchangeOf([user(`May I lend ${sum} at ${rate} percent?`)], says(`At ${rate}: ${says_} to ${sum}.`));
    const template = templateOf("May I lend {{sum:integer}} at 1.6 percent?", "At 1.6: yes to {{sum}}.");
    const others = [lend("2.4", 10, "yes"), lend("1.2", 20, "no"), lend("2.4", 30, "no")];
    const own = lend("1.6", 40, "yes");
    const dropped = remembering(...others);
    expect(await keepIfSound(template, [own], dropped.workshop)).toBeUndefined();
    expect(dropped.kept).toEqual([]);
    // With other numbers the model has never said anything else; or too often the same for chance.
    const alike = remembering(...others.slice(0, 1));
    expect(await keepIfSound(template, [own], alike.workshop)).toBe(alike.kept[0]);
    const many = Array.from({ length: 8 }, (_, index) => lend("1.6", 50 + index, "yes"));
    const often = remembering(...others, ...many);
    expect(await keepIfSound(template, [own], often.workshop)).toBe(often.kept[0]);
  });
});
