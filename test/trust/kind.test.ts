import { describe, expect, it } from "vitest";
import { hydrate } from "../../src/answer/hydrate.js";
import { parseExpression } from "../../src/template/derivation/parse.js";
import type { Json } from "../../src/template/json.js";
import { parseText } from "../../src/template/notation.js";
import type { Hole, JsonPattern } from "../../src/template/template.js";
import { createLearnt } from "../../src/tree/entry.js";
import { takeIn } from "../../src/tree/facts.js";
import { Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import { doubtOf, doubtsAbout, priorDoubt } from "../../src/trust/belief.js";
import { kindOfPrediction, type PredictionKind } from "../../src/trust/kind.js";
import { call, type Known, kindIn, predictionIn, taught } from "../support/taught.js";

const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);
const FIND_NAMES = taught("Find {{names}} now", call("find", { name: "=names" }));
const FIND = taught("Find {{name}} now", call("find", { name: "=name" }));

describe("the kind of a prediction", () => {
  it("tells how well its values are known: the worst of them", () => {
    const held = { "find.name": ["Ann", "Raj"] };
    expect(kindIn(FIND, { name: "Ann" }, { held }).familiarity).toBe("seen");
    expect(kindIn(FIND, { name: "Tom" }, { held }).familiarity).toBe("shaped");
    expect(kindIn(FIND, { name: "b-52" }, { held }).familiarity).toBe("novel");
    expect(kindIn(FIND, { name: "Ann" }).familiarity).toBe("novel");
    const two = taught("Mail {{a}} about {{b}} now", call("mail", { to: "=a", about: "=b" }));
    expect(kindIn(two, { a: "Ann", b: "tea" }, { held: { "mail.to": ["Ann"] } }).familiarity).toBe("novel");
  });

  it("judges a list by its items: the worst of them", () => {
    const list: JsonPattern<Hole> = {
      kind: "value",
      place: { hypotheses: [parseExpression('split(names, ", ")')] },
    };
    const ask = taught("Ask {{names}} now", {
      kind: "call",
      tool: "ask",
      args: { kind: "object", entries: new Map([["who", list]]) },
    });
    const held = { "ask.who[]": ["Ann", "Raj"] };
    expect(kindIn(ask, { names: "Ann, Raj" }, { held }).familiarity).toBe("seen");
    expect(kindIn(ask, { names: "Ann, Tom" }, { held }).familiarity).toBe("shaped");
    expect(kindIn(ask, { names: "Ann, b-52" }, { held }).familiarity).toBe("novel");
    expect(kindIn(ask, { names: "Ann, Raj" }, { held: { "ask.who": ["Ann", "Raj"] } }).familiarity).toBe(
      "novel",
    );
  });

  it("judges what is said for each item of a list by the worst of all, as in plain calls, and the list by how it is made", () => {
    const item: JsonPattern<Hole> = { kind: "text", text: [{ hypotheses: [parseExpression("item")] }] };
    const each = taught("Find {{names}} now", {
      kind: "each",
      list: { hypotheses: [parseExpression('split(names, ", ")')] },
      item: "item",
      tool: "find",
      args: { kind: "object", entries: new Map([["name", item]]) },
    });
    const held = { "find.name": ["Ann", "Raj"] };
    expect(kindIn(each, { names: "Ann, Raj" }, { held })).toMatchObject({
      familiarity: "seen",
      derived: "new",
    });
    expect(kindIn(each, { names: "Ann, b-52" }, { held }).familiarity).toBe("novel");
    expect(kindIn(each, { names: "Ann" }, { held, forms: { "find*": 'split(x, ", ")' } }).derived).toBe(
      "known",
    );
  });

  it("tells whether what is said follows from how many items a result has; whom the user enumerates, all are meant", () => {
    const ask = (list: string): Learnt =>
      taught("Ask {{names}} now", {
        kind: "each",
        list: { hypotheses: [parseExpression(list)] },
        item: "item",
        tool: "ask",
        args: { kind: "text", text: [{ hypotheses: [parseExpression("item")] }] },
      });
    const counted = (learnt: Learnt): boolean => kindIn(learnt, { names: "Ann, Raj" }).counted;
    expect([counted(ask('listed(names, ", ")')), counted(ask("enumerated(names)"))]).toEqual([true, false]);
    expect(counted(FIND_NAMES)).toBe(false);
    const value: JsonPattern<Hole> = {
      kind: "value",
      place: { hypotheses: [parseExpression('split(names, ", ")')] },
    };
    expect(counted(taught("Ask {{names}} now", { kind: "call", tool: "ask", args: value }))).toBe(true);
  });

  it("tells whether one tool is called several times, with what results hold", () => {
    const twice = (...ways: string[]): boolean => {
      const { template, ...rest } = taught("Find {{name}} now", call("find", { name: "=name" }));
      const parts = ways.map((way) => call("find", { name: `=${way}` }));
      return kindIn(
        createLearnt({ ...rest, template: { ...template, reply: { ...template.reply, parts } } }),
        { name: "[1, 2]" },
      ).counted;
    };
    expect(twice("text(from_json(name)[0])", "text(from_json(name)[1])")).toBe(true);
    expect([twice("name", "lower(name)"), twice("text(from_json(name)[0])")]).toEqual([false, false]);
  });

  it("tells whether its constants are known from other replies, those that look like data more often", () => {
    const weather = (state: string): Learnt =>
      taught("Weather in {{city}} now", call("weather", { city: "=city", state }));
    const solid = (state: string, count: number): boolean =>
      kindIn(weather(state), { city: "Rome" }, { held: { "weather.state": times(count, state) } }).solid;
    expect([solid("sunny", 2), solid("sunny", 3)]).toEqual([false, true]);
    expect([solid("MA", 11), solid("MA", 12)]).toEqual([false, true]);
    expect(kindIn(FIND, { name: "Ann" }).solid).toBe(true);
  });

  it("tells what was read and plays no part", () => {
    const idle = (
      question: string,
      bindings: Record<string, string>,
      known: Known = {},
    ): PredictionKind["idle"] =>
      kindIn(taught(question, call("find", { name: "=name" })), { name: "Ann", ...bindings }, known).idle;
    expect(idle("Find {{name}} now", {})).toBe("none");
    expect(idle("Find {{name}} for {{other:integer}}", { other: "12" })).toBe("known");
    expect(idle("Find {{name}} for {{other}}", { other: "twelve" })).toBe("novel");
    expect(idle("Find {{name}} for {{other}}", { other: "Raj Patel" })).toBe("known");
    expect(idle("Find {{name}} for {{other}}", { other: "tea" }, { held: { "buy.item": ["tea"] } })).toBe(
      "known",
    );
    const [user] = taught("Find {{name}} for {{other}}", "x").template.turns;
    const sent = {
      role: "assistant",
      parts: [
        {
          kind: "call" as const,
          tool: "look",
          args: { kind: "text" as const, text: parseText("{{other}}") },
        },
      ],
    };
    const later = taught("x", call("find", { name: "=name" }));
    const twice = createLearnt({
      ...later,
      template: { ...later.template, turns: user ? [user, sent] : [] },
    });
    expect(kindIn(twice, { name: "Ann", other: "tea" }).idle).toBe("sent");
    expect(idle('Find {{name}} for {{other:line|"tea"}}', { other: "tea" })).toBe("known");
    expect(idle('Find {{name}} for {{other:line|"tea"}}', { other: "ink" })).toBe("novel");
  });

  it("tells whether the question is left open, and words without data then prove nothing", () => {
    expect(kindIn(taught("{{asked}}", call("find", { name: "=asked" })), { asked: "Ann" }).loose).toBe(true);
    expect(kindIn(FIND, { name: "Ann" }).loose).toBe(false);
    expect(kindIn(taught("{{asked}}", "Welcome!"), { asked: "Ann" })).toMatchObject({
      loose: true,
      solid: false,
    });
    expect(kindIn(taught("hello {{n}}", "Welcome!"), { n: "Ann" }).solid).toBe(false);
    expect(kindIn(taught("hello {{n}}", "Welcome {{n}}!"), { n: "Ann" }).solid).toBe(true);
  });

  it("tells whether something is derived, in a way known at that place or not, or guarded", () => {
    const lower = taught("Find {{name}} now", call("find", { name: "=lower(name)" }));
    const copied = kindIn(FIND, { name: "Ann" }).derived;
    const fresh = kindIn(lower, { name: "Ann" }).derived;
    expect(fresh).not.toBe(copied);
    expect(kindIn(lower, { name: "Ann" }, { forms: { "find.name": "lower(x)" } }).derived).not.toBe(fresh);
    expect(kindIn(lower, { name: "Ann" }, { forms: { "find.name": "upper(x)" } }).derived).toBe(fresh);
    const guarded = taught("Find {{name}} now", call("find", { name: "=name" }), { guards: ['name != ""'] });
    expect(kindIn(guarded, { name: "Ann" }).derived).toBe(fresh);
    expect(kindIn(taught("Get {{n}} now", call("get", { n: "=from_json(n)" })), { n: "7" }).derived).toBe(
      copied,
    );
  });

  it("counts agreements up to a few, and less where more are asked for", () => {
    const at = (agreements: number, minAgreements = 2): number =>
      kindIn(FIND, { name: "Ann" }, { agreements, minAgreements }).agreements;
    expect([0, 1, 2, 3, 4, 7].map((count) => at(count))).toEqual([0, 1, 2, 3, 4, 4]);
    expect(at(8)).toBe(5);
    expect(at(100)).toBe(5);
    expect([at(2, 4), at(4, 4), at(3, 3)]).toEqual([1, 2, 2]);
  });

  it("is one class for predictions alike, apart by scope, and near by the tools", () => {
    const same = kindIn(taught("Please find {{who}} today", call("find", { name: "=who" })), { who: "Raj" });
    const base = kindIn(FIND, { name: "Ann" });
    expect([same.id, same.nearId]).toEqual([base.id, base.nearId]);
    const tool = kindIn(taught("Find {{name}} now", call("seek", { name: "=name" })), { name: "Ann" });
    expect(tool.id).toBe(base.id);
    expect(tool.nearId).not.toBe(base.nearId);
    expect(
      kindIn(taught("Find {{name}} now", call("find", { name: "=name" }), { scope: "t" }), { name: "Ann" })
        .id,
    ).not.toBe(base.id);
    expect(kindIn(FIND, { name: "Ann" }, { agreements: 1 }).id).not.toBe(base.id);
  });

  it("is another class by each of its features, and by nothing else", () => {
    const open = taught("{{asked}}", call("find", { name: "=asked" }));
    const weather = taught("Weather in {{city}} now", call("weather", { city: "=city", state: "MA" }));
    const at = (level: string): PredictionKind => {
      const { prediction, knowledge } = predictionIn(weather, { city: "7" });
      knowledge.seen.note(weather.skeleton, [["city", "12"]]);
      const bindings = new Map([["city", level]]);
      return kindOfPrediction({ ...prediction, bindings }, knowledge, { minAgreements: 2 });
    };
    const lower = taught("Find {{name}} now", call("find", { name: "=lower(name)" }));
    const other = taught("Find {{name}} for {{other}}", call("find", { name: "=name" }));
    const kinds = [
      ...[0, 1, 5, 9].map((agreements) => kindIn(FIND, { name: "Ann" }, { agreements })),
      kindIn(FIND, { name: "Ann" }, { held: { "find.name": ["Ann"] } }),
      kindIn(weather, { city: "Rome" }, { held: { "weather.state": times(12, "MA") } }),
      ...["7", "9", "13", "40000"].map(at),
      ...["12", "tea", "Raj Patel"].map((text) => kindIn(other, { name: "Ann", other: text })),
      kindIn(open, { asked: "Ann" }),
      kindIn(taught("{{asked}}", "Welcome!"), { asked: "Ann" }),
      kindIn(taught("hello {{n}}", "Welcome!"), { n: "Ann" }),
      kindIn(lower, { name: "Ann" }),
      kindIn(lower, { name: "Ann" }, { forms: { "find.name": "lower(x)" } }),
    ];
    const FEATURES = [
      ...(["agreements", "familiarity", "solid", "idle", "loose", "astray", "derived", "counted"] as const),
      ...(["reworded", "continued", "reach", "filled"] as const),
    ];
    const features = (kind: PredictionKind): string => FEATURES.map((name) => String(kind[name])).join();
    expect(new Set(kinds.map(features)).size).toBeGreaterThan(10);
    for (const one of kinds)
      for (const another of kinds)
        expect([one.id === another.id, features(one), features(another)]).toEqual([
          features(one) === features(another),
          features(one),
          features(another),
        ]);
  });
});

describe("doubt", () => {
  const known = kindIn(FIND, { name: "Ann" }, { held: { "find.name": ["Ann"] }, agreements: 2 });
  const kind = (more: Partial<PredictionKind> = {}): PredictionKind => ({
    ...known,
    id: "all",
    nearId: "near",
    ...more,
  });
  const LOWER = kindIn(taught("Find {{name}} now", call("find", { name: "=lower(name)" })), { name: "Ann" });
  function doubt(each: PredictionKind, fates: Record<string, [right: number, wrong: number]> = {}): number {
    const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
    for (const [id, [right, wrong]] of Object.entries(fates)) {
      for (let index = 0; index < right; index++) knowledge.agree(id, `r${index}`);
      for (let index = 0; index < wrong; index++) knowledge.contradict(id, `w${index}`);
    }
    return doubtOf(each, knowledge);
  }

  it("falls with agreements, from too much to serve to little", () => {
    const doubts = [0, 1, 2, 3, 4, 5].map((agreements) => doubt(kind({ agreements })));
    expect(doubts).toEqual([...doubts].sort((left, right) => right - left));
    expect(new Set(doubts).size).toBe(6);
    expect(doubts[0]).toBeGreaterThan(0.01);
    expect(doubts[1]).toBeLessThan(0.01);
    // What is not merely copied needs one more.
    const derived = [1, 2].map((agreements) => doubt(kind({ agreements, derived: "known" })));
    expect(derived[0]).toBeGreaterThan(0.01);
    expect(derived[1]).toBeLessThan(0.01);
  });

  it("is what is believed beforehand where nothing has become of any such prediction", () => {
    for (const each of [kind(), kind({ agreements: 0 }), LOWER])
      expect(doubt(each)).toBeCloseTo(priorDoubt(each), 12);
  });

  it("falls faster with agreements where a reply is plain: copied from known values, with nothing left aside", () => {
    const odds = (each: PredictionKind): number => 1 / priorDoubt(each) - 1;
    const growth = (more: Partial<PredictionKind>, [from, to] = [1, 2]): string =>
      (odds(kind({ ...more, agreements: to ?? 0 })) / odds(kind({ ...more, agreements: from ?? 0 }))).toFixed(
        6,
      );
    const plain = growth({});
    const others = [
      { derived: "known" },
      { derived: "new" },
      { filled: false },
      { familiarity: "novel" },
      { idle: "novel" },
      { idle: "weighed" },
      { decides: true },
    ] as const;
    for (const other of others) expect([other, growth(other)]).toEqual([other, growth({ derived: "known" })]);
    expect(growth({ derived: "known" })).not.toBe(plain);
    for (const other of [
      { familiarity: "shaped" },
      { idle: "known" },
      { idle: "sent" },
      { solid: false },
    ] as const)
      expect([other, growth(other)]).toEqual([other, plain]);
    // Of work that is known in all of this, not even the first agreement is missed.
    const first = (more: Partial<PredictionKind>): string => growth(more, [0, 1]);
    for (const same of [{ familiarity: "seen" }, { familiarity: "typed" }] as const)
      expect(first(same)).toBe(first({}));
    const unknown = [
      { familiarity: "shaped" },
      { idle: "known" },
      { idle: "sent" },
      { solid: false },
    ] as const;
    for (const other of unknown)
      expect([other, Number(first(other)) > Number(first({}))]).toEqual([other, true]);
    expect(new Set(unknown.map(first)).size).toBe(1);
    expect(first({ derived: "known" })).not.toBe(first({}));
  });

  it("tells the gravest first", () => {
    const says = (more: Partial<PredictionKind>): readonly string[] =>
      doubtsAbout(kind(more), new Knowledge({ maxEntries: 1, maxSize: 1e9 }));
    const single = [{ solid: false }, { reach: "far" }, { idle: "sent" }, { counted: true }] as const;
    const byWeight = single
      .map((more) => ({ doubt: doubt(kind(more)), says: says(more)[0] }))
      .sort((left, right) => right.doubt - left.doubt)
      .map((each) => each.says);
    expect(says(Object.assign({}, ...single))).toEqual(byWeight);
  });

  it("rises with what is not known, and falls with nothing of it", () => {
    const base = doubt(kind());
    expect(doubt(kind({ familiarity: "novel" }))).toBeGreaterThan(base);
    expect(doubt(kind({ solid: false }))).toBeGreaterThan(base);
    expect(doubt(kind({ idle: "novel" }))).toBeGreaterThan(doubt(kind({ idle: "known" })));
    expect(doubt(kind({ idle: "sent" }))).toBeGreaterThan(base);
    expect(doubt(kind({ idle: "known" }))).toBe(base);
    expect(doubt(kind({ loose: true, astray: true }))).toBeGreaterThan(0.05);
    expect(doubt(kind({ reach: "beyond" }))).toBeGreaterThan(base);
    expect(doubt(kind({ reach: "far" }))).toBeGreaterThan(0.05);
    expect(doubt(kind({ reworded: true }))).toBeGreaterThan(base);
    for (const each of [
      { idle: "known" },
      { loose: true },
      { loose: true, idle: "novel" },
      { derived: LOWER.derived },
      { counted: true },
    ] as Partial<PredictionKind>[]) {
      expect([each, doubt(kind(each)) >= base]).toEqual([each, true]);
    }
    expect(doubt(kind({ familiarity: "typed" }))).toBe(base);
  });

  it("follows what became of predictions of the kind, the near ones most", () => {
    const fresh = kind({ agreements: 0 });
    const base = doubt(fresh);
    expect(doubt(fresh, { all: [50, 0] })).toBeLessThan(base);
    expect(doubt(fresh, { all: [0, 5] })).toBeGreaterThan(base);
    expect(doubt(fresh, { all: [200, 0], near: [200, 0] })).toBeLessThan(0.02);
    // A tool of its own goes its own way.
    const proven = kind({ agreements: 3 });
    expect(doubt(proven, { all: [200, 0], near: [0, 10] })).toBeGreaterThan(0.2);
    expect(doubt(proven, { all: [10, 10], near: [60, 0] })).toBeLessThan(doubt(proven, { all: [10, 10] }));
  });

  it("follows how its scope has fared, less so outside the values seen, and tells where it has fared badly", () => {
    const inScope = (
      each: PredictionKind,
      wrong: number,
      expected: number,
    ): { doubt: number; says: string[] } => {
      const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
      // A scope of which nothing is known is not kept.
      knowledge.add({ ...FIND, scope: each.scope });
      takeIn(knowledge, each.scope, [{ kind: "fate", young: each.agreements <= 1, wrong, expected }]);
      return { doubt: doubtOf(each, knowledge), says: doubtsAbout(each, knowledge) };
    };
    const [within, beyond] = [kind({ agreements: 2 }), kind({ agreements: 2, reach: "beyond" })];
    const better = (each: PredictionKind): number => doubt(each) / inScope(each, 0, 4).doubt;
    expect(better(within)).toBeGreaterThan(5);
    expect(better(beyond)).toBeGreaterThan(1.5);
    expect(better(beyond)).toBeLessThan(better(within) / 2);
    const worse = (each: PredictionKind): number => inScope(each, 8, 1).doubt / doubt(each);
    expect(worse(within)).toBeGreaterThan(3);
    expect(worse(beyond)).toBeGreaterThan(3);
    expect(inScope(within, 8, 1).says).toEqual(["templates were wrong more often here than is usual"]);
    expect(inScope(within, 0, 4).says).toEqual([]);
  });

  it("is no less than chance where a constant reply leaves out what was read, and only there", () => {
    const told = { agreements: 4, count: 8, rate: 0.5 };
    expect(doubt(kind({ ...told, decides: true, rate: 0.9 }))).toBeCloseTo(0.1, 3);
    expect(doubt(kind({ ...told, decides: true }))).toBeLessThan(0.02);
    expect(doubt(kind({ ...told, rate: 0.9 }))).toBeLessThan(0.01);
    const says = (each: PredictionKind): readonly string[] =>
      doubtsAbout(each, new Knowledge({ maxEntries: 1, maxSize: 1e9 }));
    expect(says(kind({ ...told, decides: true, rate: 0.9 }))[0]).toMatch(/may be chance/);
    expect(says(kind({ ...told, rate: 0.9 }))).toEqual([]);
    expect(says(kind({ ...told, decides: true, rate: 0 }))[0]).not.toMatch(/may be chance/);
  });

  it("is a share", () => {
    for (const agreements of [0, 5]) {
      for (const fates of [{}, { all: [64, 64], near: [0, 64] }, { near: [64, 0] }] as Record<
        string,
        [number, number]
      >[]) {
        const value = doubt(kind({ agreements }), fates);
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThan(1);
      }
    }
  });

  it("takes what a later step has used for no reason to doubt, but still for what may decide between yes and no", () => {
    const kindWith = (learnt: Learnt, bindings: Record<string, string>, isUsed: boolean): PredictionKind => {
      const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
      knowledge.add(learnt);
      knowledge.seen.note(learnt.skeleton, Object.entries(bindings));
      if (isUsed) knowledge.seen.credit(learnt.skeleton, "topic");
      const read = new Map<string, Json>(Object.entries(bindings));
      const values = new Map<Hole, Json>();
      const reply = hydrate(learnt.template.reply, read, { values });
      if (!reply) throw new Error("the reply cannot be made");
      return kindOfPrediction({ learnt, bindings: read, values, reply }, knowledge, { minAgreements: 2 });
    };
    const find = taught("Find {{name}} about {{topic}} now", call("find", { name: "=name" }));
    const bindings = { name: "Ann", topic: "a lamp that hums" };
    expect([kindWith(find, bindings, false).idle, kindWith(find, bindings, true).idle]).toEqual([
      "novel",
      "sent",
    ]);
    const fixed = taught("May {{topic}} go on?", "yes");
    expect(
      [kindWith(fixed, bindings, false), kindWith(fixed, bindings, true)].map(({ decides }) => decides),
    ).toEqual([true, true]);
  });

  it("takes a value beside a quotation mark that holds one for one that crosses it", () => {
    const find = taught('Find "{{title}}" now', call("find", { title: "=title" }));
    const bare = taught("Find {{title}} now", call("find", { title: "=title" }));
    expect(kindIn(find, { title: "Late tea" }).reach).toBe("within");
    expect(kindIn(find, { title: 'Late tea" and "Bread' }).reach).toBe("far");
    expect(kindIn(bare, { title: 'Late tea" and "Bread' }).reach).toBe("within");
  });

  it("takes more words than ever beside another slot for those of both, but not a number that is larger", () => {
    const refund = taught(
      "refund {{name}} {{amount:number}} dollars",
      call("refund", { name: "=name", amount: "=amount" }),
    );
    const reachOf = (bindings: Record<string, string>): string => {
      const knowledge = new Knowledge({ maxEntries: 9, maxSize: 1e9 });
      knowledge.add(refund);
      knowledge.seen.note(refund.skeleton, Object.entries({ name: "Ann", amount: "20" }));
      const read = new Map<string, Json>(Object.entries(bindings));
      const values = new Map<Hole, Json>();
      const reply = hydrate(refund.template.reply, read, { values });
      if (!reply) throw new Error("the reply cannot be made");
      return kindOfPrediction({ learnt: refund, bindings: read, values, reply }, knowledge, {
        minAgreements: 2,
      }).reach;
    };
    expect(reachOf({ name: "Erik", amount: "20" })).toBe("within");
    expect(reachOf({ name: "Erik", amount: "35" })).toBe("beyond");
    expect(reachOf({ name: "Erik and Zoe", amount: "20" })).toBe("far");
  });
});
