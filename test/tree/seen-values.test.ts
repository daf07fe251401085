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

  it("takes a sign that was never seen for far, where all so far were none or more", () => {
    expect(seenIn("0", "3").reach("s", "x", "-1")).toBe("far");
    expect(seenIn("-2", "3").reach("s", "x", "-3")).toBe("beyond");
    expect(["4", "1"].map((text) => seenIn("1", "2", "3", "4").reach("s", "x", text))).toEqual([
      "within",
      "within",
    ]);
  });

  it("reads numbers as people write them, and nothing longer", () => {
    const seen = seenIn("$1,200.50", "80 %", "-7");
    expect(["1000", "€ 90", "-7.0"].map((text) => seen.reach("s", "x", text))).toEqual([
      "within",
      "within",
      "within",
    ]);
    expect(seen.reach("s", "x", "1201")).toBe("beyond");
    // What is no number has words: as many as two, because of "80 %".
    expect(["one two", "one two three"].map((text) => seen.reach("s", "x", text))).toEqual([
      "within",
      "beyond",
    ]);
    expect(seenIn("12").reach("s", "x", "1".repeat(25))).toBe("within");
  });

  it("knows no more slots of a template than can matter", () => {
    const seen = new SeenValues();
    seen.note(
      "s",
      Array.from({ length: 100 }, (_, index) => [`x${index}`, "5"] as const),
    );
    expect([0, 63, 64, 99].map((index) => seen.reach("s", `x${index}`, "5"))).toEqual([
      "within",
      "within",
      "beyond",
      "beyond",
    ]);
  });

  it("was used once a later step has used it, and only by that name", () => {
    const seen = seenIn("5");
    seen.note("s", [["y", "5"]]);
    seen.credit("s", "x");
    seen.credit("s", "z");
    expect(["x", "y", "z"].map((name) => seen.isUsed("s", name))).toEqual([true, false, false]);
    expect(seen.isUsed("t", "x")).toBe(false);
    expect(seen.holding.bytes).toBeGreaterThan(0);
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
