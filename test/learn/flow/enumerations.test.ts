import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countIn, enumerationIn, holds } from "../../../src/learn/flow/enumerations.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const found = (text: string, ...values: string[]): string[] | undefined => {
  const enumeration = enumerationIn(text, values);
  return (
    enumeration && [text.slice(enumeration.start, enumeration.end), printExpression(enumeration.read("x"))]
  );
};

describe("an enumeration in a text", () => {
  it("is a stretch that says the values one after the other", () => {
    expect(found("Mail Ann, Bob and Cid today", "Ann", "Bob", "Cid")).toEqual([
      "Ann, Bob and Cid",
      "enumerated(x)",
    ]);
    expect(found("Mail Ann and Bob", "Ann", "Bob")).toEqual(["Ann and Bob", "enumerated(x)"]);
  });

  it("takes the quotation marks around its items along", () => {
    expect(
      found("Play 'So What', 'Blue in Green' and 'All Blues'.", "So What", "Blue in Green", "All Blues"),
    ).toEqual(["'So What', 'Blue in Green' and 'All Blues'", "enumerated(x)"]);
  });

  it("is split by whatever separator it has", () => {
    expect(found("- general\n- random\n- ops", "general", "random", "ops")).toEqual([
      "general\n- random\n- ops",
      'listed(x, "\\n- ")',
    ]);
    expect(found("a-1; b-2; c-3", "a-1", "b-2", "c-3")).toEqual(["a-1; b-2; c-3", 'listed(x, "; ")']);
  });

  it("is none where words stand between the values, where their order is another, or a space alone parts them", () => {
    expect(found("Mail Ann before Bob", "Ann", "Bob")).toBeUndefined();
    expect(found("Mail Bob, Ann", "Ann", "Bob")).toBeUndefined();
    expect(found("Mail Ann Marsh", "Ann", "Marsh")).toBeUndefined();
    expect(found("Annabel, Bob", "Ann", "Bob")).toBeUndefined();
    expect(found("Mail Ann, Bob; Cid", "Ann", "Bob", "Cid")).toBeUndefined();
  });

  it("is none where it stands twice, or a value does", () => {
    expect(found("Ann, Bob. Ann, Bob", "Ann", "Bob")).toBeUndefined();
    expect(found("Ann, Ann", "Ann", "Ann")).toBeUndefined();
  });

  it("is found wherever plain names are listed in words", () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{2,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), (names) => {
        const text = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
        expect(found(`Call ${text}.`, ...names)).toEqual([text, "enumerated(x)"]);
      }),
    );
  });
});

describe("whether a text says a value", () => {
  it("counts it from token boundary to token boundary", () => {
    expect(countIn("Ann, Annabel and Ann", "Ann")).toBe(2);
    expect([holds("butterfly", "butter"), holds("butter fly", "butter")]).toEqual([false, true]);
  });
});
