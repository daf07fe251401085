import { describe, expect, it } from "vitest";
import { printReply, printTurnPattern } from "../../src/template/print.js";
import { Knowledge } from "../../src/tree/knowledge.js";
import { labelId, labelled, labelNote, namelessIn } from "../../src/tree/labels.js";
import { learntOf, templateOf } from "../support/turns.js";

const learnt = learntOf(
  templateOf("{{text}} works at {{text_2}} with {{name}}", "Hello {{title(text)}} of {{text_2}}", [
    "text != name",
  ]),
  { origin: "induced" },
);

function shown(...labels: readonly (readonly [string, string])[]) {
  const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e6 });
  knowledge.add(learnt);
  for (const [name, label] of labels) knowledge.agree(labelId(learnt), labelNote(name, label));
  const { turns, reply } = labelled(learnt, knowledge);
  return [...turns.map(printTurnPattern), printReply(reply)];
}

describe("labels", () => {
  it("are for names that say nothing", () => {
    expect(namelessIn(learnt.template)).toEqual(["text", "text_2"]);
  });

  it("stand wherever the variable does, and the template itself stays as it is", () => {
    expect(shown(["text", "person"], ["text_2", "company"])).toEqual([
      "user: {{person}} works at {{company}} with {{name}}",
      "assistant: Hello {{title(person)}} of {{company}}",
    ]);
    expect(printTurnPattern(learnt.template.turns[0] as never)).toContain("{{text}}");
  });

  it("are left out where they would clash, or are no name, or name nothing", () => {
    expect(shown(["text", "name"], ["text_2", "not"], ["text_3", "x"])[0]).toBe(
      "user: {{text}} works at {{text_2}} with {{name}}",
    );
    expect(shown(["text", "same"], ["text_2", "same"])[0]).toBe(
      "user: {{same}} works at {{text_2}} with {{name}}",
    );
  });

  it("are the same in whatever order they were noted", () => {
    const notes = [
      ["text", "b"],
      ["text", "a"],
      ["text_2", "a"],
    ] as const;
    expect(shown(...notes)).toEqual(shown(...[...notes].reverse()));
  });

  it("are no names but those that were written as such", () => {
    const knowledge = new Knowledge({ maxEntries: 10, maxSize: 1e6 });
    knowledge.agree(labelId(learnt), "no note");
    knowledge.agree(labelId(learnt), '{"text":"x"}');
    expect(labelled(learnt, knowledge)).toEqual(learnt.template);
  });
});
