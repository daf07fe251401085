import { describe, expect, it } from "vitest";
import { mutate } from "../../bench/mutation/mutants.js";

/** What a function's mutants are, in words. */
const mutantsOf = (body: string): string[] =>
  mutate("a.ts", `function f(a: number[], b: number, c?: number) { ${body} }`, 0).mutants.map(
    ({ was, is }) => `${was} → ${is}`,
  );

/** What a function returns with one of its mutants switched on; -1 is none. */
function run(source: string, active: number): unknown {
  const { code } = mutate("a.ts", source, 0);
  return new Function("__mutant", `${code}; return f();`)((id: number) => id === active);
}

describe("the small changes of a source", () => {
  it("leave out a side of a condition, turn it, and move its bound", () => {
    expect(mutantsOf("return b > 1 && b !== 3;")).toEqual([
      "b > 1 && b !== 3 → b > 1",
      "b > 1 && b !== 3 → b !== 3",
      "b > 1 → b >= 1",
      "b !== 3 → b === 3",
    ]);
    expect(mutantsOf("if (b < 1) return;")).toEqual(["b < 1 → b <= 1", "b < 1 → true", "b < 1 → false"]);
    expect(mutantsOf("return !b;")).toEqual(["!b → b"]);
  });

  it("leave out what is done, and change what is asked of all", () => {
    expect(mutantsOf("a.push(b);")).toEqual(["a.push(b); → "]);
    expect(mutantsOf("return a.some((each) => each);")).toEqual([
      "a.some((each) => each) → a.every((each) => each)",
    ]);
    expect(mutantsOf("return a.filter(Boolean);")).toEqual(["a.filter(Boolean) → a.slice()"]);
  });

  it("are none outside of functions, in types, in what only measures, and where a value stands in for the types' sake", () => {
    expect(mutate("a.ts", "const A = 1 < 2; type B = true; class C { d = !A; }", 0).mutants).toEqual([]);
    expect(mutantsOf("pace.spend(1);")).toEqual([]);
    expect(mutantsOf("return c ?? 0;")).toEqual(["c ?? 0 → 0"]);
  });

  it("are each switched on alone, one inside another too, and by none the source is what it was", () => {
    const source = "function f() { let n = 1; if (n > 0 && n < 3) { n = n * 4; } return n; }";
    const { mutants } = mutate("a.ts", source, 0);
    expect(run(source, -1)).toBe(4);
    const results = new Map(mutants.map(({ id, was, is }) => [`${was} → ${is}`, run(source, id)]));
    expect(results.get("n * 4 → n / 4")).toBe(0.25);
    expect(results.get("n = n * 4; → ")).toBe(1);
    expect(results.get("n > 0 && n < 3 → n > 0")).toBe(4);
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });
});
