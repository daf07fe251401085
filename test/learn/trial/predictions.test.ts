import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { learnFlow } from "../../../src/learn/stages/flow.js";
import { judge, proposalsFor } from "../../../src/learn/trial/predictions.js";
import { calls, exchangeOf, user } from "../../support/turns.js";
import { bench, observationOf } from "../../support/workshop.js";

const order = (item: string, said = item) =>
  exchangeOf([user(`Order ${item} for me`)], calls("order", { item: said }));

/** What the fates of predictions add up to after one that was wrong, in an exchange of some weight. */
async function fatesAfter(weight: number): Promise<{ wrong: number; expected: number }> {
  const { workshop, knowledge } = bench();
  await learnFlow.run(observationOf([user("Order tea for me")], calls("order", { item: "tea" })), workshop);
  const observation = new Observation(order("ink", "pen"), { weight });
  for (const proposal of proposalsFor(observation, workshop)) judge(proposal, observation, workshop);
  const { young, proven } = knowledge.scope("s").fates;
  return { wrong: young.wrong + proven.wrong, expected: young.expected + proven.expected };
}

describe("a prediction", () => {
  it("has its fate counted for all the exchanges that the observed one stands for", async () => {
    const [one, five] = [await fatesAfter(1), await fatesAfter(5)];
    expect(one.wrong).toBe(1);
    expect(one.expected).toBeGreaterThan(0);
    expect(five.wrong).toBe(5);
    expect(five.expected).toBeCloseTo(5 * one.expected);
  });
});
