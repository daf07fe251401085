import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Binder, matchTurn } from "../../src/template/match.js";
import { parseText } from "../../src/template/notation.js";
import type { Slot, TurnPattern } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import { literalTurn } from "../../src/template/visit.js";
import { isMoreSpecific } from "../../src/tree/specificity.js";
import { like } from "../support/turns.js";
import { conversationsOf, fitsPath, patterns } from "./arbitrary.js";

const wins = (narrow: string, wide: string): boolean => isMoreSpecific([like(narrow)], [like(wide)]);

describe("which template is more specific", () => {
  it.each([
    ["hello Ann", "hello {{x:words}}"],
    ["hello {{x:word}}", "hello {{x:words}}"],
    ["hello {{x:words}} Smith", "hello {{x:words}}"],
    ["{{x:words}} and {{x:words}}", "{{x:words}} and {{y:words}}"],
    ['{{n:"1"|"2"}} eggs', "{{n:integer}} eggs"],
    ['{{n:integer!"13"}} eggs', "{{n:integer}} eggs"],
    ["at {{t:time}} sharp", "at {{t:line}}"],
    // Only with a number in its place is this a percentage.
    ["{{n:integer}}% off", "{{p:percent}} off"],
  ])("%s covers less than %s", (narrow, wide) => {
    expect(wins(narrow, wide)).toBe(true);
    expect(wins(wide, narrow)).toBe(false);
  });

  it.each([
    ["hello {{x:words}}", "hello {{y:words}}"],
    ["hello {{x:words}}", "bye {{x:words}}"],
    ["{{x:word}} tea", "send {{x:word}}"],
    ["{{x:integer}}", "{{x:word}}"],
    ["from {{a:words}} to {{b:words}}", "from {{b:words}} to {{a:words}}"],
  ])("neither of %s and %s does", (left, right) => {
    expect(wins(left, right)).toBe(false);
    expect(wins(right, left)).toBe(false);
  });

  it("compares whole conversations, JSON included", () => {
    const call = (value: "any" | string): TurnPattern<Slot> => ({
      role: "assistant",
      parts: [
        {
          kind: "call",
          tool: "t",
          args: {
            kind: "array",
            items: [
              value === "any"
                ? { kind: "value", place: { name: "v", domain: { kinds: ["any"], values: [], except: [] } } }
                : { kind: "text", text: parseText(value) },
            ],
          },
        },
        {
          kind: "json",
          value: { kind: "object", entries: new Map([["k", { kind: "literal", value: true }]]) },
        },
        { kind: "result", call: 0, error: false },
      ],
    });
    expect(isMoreSpecific([like("a"), call("b {{x}}")], [like("a"), call("any")])).toBe(true);
    expect(isMoreSpecific([like("a"), call("any")], [like("a"), call("b {{x}}")])).toBe(false);
    expect(isMoreSpecific([like("a")], [like("a"), call("any")])).toBe(false);
    expect(
      isMoreSpecific([literalTurn({ role: "user", parts: [] })], [literalTurn({ role: "user", parts: [] })]),
    ).toBe(false);
  });

  it("holds against conversations: what fits the more specific one fits the other", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc
          .tuple(patterns, patterns)
          .chain(([narrow, wide]) =>
            fc.tuple(fc.constant([narrow, wide] as const), conversationsOf([[narrow]])),
          ),
        ([[narrow, wide], turns]) => {
          if (!isMoreSpecific([narrow], [wide]) || !fitsPath([narrow], turns)) return;
          seen++;
          // A value of several words may fit the other in two ways: then that one says nothing there, and
          // there is nothing to choose.
          expect(["fits", "ambiguous"]).toContain(matchTurn(wide, turns[0] as Turn, new Binder(new Map())));
        },
      ),
      { numRuns: 5_000 },
    );
    expect(seen).toBeGreaterThan(5);
  });
});
