import { describe, expect, it } from "vitest";
import { Numeral } from "../../src/template/json.js";
import { SeenValues } from "../../src/tree/seen-values.js";

function seenIn(...texts: string[]): SeenValues {
  const seen = new SeenValues();
  for (const text of texts) seen.note("s", [["x", text]]);
  return seen;
}

describe("what a slot has held", () => {
  it("tells numbers within, beyond, and of another order of magnitude or sign", () => {
    const seen = seenIn("20", "41", "33", "25", "28", "30", "37", "22");
    const reach = (text: string): string => seen.reach("s", "x", text);
    expect(["20", "27.5", "41"].map(reach)).toEqual(["within", "within", "within"]);
    expect(["19", "42", "300"].map(reach)).toEqual(["beyond", "beyond", "beyond"]);
    expect(["999999", "-25", "0.1"].map(reach)).toEqual(["far", "far", "far"]);
    expect(seen.reach("s", "x", new Numeral("30"))).toBe("within");
  });

  it("takes a wider order of magnitude from few values than from many", () => {
    expect(seenIn("5").reach("s", "x", "300")).toBe("beyond");
    expect(seenIn(...Array.from({ length: 10 }, () => "5")).reach("s", "x", "300")).toBe("far");
  });

  it("tells texts of more words than any", () => {
    const seen = seenIn("hall", "dining room");
    expect(["attic", "living room", "hall ceiling light"].map((text) => seen.reach("s", "x", text))).toEqual([
      "within",
      "within",
      "beyond",
    ]);
  });

  it("knows nothing of a slot that has held nothing, nor of one that was dropped", () => {
    const seen = seenIn("5");
    expect([seen.reach("s", "y", "5"), seen.reach("t", "x", "5")]).toEqual(["beyond", "beyond"]);
    seen.drop("s");
    expect([seen.reach("s", "x", "5"), seen.holding.entries]).toEqual(["beyond", 0]);
  });

  it("has no measure of what is no text or number", () => {
    expect([null, true, ["a"], new Map()].map((value) => seenIn("5").reach("s", "x", value))).toEqual([
      "within",
      "within",
      "within",
      "within",
    ]);
  });
});
