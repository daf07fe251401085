import { describe, expect, it } from "vitest";
import { type Proposal, propose, select } from "../../src/answer/select.js";
import { Knowledge, type Learnt, type Origin } from "../../src/tree/knowledge.js";
import { createNode, type Node } from "../../src/tree/node.js";
import { isExpired, outdoneId, standingOf } from "../../src/trust/standing.js";
import { learntOf, templateOf } from "../support/turns.js";

const EAGER = { policy: "eager", minAgreements: 2, maxErrorRate: 0.01, ttl: 100 } as const;

interface Parts {
  readonly guards?: string[];
  readonly at?: number;
  readonly origin?: Origin;
  /** The variables with the caller's names; without it, as in records of the first format. */
  readonly names?: string[];
}

function template(
  pattern: string,
  reply = "ok",
  { guards = [], at = 0, origin = "bound", names }: Parts = {},
): Learnt {
  return learntOf({ ...templateOf(pattern, reply, guards), ...(names && { given: names }) }, { at, origin });
}

function proposals(
  learned: Learnt[],
  bindings: Record<string, string> = {},
  given: Record<string, string> = {},
  trust: Parameters<typeof standingOf>[1] = EAGER,
): Proposal[] {
  const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
  for (const each of learned) knowledge.add(each);
  const node: Node<Learnt> = createNode();
  node.leaves.push(...learned);
  return propose([{ node, bindings: new Map(Object.entries(bindings)) }], new Map(Object.entries(given)), {
    knowledge,
    trust,
    evaluation: {},
  });
}

function outcome(all: readonly Proposal[], now = 0): string {
  const chosen = select(all, EAGER, now);
  if (typeof chosen === "string") return chosen;
  const part = chosen.reply.parts[0];
  return `says ${part?.kind === "text" ? part.text : "?"}`;
}

describe("choosing among templates that fit", () => {
  it("serves what all of them say", () => {
    expect(outcome(proposals([template("a {{x}}", "same"), template("{{x}} b", "same")], { x: "1" }))).toBe(
      "says same",
    );
  });

  it("misses when they say different things and none covers less", () => {
    expect(outcome(proposals([template("a {{x}}", "one"), template("{{x}} b", "two")], { x: "1" }))).toBe(
      "disagreement",
    );
  });

  it("serves the one that covers strictly less than every other that disagrees", () => {
    const wide = template("{{x}}", "wide");
    const narrow = template("a {{x:words}}", "narrow");
    const narrowest = template("a b {{x:word}}", "narrowest");
    expect(outcome(proposals([wide, narrow], { x: "1" }))).toBe("says narrow");
    expect(outcome(proposals([narrow, narrowest, wide], { x: "1" }))).toBe("says narrowest");
    expect(outcome(proposals([narrow, template("{{x}} b", "other"), wide], { x: "1" }))).toBe("disagreement");
  });

  it("says nothing is known, or not trusted yet, or too old", () => {
    expect(outcome([])).toBe("unseen");
    const verified = proposals(
      [template("a {{x}}")],
      { x: "1" },
      {},
      { policy: "verified", minAgreements: 2, maxErrorRate: 0.01 },
    );
    expect(verified[0]?.standing).toBe("candidate");
    expect(outcome(verified)).toBe("untrusted");
    expect(outcome(proposals([template("a {{x}}")], { x: "1" }), 101)).toBe("expired");
    expect(
      outcome(
        proposals([template("a {{x}}", "old"), template("{{x}} b", "new", { at: 50 })], { x: "1" }),
        101,
      ),
    ).toBe("says new");
  });

  it("a guard that does not hold takes its template out; a derivation that fails is a doubt about the rest", () => {
    const guarded = template("a {{x}}", "guarded", { guards: ['x == "2"'] });
    expect(outcome(proposals([guarded], { x: "1" }))).toBe("guarded");
    expect(outcome(proposals([guarded], { x: "2" }))).toBe("says guarded");
    expect(outcome(proposals([guarded, template("{{x}} b", "other")], { x: "1" }))).toBe("says other");
    // What its condition keeps it from saying is said in its place by one that has a condition too, and by no
    // other.
    expect(outcome(proposals([guarded, template("{{x}} b", "guarded")], { x: "1" }))).toBe("guarded");
    expect(
      outcome(proposals([guarded, template("{{x}} b", "guarded", { guards: ['x != "3"'] })], { x: "1" })),
    ).toBe("says guarded");
    expect(outcome(proposals([template("a {{x}}", "{{missing}}")], { x: "1" }))).toBe("derivation");
    expect(
      outcome(proposals([template("a {{x}}", "{{missing}}"), template("{{x}} b", "other")], { x: "1" })),
    ).toBe("derivation");
    expect(outcome(proposals([template("a {{x}}", "g", { guards: ["missing"] })], { x: "1" }))).toBe(
      "guarded",
    );
  });

  it("reads from the caller what stands in no message, and from the message what does", () => {
    for (const names of [undefined, ["today"], ["today", "x"]]) {
      const learnt = template("a {{x}}", "{{x}} on {{today}}", names && { names });
      expect(outcome(proposals([learnt], { x: "1" }, { today: "Monday" }))).toBe("says 1 on Monday");
    }
  });

  it("compares with the caller's bindings what carries the caller's names, and nothing else", () => {
    const given = { x: "caller", y: "2" };
    const says = (parts: Parts, reply = "{{x}}"): string =>
      outcome(proposals([template("a {{x}} {{y}}", reply, parts)], { x: "1", y: "2" }, given));
    expect(says({ names: ["x"] })).toBe("bindings");
    expect(says({ names: ["y"] })).toBe("says 1");
    expect(says({ names: [] })).toBe("says 1");
    expect(says({ origin: "induced" }, "{{x}}-{{y}}")).toBe("says 1-2");
    // A record of the first format has no list: everything in a bound template is the caller's.
    expect(says({})).toBe("bindings");
    // A variable of the cache's own is never filled from the caller.
    expect(says({ names: ["y"] }, "{{z}}")).toBe("derivation");
  });

  it("takes a trusted template's other reading of the caller's names for a doubt about every other", () => {
    const own = template("a {{x}}", "own", { names: ["x"] });
    const other = template("{{x}} b", "other", { names: [] });
    expect(outcome(proposals([other, own], { x: "1" }, { x: "2" }))).toBe("bindings");
    expect(outcome(proposals([other, own], { x: "1" }, { x: "1" }))).toBe("disagreement");
  });

  it("hears what has been right before and says otherwise, though it is not trusted enough to answer", () => {
    const [live] = proposals([template("a {{x}}", "one")], { x: "1" }) as [Proposal];
    const [other] = proposals([template("{{x}} b", "two")], { x: "1" }) as [Proposal];
    const rival = (agreements: number): Proposal => ({
      ...other,
      standing: "candidate",
      kind: { agreements } as Proposal["kind"] & object,
    });
    expect(outcome([live, rival(0)])).toBe("says one");
    expect(outcome([live, rival(1)])).toBe("disagreement");
  });

  it("takes the silence of what has been right for a doubt, unless it takes any question or speaks by a table", () => {
    const silent = (pattern: string, reply: string): string | undefined => {
      const learnt = template(pattern, reply, { origin: "induced" });
      const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
      knowledge.add(learnt);
      for (const witness of ["1", "2"]) knowledge.agree(learnt.skeleton, witness);
      const node: Node<Learnt> = createNode();
      node.leaves.push(learnt);
      const trust = { policy: "verified", minAgreements: 2, maxErrorRate: 0.01 } as const;
      const [proposal] = propose([{ node, bindings: new Map([["x", "1"]]) }], new Map(), {
        knowledge,
        trust,
        evaluation: {},
      });
      expect(proposal?.reply).toBe("derivation");
      return proposal?.standing;
    };
    expect(silent("a {{x}}", "{{missing}}")).toBe("live");
    expect(silent("{{x}}", "{{missing}}")).toBe("candidate");
    expect(silent("a {{x}}", '{{lookup(x, {"2": "two"})}}')).toBe("candidate");
  });

  it("the silence of what the caller has bound is no doubt about what was induced and says something", () => {
    const silent = template("a {{x}}", "{{missing}}", { names: ["y"] });
    const induced = template("{{x}} b", "I have {{x}}", { origin: "induced" });
    expect(outcome(proposals([silent, induced], { x: "1" }))).toBe("says I have 1");
    expect(outcome(proposals([silent], { x: "1" }))).toBe("derivation");
    expect(outcome(proposals([silent, template("{{x}} b", "bound", { names: [] })], { x: "1" }))).toBe(
      "derivation",
    );
  });

  it("what was induced and never right is no doubt about what the caller has bound", () => {
    const [own] = proposals([template("a {{x}}", "own", { names: [] })], { x: "1" }) as [Proposal];
    const [other] = proposals([template("{{x}} b", "I have {{x}}", { origin: "induced" })], { x: "1" }) as [
      Proposal,
    ];
    const after = (agreements: number): Proposal => ({
      ...other,
      kind: { agreements } as Proposal["kind"] & object,
    });
    expect(outcome([after(0), own])).toBe("says own");
    expect(outcome([after(1), own])).toBe("disagreement");
    expect(outcome([after(0)])).toBe("says I have 1");
    // One that carries the caller's names and says nothing decides nothing here.
    const [silent] = proposals([template("a {{x}}", "{{missing}}", { names: ["y"] })], { x: "1" }) as [
      Proposal,
    ];
    expect(outcome([after(0), silent])).toBe("says I have 1");
  });

  it("leaves out the ways that only the caller could tell, where there are others", () => {
    const learnt = template("a {{x}}", "{{x ≡ today}}", { names: ["today"] });
    expect(outcome(proposals([learnt], { x: "1" }))).toBe("says 1");
    expect(outcome(proposals([learnt], { x: "1" }, { today: "1" }))).toBe("says 1");
    expect(outcome(proposals([learnt], { x: "1" }, { today: "2" }))).toBe("derivation");
    expect(outcome(proposals([template("a {{x}}", "{{today}}", { names: ["today"] })], { x: "1" }))).toBe(
      "derivation",
    );
  });

  it("takes silence for a doubt no more where others were right twice instead, nor where nothing is served by templates", () => {
    const standing = (policy: "verified" | "exact", outdone: number): string | undefined => {
      const learnt = template("a {{x}}", "{{missing}}", { origin: "induced" });
      const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
      knowledge.add(learnt);
      for (const witness of ["1", "2"]) knowledge.agree(learnt.skeleton, witness);
      for (let index = 0; index < outdone; index++) knowledge.agree(outdoneId(learnt), `${index}`);
      const node: Node<Learnt> = createNode();
      node.leaves.push(learnt);
      const trust = { policy, minAgreements: 2, maxErrorRate: 0.01 } as const;
      return propose([{ node, bindings: new Map([["x", "1"]]) }], new Map(), {
        knowledge,
        trust,
        evaluation: {},
      })[0]?.standing;
    };
    expect([
      standing("verified", 0),
      standing("verified", 1),
      standing("verified", 2),
      standing("exact", 0),
    ]).toEqual(["live", "live", "candidate", "candidate"]);
  });

  it("leaves out what was proven wrong", () => {
    const learnt = template("a {{x}}");
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    knowledge.add(learnt);
    knowledge.contradict(learnt.id, "w");
    const node: Node<Learnt> = createNode();
    node.leaves.push(learnt);
    expect(
      propose([{ node, bindings: new Map() }], new Map(), { knowledge, trust: EAGER, evaluation: {} }),
    ).toEqual([]);
  });
});

describe("standing", () => {
  const evidence = (agreements: number, contradictions = 0) => ({
    agreements: new Set(Array.from({ length: agreements }, (_, i) => `${i}`)),
    contradictions: new Set(Array.from({ length: contradictions }, (_, i) => `${i}`)),
  });

  it("follows policy, agreements and contradictions", () => {
    const of = (policy: "exact" | "eager" | "verified", agreements: number, contradictions = 0): string =>
      standingOf(evidence(agreements, contradictions), { policy, minAgreements: 2, maxErrorRate: 0.01 });
    expect([of("eager", 0), of("verified", 1), of("verified", 2), of("exact", 9)]).toEqual([
      "live",
      "candidate",
      "live",
      "candidate",
    ]);
    expect([of("eager", 9, 1), of("verified", 9, 1), of("exact", 9, 1)]).toEqual([
      "retired",
      "retired",
      "retired",
    ]);
  });

  it("an entry lives to the last millisecond of its time, and for ever without one", () => {
    const entry = template("a {{x}}", "b", { at: 10 });
    expect([
      isExpired(entry, EAGER, 110),
      isExpired(entry, EAGER, 111),
      isExpired(entry, { ...EAGER, ttl: undefined }, 1e15),
    ]).toEqual([false, true, false]);
  });
});
