import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { piecesOf } from "../../src/template/pieces.js";

describe("the pieces of a text", () => {
  it("are words, the spaces between them and single signs", () => {
    expect(piecesOf("don't go,  Ann_2!")).toEqual(["don't", " ", "go", ",", "  ", "Ann", "_", "2", "!"]);
    expect(piecesOf("")).toEqual([]);
  });

  it("are the text again when they are joined", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => piecesOf(text).join("") === text));
  });
});
