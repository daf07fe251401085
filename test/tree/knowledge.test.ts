import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/template/derivation/parse.js";
import type { Turn } from "../../src/template/turn.js";
import { literalTurn } from "../../src/template/visit.js";
import { type Entry, type Exchange, Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { printKnowledge } from "../../src/tree/print.js";
import { exchangeOf, learntOf, says, templateOf, user } from "../support/turns.js";

const exchange = (text: string, reply = "ok", more: Parameters<typeof exchangeOf>[2] = {}): Exchange =>
  exchangeOf([user(text)], says(reply), more);
const learnt = (pattern: string, reply = "ok", more: Parameters<typeof learntOf>[1] = {}): Learnt =>
  learntOf(templateOf(pattern, reply), more);

describe("what a process knows", () => {
  it("stays within its bounds, drops the least recently used, and returns to nothing", () => {
    const entries = fc.oneof(
      fc
        .tuple(
          fc.constantFrom("a", "b", "c", "d", "e", "f"),
          fc.constantFrom("x", "y"),
          fc.constantFrom("s", "t"),
        )
        .map(([text, reply, scope]): Entry => exchange(text, reply, { scope })),
      fc
        .tuple(fc.constantFrom("a {{x}}", "{{x}} b", "lit", "a {{x:integer}}"), fc.constantFrom("x", "y"))
        .map(([text, reply]): Entry => learnt(text, reply)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("add", "touch", "remove"), entries), { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        (steps, maxEntries) => {
          const knowledge = new Knowledge({ maxEntries, maxSize: 1e9 });
          let model: Entry[] = [];
          for (const [verb, entry] of steps) {
            const known = model.find(({ id }) => id === entry.id);
            if (verb === "add") {
              if (!known) model.push(entry);
              const gone = model.slice(0, Math.max(0, model.length - maxEntries));
              model = model.slice(gone.length);
              expect(knowledge.add(entry).map(({ id }) => id)).toEqual(gone.map(({ id }) => id));
            } else if (verb === "touch") {
              knowledge.touch(entry);
              if (known) model = [...model.filter((other) => other !== known), known];
            } else {
              expect(knowledge.remove(entry.id)?.id).toBe(known?.id);
              model = model.filter((other) => other !== known);
            }
            expect([...knowledge.all()].map(({ id }) => id)).toEqual(model.map(({ id }) => id));
            expect(knowledge.count).toBe(model.length);
            expect(new Set(knowledge.scopes.keys())).toEqual(new Set(model.map(({ scope }) => scope)));
          }
          for (const { id } of model) knowledge.remove(id);
          expect(knowledge.scopes.size).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("drops by size, but never what it has just been given", () => {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 10_000 });
    const big = exchange("big", "x".repeat(50_000));
    knowledge.add(exchange("small"));
    expect(knowledge.add(big).map(({ id }) => id)).toEqual([exchange("small").id]);
    expect(knowledge.get(big.id)).toBe(big);
    expect(knowledge.add(exchange("next"))).toEqual([big]);
  });

  it("tells how frequent a reply is, and that of what is not recorded nothing is known", () => {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
    const all = [exchange("a"), exchange("b"), exchange("c", "no"), exchange("a", "no", { scope: "t" })];
    const [ok, , no] = all.map(({ meaning }) => meaning) as [string, string, string, string];
    expect(knowledge.rateOf("s", ok)).toBe(1);
    for (const each of all) knowledge.add(each);
    const rates = () =>
      [ok, no].flatMap((meaning) => ["s", "t"].map((scope) => knowledge.rateOf(scope, meaning)));
    expect(rates()).toEqual([2 / 3, 0, 1 / 3, 1]);
    knowledge.remove(all[0]?.id ?? "");
    expect(rates()).toEqual([1 / 2, 0, 1 / 2, 1]);
    knowledge.remove(all[2]?.id ?? "");
    expect(rates()).toEqual([1, 0, 0, 1]);
  });

  it("forgets what the slots of a template have held with the last of its skeleton", () => {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
    const [wide, narrow] = [learnt("a {{x}}"), learnt("a {{x:integer}}")];
    expect(wide.skeleton).toBe(narrow.skeleton);
    for (const each of [wide, narrow]) knowledge.add(each);
    knowledge.seen.note(wide.skeleton, [["x", "5"]]);
    const reach = () => knowledge.seen.reach(wide.skeleton, "x", "5");
    knowledge.remove(wide.id);
    expect([reach(), knowledge.hasSkeleton(wide.skeleton)]).toEqual(["within", true]);
    knowledge.remove(narrow.id);
    expect([reach(), knowledge.hasSkeleton(wide.skeleton)]).toEqual(["beyond", false]);
  });

  it("keeps evidence of what no entry stands behind any more only as long as there is room for it", () => {
    const knowledge = new Knowledge({ maxEntries: 2, maxSize: 1e9 });
    const kept = learnt("a {{x}}");
    knowledge.add(kept);
    knowledge.contradict(kept.id, "w");
    knowledge.agree(kept.skeleton, "v");
    const isKnown = () => [
      knowledge.evidence(kept).agreements.size,
      knowledge.evidence(kept).contradictions.size > 0,
    ];
    const crowd = (): void => {
      for (let index = 0; index < 60_000; index++) knowledge.agree(`kind-${index}`, "w");
    };
    crowd();
    expect(isKnown()).toEqual([1, true]);
    knowledge.remove(kept.id);
    crowd();
    // What spoke for it may go; that something spoke against it stays.
    expect(isKnown()).toEqual([0, true]);
  });

  it("keeps the newer of two entries with one id", () => {
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    for (const at of [5, 9, 7]) knowledge.add(learnt("a {{x}}", "ok", { at }));
    for (const at of [5, 9, 7]) knowledge.add(exchange("a", "ok", { at }));
    expect([...knowledge.all()].map(({ at }) => at)).toEqual([9, 9]);
    expect(knowledge.scope("s").exact.get(exchange("a").conversation)).toHaveLength(1);
  });

  it("every change of a tree, and every tree, has a generation of its own", () => {
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    const seen: number[] = [];
    const note = (): void => void seen.push(knowledge.scope("s").generation);
    const entry = learnt("a {{x}}");
    knowledge.add(entry);
    note();
    knowledge.remove(entry.id);
    note();
    knowledge.add(entry);
    note();
    knowledge.add(learnt("b {{x}}"));
    note();
    expect(new Set(seen).size).toBe(seen.length);
    const before = knowledge.scope("s").generation;
    knowledge.add(exchange("a"));
    expect(knowledge.scope("s").generation).toBe(before);
  });

  it("counts each witness once, and shares agreements among templates that differ in domains alone", () => {
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    const [narrow, wide, other] = [
      learnt("a {{x:integer}}"),
      learnt("a {{x:words}}"),
      learnt("b {{x:words}}"),
    ];
    expect([
      narrow.skeleton === wide.skeleton,
      narrow.id === wide.id,
      narrow.skeleton === other.skeleton,
    ]).toEqual([true, false, false]);
    expect([
      knowledge.agree(narrow.skeleton, "1"),
      knowledge.agree(narrow.skeleton, "1"),
      knowledge.contradict(narrow.id, "2"),
    ]).toEqual([true, false, true]);
    expect([
      knowledge.evidence(wide).agreements.size,
      knowledge.evidence(wide).contradictions.size,
      knowledge.evidence(narrow).contradictions.size,
    ]).toEqual([1, 0, 1]);
    knowledge.dropEvidence(narrow.id);
    expect(knowledge.evidence(narrow)).toEqual({ agreements: new Set(["1"]), contradictions: new Set() });
    for (let index = 0; index < 2_000; index++) knowledge.agree(other.skeleton, `${index}`);
    expect(knowledge.evidence(other).agreements.size).toBeLessThan(1_000);
  });

  it("knows a skeleton as long as a template with it is there", () => {
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    const [narrow, wide] = [learnt("a {{x:integer}}"), learnt("a {{x:words}}")];
    knowledge.add(narrow);
    knowledge.add(wide);
    knowledge.remove(narrow.id);
    expect(knowledge.hasSkeleton(wide.skeleton)).toBe(true);
    knowledge.remove(wide.id);
    expect(knowledge.hasSkeleton(wide.skeleton)).toBe(false);
  });
});

describe("entries", () => {
  it("measure what they hold, in text and in JSON", () => {
    const size = (part: Turn["parts"][number]): number =>
      exchangeOf([{ role: "user", parts: [part] }], { role: "assistant", parts: [] }).size;
    const big = "x".repeat(10_000);
    expect(size({ kind: "text", text: big }) - size({ kind: "text", text: "" })).toBe(10_000);
    expect(size({ kind: "json", value: new Map([["k", [big, null]]]) })).toBeGreaterThan(10_000);
    expect(size({ kind: "call", tool: "t", args: [big] })).toBeGreaterThan(10_000);
    expect(size({ kind: "opaque", type: "image", digest: "d" })).toBeLessThan(1_000);
  });
});

describe("the drawing of what is known", () => {
  it("has one tree a scope, one line a message, and what each template is worth", () => {
    const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
    knowledge.add(exchange("hello\nthere", "hi"));
    const greet = learnt("hello {{name:words}}", "hi you");
    knowledge.add(greet);
    knowledge.agree(greet.skeleton, "w");
    knowledge.add(
      learntOf(
        {
          ...greet.template,
          turns: [...greet.template.turns, literalTurn(says("yes"))],
          guards: [parseExpression("count(name) > 3")],
        },
        { origin: "induced" },
      ),
    );
    knowledge.add(exchange("x".repeat(500), "long", { scope: "another-scope" }));
    expect(
      printKnowledge(knowledge, (entry) => (entry === greet ? "live" : "candidate")),
    ).toMatchInlineSnapshot(`
      "scope s
      ├─ user: hello\\nthere
      │  └─ ⇒ assistant: hi  (seen)
      └─ user: hello {{name:words}}
         ├─ ⇒ assistant: hi you  (live, bound, 1 agreed)
         └─ assistant: yes
            └─ if count(name) > 3
               └─ ⇒ assistant: hi you  (candidate, induced, 0 agreed)

      scope another-
      └─ user: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx … xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
         └─ ⇒ assistant: long  (seen)"
    `);
    expect(printKnowledge(new Knowledge({ maxEntries: 1, maxSize: 1e6 }), () => "")).toBe("");
  });
});
