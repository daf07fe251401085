import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepts, domainOfKinds } from "../../src/template/domain.js";
import { Binder, matchText } from "../../src/template/match.js";
import { parseText } from "../../src/template/notation.js";
import type { Slot, TextPattern } from "../../src/template/template.js";
import { isFormed } from "../../src/template/value-kinds.js";

function read(pattern: string, text: string): string | Record<string, unknown> {
  const binder = new Binder(new Map());
  const fit = matchText(parseText(pattern), text, binder);
  return fit === "fits" ? Object.fromEntries(binder.result()) : fit;
}

/** Every way to cut a text by a pattern whose slots take what they are given, found by trying all. */
function cuts(pattern: TextPattern<Slot>, text: string, from = 0, index = 0): string[][] {
  const segment = pattern[index];
  if (segment === undefined) return from === text.length ? [[]] : [];
  if (typeof segment === "string")
    return text.startsWith(segment, from) ? cuts(pattern, text, from + segment.length, index + 1) : [];
  const found: string[][] = [];
  for (let to = from + 1; to <= text.length; to++) {
    if (!accepts(segment.domain, text.slice(from, to))) continue;
    for (const rest of cuts(pattern, text, to, index + 1)) found.push([text.slice(from, to), ...rest]);
  }
  return found;
}

describe("literals that stand in a text several times", () => {
  it("are cut where values of a definite form leave one way only", () => {
    expect(read("Order {{n:integer}} {{what}}.", "Order 3 small desk lamps.")).toEqual({
      n: "3",
      what: "small desk lamps",
    });
    expect(read("Order {{what}} {{n:integer}}.", "Order small desk lamps 3.")).toEqual({
      what: "small desk lamps",
      n: "3",
    });
    expect(read("{{who:email}} {{what}} {{n:integer}}", "ann@x.example wants 3 more than 4")).toEqual({
      who: "ann@x.example",
      what: "wants 3 more than",
      n: "4",
    });
  });

  it("stay ambiguous where two ways are left, and where every slot takes any line", () => {
    expect(read("{{a}} {{n:integer}} {{b}}", "3 of 4 of 5 lamps")).toBe("ambiguous");
    expect(read("Order {{size}} {{what}}.", "Order small desk lamps.")).toBe("ambiguous");
  });

  it("stay ambiguous where there are too many places to try", () => {
    expect(read("{{n:integer}} {{what}}", `3${" lamp".repeat(12)}`)).toEqual({
      n: "3",
      what: "lamp".concat(" lamp".repeat(11)),
    });
    expect(read("{{n:integer}} {{what}}", `3${" lamp".repeat(13)}`)).toBe("ambiguous");
  });

  it("are cut exactly where trying all cuts finds one (against trying all)", () => {
    const literal = fc.constantFrom(" ", " ", " ", "a", "a ");
    const kind = fc.constantFrom("any" as const, "integer" as const, "line" as const);
    const patterns = fc
      .record({
        first: fc.boolean(),
        parts: fc.array(fc.tuple(kind, literal), { minLength: 1, maxLength: 3 }),
        last: fc.boolean(),
      })
      .map(({ first, parts, last }): TextPattern<Slot> => {
        const segments = parts.flatMap(([each, text], index) => [
          { name: `s${index}`, domain: domainOfKinds(each) },
          text,
        ]);
        return [
          ...(first ? segments : segments.slice(1)),
          ...(last ? [{ name: "end", domain: domainOfKinds("integer") }] : []),
        ];
      });
    const counts = { none: 0, one: 0, many: 0 };
    fc.assert(
      fc.property(
        patterns,
        fc.array(fc.constantFrom("a", "1", " ", "1 1", " a "), { maxLength: 7 }).map((all) => all.join("")),
        (pattern, text) => {
          if (!pattern.some((segment) => typeof segment !== "string" && segment.domain.kinds.every(isFormed)))
            return;
          const all = cuts(pattern, text);
          const binder = new Binder(new Map());
          const fit = matchText(pattern, text, binder);
          if (all.length === 1) expect([fit, [...binder.result().values()]]).toEqual(["fits", all[0]]);
          else expect(fit).not.toBe("fits");
          counts[all.length === 0 ? "none" : all.length === 1 ? "one" : "many"]++;
        },
      ),
      { numRuns: 10_000, seed: 11 },
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(20);
  });
});
