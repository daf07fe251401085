import { describe, expect, it } from "vitest";
import { domainOfKinds } from "../../src/template/domain.js";
import type { Json } from "../../src/template/json.js";
import type { Slot } from "../../src/template/template.js";
import type { ValueKind } from "../../src/template/value-kinds.js";
import type { Arguments } from "../../src/tree/arguments.js";
import { Knowledge, type Learnt } from "../../src/tree/knowledge.js";
import {
  familiarityOf,
  IDLENESS,
  idleness,
  idleOf,
  isCounted,
  reachOf,
  SENT,
  weighedId,
} from "../../src/trust/familiar.js";
import { call, taught } from "../support/taught.js";
import { json } from "../support/turns.js";

const knowing = (learnt: Learnt): Knowledge => {
  const knowledge = new Knowledge({ maxEntries: 100, maxSize: 1e9 });
  knowledge.add(learnt);
  return knowledge;
};

describe("how far a value lies from those that a template has read", () => {
  const reach = (question: string, held: Record<string, string>, read: Record<string, Json>) => {
    const learnt = taught(question, "ok");
    const knowledge = knowing(learnt);
    knowledge.seen.note(learnt.skeleton, Object.entries(held));
    return reachOf(learnt, new Map(Object.entries(read)), knowledge);
  };

  it("is how far the one does that lies furthest out", () => {
    const held = { a: "5", b: "5" };
    expect(reach("Add {{a}} to {{b}} now", held, { a: "5", b: "5" })).toBe("within");
    expect(reach("Add {{a}} to {{b}} now", held, { a: "5", b: "6" })).toBe("beyond");
    expect(reach("Add {{a}} to {{b}} now", held, { a: "6", b: "5" })).toBe("beyond");
    expect(reach("Add {{a}} to {{b}} now", held, { a: "9000", b: "6" })).toBe("far");
    expect(reach("Add {{a}} to {{b}} now", held, { a: "6", b: "9000" })).toBe("far");
  });

  it("is far where more words than ever may be those of two slots side by side", () => {
    const held = { what: "tea", who: "Ann" };
    expect(reach("Bring {{what}} {{who}} now", held, { what: "green tea", who: "Ann" })).toBe("far");
    expect(reach("Bring {{what}} for {{who}} now", held, { what: "green tea", who: "Ann" })).toBe("beyond");
    expect(reach("Bring {{what}} {{who}} now", held, { what: "ink", who: "Bob" })).toBe("within");
    const two = { what: "green tea", who: "Ann" };
    expect(reach("Bring {{what}} {{who}} now", two, { what: "black tea", who: "Ann" })).toBe("within");
    const numbers = { what: "1", who: "2" };
    expect(reach("Bring {{what}} {{who}} now", numbers, { what: "2", who: "2" })).toBe("beyond");
  });

  it("is far where what stands within quotation marks has one within it", () => {
    const held = { what: "tea" };
    expect(reach('Say "{{what}}" now', held, { what: 'a"b' })).toBe("far");
    expect(reach("Say {{what}} now", held, { what: 'a"b' })).toBe("within");
    expect(reach('Say "{{what}}" now', held, { what: "ab" })).toBe("within");
  });
});

describe("how well what fills a hole is known", () => {
  const args = (...held: readonly string[]): Arguments => {
    const { args } = new Knowledge({ maxEntries: 100, maxSize: 1e9 }).scope("s");
    for (const text of held) args.add("find.name", text);
    return args;
  };
  const filled = (more: object = {}) =>
    ({ place: "find.name", hole: { hypotheses: [] }, forms: undefined, extent: "once", ...more }) as const;

  it("is how well its value is; of a list said item by item, how well the least known is", () => {
    const known = args("Ann", "Raj");
    expect(familiarityOf(filled(), "Ann", known)).toBe("seen");
    expect(familiarityOf(filled(), "Tom", known)).toBe("shaped");
    expect(familiarityOf(filled({ extent: "each" }), json(["Ann", "Raj"]), known)).toBe("seen");
    expect(familiarityOf(filled({ extent: "each" }), json(["Ann", "Tom"]), known)).toBe("shaped");
    expect(familiarityOf(filled({ extent: "each" }), json(["Tom", "Ann"]), known)).toBe("shaped");
    expect(familiarityOf(filled({ extent: "each" }), "Ann", known)).toBe("seen");
    // One value that is a list is judged by its items, at the place of items.
    expect(familiarityOf(filled(), json(["Ann"]), known)).toBe("novel");
  });

  it("is nothing where nothing is said, or nothing that has a text", () => {
    expect(familiarityOf(filled(), json([]), args("Ann"))).toBe("novel");
    expect(familiarityOf(filled({ extent: "each" }), json([]), args("Ann"))).toBe("novel");
    expect(familiarityOf(filled(), null, args("Ann", "null"))).toBe("novel");
  });

  it("is for its items to tell, of a list of which nothing is said itself", () => {
    expect(familiarityOf(filled({ extent: "list" }), json(["b-52"]), args("Ann"))).toBe("seen");
  });

  it("is a guess where a rule gives what no rule gives there", () => {
    const known = args("Oslo", "OSL");
    for (const [text, value] of [
      ["Norway", "Oslo"],
      ["Peru", "Lima"],
    ] as const)
      known.addLookup({ place: "find.name", text, value });
    for (const text of ["Oslo", "Lima"]) known.add("find.name", text);
    expect(known.isIrregular("find.name")).toBe(true);
    expect(familiarityOf(filled({ forms: ["title(x)"] }), "Oslo", known)).toBe("novel");
    expect(familiarityOf(filled({ forms: ["known(x)"] }), "Oslo", known)).toBe("seen");
    expect(familiarityOf(filled({ forms: ["known(x)", "title(x)"] }), "Oslo", known)).toBe("novel");
    expect(familiarityOf(filled(), "Oslo", known)).toBe("seen");
    expect(familiarityOf(filled({ forms: ["title(x)"] }), "Oslo", args("Oslo"))).toBe("seen");
  });

  it("depends on how many items a list has, unless the user has enumerated them", () => {
    expect(isCounted(filled({ extent: "list" }), json(["a"]))).toBe(true);
    expect(isCounted(filled(), json(["a"]))).toBe(true);
    expect(isCounted(filled(), "a")).toBe(false);
    expect(isCounted(filled({ extent: "each" }), json(["a"]))).toBe(false);
    expect(isCounted(filled({ extent: "list", forms: ["enumerated(x)"] }), json(["a"]))).toBe(false);
    expect(isCounted(filled({ extent: "list", forms: ["clauses(x)"] }), json(["a"]))).toBe(false);
    expect(isCounted(filled({ extent: "list", forms: ["enumerated(x)", "x.items"] }), json(["a"]))).toBe(
      true,
    );
  });
});

describe("how idle what was read is", () => {
  const slot = (...kinds: ValueKind[]): Slot => ({ name: "x", domain: domainOfKinds(...kinds) });
  const none = new Knowledge({ maxEntries: 1, maxSize: 1e9 }).scope("s").args;
  const idle = (value: Json | undefined, of: Slot = slot("line"), args = none) =>
    IDLENESS[idleness(of, value, args)];

  it("is that of words never seen, unless they look like a name or a code", () => {
    expect(idle("blue")).toBe("novel");
    for (const name of ["Ann", "b-52", "Ann Marsh", "A B C D"])
      expect([name, idle(name)]).toEqual([name, "known"]);
    for (const words of ["Ann marsh", "A B C D E"]) expect([words, idle(words)]).toEqual([words, "novel"]);
  });

  it("is that of known data where its slot lists it, takes a definite form, or an argument has held it", () => {
    expect(idle("blue", { name: "x", domain: { ...domainOfKinds("line"), values: ["blue"] } })).toBe("known");
    expect(idle("blue", { name: "x", domain: { ...domainOfKinds("line"), values: ["red"] } })).toBe("novel");
    expect(idle("a@b.example", slot("email"))).toBe("known");
    expect(idle("a@b.example", slot("email", "line"))).toBe("novel");
    const { args } = new Knowledge({ maxEntries: 1, maxSize: 1e9 }).scope("s");
    args.add("paint.colour", "blue");
    expect(idle("blue", slot("line"), args)).toBe("known");
  });

  it("of nothing, and of JSON that is no scalar, is that of what was sent", () => {
    for (const value of [undefined, null, json({ a: 1 }), json(["a"])]) expect(idle(value)).toBe("sent");
  });

  it("is told by the most telling slot, less what later steps have used and what a model thinks decides nothing", () => {
    const learnt = taught("Send {{a}} and {{b}} to {{who}} now", call("send", { to: "=who" }));
    const knowledge = knowing(learnt);
    const ranks = new Map([
      ["a", IDLENESS.indexOf("known")],
      ["b", IDLENESS.indexOf("novel")],
    ]);
    const found = () => idleOf(learnt, knowledge, ({ name }) => ranks.get(name) ?? 0);
    expect(found()).toEqual({ read: "novel", left: "novel" });
    knowledge.seen.note(learnt.skeleton, [
      ["a", "x"],
      ["b", "y"],
    ]);
    knowledge.agree(weighedId(learnt), "b");
    expect(found()).toEqual({ read: "novel", left: "known" });
    knowledge.seen.credit(learnt.skeleton, "a");
    expect(found()).toEqual({ read: "novel", left: "weighed" });
    knowledge.seen.credit(learnt.skeleton, "b");
    expect(found()).toEqual({ read: "novel", left: "sent" });
    ranks.set("b", SENT);
    expect(found()).toEqual({ read: "known", left: "sent" });
    const all = taught("Send {{who}} now", call("send", { to: "=who" }));
    expect(idleOf(all, knowing(all), () => 4)).toEqual({ read: "none", left: "none" });
  });
});
