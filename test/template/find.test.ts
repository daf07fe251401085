import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { find } from "../../src/template/find.js";

describe("where a text holds another", () => {
  it("is where the engine's own search finds it", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 30 });
    fc.assert(
      fc.property(text, text, fc.nat(20), (left, right, from) => {
        expect(find(left, right, from)).toBe(left.indexOf(right, from));
      }),
    );
  });

  it("is the same for long literals, near and far, of one letter and of several", () => {
    const long = "ab".repeat(20_000);
    const cases: [string, string, number][] = [
      [`x${long}y`, long, 0],
      [`x${long}y`, long, 1],
      [`x${long}y`, long, 2],
      [`${"x".repeat(500)}${long}y`, long, 3],
      [`${"a".repeat(500)}${long}y`, `a${long}`, 3],
      [`${long}${long}c`, `${long}c`, 0],
      [`${long}${long}`, `${long}c`, 0],
      [long, `${long}c`, 0],
      ["a".repeat(200_000), `${"a".repeat(50_000)}b`, 0],
      ["a".repeat(200_000), "a".repeat(50_000), 149_999],
      ["a".repeat(200_000), "a".repeat(50_000), 150_001],
    ];
    for (const [text, literal, from] of cases)
      expect(find(text, literal, from)).toBe(text.indexOf(literal, from));
  });
});
