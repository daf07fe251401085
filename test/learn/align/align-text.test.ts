import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Alignment, alignTexts } from "../../../src/learn/align/align-text.js";

const side = (alignment: Alignment, index: 0 | 1): string =>
  alignment.map((run) => (typeof run === "string" ? run : run[index])).join("");

describe("aligning two texts", () => {
  it("finds what they share and where they differ", () => {
    expect(alignTexts("Mail Ann the report.", "Mail Bob the report.")).toEqual([
      "Mail ",
      ["Ann", "Bob"],
      " the report.",
    ]);
    expect(alignTexts("Ann pays 3 now, not 4.", "Bob pays 5 now, not 6.")).toEqual([
      ["Ann", "Bob"],
      " pays ",
      ["3", "5"],
      " now, not ",
      ["4", "6"],
      ".",
    ]);
  });

  it("takes values of several words or pieces as one", () => {
    expect(alignTexts("Mail Ann Marsh now", "Mail Bob Dole now")).toEqual([
      "Mail ",
      ["Ann Marsh", "Bob Dole"],
      " now",
    ]);
    expect(alignTexts("on 2023-11-21.", "on 2024-10-07.")).toEqual([
      "on ",
      ["2023-11-21", "2024-10-07"],
      ".",
    ]);
    expect(alignTexts("to a.b@c now", "to d.e@f now")).toEqual(["to ", ["a.b@c", "d.e@f"], " now"]);
    expect(alignTexts("Mail Ann now", "Mail Bob Dole now")).toEqual(["Mail ", ["Ann", "Bob Dole"], " now"]);
  });

  it("tells two data apart that stand side by side: a number and a word, the terms of a sum", () => {
    expect(alignTexts("pack 12 pens now", "pack 7 cups now")).toEqual([
      "pack ",
      ["12", "7"],
      " ",
      ["pens", "cups"],
      " now",
    ]);
    expect(alignTexts("is 12/4 = 3", "is 10/5 = 2")).toEqual([
      "is ",
      ["12", "10"],
      "/",
      ["4", "5"],
      " = ",
      ["3", "2"],
    ]);
    expect(alignTexts("on May 3 at 3:30 pm.", "on June 12 at 4:10 am.")).toEqual([
      "on ",
      ["May 3", "June 12"],
      " at ",
      ["3:30 pm", "4:10 am"],
      ".",
    ]);
  });

  it("takes for wording only what others of the form have too", () => {
    const others = ["Fly from Rome to Bern in May", "Fly from Oslo to Turin in June"];
    expect(
      alignTexts("Fly from Paris to Rome in June", "Fly from Paris to Oslo in June", { others }),
    ).toEqual(["Fly from ", ["Paris", "Paris"], " to ", ["Rome", "Oslo"], " in ", ["June", "June"]]);
    // What lacks most of the shared words is of another form, unless it is known to be of the same.
    const other = "Which flights are there on Sunday?";
    expect(alignTexts("Fly to Rome now please", "Fly to Oslo now please", { others: [other] })).toEqual([
      "Fly to ",
      ["Rome", "Oslo"],
      " now please",
    ]);
    expect(alignTexts("6.9 of 3", "6.9 of 4", { others: ["7.1 of 4"], sameForm: true })).toEqual([
      ["6.9", "6.9"],
      " of ",
      ["3", "4"],
    ]);
  });

  it("never cuts a word, nor an apostrophe out of one", () => {
    expect(alignTexts("see O'Hara today", "see O'Neil today")).toEqual([
      "see ",
      ["O'Hara", "O'Neil"],
      " today",
    ]);
    expect(alignTexts("butterfly here", "butter here")).toEqual([["butterfly", "butter"], " here"]);
  });

  it("gives up when one has words where the other has none", () => {
    expect(alignTexts("Mail Ann now", "Mail Ann")).toBeUndefined();
    expect(alignTexts("", "x")).toBeUndefined();
    expect(alignTexts("Go, now", "Go, please, now")).toBeUndefined();
  });

  it("is itself for equal texts, and nothing for empty ones", () => {
    expect(alignTexts("a b", "a b")).toEqual(["a b"]);
    expect(alignTexts("", "")).toEqual([]);
  });

  it("is bounded in length", () => {
    const long = (word: string): string => `${word} `.repeat(400);
    expect(alignTexts(long("a"), `${long("a")}b`)).toBeUndefined();
    expect(alignTexts(`x ${"a ".repeat(250)}`, `y ${"a ".repeat(250)}`)).toEqual([
      ["x", "y"],
      ` ${"a ".repeat(250)}`,
    ]);
  });

  it("loses nothing: the left sides make the left text, the right sides the right", () => {
    const texts = fc.string({
      unit: fc.constantFrom("a", "b", "cd", " ", " ", ",", ".", "-", "7", "é", "𝒳", "\n"),
      maxLength: 24,
    });
    let aligned = 0;
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const alignment = alignTexts(left, right);
        if (!alignment) return;
        aligned++;
        expect([side(alignment, 0), side(alignment, 1)]).toEqual([left, right]);
        for (const [index, run] of alignment.entries()) {
          if (typeof run === "string") expect(run).not.toBe("");
          else {
            expect(run[0].trim()).not.toBe("");
            expect(run[1].trim()).not.toBe("");
            // Two places never touch.
            expect(typeof alignment[index + 1]).not.toBe("object");
          }
        }
      }),
      { numRuns: 1_000 },
    );
    expect(aligned).toBeGreaterThan(50);
  });
});
