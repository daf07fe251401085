import { describe, expect, it } from "vitest";
import { Observation } from "../../../src/learn/observation.js";
import { learnGuards } from "../../../src/learn/stages/guards.js";
import { evaluate } from "../../../src/template/derivation/evaluate.js";
import type { Turn } from "../../../src/template/turn.js";
import type { Learnt } from "../../../src/tree/knowledge.js";
import { calls, exchangeOf, says, user } from "../../support/turns.js";
import { bench } from "../../support/workshop.js";

const refund = (amount: number): readonly [Turn[], Turn] => [
  [user(`Refund request of ${amount} dollars.`)],
  amount <= 500 ? calls("approve", { amount }) : calls("escalate", { amount }),
];

async function learned(
  known: readonly (readonly [Turn[], Turn])[],
  latest: readonly [Turn[], Turn],
): Promise<Learnt[]> {
  const { workshop, kept } = bench();
  for (const [turns, said] of known) workshop.memory.add(exchangeOf(turns, said));
  await learnGuards.run(new Observation(exchangeOf(...latest)), workshop);
  return kept;
}

const holds = (learnt: Learnt | undefined, bindings: Record<string, string>): boolean[] =>
  (learnt?.template.guards ?? []).map((guard) => {
    const verdict = evaluate(guard, new Map(Object.entries(bindings)));
    return verdict.ok && verdict.value === true;
  });

describe("guards", () => {
  const known = [120, 900, 340, 1500, 80].map(refund);

  it("are learned when each side has three exchanges that a condition tells apart", async () => {
    const [learnt, ...more] = await learned(known, refund(2200));
    expect(more).toEqual([]);
    const [name] = [
      ...new Set(
        learnt?.template.turns[0]?.parts
          .flatMap((part) => (part.kind === "text" ? part.text : []))
          .flatMap((s) => (typeof s === "object" ? [s.name] : [])),
      ),
    ];
    expect(name).toBe("amount");
    expect(holds(learnt, { amount: "3000" }).every(Boolean)).toBe(true);
    expect(holds(learnt, { amount: "100" }).some(Boolean)).toBe(false);
    // Between the sides the conditions part.
    expect(holds(learnt, { amount: "400" })).toContain(false);
  });

  it("are found in what is read and plays no part in the reply", async () => {
    const claim = (id: number, amount: number): readonly [Turn[], Turn] => [
      [user(`Review claim ${id} over $${amount}`)],
      calls(amount <= 500 ? "approve" : "escalate", { claim: id }),
    ];
    const some = [120, 900, 340, 1500, 80].map((amount, index) => claim(3000 + index * 17, amount));
    const [learnt] = await learned(some, claim(4711, 2200));
    const bindings = (amount: string): Record<string, string> => ({ claim: "9", other: amount });
    expect(holds(learnt, bindings("3000")).every(Boolean)).toBe(true);
    expect(holds(learnt, bindings("100"))).toContain(false);
  });

  it("need three of each side", async () => {
    expect(await learned(known.slice(0, 4), refund(80))).toEqual([]);
    expect(await learned(known.slice(1), refund(2200))).toEqual([]);
  });

  it("are not learned where nothing tells the sides apart", async () => {
    const odd = (name: string, side: boolean): readonly [Turn[], Turn] => [
      [user(`Handle the case of ${name}.`)],
      calls(side ? "keep" : "drop", { name }),
    ];
    const mixed = ["Ann", "Bob", "Cid", "Dora", "Eve"].map((name, index) => odd(name, index % 2 === 0));
    const found = await learned(mixed, odd("Fay", false));
    for (const learnt of found) expect(holds(learnt, { name: "Gus" })).toContain(false);
  });

  it("are not sought where nothing flows", async () => {
    expect(await learned([], [[user("hello")], says("Hi!")])).toEqual([]);
  });
});
