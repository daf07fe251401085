import { describe, expect, it } from "vitest";
import { formsFrom, Relatives } from "../../../src/learn/flow/given-forms.js";
import { printExpression } from "../../../src/template/derivation/print.js";

const forms = async (given: Record<string, string>, text: string, isNumber = false): Promise<string[]> =>
  (await formsFrom(new Map(Object.entries(given)), { text, isNumber })).map(printExpression);

describe("a value made of others", () => {
  it.each<[string, string, string]>([
    ["Erik Dunteman", "Erik", "first_word(v)"],
    ["Erik Dunteman", "Dunteman", "last_word(v)"],
    ["Erik Dunteman", "erik.dunteman", 'replace(lower(v), " ", ".")'],
    ["July 8, 2026", "2026-07-08", "parse_date(v)"],
    ["2pm", "14:00", 'format_time(parse_time(v), "HH:mm")'],
    ["desk lamp", "desk_lamp", "snake_case(v)"],
    ["erik@corp.example", "corp.example", 'after(v, "@")'],
    ["2026-07-08", "July 8", 'format_date(v, "MMMM D")'],
    ["three", "3", "text(from_words(v))"],
  ])("%j gives %j", async (value, text, form) => {
    expect(await forms({ v: value }, text)).toContain(form);
  });

  it("keeps its type: a number out of money, whatever noughts it was written with", async () => {
    expect(await forms({ price: "$20" }, "20", true)).toContain("number(price)");
    expect(await forms({ price: "$1,250.50" }, "1250.5", true)).toEqual(["round(number(price), 10)"]);
    expect(await forms({ price: "12.30" }, "12.3", true)).toEqual(["round(number(price), 10)"]);
  });

  it("may need two of them", async () => {
    expect(
      await forms({ last: "Dunteman", first: "Erik", day: "Monday" }, "erik.dunteman@acme.example"),
    ).toContainEqual('concat(lower(first), ".", lower(last), "@acme.example")');
  });

  it("is none where nothing of theirs is in it, however easily something could be made", async () => {
    expect(await forms({ name: "Erik", count: "3", day: "Monday" }, "created")).toEqual([]);
    expect(await forms({ count: "3" }, "60", true)).toEqual([]);
    expect(await forms({ count: "3" }, "4", true)).toEqual([]);
    expect(await forms({}, "x")).toEqual([]);
  });
});

describe("what may be made of values", () => {
  const relatives = new Relatives(["Erik Dunteman", "A-1234", "July 8, 2026", "2pm", "two", "7", ""]);

  it("shares a word or a number, or is a date, a time, a number in words", () => {
    for (const text of ["erik", "Mr Dunteman", "order 1234", "2026-07-08", "14:00", "2", "seven"])
      expect([text, relatives.include(text)]).toEqual([text, true]);
  });

  it("is not what only looks alike", () => {
    for (const text of ["Erika", "12345", "created", "", "five", "Oslo", "e"])
      expect([text, relatives.include(text)]).toEqual([text, false]);
    expect(new Relatives(["Erik"]).include("2026-07-08")).toBe(false);
    expect(new Relatives(["x".repeat(10_000)]).include("x".repeat(10_000))).toBe(false);
  });
});
