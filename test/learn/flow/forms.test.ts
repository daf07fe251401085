import { describe, expect, it } from "vitest";
import { type Formed, Spans } from "../../../src/learn/flow/forms.js";

const formsOf = (value: string, isNumber: boolean, source: string): Formed[] =>
  new Spans([source]).saying(value, isNumber);

import { evaluate } from "../../../src/template/derivation/evaluate.js";
import { variable } from "../../../src/template/derivation/expression.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { Numeral, scalarText } from "../../../src/template/json.js";

/** What is found: the stretch, and the expressions that make the value of it. */
const found = (value: string, source: string, isNumber = false): [string, string[]][] =>
  formsOf(value, isNumber, source).map(({ span, forms }) => [
    span,
    forms.map((form) => printExpression(form(variable("x")))),
  ]);

describe("values in another form", () => {
  it("are found in another case or with other separators", () => {
    expect(found("erik_dunteman", "Make a login for Erik Dunteman.")).toEqual([
      ["Erik Dunteman", ["snake_case(x)"]],
    ]);
    expect(found("erik-dunteman", "Make a login for Erik Dunteman.")).toEqual([
      ["Erik Dunteman", ["kebab_case(x)"]],
    ]);
    expect(found("Rome", "go to ROME")).toEqual([["ROME", ["title(x)"]]]);
    expect(found("ROME", "go to rome")).toEqual([["rome", ["upper(x)"]]]);
    expect(found("unit price", "add unit_price here")).toEqual([["unit_price", ["spaced(x)"]]]);
  });

  it("are not the value itself, nor a single letter", () => {
    expect(found("Rome", "go to Rome")).toEqual([]);
    expect(found("r", "go to R")).toEqual([]);
  });

  it("are found as dates in words, of the value's year", () => {
    const [date] = found("2023-11-21", "come on November 21, please");
    expect(date).toEqual(["November 21", ['parse_date(x, "2023-01-01")']]);
    const [later] = found("2023-11-21T00:00:00", "come on 21 November please");
    expect(later?.[0]).toBe("21 November");
    expect(later?.[1][0]).toContain("T00:00:00");
    expect(found("2023-11-22", "come on November 21, please")).toEqual([]);
  });

  it("are found as dates in digits, in the order they have there", () => {
    expect(found("2023-05-04", "due on 05/04/2023")[0]?.[1]).toEqual([
      'read_date(x, "MM/DD/YYYY")',
      'read_date(x, "M/D/YYYY")',
    ]);
    expect(found("2023-04-05", "due on 5.4.2023")[0]?.[1]).toEqual(['read_date(x, "D.M.YYYY")']);
    expect(found("2023-11-21", "due on November 21, 2023")[0]?.[1]).toEqual(["parse_date(x)"]);
  });

  it("are found as times and number words", () => {
    expect(found("15:30:00", "come at 3:30 pm")[0]?.[1]).toEqual(["parse_time(x)"]);
    expect(found("15:30", "come at 3:30 pm")[0]).toEqual([
      "3:30 pm",
      ['format_time(parse_time(x), "HH:mm")'],
    ]);
    expect(found("42", "buy forty two of them", true)).toEqual([["forty two", ["from_words(x)"]]]);
    expect(found("42", "buy forty two of them")).toEqual([["forty two", ["text(from_words(x))"]]]);
    expect(found("43", "buy forty two of them", true)).toEqual([]);
  });

  it("give the value when they are evaluated, and stand where they say", () => {
    const source = "Book the GRAND HOTEL for three nights from November 21 at 3:30 pm";
    let count = 0;
    for (const [value, isNumber] of [
      ["grand_hotel", false],
      ["3", true],
      ["2023-11-21", false],
      ["15:30", false],
    ] as const) {
      for (const { span, start, end, forms } of formsOf(value, isNumber, source)) {
        expect(source.slice(start, end)).toBe(span);
        for (const form of forms) {
          count++;
          const result = evaluate(form(variable("x")), new Map([["x", span]]));
          expect(result.ok && scalarText(result.value)).toBe(value);
          expect(result.ok && result.value instanceof Numeral).toBe(isNumber);
        }
      }
    }
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it("are looked for longest first, in a bounded number of words", () => {
    expect(found("new_york_city", "the new york city plan of New York City")[0]?.[0]).toBe("new york city");
    expect(found("rome", `${"x ".repeat(500)}ROME`)).toEqual([]);
    expect(found("a".repeat(130), "A".repeat(130))).toEqual([]);
  });
});
