import { describe, expect, it } from "vitest";
import type { Learnt } from "../../src/tree/knowledge.js";
import { Ledger } from "../../src/tree/ledger.js";
import { learntOf, templateOf } from "../support/turns.js";

const ledger = (): Ledger => new Ledger({ maxEntries: 100, maxSize: 1e9 }, () => false);
/** Two templates of one skeleton. */
const [word, line] = ["{{what:word}}", "{{what:line}}"].map((slot) =>
  learntOf(templateOf(`Find ${slot} now`), { origin: "induced" }),
) as [Learnt, Learnt];
const far = learntOf(templateOf("Sell {{what}}"), { scope: "t", origin: "induced" });

describe("the ledger of evidence", () => {
  it("counts agreements under a template's skeleton and contradictions under its id", () => {
    expect([word.skeleton === line.skeleton, word.id === line.id]).toEqual([true, false]);
    const book = ledger();
    book.note("agree", word.skeleton, "a");
    book.note("contradict", word.id, "c");
    const both = { agreements: new Set(["a"]), contradictions: new Set(["c"]) };
    expect(book.of(word)).toEqual(both);
    expect(book.of(line)).toEqual({ ...both, contradictions: new Set() });
  });

  it("says whether a witness told something new", () => {
    const book = ledger();
    expect([
      book.note("agree", "k", "a"),
      book.note("agree", "k", "a"),
      book.note("agree", "k", "b"),
    ]).toEqual([true, false, true]);
  });

  it("knows which templates share a skeleton, and in which scopes they are", () => {
    const book = ledger();
    for (const each of [word, line, far]) book.hold(each);
    expect(book.sharersOf(word.skeleton)).toEqual([word, line]);
    expect([...book.skeletonsIn(new Set(["s"]))]).toEqual([word.skeleton]);
    expect([...book.skeletonsIn(new Set(["s", "t"]))]).toEqual([word.skeleton, far.skeleton]);
    expect(book.release(word)).toBe(false);
    expect(book.sharersOf(word.skeleton)).toEqual([line]);
    expect(book.release(line)).toBe(true);
    expect(book.sharersOf(word.skeleton)).toEqual([]);
    expect(book.release(word)).toBe(true);
  });

  it("drops what is known under an id, or all but that something spoke against it", () => {
    const book = ledger();
    for (const id of ["x", "y"]) {
      book.note("agree", id, "a");
      book.note("contradict", id, "c");
    }
    book.drop("x");
    expect(book.under("x")).toEqual({ agreements: new Set(), contradictions: new Set() });
    book.lose("y");
    expect(book.under("y").agreements.size).toBe(0);
    expect(book.under("y").contradictions.size).toBeGreaterThan(0);
  });

  it("finds the kinds of a scope that have evidence, and none of another's", () => {
    const book = ledger();
    const [here, there] = [book.kindIds("s", "f", "find"), book.kindIds("t", "f", "find")];
    expect(new Set([here.id, here.nearId, there.id, there.nearId]).size).toBe(4);
    expect(book.kindIds("s", "f", "find")).toEqual(here);
    for (const id of [here.id, here.nearId, there.id]) book.note("agree", id, "a");
    expect(book.kindsOf("s").sort()).toEqual([here.id, here.nearId].sort());
    expect(book.kindsOf("t")).toEqual([there.id]);
    book.clearKinds();
    // Which tools there were is not known any more.
    expect(book.kindsOf("s")).toEqual([here.id]);
    expect([...book.ids()].sort()).toEqual([here.id, here.nearId, there.id].sort());
    expect([...book.all()].length).toBe(3);
  });
});
