import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sentenceOf } from "../../src/answer/sentence.js";

const page = readFileSync(new URL("../../docs/why-not.md", import.meta.url), "utf8");
const types = readFileSync(new URL("../../src/types.ts", import.meta.url), "utf8");
const reasonsOf = (type: string): string[] => {
  const [, union = ""] = new RegExp(`export type ${type} =\\n(.*?);`, "s").exec(types) ?? [];
  return [...union.matchAll(/^ {2}\| "([\w-]+)"/gm)].map(([, reason = ""]) => reason);
};
const listed = (heading: string): string[] => {
  const [, section = ""] = new RegExp(`\n## ${heading}\n(.*?)(?=\n## |$)`, "s").exec(page) ?? [];
  return [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, reason = ""]) => reason);
};

describe("docs/why-not.md", () => {
  it.each([
    ["MissReason", "Misses", ["in-flight"]],
    ["BypassReason", "Calls past the cache", []],
    ["RefusalReason", "Replies that were not kept", []],
  ])("has every %s, and none that does not exist", (type, heading, more) => {
    expect(reasonsOf(type).length).toBeGreaterThan(5);
    expect(listed(heading).sort()).toEqual([...reasonsOf(type), ...more].sort());
  });
});

describe("a lookup in a sentence", () => {
  it("says so whatever the reason, and ends with a full stop", () => {
    for (const reason of [...reasonsOf("MissReason"), ...reasonsOf("BypassReason")]) {
      const sentence = sentenceOf({ outcome: "miss", reason: reason as never, templates: [] });
      expect(sentence).toMatch(/^Not served: \S.*\S\.$/);
      expect(sentence).not.toContain("undefined");
    }
  });

  it("adds what became of the reply, and what was otherwise then", () => {
    const before = { status: "miss", reason: "unseen", refused: "empty" } as const;
    expect(sentenceOf({ outcome: "hit", match: "exact", templates: [], before })).toBe(
      "Then: not served, as nothing that is known fits the conversation. Now: Served: the model has answered this very conversation. The reply was not kept, as it says nothing.",
    );
  });

  it("names both where two templates say different things", () => {
    const says = (reply: string) => ({
      standing: "live",
      turns: ["user: {{a}}"],
      reply,
      says: reply,
      missingAgreements: 0,
      doubts: [],
    });
    expect(
      sentenceOf({ outcome: "miss", reason: "disagreement", templates: [says("one"), says("two")] }),
    ).toContain("user: {{a}} says: one, and user: {{a}} says: two");
  });

  it("names the template that has answered, not one that fits and is silent", () => {
    const fitting = (reply: string, says = reply) => ({
      ...{ standing: "live", turns: ["user: in {{a}}"], reply, says },
      ...{ missingAgreements: 0, doubts: [] },
    });
    const templates = [fitting("city({{a}})", "guarded"), fitting("state({{a}})")];
    expect(sentenceOf({ outcome: "hit", match: "template", templates })).toBe(
      "Served by a template: user: in {{a}} ⇒ state({{a}}).",
    );
  });

  it("tells how much is missing, and what is doubted most", () => {
    const fitting = {
      standing: "candidate",
      turns: ["user: {{a}}"],
      reply: "b",
      says: "b",
      doubts: ["one", "two", "three"],
    };
    const untrusted = (...templates: { missingAgreements: number | undefined }[]) =>
      sentenceOf({
        outcome: "miss",
        reason: "untrusted",
        templates: templates.map((each) => ({ ...fitting, ...each })),
      });
    expect(untrusted({ missingAgreements: undefined })).toBe(
      "Not served: what fits has not proved itself yet; user: {{a}} would not be served however often it is right; one; two.",
    );
    expect(untrusted({ missingAgreements: undefined }, { missingAgreements: 2 })).toContain(
      "needs 2 more agreements; one; two.",
    );
  });

  it("leaves the middle out of long messages", () => {
    const long = `user: ${"words ".repeat(100)}end`;
    const fitting = {
      standing: "candidate",
      turns: [long],
      reply: "b",
      says: "b",
      missingAgreements: 1,
      doubts: [],
    };
    const sentence = sentenceOf({ outcome: "miss", reason: "untrusted", templates: [fitting] });
    expect(sentence).toMatch(/user: words .* … .* end needs 1 more agreement\.$/);
    expect(sentence.length).toBeLessThan(300);
  });
});
