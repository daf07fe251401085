import { describe, expect, it } from "vitest";
import { versionsOf, withDoubt, withVersions } from "../../../src/learn/flow/versions.js";
import { parseExpression } from "../../../src/template/derivation/parse.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { printReply } from "../../../src/template/print.js";
import type { Hole, Template } from "../../../src/template/template.js";

const hole = (...expressions: string[]): Hole => ({ hypotheses: expressions.map(parseExpression) });
const template = (list: Hole, text: Hole): Template => ({
  turns: [],
  reply: {
    role: "assistant",
    parts: [
      { kind: "text", text: ["For ", text] },
      { kind: "each", list, item: "item", tool: "t", args: { kind: "value", place: hole("item") } },
    ],
  },
  guards: [],
});

describe("a doubt about lists", () => {
  it("is whether all items are meant or the first so many", () => {
    expect(withDoubt([parseExpression("a"), parseExpression("b.c")], 2).map(printExpression)).toEqual([
      "a",
      "b.c",
      "take(a, 2)",
      "take(b.c, 2)",
    ]);
  });

  it("is settled in one way in each version, which leaves everything else open", () => {
    const doubtful = template(hole("a", "take(a, 2)"), hole("x[0]", "x[-1]"));
    expect(versionsOf(doubtful).map(({ reply }) => printReply(reply))).toEqual([
      "assistant: For {{x[0] ≡ x[-1]}} each item of {{a}}: t({{item}})",
      "assistant: For {{x[0] ≡ x[-1]}} each item of {{take(a, 2)}}: t({{item}})",
    ]);
    expect(withVersions(doubtful, [0, 1])).toEqual(doubtful);
  });

  it("is none where a list is read in one way", () => {
    expect(versionsOf(template(hole("a"), hole("x")))).toEqual([]);
    expect(versionsOf(template(hole("take(a, 2)"), hole("x")))).toEqual([]);
    expect(versionsOf(template(hole("a", "b"), hole("x")))).toEqual([]);
  });
});
