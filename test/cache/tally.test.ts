import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tally } from "../../src/cache/tally.js";
import { type Entry, Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { type Standing, standingOf } from "../../src/trust/standing.js";
import { exchangeOf, learntOf, says, templateOf, user } from "../support/turns.js";

const exchange = (text: string): Entry => exchangeOf([user(text)], says("ok"));
const learnt = (pattern: string): Learnt => learntOf(templateOf(pattern));

describe("the running counts of entries", () => {
  it("are what walking all of them gives, whatever was added, evicted, proven or forgotten", () => {
    const templates = ["a {{x}}", "a {{x:integer}}", "{{x}} b", "c {{x}}"].map(learnt);
    const all: Entry[] = [...templates, ...["a", "b", "c"].map(exchange)];
    const step = fc.tuple(
      fc.constantFrom("add", "remove", "agree", "contradict", "drop", "judge"),
      fc.nat(all.length - 1),
      fc.nat(4),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 2, max: 8 }), (steps, maxEntries) => {
        const knowledge = new Knowledge({ maxEntries, maxSize: 1e9 });
        const standing = (entry: Learnt): Standing =>
          standingOf(knowledge.evidence(entry), { policy: "verified", minAgreements: 2, maxErrorRate: 0.01 });
        const tally = new Tally(knowledge, standing);
        const inner = tally as unknown as {
          templates: object;
          fresh: Set<Learnt>;
          judge(learnt: Learnt): void;
        };
        const judgeAll = (): void => inner.fresh.forEach((fresh) => void inner.judge(fresh));
        for (const [verb, index, witness] of steps) {
          const entry = all[index] as Entry;
          if (verb === "judge") judgeAll();
          else if (verb === "add") knowledge.add(entry);
          else if (verb === "remove") knowledge.remove(entry.id);
          else if (verb === "agree")
            knowledge.agree(entry.kind === "template" ? entry.skeleton : entry.id, `${witness}`);
          else if (verb === "contradict") knowledge.contradict(entry.id, `${witness}`);
          else knowledge.dropEvidence(entry.kind === "template" && witness > 2 ? entry.skeleton : entry.id);
        }
        const walked: Record<Standing, number> = { live: 0, candidate: 0, retired: 0 };
        let exchanges = 0;
        for (const entry of knowledge.all()) {
          if (entry.kind === "exchange") exchanges++;
          else walked[standing(entry)]++;
        }
        // Before it looks at any again, and after.
        judgeAll();
        expect(Object.values(inner.templates)).toEqual(Object.values(walked));
        expect(tally.count()).toEqual({ exchanges, templates: walked });
      }),
    );
  });

  it("catch up, some at a time, with standings that change by anything else", () => {
    const knowledge = new Knowledge({ maxEntries: 10_000, maxSize: 1e9 });
    let standing: Standing = "candidate";
    let asked = 0;
    const tally = new Tally(knowledge, () => {
      asked++;
      return standing;
    });
    for (let index = 0; index < 5_000; index++) knowledge.add(learnt(`wording ${index} {{x}}`));
    expect(tally.count().templates).toEqual({ live: 0, candidate: 5_000, retired: 0 });
    standing = "live";
    asked = 0;
    tally.count();
    expect(asked).toBeLessThanOrEqual(500);
    for (let more = 0; more < 10; more++) tally.count();
    expect(tally.count().templates).toEqual({ live: 5_000, candidate: 0, retired: 0 });
  });
});
