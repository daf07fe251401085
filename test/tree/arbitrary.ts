/** Small patterns and turns that often meet, for tests of the tree. */
import fc from "fast-check";
import type { Bindings } from "../../src/template/derivation/expression.js";
import { domainOfKinds } from "../../src/template/domain.js";
import { Binder, matchTurn } from "../../src/template/match.js";
import type { Slot, TextPattern, TurnPattern } from "../../src/template/template.js";
import type { Turn } from "../../src/template/turn.js";
import type { ValueKind } from "../../src/template/value-kinds.js";

const WORDS = ["send", "tea", "to", "Ann", "the", "3", "naïve", "send3", "x"];
const words = fc.constantFrom(...WORDS);

const slots: fc.Arbitrary<Slot> = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  domain: fc.constantFrom<ValueKind>("word", "words", "any", "integer").map((kind) => domainOfKinds(kind)),
});

/** A text of words and slots, with and without spaces between them. */
const textPatterns: fc.Arbitrary<TextPattern<Slot>> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 3, arbitrary: words }, { weight: 1, arbitrary: slots }),
      fc.constantFrom(" ", " ", ", ", ""),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((pieces) => {
    const pattern: (string | Slot)[] = [];
    const add = (text: string): void => {
      const last = pattern.at(-1);
      if (typeof last === "string") pattern[pattern.length - 1] = last + text;
      else if (text !== "") pattern.push(text);
    };
    for (const [piece, space] of pieces) {
      if (typeof piece === "string") add(piece);
      else if (typeof pattern.at(-1) === "object") add(" ");
      else pattern.push(piece);
      add(space);
    }
    return pattern;
  });

export const patterns: fc.Arbitrary<TurnPattern<Slot>> = fc.oneof(
  {
    weight: 4,
    arbitrary: textPatterns.map(
      (text): TurnPattern<Slot> => ({ role: "user", parts: [{ kind: "text", text }] }),
    ),
  },
  textPatterns.map(
    (text): TurnPattern<Slot> => ({
      role: "assistant",
      parts: [
        {
          kind: "call",
          tool: "find",
          args: {
            kind: "object",
            entries: new Map([
              ["q", { kind: "text", text }],
              ["n", { kind: "literal", value: true }],
            ]),
          },
        },
      ],
    }),
  ),
  fc.tuple(textPatterns, slots).map(
    ([text, slot]): TurnPattern<Slot> => ({
      role: "tool",
      parts: [
        { kind: "result", call: 0, error: false },
        {
          kind: "json",
          value: {
            kind: "array",
            items: [
              { kind: "text", text },
              { kind: "value", place: slot },
            ],
          },
        },
      ],
    }),
  ),
);

const fillers = fc.constantFrom("Ann", "tea", "3", "send tea", "Zoë", "to", "x x");

/** The turn a pattern becomes when each slot is filled with a word. */
export function filled(pattern: TurnPattern<Slot>, values: (slot: Slot) => string): Turn {
  const text = (segments: TextPattern<Slot>): string =>
    segments.map((segment) => (typeof segment === "string" ? segment : values(segment))).join("");
  return {
    role: pattern.role,
    parts: pattern.parts.map((part) => {
      if (part.kind === "text") return { kind: "text", text: text(part.text) };
      if (part.kind === "call" && part.args.kind === "object") {
        const query = part.args.entries.get("q");
        return {
          kind: "call",
          tool: part.tool,
          args: new Map<string, never>([
            ["n", true as never],
            ["q", (query?.kind === "text" ? text(query.text) : "") as never],
          ]),
        };
      }
      if (part.kind === "json" && part.value.kind === "array") {
        return {
          kind: "json",
          value: part.value.items.map((item) =>
            item.kind === "text" ? text(item.text) : item.kind === "value" ? values(item.place) : "",
          ),
        };
      }
      return part as never;
    }),
  };
}

/** Conversations, most of them made from the given patterns. */
export function conversationsOf(paths: readonly (readonly TurnPattern<Slot>[])[]): fc.Arbitrary<Turn[]> {
  return fc
    .tuple(
      fc.constantFrom(...paths),
      fc.dictionary(fc.constantFrom("a", "b", "c"), fillers),
      fc.array(fillers, { minLength: 1 }),
      fc.boolean(),
    )
    .map(([path, byName, values, loose]) => {
      let next = 0;
      const value = (slot: Slot): string =>
        (loose ? undefined : byName[slot.name]) ?? (values[next++ % values.length] as string);
      return path.map((pattern) => filled(pattern, value));
    });
}

/** Whether a conversation fits a path of patterns, by trying it. */
export function fitsPath(path: readonly TurnPattern<Slot>[], turns: readonly Turn[]): boolean {
  if (path.length !== turns.length) return false;
  let bindings: Bindings = new Map();
  for (const [index, pattern] of path.entries()) {
    const binder = new Binder(bindings);
    if (matchTurn(pattern, turns[index] as Turn, binder) !== "fits") return false;
    bindings = binder.result();
  }
  return true;
}
