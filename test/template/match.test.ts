import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bindings } from "../../src/template/derivation/expression.js";
import { domainOfKinds } from "../../src/template/domain.js";
import { type Json, Numeral } from "../../src/template/json.js";
import { Binder, type Fit, matchJson, matchText, matchTurn } from "../../src/template/match.js";
import { parseText } from "../../src/template/notation.js";
import type { JsonPattern, Slot, TextPattern } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import type { ValueKind } from "../../src/template/value-kinds.js";
import { literalTurn } from "../../src/template/visit.js";
import { textPatterns, texts, turns } from "../support/arbitrary.js";
import { written as json } from "../support/turns.js";

const NOTHING: Bindings = new Map();
const slot = (name: string, kind: ValueKind = "any"): Slot => ({ name, domain: domainOfKinds(kind) });

function match(pattern: string | TextPattern<Slot>, text: string): [Fit, Record<string, Json>] {
  const binder = new Binder(NOTHING);
  const fit = matchText(typeof pattern === "string" ? parseText(pattern) : pattern, text, binder);
  return [fit, fit === "fits" ? Object.fromEntries(binder.result()) : {}];
}

/** Every way to cut a text by a pattern, found by trying all. */
function cuts(pattern: TextPattern<Slot>, text: string, from = 0, index = 0): string[][] {
  const segment = pattern[index];
  if (segment === undefined) return from === text.length ? [[]] : [];
  if (typeof segment === "string")
    return text.startsWith(segment, from) ? cuts(pattern, text, from + segment.length, index + 1) : [];
  const found: string[][] = [];
  for (let to = from + 1; to <= text.length; to++)
    for (const rest of cuts(pattern, text, to, index + 1)) found.push([text.slice(from, to), ...rest]);
  return found;
}

describe("matching a text", () => {
  it("fits exactly when there is one cut, and binds that one (against trying all cuts)", () => {
    const literal = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 3 });
    const patterns = fc
      .record({
        first: fc.boolean(),
        literals: fc.array(literal, { minLength: 1, maxLength: 4 }),
        last: fc.boolean(),
      })
      .map(({ first, literals, last }): TextPattern<Slot> => {
        const segments = literals.flatMap((text, index): (string | Slot)[] => [slot(`s${index}`), text]);
        const inner = first ? segments : segments.slice(1);
        return last ? [...inner, slot("end")] : inner;
      });
    const counts = { none: 0, one: 0, many: 0 };
    fc.assert(
      fc.property(patterns, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 9 }), (pattern, text) => {
        const all = cuts(pattern, text);
        const [fit, bindings] = match(pattern, text);
        if (all.length === 0) expect(fit).toBe("differs");
        else if (all.length > 1) expect(fit).toBe("ambiguous");
        else expect([fit, Object.values(bindings)]).toEqual(["fits", all[0]]);
        counts[all.length === 0 ? "none" : all.length === 1 ? "one" : "many"]++;
      }),
      { numRuns: 5_000, seed: 7 },
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
  });

  it("gives back the values a pattern was filled with, or says that they are ambiguous", () => {
    const patterns = textPatterns(fc.constant(slot("x"))).map((pattern) =>
      pattern.map((segment, index) => (typeof segment === "string" ? segment : slot(`v${index}`))),
    );
    fc.assert(
      fc.property(
        patterns,
        fc.array(
          texts.filter((text) => text !== ""),
          { minLength: 8, maxLength: 8 },
        ),
        (pattern, values) => {
          const filled = pattern.map((segment, index) =>
            typeof segment === "string" ? segment : (values[index] as string),
          );
          const [fit, bindings] = match(pattern, filled.join(""));
          expect(["fits", "ambiguous"]).toContain(fit);
          if (fit === "fits")
            for (const [index, segment] of pattern.entries())
              if (typeof segment !== "string") expect(bindings[segment.name]).toBe(values[index]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("never gives a slot an empty text", () => {
    expect(match("a {{x:any}}", "a ")[0]).toBe("differs");
    expect(match("{{x:any}} b", " b")[0]).toBe("differs");
    expect(match("a{{x:any}}b{{y:any}}c", "abxc")[0]).toBe("differs");
    expect(match("{{x:any}}", "")[0]).toBe("differs");
    expect(match([], "")[0]).toBe("fits");
    expect(match([], "a")[0]).toBe("differs");
  });

  it("does not let a head and a tail share characters", () => {
    expect(match("aba{{x:any}}ba", "ababa")[0]).toBe("differs");
    expect(match("aba{{x:any}}ba", "abaXba")).toEqual(["fits", { x: "X" }]);
  });

  it("is ambiguous when the values hold the literal between them", () => {
    expect(match("Send {{a}} to {{b}}.", "Send tea to me to try.")[0]).toBe("ambiguous");
    expect(match("Send {{a}} to {{b}}.", "Send tea to me.")).toEqual(["fits", { a: "tea", b: "me" }]);
  });

  it("refuses a value outside the domain, and a second value, and says which", () => {
    expect(match("wait {{n:integer}} minutes", "wait ten minutes")[0]).toBe("domain");
    expect(match("{{a}} and {{a}}", "x and y")[0]).toBe("conflict");
    expect(match("{{a}} and {{a}}", "x and x")).toEqual(["fits", { a: "x" }]);
  });

  it("compares code units: no normalisation, no folding", () => {
    expect(match("caf\u00e9 {{x}}", "cafe\u0301 1")[0]).toBe("differs");
    expect(match("a\u200bb {{x}}", "ab 1")[0]).toBe("differs");
    expect(match("Hi {{x}}", "hi 1")[0]).toBe("differs");
  });

  it("answers a megabyte built against backtracking, and against quadratic search", () => {
    const many = Array.from({ length: 30 }, (_, index) => [slot(`s${index}`), "a"] as const).flat();
    expect(match([...many, slot("end"), "b"], "a".repeat(1_000_000))[0]).toBe("differs");
    expect(match([...many, slot("end"), "b"], `${"a".repeat(1_000_000)}b`)[0]).toBe("ambiguous");
    const periodic = `${"a".repeat(10_000)}b`;
    const text = `x${periodic}${"a".repeat(1_000_000)}`;
    expect(match([slot("x"), periodic, slot("y")], text)).toEqual([
      "fits",
      { x: "x", y: "a".repeat(1_000_000) },
    ]);
    expect(match([slot("x"), periodic, slot("y")], `${text}bb`)[0]).toBe("ambiguous");
    expect(match([slot("x"), `b${"a".repeat(10_000)}`, slot("y")], `${"a".repeat(1_000_000)}`)[0]).toBe(
      "differs",
    );
  });

  it("finds long literals in long texts where a plain search finds them", () => {
    const unit = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(unit, unit, fc.nat(900), (period, other, at) => {
        const literal = period.repeat(600) + other;
        const text = `${other.repeat(at + 1)}c${literal}c${period.repeat(3_000)}`;
        const second = text.indexOf(literal, text.indexOf(literal) + 1);
        const room = text.length - 1 - literal.length;
        const [fit] = match([slot("x"), literal, slot("y")], text);
        expect(fit).toBe(second >= 0 && second <= room ? "ambiguous" : "fits");
      }),
      { numRuns: 60 },
    );
  });
});

describe("matching JSON", () => {
  const fit = (pattern: JsonPattern<Slot>, text: string): [Fit, Record<string, Json>] => {
    const binder = new Binder(NOTHING);
    const result = matchJson(pattern, json(text), binder);
    return [result, Object.fromEntries(binder.result())];
  };
  const object: JsonPattern<Slot> = {
    kind: "object",
    entries: new Map<string, JsonPattern<Slot>>([
      ["to", { kind: "text", text: parseText("<{{mail:email}}>") }],
      ["n", { kind: "value", place: slot("n", "integer") }],
      [
        "list",
        {
          kind: "array",
          items: [
            { kind: "literal", value: new Numeral("1") },
            { kind: "value", place: slot("any", "json") },
          ],
        },
      ],
    ]),
  };

  it("takes types, keys and lengths as structure, key order as free", () => {
    expect(fit(object, '{"list":[1,{"a":[]}],"n":5,"to":"<a@b.c>"}')).toEqual([
      "fits",
      { mail: "a@b.c", n: new Numeral("5"), any: new Map([["a", []]]) },
    ]);
    for (const text of [
      '{"to":"<a@b.c>","n":5}',
      '{"to":"<a@b.c>","n":5,"list":[1,[]],"more":1}',
      '{"to":"<a@b.c>","m":5,"list":[1,[]]}',
      '{"to":5,"n":5,"list":[1,[]]}',
      '{"to":"<a@b.c>","n":5,"list":[1]}',
      '{"to":"<a@b.c>","n":5,"list":[1.0,[]]}',
      '{"to":"<a@b.c>","n":5,"list":{}}',
      "[]",
    ])
      expect([text, fit(object, text)[0]]).toEqual([text, "differs"]);
    expect(fit(object, '{"to":"<nobody>","n":5,"list":[1,[]]}')[0]).toBe("domain");
    expect(fit(object, '{"to":"<a@b.c>","n":"five","list":[1,[]]}')[0]).toBe("domain");
  });

  it("lets one variable stand as text here and as a number there, but not with other digits", () => {
    const twice: JsonPattern<Slot> = {
      kind: "array",
      items: [
        { kind: "value", place: slot("n") },
        { kind: "text", text: [slot("n")] },
      ],
    };
    expect(fit(twice, '[5,"5"]')[0]).toBe("fits");
    expect(fit(twice, '[5,"5.0"]')[0]).toBe("conflict");
    const lists: JsonPattern<Slot> = {
      kind: "array",
      items: [
        { kind: "value", place: slot("n") },
        { kind: "value", place: slot("n") },
      ],
    };
    expect(fit(lists, "[[1],[1]]")[0]).toBe("fits");
    expect(fit(lists, "[[1],[2]]")[0]).toBe("conflict");
  });

  it("tells a value null from a key that is not there", () => {
    const pattern: JsonPattern<Slot> = {
      kind: "object",
      entries: new Map([["a", { kind: "literal", value: null }]]),
    };
    expect(fit(pattern, '{"a":null}')[0]).toBe("fits");
    expect(fit(pattern, '{"b":null}')[0]).toBe("differs");
  });
});

describe("matching a turn", () => {
  it("a literal pattern fits its turn alone", () => {
    const fits = (pattern: Turn, turn: Turn): boolean =>
      matchTurn(literalTurn(pattern), turn, new Binder(NOTHING)) === "fits";
    fc.assert(
      fc.property(turns, turns, (left, right) => {
        expect(fits(left, left)).toBe(true);
        if (fits(left, right)) expect(right).toEqual(left);
      }),
    );
  });

  it("takes role, name, parts, tools, call numbers, failure and digests as structure", () => {
    const turn: Turn = {
      role: "tool",
      name: "n",
      parts: [
        { kind: "result", call: 1, error: false },
        { kind: "json", value: [] },
        { kind: "call", tool: "t", args: new Map() },
        { kind: "opaque", type: "image", digest: "d" },
        { kind: "text", text: "a" },
      ],
    };
    const part = (index: number, change: object): Turn => ({
      ...turn,
      parts: turn.parts.map((each, at) => (at === index ? ({ ...each, ...change } as never) : each)),
    });
    const others: Turn[] = [
      { ...turn, role: "user" },
      { ...turn, name: "m" },
      { ...turn, parts: turn.parts.slice(1) },
      part(0, { call: 2 }),
      part(0, { error: true }),
      part(0, { kind: "text", text: "" }),
      part(1, { value: new Map() }),
      part(1, { kind: "text", text: "[]" }),
      part(2, { tool: "u" }),
      part(2, { kind: "json" }),
      part(3, { type: "audio" }),
      part(3, { digest: "e" }),
      part(3, { kind: "text", text: "" }),
      part(4, { kind: "reasoning" }),
      part(4, { text: "b" }),
    ];
    for (const other of others)
      expect(matchTurn(literalTurn(turn), other, new Binder(NOTHING))).toBe("differs");
  });

  it("keeps the bindings of earlier turns, and what it finds to itself until asked", () => {
    const before = new Map<string, Json>([["name", "Ann"]]);
    const binder = new Binder(before);
    expect(matchText(parseText("{{name}} is {{age:integer}}"), "Ann is 5", binder)).toBe("fits");
    expect([...before.keys()]).toEqual(["name"]);
    expect([...binder.result()]).toEqual([
      ["name", "Ann"],
      ["age", "5"],
    ]);
    expect(matchText(parseText("{{name}} is {{age:integer}}"), "Bob is 5", new Binder(before))).toBe(
      "conflict",
    );
    expect(new Binder(before).result()).toBe(before);
  });
});
