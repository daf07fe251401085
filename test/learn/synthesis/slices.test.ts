import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/learn/schedule/pace.js";
import { textsOf } from "../../../src/learn/synthesis/candidate.js";
import { slices } from "../../../src/learn/synthesis/slices.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const found = (texts: string[], outputs: string[]): string[] =>
  slices({ expression: { kind: "variable", name: "x" }, values: texts, cost: 1 }, outputs, new Pace()).map(
    ({ expression }) => printExpression(expression),
  );

describe("slices", () => {
  it("are the longest beginning and the longest end that stand in every output, in the case they have there", () => {
    expect(found(["Oslo", "Madrid"], ["OSL", "MAD"])).toEqual(["upper(slice(x, 0, 3))"]);
    expect(found(["card 1234", "my card 5678"], ["*1234", "*5678"])).toEqual(["slice(x, -4)"]);
    expect(found(["abcd", "efgh"], ["zab-cd", "zef-gh"])).toContain("slice(x, 0, 2)");
  });

  it("are the fields of texts that all have one length and no spaces", () => {
    expect(found(["20190822", "20200117"], ["2019-08-22", "2020-01-17"])).toEqual(
      expect.arrayContaining(["slice(x, 0, 4)", "slice(x, 4, 6)", "slice(x, 6)"]),
    );
    expect(found(["2019 0822", "2020 01171"], ["2019-08-22", "2020-01-17"])).not.toContain("slice(x, 4, 6)");
  });

  it("give what they say", () => {
    const [slice] = slices(
      { expression: { kind: "variable", name: "x" }, values: ["Oslo", "Rome"], cost: 1 },
      ["OS-1", "RO-1"],
      new Pace(),
    );
    expect(slice && textsOf(slice)).toEqual(["OS", "RO"]);
  });

  it("are none where every output is the same, and of texts that are no plain ones", () => {
    expect(found(["Oslo", "Osaka"], ["OS", "OS"])).toEqual([]);
    expect(found(["Ösel", "Zug am See"], ["ÖS", "ZU"])).toEqual([]);
    expect(found(["Oslo", "x"], ["OS", "X"])).toEqual([]);
  });
});
