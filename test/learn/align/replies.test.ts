import { describe, expect, it } from "vitest";
import { generaliseTurns } from "../../../src/learn/align/anti-unify.js";
import { generaliseReplies, templateOf, valuesAt } from "../../../src/learn/align/replies.js";
import { variable } from "../../../src/template/derivation/expression.js";
import { printJson } from "../../../src/template/json.js";
import type { Turn } from "../../../src/template/turn.js";
import { calls, says, user } from "../../support/turns.js";
import { printed } from "../../support/workshop.js";

const differences = async (left: Turn, right: Turn): Promise<string[][] | undefined> =>
  (await generaliseReplies(left, right))?.differences.map((difference) => [
    printJson(difference.left),
    printJson(difference.right),
  ]);

describe("what two replies have in common", () => {
  it("is the skeleton, and each pair of values once", async () => {
    expect(await differences(says("Ann has 3, so Ann wins"), says("Bob has 4, so Bob wins"))).toEqual([
      ['"Ann"', '"Bob"'],
      ['"3"', '"4"'],
    ]);
    expect(await differences(calls("t", { a: 1, b: "x" }), calls("t", { a: 2, b: "y" }))).toEqual([
      ["1", "2"],
      ['"x"', '"y"'],
    ]);
    expect(await differences(says("same"), says("same"))).toEqual([]);
  });

  it("cuts sentences in arguments into their words, and takes what is short as one value", async () => {
    expect(
      await differences(
        calls("t", { a: "Dear Ann, see you soon" }),
        calls("t", { a: "Dear Bob, see you soon" }),
      ),
    ).toEqual([['"Ann"', '"Bob"']]);
    expect(await differences(calls("t", { a: "Ann Marsh" }), calls("t", { a: "Ann Bell" }))).toEqual([
      ['"Ann Marsh"', '"Ann Bell"'],
    ]);
    expect(await differences(calls("t", { a: [1, 2] }), calls("t", { a: [1] }))).toEqual([["[1,2]", "[1]"]]);
    expect(await differences(calls("t", { a: 1 }), calls("t", { a: "1" }))).toEqual([["1", '"1"']]);
  });

  it("reads lists of records field by field, and takes a list of values as one", async () => {
    const bill = (item: string, price: number, tags: string[]) =>
      calls("bill", { lines: [{ item, price, unit: "piece" }], tags });
    const { differences } =
      (await generaliseReplies(bill("desk lamp", 12, ["a"]), bill("rain coat", 30, ["b"]))) ?? {};
    expect(differences?.map(({ left }) => printJson(left))).toEqual(['"desk lamp"', "12", '["a"]']);
    expect(
      await generaliseReplies(bill("desk lamp", 12, ["a"]), calls("bill", { lines: [], tags: ["b"] })),
    ).toMatchObject({
      differences: [{ right: [] }, { right: ["b"] }],
    });
  });

  it("is nothing for replies of two kinds", async () => {
    expect(await differences(says("a"), calls("t", {}))).toBeUndefined();
    expect(await differences(calls("t", {}), calls("u", {}))).toBeUndefined();
    expect(await differences(calls("t", { a: 1 }), calls("t", { a: 1, b: 2 }))).toBeUndefined();
    expect(await differences(calls("t", { a: 1 }), calls("t", { b: 1 }))).toBeUndefined();
    expect(await differences(calls("t", { a: {} }), calls("t", { a: 1 }))).toBeUndefined();
    expect(await differences(says("go"), says("go now"))).toBeUndefined();
    expect(await differences({ role: "assistant", parts: [] }, says("a"))).toBeUndefined();
  });

  it("is the whole text where a third reply to the same form has another skeleton", async () => {
    const found = await generaliseReplies(says("a, x"), says("a, y"), { others: [says("b, c, z")] });
    expect(found?.differences.map((difference) => [difference.left, difference.right])).toEqual([
      ["a, x", "a, y"],
    ]);
    expect(
      (await generaliseReplies(says("Q3 2023"), says("Q4 2023"), { others: [says("Q1 2021")] }))?.differences,
    ).toEqual([{ left: "Q3 2023", right: "Q4 2023" }]);
  });

  it("tells what a third reply of the skeleton has at each difference", async () => {
    const found = await generaliseReplies(calls("t", { a: "Ann", b: 3 }), calls("t", { a: "Bob", b: 4 }));
    if (!found) throw new Error("nothing in common");
    const at = (said: Turn): string[] | undefined =>
      valuesAt(found.pattern, found.differences, said)?.map(printJson);
    expect(at(calls("t", { a: "Cid", b: 5 }))).toEqual(['"Cid"', "5"]);
    expect(at(calls("t", { a: "Cid" }))).toBeUndefined();
    expect(at(says("Cid"))).toBeUndefined();
  });

  it("becomes a template when every difference is explained", async () => {
    const turns = await generaliseTurns([user("Mail Ann the report")], [user("Mail Bob the report")]);
    const replies = await generaliseReplies(says("Dear Ann, hello"), says("Dear Bob, hello"));
    const template =
      turns &&
      replies &&
      templateOf(turns.turns, replies.pattern, () => ({ hypotheses: [variable("text")] }));
    expect(printed(template)).toEqual([
      "user: Mail {{text}} the report",
      "⇒ assistant: Dear {{text}}, hello",
    ]);
  });
});
