import { describe, expect, it } from "vitest";
import { Claims, siteKey } from "../../../src/learn/flow/sites.js";
import { eachTarget, listTargetsOf, nameOf } from "../../../src/learn/flow/targets.js";
import { calls, json, says } from "../../support/turns.js";

const texts = (...args: Parameters<typeof eachTarget>): string[] =>
  [...eachTarget(...args)].flatMap((target) => target ?? []).map(({ text }) => text);
const place = {};

describe("what of a reply might be data", () => {
  it("is every argument, and in words what looks like data", () => {
    expect(
      texts(calls("t", { to: "ann", n: 7, flag: true, none: null, note: "tell Ann Marsh so" }), new Claims()),
    ).toEqual(["ann", "7", "tell Ann Marsh so", "Ann Marsh"]);
    expect(texts(says("I ask Ann Marsh."), new Claims())).toEqual(["Ann Marsh"]);
  });

  it("is nothing that is claimed: of a text, what stands between the claims, and of a claimed list, nothing", () => {
    const claims = new Claims<object>();
    claims.add(siteKey(0, 0, ["note"]), { start: 6, end: 10, place });
    claims.add(siteKey(0, 0, ["ids"]), { start: 0, end: 1, place });
    claims.add(siteKey(0, 0, ["n"]), { start: 0, end: 1, place });
    const said = calls("t", {
      note: "Order A-17, ask Ann Marsh so",
      ids: ["A-17", ["B-2"]],
      n: 7,
      by: "post",
    });
    expect(
      [...eachTarget(said, claims)].flatMap((target) => target ?? []).map(({ text, start }) => [text, start]),
    ).toEqual([
      ["Ann Marsh", 16],
      ["post", 0],
    ]);
  });

  it("may be a list of two items and more, the outer before the inner", () => {
    expect(
      listTargetsOf(json({ a: [["x", "y"], ["z"]], b: { c: [1, 2] }, d: [1] })).map(({ path }) => path),
    ).toEqual([["a"], ["a", 0], ["b", "c"]]);
  });

  it("is named after its key, if that is a name", () => {
    expect([nameOf(["to", 0]), nameOf(["a b"]), nameOf([]), nameOf(undefined)]).toEqual([
      "to",
      "value",
      "value",
      "value",
    ]);
  });
});
