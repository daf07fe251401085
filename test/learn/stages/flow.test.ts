import { describe, expect, it } from "vitest";
import { learnFlow } from "../../../src/learn/stages/flow.js";
import { calls, callsEach, exchangeOf, gives, says, user } from "../../support/turns.js";
import { bench, observationOf, printed } from "../../support/workshop.js";

describe("learning from one example", () => {
  it("keeps its data flow, the same with idle data open, and the same with the question open", async () => {
    const { workshop, kept } = bench();
    const turns = [
      user("The usual for order 4711"),
      calls("find", { kind: "usual" }),
      gives({ id: "u-777" }),
    ];
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

  describe("about lists", () => {
    const orders = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `W-${count}${index}` }));
    const asked = (count: number) => [
      user("Note all orders"),
      calls("find", {}),
      gives({ orders: orders(count) }),
    ];
    const said = (count: number, taken: readonly number[]) =>
      callsEach(
        "note",
        taken.map((index) => orders(count)[index]),
      );
    const remembered = (...known: (readonly [count: number, taken: readonly number[]])[]) => {
      const made = bench();
      for (const each of known) {
        const exchange = exchangeOf(asked(each[0]), said(...each));
        made.workshop.memory.add(exchange);
      }
      return made;
    };
    const lists = async (
      made: ReturnType<typeof bench>,
      count: number,
      taken: readonly number[],
    ): Promise<(string | undefined)[]> => {
      await learnFlow.run(observationOf(asked(count), said(count, taken)), made.workshop);
      return made.kept.map(
        ({ template }) => /each item of \{\{(.*?)\}\}/.exec(printed(template)?.at(-1) ?? "")?.[1],
      );
    };

    it("doubts from one example how many are meant", async () => {
      expect((await lists(remembered(), 2, [0, 1]))[0]).toBe("result.orders ≡ take(result.orders, 2)");
    });

    it("doubts it no more where another exchange tells", async () => {
      expect((await lists(remembered([4, [0, 1, 2, 3]]), 2, [0, 1]))[0]).toBe("result.orders");
      expect((await lists(remembered([4, [0, 1]]), 2, [0, 1]))[0]).toBe("take(result.orders, 2)");
    });

    it("keeps nothing where every way was wrong once", async () => {
      expect(await lists(remembered([4, [0, 2, 3]]), 2, [0, 1])).toEqual([]);
    });

    it("keeps what has been settled before, for lists of another shape", async () => {
      const made = remembered([4, [0, 1, 2, 3]]);
      await lists(made, 2, [0, 1]);
      const other = bench();
      for (const { template } of made.kept)
        other.workshop.keep(template, "induced", exchangeOf(asked(2), said(2, [0, 1])));
      expect((await lists(other, 3, [0, 1, 2])).at(-1)).toBe("result.orders");
    });
  });

  it("keeps nothing that is wrong about what is known", async () => {
    const { workshop, kept } = bench();
    const known = exchangeOf([user("Greet Ann now")], says("No."));
    workshop.memory.add(known);
    await learnFlow.run(observationOf([user("Greet Bob now")], says("Hello Bob!")), workshop);
    expect(kept).toEqual([]);
  });

  it("keeps nothing where nothing flows", async () => {
    const { workshop, kept } = bench();
    await learnFlow.run(observationOf([user("hello")], says("Hi!")), workshop);
    expect(kept).toEqual([]);
  });
});
