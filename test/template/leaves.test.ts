import { describe, expect, it } from "vitest";
import { type Json, Numeral, printJson } from "../../src/template/json.js";
import { type Leaf, leavesOf, scalarsOf } from "../../src/template/leaves.js";
import type { JsonPattern, TurnPattern } from "../../src/template/template.js";

interface Name {
  readonly name: string;
}
const place = (name: string): Name => ({ name });
const object = (entries: Record<string, JsonPattern<Name>>): JsonPattern<Name> => ({
  kind: "object",
  entries: new Map(Object.entries(entries)),
});

function shown({ content }: Leaf<Name>): string {
  if ("literal" in content) return printJson(content.literal);
  return "hole" in content
    ? `{${content.hole.name}}`
    : content.text.map((each) => (typeof each === "string" ? each : `{${each.name}}`)).join("");
}
const leaves = (parts: TurnPattern<Name>["parts"]): string[][] =>
  leavesOf({ role: "assistant", parts }).map((leaf) => [leaf.place, leaf.path, shown(leaf)]);

describe("the leaves of a reply", () => {
  it("are every argument of every call, under the tool's name and the path without positions", () => {
    const args = object({
      to: { kind: "text", text: [place("a")] },
      note: { kind: "text", text: ["Dear ", place("a")] },
      n: { kind: "value", place: place("b") },
      list: {
        kind: "array",
        items: [object({ id: { kind: "value", place: place("c") } }), { kind: "literal", value: "x" }],
      },
      fixed: { kind: "literal", value: new Map([["deep", [new Numeral("1"), null]]]) },
    });
    expect(leaves([{ kind: "call", tool: "send", args }])).toEqual([
      ["send.to", "0.to", "{a}"],
      ["send.note", "0.note", "Dear {a}"],
      ["send.n", "0.n", "{b}"],
      ["send.list[].id", "0.list.0.id", "{c}"],
      ["send.list[]", "0.list.1", '"x"'],
      ["send.fixed.deep[]", "0.fixed.deep.0", "1"],
      ["send.fixed.deep[]", "0.fixed.deep.1", "null"],
    ]);
  });

  it("of a part that repeats have the places of a plain call, and its list a place of its own", () => {
    const args = object({
      to: { kind: "text", text: [place("a")] },
      state: { kind: "literal", value: "open" },
    });
    const found = leavesOf<Name>({
      role: "assistant",
      parts: [{ kind: "each", list: place("l"), item: "item", tool: "send", args }],
    });
    expect(found.map((leaf) => [leaf.place, leaf.extent, shown(leaf)])).toEqual([
      ["send*", "list", "{l}"],
      ["send.to", "each", "{a}"],
      ["send.state", "each", '"open"'],
    ]);
  });

  it("are the scalars of a list or an object under the places of its items", () => {
    const value = [
      new Map<string, Json>([["id", "a"]]),
      new Map<string, Json>([["id", new Numeral("7")]]),
      null,
    ];
    expect(scalarsOf(value, "send.to").map(({ place, literal }) => [place, printJson(literal)])).toEqual([
      ["send.to[].id", '"a"'],
      ["send.to[].id", "7"],
      ["send.to[]", "null"],
    ]);
    expect(scalarsOf("a", "send.to")).toEqual([{ place: "send.to", literal: "a" }]);
    expect(scalarsOf([], "send.to")).toEqual([]);
  });

  it("are the holes in its text, under the words before them, or those after", () => {
    expect(
      leaves([{ kind: "text", text: ["So the very total is ", place("a"), " for ", place("b"), "."] }]),
    ).toEqual([
      ["text very total is", "0.1", "{a}"],
      ["text for", "0.3", "{b}"],
    ]);
    expect(leaves([{ kind: "text", text: [place("a"), " is here now"] }])).toEqual([
      ["text < is here", "0.0", "{a}"],
    ]);
    expect(leaves([{ kind: "text", text: [place("a")] }])).toEqual([["text ", "0.0", "{a}"]]);
  });

  it("are none in words without holes and in what is not said", () => {
    expect(
      leaves([
        { kind: "text", text: ["hello"] },
        { kind: "opaque", type: "image", digest: "d" },
        { kind: "reasoning", text: [place("x")] },
      ]),
    ).toEqual([]);
  });

  it("count parts by their position", () => {
    expect(
      leaves([
        { kind: "text", text: ["hi"] },
        { kind: "call", tool: "t", args: { kind: "value", place: place("a") } },
      ]),
    ).toEqual([["t", "1", "{a}"]]);
  });
});
