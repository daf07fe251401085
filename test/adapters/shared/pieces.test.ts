import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut } from "../../../adapters/shared/pieces.js";

describe("a text that is cut", () => {
  it("is whole, or word by word with the white space before each", () => {
    expect(cut("The sky  is\nblue. ", "whole")).toEqual(["The sky  is\nblue. "]);
    expect(cut("The sky  is\nblue. ", "word")).toEqual(["The", " sky", "  is", "\nblue.", " "]);
    expect(cut("", "word")).toEqual([""]);
  });

  it("is the text again when its pieces are joined", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(cut(text, { by: "word" }).join("")).toBe(text);
      }),
    );
  });
});
