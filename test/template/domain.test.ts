import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepts, DEFAULT_DOMAIN, domainCovers, domainOfKinds } from "../../src/template/domain.js";
import { Numeral } from "../../src/template/json.js";
import {
  isOfKind,
  isOpen,
  isValueKind,
  kindCovers,
  namedKindOf,
  openKindOf,
  VALUE_KINDS,
  type ValueKind,
  valueKindOf,
} from "../../src/template/value-kinds.js";
import { domains, texts } from "../support/arbitrary.js";

const EXAMPLES: Record<
  Exclude<ValueKind, "any" | "json">,
  readonly [takes: readonly string[], refuses: readonly string[]]
> = {
  boolean: [
    ["true", "false"],
    ["True", "yes", ""],
  ],
  integer: [
    ["0", "-12", "007"],
    ["1.0", "1,000", "١", "", "1".repeat(41)],
  ],
  number: [
    ["1", "-1.50", "1,234.5"],
    ["1,23", "1e5", ".5", "12,34,567"],
  ],
  ordinal: [
    ["1st", "22nd", "3rd", "11th"],
    ["first", "1"],
  ],
  percent: [
    ["5%", "-0.5 %"],
    ["5", "%"],
  ],
  money: [
    ["$5", "€1,000.50", "-£3"],
    ["5$", "$", "$1,00"],
  ],
  date: [["2024-02-29"], ["2024-2-29", "29/02/2024"]],
  time: [
    ["9:05", "23:59:59", "3:30 PM", "3:30p.m."],
    ["9", "9:5"],
  ],
  datetime: [["2024-01-02T03:04:05.678Z", "2024-01-02 03:04+01:00"], ["2024-01-02"]],
  uuid: [["01234567-89ab-CDEF-0123-456789abcdef"], ["0123456789abcdef"]],
  email: [["a.b+c@d-e.co.uk"], ["a@b", "a b@c.d", "a@b.c d", "<a@b.c>"]],
  url: [
    ["https://a.example/b?c=d#e", "ftp://x"],
    ["a.example", "https://a b"],
  ],
  phone: [["+1 (555) 010-0199"], ["12345", "555-0100x"]],
  path: [
    ["/a/b", "src/a.ts", "~/x/"],
    ["a b/c", "file", "/a/b; rm"],
  ],
  code: [
    ["A-12", "v1.2.3", "item_7"],
    ["abc", "a 1"],
  ],
  word: [
    ["Erik", "O'Brien", "Jean-Luc", "Dr."],
    ["Erik D", "a1", "-", "a".repeat(65)],
  ],
  words: [
    ["Erik Dunteman", "3 eggs", "Ben & Jerry's"],
    ["a  b", " a", "a, b", "a;b"],
  ],
  line: [
    ["anything, at all!", "x"],
    [" x", "x ", "a\nb", ""],
  ],
  text: [["a\nb"], ["", " ", "a\n"]],
};

describe("kinds of value", () => {
  it.each(Object.entries(EXAMPLES))("%s takes its own and refuses others", (kind, [takes, refuses]) => {
    for (const text of takes) expect([text, isOfKind(kind as ValueKind, text)]).toEqual([text, true]);
    for (const text of refuses) expect([text, isOfKind(kind as ValueKind, text)]).toEqual([text, false]);
  });

  it("finds the narrowest kind, and every value is of some kind", () => {
    expect(["true", "12", "1.5", "Erik", "Erik D", "a@b.c", "x, y", "a\nb", ""].map(valueKindOf)).toEqual([
      "boolean",
      "integer",
      "number",
      "word",
      "words",
      "email",
      "line",
      "text",
      "any",
    ]);
    expect([
      valueKindOf(new Numeral("1.50")),
      valueKindOf(null),
      valueKindOf([]),
      valueKindOf(new Map()),
    ]).toEqual(["number", "json", "json", "json"]);
    fc.assert(fc.property(texts, (text) => void expect(isOfKind(valueKindOf(text), text)).toBe(true)));
  });

  it("takes names of kinds only, never those of Object's own methods", () => {
    expect(VALUE_KINDS.every(isValueKind)).toBe(true);
    expect(["toString", "constructor", "__proto__", ""].some(isValueKind)).toBe(false);
  });

  it("stand in docs/templates.md, in their order", () => {
    const docs = readFileSync(new URL("../../docs/templates.md", import.meta.url), "utf8");
    const section = docs.slice(docs.indexOf("## Kinds, narrow to wide"), docs.indexOf("## Matching"));
    const named = [...section.matchAll(/`([a-z]+)`/g)].flatMap(([, name = ""]) =>
      isValueKind(name) ? [name] : [],
    );
    expect(named.slice(0, VALUE_KINDS.length)).toEqual(VALUE_KINDS);
  });

  it("says of a text what kind of slot holds it: its form, or none, or that of several", () => {
    expect([isOpen("line"), isOpen("any"), isOpen("words"), isOpen("json")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(["x y!", "x\ny", " x", ""].map(openKindOf)).toEqual(["line", "text", "any", "any"]);
    expect([namedKindOf("Erik"), namedKindOf("3"), namedKindOf([])]).toEqual(["words", "integer", "json"]);
  });

  it("never says that a kind covers another when some value speaks against it", () => {
    const samples = [
      ...Object.values(EXAMPLES).flat(2),
      "",
      " ",
      "-5",
      "a".repeat(65),
      `${"a".repeat(63)}'s`,
      "1".repeat(40),
      "words in a row",
      "x/y",
      "\u00a0",
    ];
    for (const wide of VALUE_KINDS) {
      for (const narrow of VALUE_KINDS) {
        if (!kindCovers(wide, narrow)) continue;
        for (const text of samples)
          if (isOfKind(narrow, text))
            expect([wide, narrow, text, isOfKind(wide, text)]).toEqual([wide, narrow, text, true]);
      }
    }
    expect(
      kindCovers("words", "word") &&
        kindCovers("line", "email") &&
        kindCovers("text", "line") &&
        kindCovers("any", "json"),
    ).toBe(true);
    expect(
      kindCovers("word", "words") ||
        kindCovers("json", "line") ||
        kindCovers("line", "text") ||
        kindCovers("text", "any"),
    ).toBe(false);
  });
});

describe("domains", () => {
  it("takes a value of its kinds or of its list, and never one of its exceptions", () => {
    const domain = { kinds: ["integer"] as const, values: ["small", "13"], except: ["13", "7"] };
    expect(
      ["5", "small", "13", "7", "large", new Numeral("5"), new Numeral("7"), true].map((value) =>
        accepts(domain, value),
      ),
    ).toEqual([true, true, false, false, false, true, false, false]);
  });

  it("judges lists, objects and null by kind json alone", () => {
    for (const value of [null, [], new Map()]) {
      expect([
        accepts(domainOfKinds("json"), value),
        accepts(domainOfKinds("any"), value),
        accepts(domainOfKinds("text"), value),
      ]).toEqual([true, true, false]);
    }
  });

  it("takes nothing when it names nothing, and one line by default", () => {
    expect(accepts({ kinds: [], values: [], except: [] }, "a")).toBe(false);
    expect(accepts(DEFAULT_DOMAIN, "a b")).toBe(true);
    expect(accepts(DEFAULT_DOMAIN, "a\nb")).toBe(false);
  });

  it("covers another only if it takes every value of it", () => {
    fc.assert(
      fc.property(domains, domains, texts, (wide, narrow, text) => {
        const values = [text, ...narrow.values, ...wide.except, "5", "Erik", "a b", "", "a\nb"];
        if (domainCovers(wide, narrow))
          for (const value of values) if (accepts(narrow, value)) expect(accepts(wide, value)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(domainCovers(domainOfKinds("line"), { kinds: ["word"], values: ["a b"], except: [] })).toBe(true);
    expect(domainCovers({ kinds: ["line"], values: [], except: ["x"] }, domainOfKinds("word"))).toBe(false);
  });

  it("decides long hostile values at once", () => {
    const texts = [
      `${"a".repeat(1e6)}!`,
      `${" ".repeat(1e6)}a`,
      `a${" ".repeat(1e6)}`,
      `${"a.".repeat(5e5)}@`,
      `${"/a".repeat(5e5)};`,
      "1,".repeat(5e5),
    ];
    for (const text of texts)
      for (const kind of VALUE_KINDS) expect(typeof isOfKind(kind, text)).toBe("boolean");
  });
});
