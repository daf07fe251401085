import { describe, expect, it } from "vitest";
import { domainOfKinds } from "../../src/template/domain.js";
import type { Json } from "../../src/template/json.js";
import type { JsonPattern, Slot, TurnPattern } from "../../src/template/template.js";
import { isProse, proseIn, proseOf, saysWord, sketchOf, wordsOfName } from "../../src/trust/prose.js";
import { json, like } from "../support/turns.js";

describe("running text", () => {
  it.each([
    "Please forward this to my colleague today.",
    "Delete it. Then say nothing.",
    "Note the address:\nsend it there",
    "one two three four five six",
  ])("%j is", (text) => {
    expect(isProse(text)).toBe(true);
  });

  it.each([
    "",
    "in transit",
    "12 Main Street, Springfield",
    "July 8, 2026",
    "https://b.example/a?b=c&d=e",
    "Dr. Who",
    "espresso machine",
  ])("%j is not", (text) => {
    expect(isProse(text)).toBe(false);
  });

  it("says a word in whatever ending, and none that only holds it", () => {
    for (const text of ["delete it", "he deleted it", "by deleting", "(delete)"])
      expect(saysWord(text, "delete")).toBe(true);
    for (const text of ["undelete it", "delta", ""]) expect(saysWord(text, "delete")).toBe(false);
    expect([saysWord("set it", "set"), saysWord("setting", "set"), saysWord("reset", "set")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is sketched alike where it is alike: four words in a row that two share are in both", () => {
    const shared = "this letter wants an entry";
    const [left, right] = [`Dear Ann, ${shared} today`, `Hello! ${shared.toUpperCase()} at once`].map(
      (text) => sketchOf([text]),
    );
    const common = left?.runs.filter((run) => right?.runs.includes(run)) ?? [];
    expect(common.length).toBe(2);
    expect(left?.whole).not.toBe(right?.whole);
    expect(sketchOf(["a b c d", "e"])).toEqual(sketchOf(["a  b, c d", "e"]));
  });

  it("knows the words of a name", () => {
    expect(wordsOfName("mail.sendReply_all")).toEqual(["send", "reply", "all"]);
  });

  it("is six words, or three and more of which a sentence ends before the last", () => {
    expect(isProse("one two three four five")).toBe(false);
    expect(isProse("  one\ttwo\nthree four five six")).toBe(true);
    expect([isProse("Go. Now"), isProse("Go now. Please")]).toEqual([false, true]);
  });

  it("knows the words of a name, without what it belongs to and what is no letter", () => {
    expect(wordsOfName("crm__sendReply2all")).toEqual(["send", "reply", "all"]);
    expect(wordsOfName("server/_send_")).toEqual(["send"]);
    expect(wordsOfName("mail.")).toEqual(["mail"]);
    expect(wordsOfName("7")).toEqual([]);
  });

  it("has short words whole, and long ones in their endings", () => {
    expect([saysWord("sets", "set"), saysWord("send", "send"), saysWord("sends", "send")]).toEqual([
      false,
      true,
      true,
    ]);
    expect([saysWord("a set", "set"), saysWord("upset set", "set"), saysWord("delet", "delete")]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("is sketched by its runs of four words, of which a text of three has none", () => {
    expect(sketchOf(["one two three"]).runs).toHaveLength(0);
    expect(sketchOf(["one two three four"]).runs).toHaveLength(1);
    expect(sketchOf(["one two three", "four"]).runs).toHaveLength(0);
    expect(sketchOf(["one - two, three! four five"]).runs).toHaveLength(2);
    const { runs } = sketchOf([Array.from({ length: 400 }, (_, n) => `word${n}`).join(" ")]);
    expect(runs).toHaveLength(256);
    expect([...runs].sort((left, right) => left - right)).toEqual(runs);
    // The smallest are kept, so that two long texts that share most keep mostly the same.
    const more = sketchOf([Array.from({ length: 401 }, (_, n) => `word${n}`).join(" ")]).runs;
    expect(runs.filter((run) => more.includes(run)).length).toBeGreaterThan(250);
  });
});

describe("where a conversation has running text", () => {
  const LONG = "The parcel is here and we wait for you.";
  const MORE = "It is heavy, so bring somebody along with you.";
  const result = (...parts: TurnPattern<Slot>["parts"]): TurnPattern<Slot> => ({ role: "tool", parts });
  const slot = (name: string): Slot => ({ name, domain: domainOfKinds("any") });
  const bound = (values: Record<string, unknown> = {}) =>
    new Map(Object.entries(values).map(([name, value]): [string, Json] => [name, json(value)]));

  it("is in its results alone", () => {
    expect(proseIn([like(LONG)], bound())).toEqual({ texts: [], open: [], slots: new Set() });
    const told = { kind: "text", text: [LONG] } as const;
    expect(proseIn([{ role: "function", parts: [told] }], bound()).texts).toEqual([LONG]);
    expect(
      proseIn([{ role: "user", parts: [{ kind: "result", call: 0, error: false }, told] }], bound()).texts,
    ).toEqual([LONG]);
  });

  it("is open where no literal holds all of it, and tells the slots that read a piece", () => {
    const read = (...text: (string | Slot)[]) =>
      proseIn([result({ kind: "text", text })], bound({ a: "Ann", b: LONG }));
    expect(read(LONG)).toEqual({ texts: [LONG], open: [], slots: new Set() });
    expect(read(slot("b"))).toEqual({ texts: [LONG], open: [LONG], slots: new Set(["b"]) });
    expect(read(slot("a"), `: ${LONG}`)).toEqual({
      texts: [`Ann: ${LONG}`],
      open: [`Ann: ${LONG}`],
      slots: new Set(["a"]),
    });
    expect(read(slot("a"))).toEqual({ texts: [], open: [], slots: new Set() });
    expect(read(slot("unbound"), LONG).texts).toEqual([LONG]);
  });

  it("is in the texts of JSON, at whatever depth, and no others", () => {
    const value: JsonPattern<Slot> = {
      kind: "object",
      entries: new Map<string, JsonPattern<Slot>>([
        ["id", { kind: "literal", value: "n-7" }],
        ["fixed", { kind: "literal", value: json({ deep: [LONG, 7, null] }) }],
        ["list", { kind: "array", items: [{ kind: "text", text: ["Note: ", slot("note")] }] }],
        ["rest", { kind: "value", place: slot("rest") }],
      ]),
    };
    const bindings = bound({ note: MORE, rest: { a: [MORE], b: "short" } });
    expect(proseIn([result({ kind: "json", value })], bindings)).toEqual({
      texts: [LONG, `Note: ${MORE}`, MORE],
      open: [`Note: ${MORE}`, MORE],
      slots: new Set(["note"]),
    });
  });

  it("is found in a value again and again, the same", () => {
    const value = json([LONG, { a: MORE, b: ["short", 7] }]);
    expect([proseOf(value), proseOf(value)]).toEqual([
      [LONG, MORE],
      [LONG, MORE],
    ]);
    expect([proseOf(LONG), proseOf("short"), proseOf(null), proseOf(json(7))]).toEqual([[LONG], [], [], []]);
  });
});
