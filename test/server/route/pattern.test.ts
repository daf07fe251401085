import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allows, fits } from "../../../server/route/pattern.js";

const short = fc.string({ unit: fc.constantFrom("a", "b", "*", ".", "/"), maxLength: 8 });

describe("a pattern of models", () => {
  it("means what the same regular expression means", () => {
    fc.assert(
      fc.property(short, short, (pattern, name) => {
        const same = new RegExp(
          `^${pattern
            .split("*")
            .map((part) => part.replace(/[./]/g, "\\$&"))
            .join("[^]*")}$`,
        );
        return fits(pattern, name) === same.test(name);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a list means whatever one of its patterns means", () => {
    expect(allows(["gpt-*", "o3"], "gpt-5-mini")).toBe(true);
    expect(allows(["gpt-*", "o3"], "o3-mini")).toBe(false);
    expect(allows([], "gpt")).toBe(false);
  });
});
