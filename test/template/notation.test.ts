import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RepriseError } from "../../src/errors.js";
import { parseDomain, parseText, printDomain, printText } from "../../src/template/notation.js";
import { domains, slots, textPatterns, texts } from "../support/arbitrary.js";

const line = (name: string) => ({ name, domain: { kinds: ["line"], values: [], except: [] } });

describe("the notation of text templates", () => {
  it("reads any pattern back as it was", () => {
    fc.assert(
      fc.property(
        textPatterns(slots),
        (pattern) => void expect(parseText(printText(pattern))).toEqual(pattern),
      ),
      { numRuns: 3_000 },
    );
  });

  it("prints on one line, without control characters or lone surrogates", () => {
    fc.assert(
      fc.property(textPatterns(slots), (pattern) => {
        const printed = printText(pattern);
        expect(printed).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(printed.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("prints different patterns differently: text that looks like a slot is never one", () => {
    fc.assert(
      fc.property(textPatterns(slots), textPatterns(slots), (left, right) => {
        if (printText(left) === printText(right)) expect(left).toEqual(right);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const pattern = text === "" ? [] : [text];
        expect(parseText(printText(pattern))).toEqual(pattern);
      }),
      { numRuns: 1_000 },
    );
    expect(printText(["{{x}}"])).not.toBe(printText([line("x") as never]));
  });

  it("is what a person would write", () => {
    expect(parseText("Send {{name}} at {{address:email}}.")).toEqual([
      "Send ",
      line("name"),
      " at ",
      { name: "address", domain: { kinds: ["email"], values: [], except: [] } },
      ".",
    ]);
    expect(parseText('{{ size : "S"|"L"|integer!"13" }}'.replaceAll(" ", ""))).toEqual([
      { name: "size", domain: { kinds: ["integer"], values: ["S", "L"], except: ["13"] } },
    ]);
    expect(parseText("a \\{{b}} \\n\\t\\r\\\\ \\u00e9 }} { }")).toEqual(["a {{b}} \n\t\r\\ é }} { }"]);
    expect(parseText('{{"two words"}}')).toEqual([line("two words")]);
    expect(printText(parseText("Hi {{name}}, {{n:integer}}!"))).toBe("Hi {{name}}, {{n:integer}}!");
  });

  it("reads any domain back as it was", () => {
    fc.assert(
      fc.property(domains, (domain) => void expect(parseDomain(printDomain(domain))).toEqual(domain)),
    );
  });

  it.each([
    "{{a}}{{b}}",
    "{{a",
    '{{"a}}',
    "{{}}",
    "{{1a}}",
    "{{a b}}",
    "{{a:nonsense}}",
    "{{a:integer|}}",
    "{{a:!}}",
    '{{a:!"x"|integer}}',
    '{{a:integer!"x"|"y"}}',
    '{{a:"x"integer}}',
    "{{a:integer!word}}",
    '{{"a"x}}',
    '{{"\\q"}}',
    "\\x",
    "\\u12",
    "\\",
  ])("refuses %s and says where", (notation) => {
    let thrown: unknown;
    try {
      parseText(notation);
    } catch (error) {
      thrown = error;
    }
    expect(RepriseError.isInstance(thrown) && thrown.code).toBe("BAD_NOTATION");
  });
});
