import { describe, expect, it } from "vitest";
import { learnFlow } from "../../src/learn/learn-flow.js";
import { formOf } from "../../src/learn/trial.js";
import { bench, calls, exchangeOf, gives, observationOf, printed, says, user } from "./support.js";

describe("learning from one example", () => {
  it("keeps its data flow, the same with idle data open, and the same with the question open", async () => {
    const { workshop, kept } = bench();
    const turns = [user("The usual for order 4711"), calls("find", { kind: "usual" }), gives({ id: "u-777" })];
    await learnFlow.run(observationOf(turns, calls("ship", { id: "u-777" })), workshop);
    expect(kept.map(({ template }) => printed(template)?.[0])).toEqual([
      "user: The {{kind}} for order 4711",
      "user: The {{kind}} for order {{other:integer}}",
      "user: {{asked:any}}",
    ]);
    expect(kept.map(({ origin }) => origin)).toEqual(["induced", "induced", "induced"]);
  });

  it("opens what arguments of the scope have held", async () => {
    const { workshop, kept, knowledge } = bench();
    const other = exchangeOf([user("x")], says("y"));
    knowledge.add(other);
    knowledge.scope("s").args.add("find.colour", "red");
    await learnFlow.run(observationOf([user("show red things")], calls("list", {})), workshop);
    expect(kept.map(({ template }) => printed(template)?.[0])).toEqual(["user: show {{other}} things"]);
  });

  it("keeps nothing that is wrong about what is known", async () => {
    const { workshop, kept } = bench();
    const known = exchangeOf([user("Greet Ann now")], says("No."));
    workshop.memory.add(formOf(known), known);
    await learnFlow.run(observationOf([user("Greet Bob now")], says("Hello Bob!")), workshop);
    expect(kept).toEqual([]);
  });

  it("keeps nothing where nothing flows", async () => {
    const { workshop, kept } = bench();
    await learnFlow.run(observationOf([user("hello")], says("Hi!")), workshop);
    expect(kept).toEqual([]);
  });
});
