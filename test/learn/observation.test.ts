import { describe, expect, it } from "vitest";
import { Observation } from "../../src/learn/observation.js";
import { learnFlow } from "../../src/learn/stages/flow.js";
import { proposalsFor } from "../../src/learn/trial/predictions.js";
import { calls, exchangeOf, user } from "../support/turns.js";
import { bench, observationOf } from "../support/workshop.js";

const order = (item: string): Observation =>
  observationOf([user(`Order ${item} for me`)], calls("order", { item }));

describe("an observation", () => {
  it("works its data flow out once", async () => {
    const observation = order("tea");
    const first = await observation.flow.closed();
    expect(first).toBeDefined();
    const { steps } = observation.pace;
    expect(await observation.flow.closed()).toBe(first);
    expect(observation.pace.steps).toBe(steps);
  });

  it("asks the templates once, and again when there are others", async () => {
    const { workshop, knowledge } = bench();
    const observation = order("tea");
    knowledge.add(observation.exchange);
    const none = proposalsFor(observation, workshop);
    expect([none, proposalsFor(observation, workshop)]).toEqual([[], none]);
    expect(proposalsFor(observation, workshop)).toBe(none);
    await learnFlow.run(observation, workshop);
    const some = proposalsFor(observation, workshop);
    expect(some.map(({ reply }) => reply)).toEqual([observation.exchange.said]);
    expect(proposalsFor(observation, workshop)).toBe(some);
  });

  it("sees a conversation without the reasoning in it", () => {
    const thought = {
      role: "assistant",
      parts: [{ kind: "reasoning", text: "hm" } as const, { kind: "text", text: "Well" } as const],
    };
    const observation = new Observation(exchangeOf([user("Hi"), thought, user("So?")], calls("go", {})));
    expect(observation.turns[1]?.parts).toEqual([{ kind: "text", text: "Well" }]);
    expect(observation.keys).toHaveLength(3);
  });
});
