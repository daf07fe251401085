import { describe, expect, it } from "vitest";
import { type Proposal, propose, select } from "../../src/answer/select.js";
import { parseExpression } from "../../src/template/derivation/parse.js";
import { parsePattern, parseText } from "../../src/template/notation.js";
import type { Hole } from "../../src/template/template.js";
import { createLearnt } from "../../src/tree/entry.js";
import { Knowledge, type Learnt, type Origin } from "../../src/tree/knowledge.js";
import { createNode, type Node } from "../../src/tree/node.js";
import { isExpired, standingOf } from "../../src/trust/standing.js";

const EAGER = { policy: "eager", minAgreements: 2, maxErrorRate: 0.01, ttl: 100 } as const;

interface Parts {
  readonly guards?: string[];
  readonly at?: number;
  readonly origin?: Origin;
  /** The variables with the caller's names; without it, as in records of the first format. */
  readonly names?: string[];
}

function template(pattern: string, reply = "ok", { guards = [], at = 0, origin = "bound", names }: Parts = {}): Learnt {
  const holes = parsePattern<Hole>(reply, (inner) => ({ hypotheses: [parseExpression(inner)] }));
  return createLearnt({
    scope: "s",
    at,
    model: undefined,
    details: {},
    origin,
    template: {
      turns: [{ role: "user", parts: [{ kind: "text", text: parseText(pattern) }] }],
      reply: { role: "assistant", parts: [{ kind: "text", text: holes }] },
      guards: guards.map(parseExpression),
      ...(names && { given: names }),
    },
  });
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
  return propose([{ node, bindings: new Map(Object.entries(bindings)) }], new Map(Object.entries(given)), knowledge, trust, {});
}

function outcome(all: readonly Proposal[], now = 0): string {
  const chosen = select(all, EAGER, now);
  if (typeof chosen === "string") return chosen;
  const part = chosen.reply.parts[0];
  return `says ${part?.kind === "text" ? part.text : "?"}`;
}

describe("choosing among templates that fit", () => {
  it("serves what all of them say", () => {
    expect(outcome(proposals([template("a {{x}}", "same"), template("{{x}} b", "same")], { x: "1" }))).toBe("says same");
  });

  it("misses when they say different things and none covers less", () => {
    expect(outcome(proposals([template("a {{x}}", "one"), template("{{x}} b", "two")], { x: "1" }))).toBe("disagreement");
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
    const verified = proposals([template("a {{x}}")], { x: "1" }, {}, { policy: "verified", minAgreements: 2, maxErrorRate: 0.01 });
    expect(verified[0]?.standing).toBe("candidate");
    expect(outcome(verified)).toBe("untrusted");
    expect(outcome(proposals([template("a {{x}}")], { x: "1" }), 101)).toBe("expired");
    expect(outcome(proposals([template("a {{x}}", "old"), template("{{x}} b", "new", { at: 50 })], { x: "1" }), 101)).toBe("says new");
  });

  it("a guard that does not hold takes its template out; a derivation that fails is a doubt about the rest", () => {
    const guarded = template("a {{x}}", "guarded", { guards: ['x == "2"'] });
    expect(outcome(proposals([guarded], { x: "1" }))).toBe("guarded");
    expect(outcome(proposals([guarded], { x: "2" }))).toBe("says guarded");
    expect(outcome(proposals([guarded, template("{{x}} b", "other")], { x: "1" }))).toBe("says other");
    expect(outcome(proposals([template("a {{x}}", "{{missing}}")], { x: "1" }))).toBe("derivation");
    expect(outcome(proposals([template("a {{x}}", "{{missing}}"), template("{{x}} b", "other")], { x: "1" }))).toBe("derivation");
    expect(outcome(proposals([template("a {{x}}", "g", { guards: ["missing"] })], { x: "1" }))).toBe("guarded");
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
      const [proposal] = propose([{ node, bindings: new Map([["x", "1"]]) }], new Map(), knowledge, trust, {});
      expect(proposal?.reply).toBe("derivation");
      return proposal?.standing;
    };
    expect(silent("a {{x}}", "{{missing}}")).toBe("live");
    expect(silent("{{x}}", "{{missing}}")).toBe("candidate");
    expect(silent("a {{x}}", '{{lookup(x, {"2": "two"})}}')).toBe("candidate");
  });

  it("leaves out what was proven wrong", () => {
    const learnt = template("a {{x}}");
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    knowledge.add(learnt);
    knowledge.contradict(learnt.id, "w");
    const node: Node<Learnt> = createNode();
    node.leaves.push(learnt);
    expect(propose([{ node, bindings: new Map() }], new Map(), knowledge, EAGER, {})).toEqual([]);
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
    expect([of("eager", 0), of("verified", 1), of("verified", 2), of("exact", 9)]).toEqual(["live", "candidate", "live", "candidate"]);
    expect([of("eager", 9, 1), of("verified", 9, 1), of("exact", 9, 1)]).toEqual(["retired", "retired", "retired"]);
  });

  it("an entry lives to the last millisecond of its time, and for ever without one", () => {
    const entry = template("a {{x}}", "b", { at: 10 });
    expect([isExpired(entry, EAGER, 110), isExpired(entry, EAGER, 111), isExpired(entry, { ...EAGER, ttl: undefined }, 1e15)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
