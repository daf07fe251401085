import { describe, expect, it } from "vitest";
import { Memory } from "../../../src/learn/trial/memory.js";
import { exchangeOf, says, user } from "../support.js";

const nth = (index: number) => exchangeOf([user(`question ${index}`)], says("answer"));

describe("memory", () => {
  it("gives the exchanges of a form, oldest first, each once", () => {
    const memory = new Memory();
    for (const index of [1, 2, 1]) memory.add("f", nth(index));
    memory.add("g", nth(3));
    expect(memory.of("f").map(({ id }) => id)).toEqual([nth(1).id, nth(2).id]);
    expect(memory.of("g")).toHaveLength(1);
    expect(memory.of("h")).toEqual([]);
  });

  it("keeps the latest 64 of a form", () => {
    const memory = new Memory();
    for (let index = 0; index < 70; index++) memory.add("f", nth(index));
    expect(memory.of("f")).toHaveLength(64);
    expect(memory.of("f")[0]?.id).toBe(nth(6).id);
    expect(memory.of("f").at(-1)?.id).toBe(nth(69).id);
  });

  it("keeps 20,000 forms, and lets go of the one not seen for longest", () => {
    const memory = new Memory();
    for (let index = 0; index < 20_000; index++) memory.add(`f${index}`, nth(index));
    memory.add("f0", nth(20_000));
    memory.add("more", nth(20_001));
    expect(memory.of("f1")).toEqual([]);
    expect([memory.of("f0").length, memory.of("f2").length, memory.of("more").length]).toEqual([2, 1, 1]);
    expect([memory.has(nth(0)), memory.has(nth(1)), memory.has(nth(2))]).toEqual([true, false, true]);
  });

  it("knows what it keeps, and nothing else", () => {
    const memory = new Memory();
    for (let index = 0; index < 65; index++) memory.add("f", nth(index));
    expect([memory.has(nth(0)), memory.has(nth(1)), memory.has(nth(64)), memory.has(nth(65))]).toEqual([false, true, true, false]);
    memory.drop(new Set([nth(1).id]));
    expect(memory.has(nth(1))).toBe(false);
    memory.add("f", nth(1));
    expect(memory.of("f").at(-1)?.id).toBe(nth(1).id);
  });

  it("lets go of what was erased", () => {
    const memory = new Memory();
    for (const index of [1, 2, 3]) memory.add("f", nth(index));
    memory.add("g", nth(1));
    memory.drop(new Set([nth(1).id, nth(3).id]));
    expect(memory.of("f").map(({ id }) => id)).toEqual([nth(2).id]);
    expect(memory.of("g")).toEqual([]);
  });
});
