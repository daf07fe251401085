import { describe, expect, it } from "vitest";
import { BOUND_STAGES, learn, STAGES } from "../../src/learn/index.js";
import { Observation } from "../../src/learn/observation.js";
import type { Stage } from "../../src/learn/stage.js";
import { calls, exchangeOf, says, user } from "../support/turns.js";
import { bench, observationOf, printed } from "../support/workshop.js";

const order = (item: string): Observation =>
  observationOf([user(`Order ${item} for me`)], calls("order", { item }));

describe("the miss path", () => {
  it("tests before it learns, remembers, and asks a model last", () => {
    expect(STAGES.map(({ name }) => name)).toEqual([
      "test",
      "narrow",
      "bound",
      "flow",
      "continuation",
      "guards",
      "siblings",
      "remember",
      "ask",
    ]);
    expect(BOUND_STAGES.map(({ name }) => name)).toEqual(["test", "bound", "keep-at-hand"]);
  });

  it("takes an observation through the stages one after the other", async () => {
    const seen: string[] = [];
    const stage = (name: string, wait: number): Stage => ({
      name,
      async run() {
        seen.push(`${name} begins`);
        for (let turn = 0; turn < wait; turn++) await Promise.resolve();
        seen.push(`${name} ends`);
      },
    });
    await learn(order("tea"), bench().workshop, [stage("one", 5), stage("two", 0)]);
    expect(seen).toEqual(["one begins", "one ends", "two begins", "two ends"]);
  });

  it("a fault in a stage is for the caller to tell, and ends this observation alone", async () => {
    const broken: Stage = {
      name: "broken",
      run() {
        throw new Error("no");
      },
    };
    const { workshop, kept } = bench();
    await expect(learn(order("tea"), workshop, [broken])).rejects.toThrow("no");
    await learn(observationOf([user("Order Tea for me")], calls("order", { item: "Tea" })), workshop);
    expect(kept.length).toBeGreaterThan(0);
  });

  it("learns a template from one, proves it by the next, and keeps both at hand", async () => {
    const { workshop, kept, agreed, contradicted, knowledge } = bench();
    for (const item of ["tea", "ink", "jam"]) {
      const observation = order(item);
      knowledge.add(observation.exchange);
      await learn(observation, workshop);
    }
    expect(printed(kept[0]?.template)).toEqual([
      "user: Order {{item}} for me",
      "⇒ assistant: order(item={{item}})",
    ]);
    // The first was made of one; it was right about the two that came after.
    expect(agreed.filter(([id]) => id === kept[0]?.id)).toHaveLength(2);
    expect(contradicted).toEqual([]);
    expect(workshop.memory.size).toBe(3);
    expect(knowledge.scope("s").args.count("order.item", "jam")).toBe(1);
  });

  it("a wrong prediction is held against its template", async () => {
    const { workshop, kept, contradicted } = bench();
    await learn(order("tea"), workshop);
    await learn(observationOf([user("Order ink for me")], says("We have none.")), workshop);
    expect(contradicted).toEqual([kept[0]?.id]);
  });

  it("does not learn from induction where only bound values count", async () => {
    const { workshop, kept } = bench();
    await learn(order("tea"), workshop, BOUND_STAGES);
    expect(kept).toEqual([]);
    const exchange = exchangeOf([user("Order tea for me")], calls("order", { item: "tea" }));
    await learn(new Observation(exchange, { given: new Map([["what", "tea"]]) }), workshop, BOUND_STAGES);
    expect(kept).toHaveLength(1);
  });
});
