import { describe, expect, it } from "vitest";
import type { AnswerContext } from "../../src/answer/context.js";
import { fallback } from "../../src/answer/fallback.js";
import type { Reading } from "../../src/answer/read.js";
import type { Proposal } from "../../src/answer/select.js";
import { piecesOf } from "../../src/template/pieces.js";
import type { Turn } from "../../src/template/turn.js";
import { literalTurn, mapPlaces } from "../../src/template/visit.js";
import { chainOf } from "../../src/tree/entry.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { kindOfRewording } from "../../src/trust/kind.js";
import type { Message } from "../../src/types.js";
import { play, type Step, task, teach } from "../support/agent.js";
import { calls, result, said, setUp, short, user } from "../support/cache.js";
import {
  calls as callsTurn,
  exchangeOf,
  gives as givesTurn,
  learntOf,
  user as userTurn,
} from "../support/turns.js";

const QUESTIONS = ["It is dead", "No light", "It hums", "It beeps", "All black", "It smells"];
const call = (tool: string, id: string): Message => said(calls(tool, {}, id));
// After as many checks as the index says: no template of a whole conversation fits the next.
const restart = (index: number): Step => [
  [
    user(QUESTIONS[index] as string),
    ...Array.from({ length: index }, (_, n) => [
      call("check", `k${n}`),
      result(`fault ${n}`, `k${n}`),
    ]).flat(),
    call("reset", "c"),
    result("done", "c"),
  ],
  calls("check_power", {}),
];

describe("what is answered where no template may", () => {
  it("is not asked for while a template that was right before says otherwise", async () => {
    const { cache } = setUp();
    const book = (verb: string, what: string, city: string): Step =>
      task(`${verb} a ${what} in ${city} for me`, calls(what, { city }));
    const cities = ["Paris", "Rome", "Oslo", "Bern", "Lima", "Kyiv", "Cairo", "Quito"];
    const known = cities.flatMap((city) =>
      ["hotel", "table", "taxi", "guide"].map((what) => book("book", what, city)),
    );
    const others = cities
      .slice(0, 6)
      .flatMap((city) => ["hotel", "table", "taxi"].map((what) => book("reserve", what, city)));
    await play(cache, [...known, ...others]);
    const guide = (city: string): Step =>
      task(`reserve a guide in ${city} for me`, calls("waiting_list", { city }));
    expect(short(await cache.lookup({ messages: guide("Vienna")[0] }))).toBe(
      'template guide({"city":"Vienna"})',
    );
    // The model says something else of guides that are reserved: from then on that is in doubt.
    await teach(cache, [guide("Prague"), guide("Graz")]);
    expect(short(await cache.lookup({ messages: guide("Vienna")[0] }))).not.toBe(
      'template guide({"city":"Vienna"})',
    );
  });

  it("is answered the same where the caller has bound values", async () => {
    const { cache } = setUp();
    await teach(cache, [0, 1, 2, 3].map(restart));
    const [messages] = restart(5);
    expect(short(await cache.lookup({ messages }))).toBe("template check_power({})");
    expect(short(await cache.lookup({ messages, bindings: { device: "lamp" } }))).toBe(
      "template check_power({})",
    );
  });

  it("obeys never and the guard", async () => {
    for (const options of [{ never: ["check_power"] }, { guard: () => false }]) {
      const { cache } = setUp(options);
      await teach(cache, [0, 1, 2, 3].map(restart));
      expect(short(await cache.lookup({ messages: restart(5)[0] }))).toMatch(/^miss (never|guarded)/);
    }
  });

  it("ends with its time to live", async () => {
    const { cache, clock } = setUp({ ttl: 1_000 });
    await teach(cache, [0, 1, 2, 3].map(restart));
    clock.now += 5_000;
    expect(short(await cache.lookup({ messages: restart(5)[0] }))).toMatch(/^miss/);
  });
});

describe("a fallback", () => {
  const right = callsTurn("check_power", {});
  const wrong = callsTurn("hang_up", {});
  /** A template that is not trusted, has been right as often, and says this. */
  const rival = (reply: Turn, agreements: number): Proposal =>
    ({ standing: "candidate", reply, kind: { agreements } }) as unknown as Proposal;

  function said(knowledge: Knowledge, turns: readonly Turn[], rivals: readonly Proposal[]): Turn | undefined {
    const reading = { turns, chain: chainOf(turns), states: [] } as unknown as Reading;
    const settings = { policy: "verified", minAgreements: 2, maxErrorRate: 0.01, now: () => 1 };
    const context = { knowledge, settings, evaluation: { functions: new Map() } } as unknown as AnswerContext;
    return fallback({ reading, tree: knowledge.scope("s"), given: new Map() }, rivals, context)?.said;
  }

  function expectVeto(knowledge: Knowledge, turns: readonly Turn[]): void {
    expect(said(knowledge, turns, [])).toEqual(right);
    expect(said(knowledge, turns, [rival(right, 2)])).toEqual(right);
    // What was never right before has no say.
    expect(said(knowledge, turns, [rival(wrong, 0)])).toEqual(right);
    expect(said(knowledge, turns, [rival(wrong, 1)])).toBeUndefined();
  }

  it("from the last step gives way to whoever was right before and says otherwise", () => {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
    const step = [callsTurn("reset", {}), givesTurn("done")];
    const reply = mapPlaces(literalTurn(right), (never) => never);
    const template = { turns: step.map(literalTurn), reply, guards: [], continuation: true as const };
    const learnt = learntOf(template, { origin: "induced" });
    knowledge.add(learnt);
    for (const witness of ["a", "b", "c", "d"]) knowledge.agree(learnt.skeleton, witness);
    expectVeto(knowledge, [userTurn("it hums"), ...step]);
  });

  it("in other words gives way to whoever was right before and says otherwise", () => {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
    const exchange = exchangeOf([userTurn("open the shed")], right);
    knowledge.add(exchange);
    for (const verb of ["paint", "sweep"])
      for (const what of ["shed", "barn"])
        knowledge
          .scope("s")
          .wordings.add("start", piecesOf(`${verb} the ${what}`), { meaning: verb, witness: verb });
    const { id, nearId } = kindOfRewording(exchange, knowledge);
    expect(said(knowledge, [userTurn("open the barn")], [])).toBeUndefined();
    for (let index = 0; index < 100; index++)
      for (const of of [id, nearId]) knowledge.agree(of, `right ${index}`);
    expectVeto(knowledge, [userTurn("open the barn")]);
  });
});
