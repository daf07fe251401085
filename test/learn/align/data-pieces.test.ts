import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPieces } from "../../../src/learn/align/data-pieces.js";

/** The pieces that are no single word, sign or space. */
const whole = (text: string): string[] =>
  dataPieces(text).filter((piece) => !/^(?:[\p{L}\p{M}\p{N}]+|\s+|.)$/su.test(piece));

describe("the pieces of a text", () => {
  it.each([
    ["dates", "from 2023-11-21 to 12/01/2024 or 1.2.24", ["2023-11-21", "12/01/2024", "1.2.24"]],
    [
      "dates in words",
      "born May 3, 1999, wed 4th of June 2021 and on Nov 7",
      ["May 3, 1999", "4th of June 2021", "Nov 7"],
    ],
    ["times", "at 3:30 pm or 15:00, not 7am", ["3:30 pm", "15:00"]],
    [
      "numbers with what they are written with",
      "costs 1,200.50 or 0.75, version 1.2.10",
      ["1,200.50", "0.75", "1.2.10"],
    ],
    [
      "telephone numbers",
      "call (630) 305-1488, +1 630 305 1488 or 630-305-1488",
      ["(630) 305-1488", "+1 630 305 1488", "630-305-1488"],
    ],
    [
      "addresses",
      "see https://a.example/b?c=d, mail e.f@g.example.",
      ["https://a.example/b?c=d", "e.f@g.example"],
    ],
  ])("keep in one: %s", (_what, text, expected) => {
    expect(whole(text)).toEqual(expected);
  });

  it("keep apart what is computed with, and what is joined otherwise", () => {
    expect(whole("48/2 = 24, 3+4, 5*12=60, AB-12, x_y, a-b, 2024")).toEqual([]);
  });

  it("are the text when joined", () => {
    const unit = fc.constantFrom(
      "1",
      "23",
      ".",
      ",",
      ":",
      "-",
      "/",
      " ",
      "(",
      ")",
      "+",
      "@",
      "a",
      "May",
      "pm",
      "://",
      "é",
      "𝒳",
      "_",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(dataPieces(text).join("")).toBe(text);
      }),
    );
  });

  it("take time in proportion to the text", () => {
    for (const stuff of ["1-", "1.", "1:2 ", "a.", "a@", "+1 ", "a://", "(12) 34", "May ", "1/"]) {
      const start = performance.now();
      dataPieces(stuff.repeat(100_000 / stuff.length));
      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});
