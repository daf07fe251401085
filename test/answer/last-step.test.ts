import { describe, expect, it } from "vitest";
import { continuationsOf, lastStepOf } from "../../src/answer/last-step.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { calls, gives, says, system, user } from "../support/turns.js";

describe("the last step of a conversation", () => {
  it("is its last calls with their results, after the opening instructions", () => {
    const step = lastStepOf([
      system("be brief"),
      user("fix it"),
      calls("look", {}, "let me see"),
      gives({ ok: false }),
      calls("reset", { hard: true }, "resetting"),
      gives("done", 1),
    ]);
    expect(step?.turns).toEqual([system("be brief"), calls("reset", { hard: true }), gives("done", 0)]);
    expect(step?.before).toEqual([user("fix it"), calls("look", {}, "let me see"), gives({ ok: false })]);
  });

  it("is what the user said to the assistant's words, where the conversation ends so", () => {
    const turns = [system("be brief"), user("a train to Bonn"), calls("look", {}), gives(1)];
    const step = lastStepOf([...turns, says("The 9:40?"), user("yes")]);
    expect(step?.turns).toEqual([system("be brief"), says("The 9:40?"), user("yes")]);
    expect(step?.before).toEqual(turns.slice(1));
    expect(step?.isSpoken).toBe(true);
  });

  it("is none where the conversation ends otherwise, or is nothing but its step", () => {
    for (const turns of [
      [],
      [user("hi")],
      [user("hi"), calls("look", {})],
      [says("hello"), user("go")],
      [user("hi"), says("hello"), user("go"), user("on")],
      [user("hi"), calls("look", {}), user("go")],
      [system("x"), calls("look", {}), gives(1)],
      [user("hi"), says("hello"), gives(1)],
    ])
      expect(lastStepOf(turns)).toBeUndefined();
  });

  it("leads nowhere while nothing continues from a step", () => {
    const tree = new Knowledge({ maxEntries: 10, maxSize: 1e6 }).scope("s");
    expect(continuationsOf([user("hi"), calls("look", {}), gives(1)], tree)).toEqual([]);
  });
});
