import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bindings } from "../../src/template/derivation/expression.js";
import { domainOfKinds } from "../../src/template/domain.js";
import { type Json, Numeral } from "../../src/template/json.js";
import { Binder, matchTurn } from "../../src/template/match.js";
import { stopOf } from "../../src/template/stop.js";
import type { PartPattern, Slot, TurnPattern } from "../../src/template/template.js";
import type { Part, Turn } from "../../src/template/turn.js";
import { literalTurn } from "../../src/template/visit.js";
import { slots, turnPatterns, turns } from "../support/arbitrary.js";
import { written as json, like, user } from "../support/turns.js";

const NOTHING: Bindings = new Map();
const words = (pattern: TurnPattern<Slot>, turn: Turn, before = NOTHING) =>
  stopOf(pattern, turn, before)?.words;

describe("where a turn leaves a pattern", () => {
  it.each([
    [
      "Set the light to {{n:integer}}.",
      "Set the lamp to 5.",
      'differs after "Set the ": "lamp to 5." instead of "light to "',
    ],
    [
      "Set {{what}} to {{n:integer}}.",
      "Set the light at 5.",
      'has no " to " after "Set ": "the light at 5."',
    ],
    [
      "Set {{what}} to {{n:integer}}.",
      "Set the light to 5!",
      'does not end with "." after "Set the light to ": "5!"',
    ],
    [
      "Set {{what}} to {{n:integer}}.",
      "Set the light to five.",
      'has "five", which is outside of what {{n:integer}} takes',
    ],
    ["Send {{a}} to {{b}}.", "Send tea to me to try.", "can be cut in two ways: Send {{a}} to {{b}}."],
    ["Hello", "Hello there", 'differs after "Hello": " there" instead of its end'],
    ["Hello there", "Hello", 'differs after "Hello": its end instead of " there"'],
    ["Hello {{name}}", "Hello ", 'differs after "Hello ": its end instead of something more'],
    ["{{a}} and {{a}}", "x and y", 'has "y" for {{a}}, which was something else before'],
  ])("%s ← %s", (notation, said, expected) => {
    expect(words(like(notation), user(said))).toBe(expected);
  });

  it("is told of roles, parts, calls and results", () => {
    const part = (one: Part): Turn => ({ role: "assistant", parts: [one] });
    const literal = (one: Part): TurnPattern<Slot> => literalTurn(part(one));
    const call = (tool: string, args: Json): Part => ({ kind: "call", tool, args });
    const said: Part = { kind: "text", text: "hi" };
    expect(words(like("hi"), { ...user("hi"), role: "system" })).toBe('is of role "system", not "user"');
    expect(words(like("hi"), { ...user("hi"), name: "bob" })).toBe("is said under another name");
    expect(words(literal(call("a", null)), part(call("b", null)))).toBe('calls "b" instead of "a"');
    expect(words(literal(said), part(call("b", new Map())))).toBe("has b() instead of hi");
    expect(words(literal(said), { role: "assistant", parts: [] })).toBe("ends where more was said: hi");
    expect(words(literal(said), { role: "assistant", parts: [said, said] })).toBe(
      "goes on where nothing more was said: hi",
    );
    const result = (call: number, error: boolean): Part => ({ kind: "result", call, error });
    expect(words(literal(result(0, false)), part(result(1, false)))).toBe("is the result of another call");
    expect(words(literal(result(0, false)), part(result(0, true)))).toBe("is a failed call");
    const opaque = (digest: string): Part => ({ kind: "opaque", type: "image", digest });
    expect(words(literal(opaque("a")), part(opaque("b")))).toBe("holds another image");
  });

  it("is told of JSON by its path", () => {
    const call = (written: string): Turn => ({
      role: "assistant",
      parts: [{ kind: "call", tool: "t", args: json(written) }],
    });
    const known = literalTurn(call('{"a": [1, {"b": "x"}], "c": true}'));
    expect(words(known, call('{"a": [1, {"b": "y"}], "c": true}'))).toBe(
      'at a[1].b differs: "y" instead of "x"',
    );
    expect(words(known, call('{"a": [2, {"b": "x"}], "c": true}'))).toBe("at a[0] is 2 instead of 1");
    expect(words(known, call('{"a": [1], "c": true}'))).toBe("at a has 1 items instead of 2");
    expect(words(known, call('{"a": [1, {"b": "x"}]}'))).toBe('has no "c"');
    expect(words(known, call('{"a": [1, {"b": "x"}], "c": true, "d": 1}'))).toBe(
      'has "d", which was never there',
    );
    expect(words(known, call('{"a": null, "c": true}'))).toBe("at a is null instead of a list");
    const n: Slot = { name: "n", domain: domainOfKinds("integer") };
    const args: PartPattern<Slot> = {
      kind: "call",
      tool: "t",
      args: { kind: "object", entries: new Map([["n", { kind: "value", place: n }]]) },
    };
    expect(words({ role: "assistant", parts: [args] }, call('{"n": "many"}'))).toBe(
      'at n has "many", which is outside of what {{n:integer}} takes',
    );
    expect(
      words({ role: "assistant", parts: [args] }, call('{"n": 5}'), new Map([["n", new Numeral("4")]])),
    ).toBe('at n has "5" for {{n}}, which was something else before');
  });

  it("is nowhere where it fits, and somewhere where it does not, as the matcher says", () => {
    const counts = { fits: 0, not: 0 };
    fc.assert(
      fc.property(turnPatterns(slots), turns, fc.boolean(), (pattern, turn, own) => {
        const tried = own ? literalTurn(turn) : pattern;
        const fit = matchTurn(tried, turn, new Binder(NOTHING));
        const stop = stopOf(tried, turn, NOTHING);
        expect(stop?.fit ?? "fits").toBe(fit);
        if (stop) {
          expect(stop.share).toBeGreaterThanOrEqual(0);
          expect(stop.share).toBeLessThan(1);
          expect(stop.words).not.toMatch(/[\u0000-\u001f]/);
        }
        counts[stop ? "not" : "fits"]++;
      }),
      { numRuns: 1_000, seed: 3 },
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
  });

  it("is further on the nearer the pattern is", () => {
    const share = (notation: string) =>
      stopOf(like(notation), user("Set the light to five."), NOTHING)?.share ?? 1;
    expect(share("Set the light to {{n:integer}}.")).toBeGreaterThan(share("Set the light at {{n}}."));
    expect(share("Set the light at {{n}}.")).toBeGreaterThan(share("Play {{song}}."));
  });
});
