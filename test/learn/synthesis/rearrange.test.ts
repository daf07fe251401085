import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/learn/schedule/pace.js";
import { gluesOf, reordered } from "../../../src/learn/synthesis/rearrange.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const found = (texts: string[], outputs: string[]): string[] =>
  reordered({ expression: { kind: "variable", name: "x" }, values: texts, cost: 1 }, outputs, new Pace()).map(
    ({ expression }) => printExpression(expression),
  );

describe("what a text lists", () => {
  it("may be put in another order", () => {
    expect(found(["pear, fig, kiwi", "plum, date"], ["fig, kiwi, pear", "date, plum"])).toContain(
      'join(sort(split(x, ", ")), ", ")',
    );
    expect(found(["a b c", "d e"], ["c b a", "e d"])).toContain('join(reverse(split(x, " ")), " ")');
    expect(found(["a;b;a", "c;c"], ["a;b", "c"])).toEqual(['join(unique(split(x, ";")), ";")']);
  });

  it("is left alone where nothing changes, or the output has other things", () => {
    expect(found(["a, b", "c, d"], ["a, b", "c, d"])).not.toContain('join(sort(split(x, ", ")), ", ")');
    expect(found(["b, a", "d, c"], ["b", "d"])).toEqual([]);
    expect(found(["b", "d"], ["b", "d"])).toEqual([]);
  });

  it("may have something else between its items: what stands between them in an output", () => {
    expect(gluesOf(["apple, pear", "fig"], ", ", ["- apple\n- pear", "- fig"])).toEqual(["\n- "]);
    expect(gluesOf(["a b"], " ", ["a%20b"])).toEqual(["%20"]);
    expect(gluesOf(["a b"], " ", ["ab"])).toEqual([""]);
    // The same again is no change, words are no glue, and there must be two items.
    expect(gluesOf(["a b"], " ", ["a b"])).toEqual([]);
    expect(gluesOf(["a b"], " ", ["a or b"])).toEqual([]);
    expect(gluesOf(["ab"], " ", ["ab"])).toEqual([]);
    expect(gluesOf([" b"], " ", [" b"])).toEqual([]);
  });
});
