import { describe, expect, it } from "vitest";
import { pathFrom, valueAt, waysTo } from "../../../src/learn/flow/result-paths.js";
import { evaluate } from "../../../src/template/derivation/evaluate.js";
import { variable } from "../../../src/template/derivation/expression.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { json } from "../../support/turns.js";

describe("ways into a result", () => {
  const result = { name: "result", value: json({ users: [{ id: "a" }, { id: "b" }], "a key": [[1]] }) };

  it("count from the front, and from the end where it is the last of several", () => {
    expect(waysTo(result, ["users", 0, "id"]).map(printExpression)).toEqual(["result.users[0].id"]);
    expect(waysTo(result, ["users", 1, "id"]).map(printExpression)).toEqual([
      "result.users[1].id",
      "result.users[-1].id",
    ]);
    expect(waysTo(result, ["a key", 0, 0]).map(printExpression)).toEqual(['result["a key"][0][0]']);
  });

  it("lead where they say", () => {
    for (const way of waysTo(result, ["users", 1, "id"])) {
      expect(evaluate(way, new Map([["result", result.value]]))).toEqual({ ok: true, value: "b" });
    }
    expect(printExpression(pathFrom(variable("x"), []))).toBe("x");
  });

  it("find a value by its keys, or nothing", () => {
    expect(valueAt(json({ a: { b: null } }), ["a", "b"])).toBeNull();
    expect(valueAt(json({ a: 1 }), ["a", "b"])).toBeUndefined();
    expect(valueAt(json([1]), ["0"])).toBeUndefined();
  });
});
