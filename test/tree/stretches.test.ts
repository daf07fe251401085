import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bothOf,
  bothWays,
  DATUM,
  filedUnder,
  isWording,
  MAX_STRETCH,
  neighbour,
  sameText,
  shareOf,
} from "../../src/tree/stretches.js";

const pieces = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 30 });

describe("wordings that differ in one short stretch", () => {
  it("are filed under one beginning or one end at the least, whatever the stretch", () => {
    const stretch = fc.array(fc.constantFrom("x", "y"), { maxLength: MAX_STRETCH });
    fc.assert(
      fc.property(pieces, stretch, stretch, fc.nat(), (common, one, other, at) => {
        const cut = at % (common.length + 1);
        const [left, right] = [one, other].map((middle) => [
          ...common.slice(0, cut),
          ...middle,
          ...common.slice(cut),
        ]) as [string[], string[]];
        const filed = filedUnder("c", left, shareOf(left.length));
        const sought = Array.from({ length: 2 * MAX_STRETCH + 1 }, (_, index) =>
          filedUnder("c", right, shareOf(right.length - MAX_STRETCH + index)),
        ).flat();
        expect(sought.some((key) => filed.includes(key))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("are filed by all of their pieces where they have no more, and nowhere where they have fewer", () => {
    expect(filedUnder("c", ["a", "b"], 2)).toEqual(["c>ab", "c<ab"]);
    expect(filedUnder("c", ["a", "b"], 1)).toEqual(["c>a", "c<b"]);
    expect(filedUnder("c", ["a", "b"], 3)).toEqual([]);
    expect(filedUnder("d", ["a"], 1)).not.toEqual(filedUnder("c", ["a"], 1));
  });
});

describe("a stretch", () => {
  it("is mere words where nothing in it is data, a number, a quotation or a name", () => {
    const is = (...all: string[]): boolean => isWording(all, false);
    expect([is("turn", " ", "on"), is()]).toEqual([true, true]);
    for (const other of ["room 5", "5", `${DATUM}x`, '"', "“", "”", "Ann", "iPhone"])
      expect([other, is("turn", other)]).toEqual([other, false]);
    expect([isWording(["Turn"], true), isWording(["TurnOn"], true), isWording(["turn", "On"], true)]).toEqual(
      [true, false, false],
    );
  });

  it("has the nearest word or sign beside it; what is data looks alike everywhere", () => {
    const all = ["turn", " ", `${DATUM}x`, " ", "on"];
    expect([neighbour(all, 1, -1), neighbour(all, 1, 1), neighbour(all, 3, 1)]).toEqual([
      "turn",
      DATUM,
      "on",
    ]);
    expect([neighbour(all, -1, -1), neighbour(all, 5, 1)]).toEqual(["", ""]);
  });

  it("and another have one name and two directions, whichever comes first", () => {
    expect(bothOf("a", "b")).toBe(bothOf("b", "a"));
    expect(bothOf("a", "b")).not.toBe(bothOf("a", "c"));
    expect(bothWays("a", "b")).toEqual([
      ["a", "b"],
      ["b", "a"],
    ]);
    expect([sameText(["a", "b"], ["a", "b"]), sameText(["a"], ["a", "b"]), sameText(["a"], ["b"])]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
