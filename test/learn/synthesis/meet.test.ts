import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completions, sortTerms } from "../../../src/learn/synthesis/meet.js";
import { ADD, applied, DIVIDE, MULTIPLY, SUBTRACT, type Term } from "../../../src/learn/synthesis/terms.js";

const term = (value: number): Term => ({
  values: [value],
  cost: 1,
  from: { expression: { kind: "variable", name: String(value) }, values: [], cost: 1 },
});
const values = fc.integer({ min: -400, max: 400 }).map((value) => value / 4);

describe("completions", () => {
  it("are what trying every operation on every term finds", () => {
    fc.assert(
      fc.property(
        values,
        fc.uniqueArray(values, { maxLength: 12 }),
        values,
        fc.constantFrom(0, 0.5),
        (value, others, result, tolerance) => {
          // A zero operand has no inverse, and a tolerance across zero no interval.
          fc.pre(value !== 0 && Math.abs(result) > tolerance);
          const one = term(value);
          const all = others.map(term);
          const naive = all
            .flatMap((other) =>
              [ADD, MULTIPLY, SUBTRACT, DIVIDE].flatMap((operation) => [
                applied(operation, one, other) ?? [],
                ...(operation === ADD || operation === MULTIPLY
                  ? []
                  : [applied(operation, other, one) ?? []]),
              ]),
            )
            .flat();
          const fits = (found: Term): boolean =>
            Math.abs((found.values[0] as number) - result) <= tolerance - 1e-6 ||
            (found.values[0] as number) === result;
          const seen = new Set(completions(one, sortTerms(all), { result, tolerance }).map(describeTerm));
          for (const found of naive.filter(fits)) expect(seen).toContain(describeTerm(found));
          for (const found of completions(one, sortTerms(all), { result, tolerance }))
            expect(Math.abs((found.values[0] as number) - result)).toBeLessThanOrEqual(tolerance + 1e-3);
        },
      ),
    );
  });
});

function describeTerm(found: Term): string {
  if ("expression" in found.from) return String(found.values[0]);
  if (!("left" in found.from)) return found.from.name;
  const { name, left, right } = found.from;
  return `${name}(${left.values[0]}, ${right.values[0]})`;
}
