import { describe, expect, it } from "vitest";
import { piecesOf } from "../../src/template/pieces.js";
import { spellingsOf } from "../../src/tree/spellings.js";

const SEEN = new Set([" turn", " Turn", "lamp ", "? "]);
const stood = (before: string, after: string): boolean => SEEN.has(`${before} ${after}`);
const texts = (text: string): string[] => spellingsOf(piecesOf(text), stood).map((each) => each.text);

describe("the spellings of a text", () => {
  it("begin with and without a capital, and end with and without a mark, as texts have done", () => {
    expect(texts("turn on the lamp")).toEqual(["turn on the lamp?", "Turn on the lamp", "Turn on the lamp?"]);
    expect(texts("Turn on the lamp.")).toEqual([
      ...["Turn on the lamp", "Turn on the lamp?"],
      ...["turn on the lamp", "turn on the lamp.", "turn on the lamp?"],
    ]);
  });

  it("are none that nobody has used", () => {
    expect(texts("start the fan")).toEqual(["start the fan?"]);
    expect(texts("12 lamps")).toEqual([]);
    expect(texts("")).toEqual([]);
  });

  it("say where they differ, and from what", () => {
    const [marked, begun] = spellingsOf(piecesOf("turn on the lamp"), stood);
    expect(marked).toMatchObject({ start: 16, end: 17, from: "", to: "?" });
    expect(begun).toMatchObject({ start: 0, end: 4, from: "turn", to: "Turn" });
  });
});
