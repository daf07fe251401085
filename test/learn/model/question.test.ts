import { describe, expect, it } from "vitest";
import { dead, done, questionId, stateOf, wanted } from "../../../src/learn/model/question.js";

describe("what is noted of a question", () => {
  it.each([
    [[], { state: "new", round: 0 }],
    [[wanted(0)], { state: "pending", round: 0 }],
    [[wanted(0), done(0)], { state: "done", round: 0 }],
    [[dead(0, "timeout"), wanted(0)], { state: "dead", round: 0, reason: "timeout" }],
    [[wanted(0), dead(0, "timeout"), wanted(1)], { state: "pending", round: 1 }],
    [[wanted(1), done(1), wanted(0), dead(0, "x-y")], { state: "done", round: 1 }],
    [["lost", "wanted-x", "wanted--1"], { state: "new", round: 0 }],
  ] as const)("%j: in whatever order it was noted", (notes, state) => {
    expect(stateOf(new Set(notes))).toEqual(state);
    expect(stateOf(new Set([...notes].reverse()))).toEqual(state);
  });

  it("stands under an id of its exchange or template", () => {
    expect(questionId({ kind: "induce", exchange: "e", alike: [], inherited: [] })).toBe("ask-e");
    expect(questionId({ kind: "weigh", template: "t", exchange: "e", unused: [] })).toBe("weigh-t");
  });
});
