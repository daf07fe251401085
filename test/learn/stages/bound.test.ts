import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { learnBound } from "../../../src/learn/stages/bound.js";
import { remember } from "../../../src/learn/stages/remember.js";
import { testPredictions } from "../../../src/learn/stages/test.js";
import type { Turn } from "../../../src/template/turn.js";
import type { Learnt } from "../../../src/tree/knowledge.js";
import { type Step, teach } from "../../support/agent.js";
import * as agent from "../../support/cache.js";
import { calls, exchangeOf, gives, says, user } from "../../support/turns.js";
import { type Bench, bench, printed } from "../../support/workshop.js";

type Given = Record<string, string>;

/** Shows the stage an exchange, as the pipeline would. */
async function show(
  { workshop, knowledge }: Bench,
  turns: readonly Turn[],
  said: Turn,
  given: Given = {},
): Promise<void> {
  const observation = new Observation(exchangeOf(turns, said), { given: new Map(Object.entries(given)) });
  knowledge.add(observation.exchange);
  for (const stage of [testPredictions, learnBound, remember]) await stage.run(observation, workshop);
}

const replies = ({ kept }: Bench): (string | undefined)[] =>
  kept.map(({ template }) => printed(template)?.at(-1));
const agreements = ({ knowledge }: Bench, learnt: Learnt | undefined): number =>
  learnt ? knowledge.evidence(learnt).agreements.size : -1;
const greet = (name: string, first: string): [Turn[], Turn, Given] => [
  [user(`Greet ${name}`)],
  says(`Welcome, ${first}!`),
  { name },
];

describe("learning from what the caller has bound", () => {
  it("makes a template at once, which counts as one agreement; another right prediction is the second", async () => {
    const made = bench();
    await show(made, [user("Greet Ann")], says("Welcome, Ann!"), { name: "Ann" });
    expect(made.kept.map(({ origin }) => origin)).toEqual(["bound"]);
    expect(agreements(made, made.kept[0])).toBe(1);
    await show(made, [user("Greet Bob")], says("Welcome, Bob!"), { name: "Bob" });
    expect(made.kept.length).toBe(1);
    expect(agreements(made, made.kept[0])).toBe(2);
  });

  it("learns nothing where nothing was bound, nor where the model has said two things to one conversation", async () => {
    const made = bench();
    await show(made, [user("Greet Ann")], says("Welcome, Ann!"));
    await show(made, [user("Greet Ann")], says("Hello Ann!"), { name: "Ann" });
    expect(made.kept).toEqual([]);
  });

  it("keeps all likely ways to make a value, and once they part those that the model's reply shows", async () => {
    const made = bench();
    await show(made, ...greet("Erik Dunteman", "Erik"));
    expect(replies(made)).toEqual(['⇒ assistant: Welcome, {{first_word(name) ≡ before(name, " ")}}!']);
    await show(made, ...greet("Madonna", "Madonna"));
    expect(replies(made).slice(1)).toEqual(["⇒ assistant: Welcome, {{first_word(name)}}!"]);
    expect(made.contradicted).toEqual([made.kept[0]?.id]);
    // Where all ways agreed and were right, the one that is left was right too.
    expect(agreements(made, made.kept[1])).toBe(2);
  });

  it("is wrong of nothing that is known", async () => {
    const made = bench();
    await show(made, [user("Pay 900 to Ann")], calls("ask", { who: "Ann" }));
    await show(made, [user("Pay 900 to Bob")], calls("pay", { who: "Bob" }), { who: "Bob" });
    expect(made.kept).toEqual([]);
    // What was seen before anything was bound is evidence too.
    const other = bench();
    await show(other, [user("Greet Ann")], says("Welcome, Ann!"));
    await show(other, [user("Greet Bob")], says("Welcome, Bob!"), { name: "Bob" });
    expect(agreements(other, other.kept[0])).toBe(2);
  });

  it("waits for a second showing of data that nothing explains", async () => {
    const made = bench();
    const weather = (city: string, state: string): [Turn[], Turn, Given] => [
      [user(`Weather in ${city}?`)],
      calls("w", { city, state }),
      { city },
    ];
    await show(made, ...weather("Boston", "MA"));
    expect(made.kept).toEqual([]);
    await show(made, ...weather("Reno", "NV"));
    expect(made.kept).toEqual([]);
    await show(made, ...weather("Salem", "MA"));
    expect(made.kept).toEqual([]);
    const lone = bench();
    await show(lone, ...weather("Boston", "MA"));
    await show(lone, ...weather("Salem", "MA"));
    expect(replies(lone)).toEqual(['⇒ assistant: w(city={{city}}, state="MA")']);
    expect(agreements(lone, lone.kept[0])).toBe(2);
  });

  it("keeps its values alone where data flow gives nothing, but never a constant that is made of one", async () => {
    const made = bench();
    const long = "and so on ".repeat(8_000);
    await show(made, [user(`Greet Ann ${long}`)], says("Hello Ann"), { who: "Ann" });
    expect(replies(made)).toEqual(["⇒ assistant: Hello {{who}}"]);
    await show(made, [user(`Welcome Ann Lee ${long}`)], says("Hello Ann"), { who: "Ann Lee" });
    expect(made.kept.length).toBe(1);
  });

  it("learns of a later step what was data all along, and learns the steps before once more", async () => {
    const made = bench();
    const given = { name: "Ann" };
    const asked = [user("Meet Ann on July 8")];
    const found = [...asked, calls("find", { name: "Ann" }), gives({ mail: "ann@x.example" })];
    await show(made, asked, calls("find", { name: "Ann" }), given);
    await show(made, found, calls("book", { to: "ann@x.example", on: "2026-07-08" }), given);
    expect(made.kept.map(({ template }) => printed(template)?.[0])).toEqual([
      "user: Meet {{name:words}} on July 8",
      "user: Meet {{name:words}} on {{on}}",
      "user: Meet {{name:words}} on {{on}}",
    ]);
    expect(replies(made)[2]).toBe("⇒ assistant: find(name={{name}})");
    expect(agreements(made, made.kept[2])).toBe(1);
  });
});

describe("a cache that is told what is data", () => {
  /** Plays runs of an agent: what is answered from the cache in each, and whether it was right. */
  async function served(
    runs: readonly { steps: readonly Step[]; bindings: Given }[],
    policy: "eager" | "verified",
  ): Promise<string[]> {
    const { cache } = agent.setUp({ policy });
    const told: string[] = [];
    for (const { steps, bindings } of runs) {
      let hits = 0;
      for (const [messages, reply] of steps) {
        const answer = await cache.lookup({ messages, bindings });
        if (answer.status === "hit") {
          hits++;
          expect(answer.reply.tool_calls?.map((call) => call.function) ?? answer.reply.content).toEqual(
            reply.tool_calls?.map((call) => call.function) ?? reply.content,
          );
        } else await cache.observe({ messages, bindings }, reply);
      }
      await cache.settled();
      told.push(`${hits} of ${steps.length}`);
    }
    await cache.close();
    return told;
  }

  const run = (name: string, day: string, date: string, id: string) => {
    const asked = [agent.user(`Book ${name} for ${day}.`)];
    const find = agent.calls("find", { name });
    const found = [
      ...asked,
      find,
      agent.result(JSON.stringify({ customer: id, note: `${name} is a friend` })),
    ];
    const book = agent.calls("book", { customer: id, on: date, for: name.split(" ")[0] }, "call_2");
    const booked = [...found, book, agent.result("done", "call_2")];
    const steps: Step[] = [
      [asked, find],
      [found, book],
      [booked, agent.says(`${name.split(" ")[0]} is booked for ${day}.`)],
    ];
    return { steps, bindings: { name, day } };
  };
  const RUNS = [
    run("Erik Dunteman", "July 8, 2026", "2026-07-08", "C-1234"),
    run("Maria Silva", "March 12, 2026", "2026-03-12", "C-99"),
    run("Kenji Tanaka", "May 1, 2026", "2026-05-01", "D-5"),
    run("Ann Lee", "June 30, 2026", "2026-06-30", "C-77"),
  ];

  it("serves its second run under eager, and its third under verified, every step of it", async () => {
    expect(await served(RUNS, "eager")).toEqual(["0 of 3", "3 of 3", "3 of 3", "3 of 3"]);
    expect(await served(RUNS, "verified")).toEqual(["0 of 3", "0 of 3", "3 of 3", "3 of 3"]);
  });

  it("serves what it has learned to requests with nothing bound, and a bound value that has no part is no doubt", async () => {
    const { cache } = agent.setUp();
    for (const { steps, bindings } of RUNS.slice(0, 2))
      for (const [messages, reply] of steps)
        await cache.observe({ messages, bindings: { ...bindings, mood: "good", again: "good" } }, reply);
    await cache.settled();
    for (const bindings of [undefined, {}, { other: "x" }, RUNS[2]?.bindings]) {
      const [messages = []] = RUNS[2]?.steps[1] ?? [];
      expect(agent.short(await cache.lookup({ messages, bindings }))).toBe(
        'template book({"customer":"D-5","on":"2026-05-01","for":"Kenji"})',
      );
    }
  });

  it("with bindings that mean nothing learns as if none were given", async () => {
    const plain = agent.setUp().cache;
    const told = agent.setUp().cache;
    const cities = ["Paris", "Rome", "Oslo", "Bern", "Lima", "Kyiv"];
    const step = (city: string): Step => [
      [agent.user(`Weather in ${city}, please`)],
      agent.calls("weather", { city }),
    ];
    await teach(plain, cities.map(step));
    for (const [index, city] of cities.entries()) {
      const [messages, reply] = step(city);
      await told.observe(
        { messages, bindings: { a: String(index), b: String(index), city: "nowhere", please: "x" } },
        reply,
      );
    }
    await told.settled();
    const [messages] = step("Vienna");
    const expected = 'template weather({"city":"Vienna"})';
    expect(agent.short(await plain.lookup({ messages }))).toBe(expected);
    expect(agent.short(await told.lookup({ messages }))).toBe(expected);
    expect(agent.short(await told.lookup({ messages, bindings: { city: "elsewhere" } }))).toBe(expected);
  });
});
