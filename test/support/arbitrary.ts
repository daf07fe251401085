/** Random values, patterns, turns and templates for property tests, hostile ones among them. */
import fc from "fast-check";
import type { Domain } from "../../src/template/domain.js";
import { type Json, Numeral } from "../../src/template/json.js";
import type {
  EachPattern,
  Hole,
  JsonPattern,
  ReplyPattern,
  Slot,
  Template,
  TextPattern,
  TurnPattern,
} from "../../src/template/template.js";
import type { PartName, PartOf, PartsOf, Turn } from "../../src/template/turn.js";
import { VALUE_KINDS } from "../../src/template/value-kinds.js";
import { expressions } from "../template/derivation/arbitrary.js";

const HOSTILE = [
  "{{x}}",
  "{{",
  "}}",
  "{",
  "\\",
  "\\{{x}}",
  '"',
  "\n",
  "\u0000",
  "\u2028",
  "\u001b[2J",
  "\ud800",
  "\udc00",
  "e\u0301",
  "é",
  "__proto__",
  "\u200b",
  ": ",
];

/** Any text: plain, binary, and what breaks naive notations. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }).map((parts) => parts.join("")),
);

/** Names of variables, keys and tools. */
export const names: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("name", "city", "ünïcode", "__proto__", "constructor", "toString", ""),
  texts,
);

const numerals = fc
  .constantFrom("0", "-0", "1", "1.0", "1e400", "9007199254740993", "-1E-7")
  .map((raw) => new Numeral(raw));

const scalars: fc.Arbitrary<Json> = fc.oneof(fc.constantFrom(null, true, false), texts, numerals);

/** Any JSON value as reprise holds it. */
export const jsons: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie("json")), { maxLength: 3 }).map((entries) => new Map(entries)),
  ),
})).json;

export const domains: fc.Arbitrary<Domain> = fc.record({
  kinds: fc.subarray([...VALUE_KINDS]),
  values: fc.array(texts, { maxLength: 2 }),
  except: fc.array(texts, { maxLength: 2 }),
});

export const slots: fc.Arbitrary<Slot> = fc.record({ name: names, domain: domains });

const holes: fc.Arbitrary<Hole> = fc.record({
  hypotheses: fc.array(expressions, { minLength: 1, maxLength: 2 }),
});

/** A text pattern: literals and places in turn, never two of a kind side by side. */
export function textPatterns<Place extends object>(
  places: fc.Arbitrary<Place>,
): fc.Arbitrary<TextPattern<Place>> {
  const literal = texts.filter((text) => text !== "");
  return fc
    .record({
      first: fc.boolean(),
      segments: fc.array(fc.tuple(literal, places), { maxLength: 3 }),
      last: fc.option(literal, { nil: undefined }),
    })
    .map(({ first, segments, last }) => {
      const pattern: (string | Place)[] = segments.flatMap(([text, place], index) =>
        index === 0 && !first ? [place] : [text, place],
      );
      return last === undefined ? pattern : [...pattern, last];
    });
}

function jsonPatterns<Place extends object>(places: fc.Arbitrary<Place>): fc.Arbitrary<JsonPattern<Place>> {
  return fc.letrec<{ pattern: JsonPattern<Place> }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 2 },
      jsons.map((value): JsonPattern<Place> => ({ kind: "literal", value })),
      textPatterns(places).map((text): JsonPattern<Place> => ({ kind: "text", text })),
      places.map((place): JsonPattern<Place> => ({ kind: "value", place })),
      fc
        .array(tie("pattern"), { maxLength: 3 })
        .map((items): JsonPattern<Place> => ({ kind: "array", items })),
      fc
        .array(fc.tuple(names, tie("pattern")), { maxLength: 3 })
        .map((entries): JsonPattern<Place> => ({ kind: "object", entries: new Map(entries) })),
    ),
  })).pattern;
}

/** Parts of every kind, holding these texts and values. */
export function partsOf<Text, Value>(
  text: fc.Arbitrary<Text>,
  value: fc.Arbitrary<Value>,
): { readonly [Kind in PartName]: fc.Arbitrary<PartsOf<Text, Value>[Kind]> } {
  const kind = <Kind extends PartName>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);
  return {
    text: fc.record({ kind: kind("text"), text }),
    reasoning: fc.record({ kind: kind("reasoning"), text }),
    refusal: fc.record({ kind: kind("refusal"), text }),
    json: fc.record({ kind: kind("json"), value }),
    call: fc.record({ kind: kind("call"), tool: names, args: value }),
    result: fc.record({ kind: kind("result"), call: fc.integer({ min: -1, max: 9 }), error: fc.boolean() }),
    opaque: fc.record({ kind: kind("opaque"), type: names, digest: fc.string({ maxLength: 9 }) }),
  };
}

function anyPart<Text, Value>(
  text: fc.Arbitrary<Text>,
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<PartOf<Text, Value>> {
  return fc.oneof<fc.Arbitrary<PartOf<Text, Value>>[]>(...Object.values(partsOf(text, value)));
}

export function turnPatterns<Place extends object>(
  places: fc.Arbitrary<Place>,
): fc.Arbitrary<TurnPattern<Place>> {
  return fc.record(
    {
      role: fc.constantFrom("system", "user", "assistant", "tool", "a\nb"),
      name: names,
      parts: fc.array(anyPart(textPatterns(places), jsonPatterns(places)), { maxLength: 3 }),
    },
    { requiredKeys: ["role", "parts"] },
  );
}

export const turns: fc.Arbitrary<Turn> = fc.record(
  {
    role: fc.constantFrom("system", "user", "assistant", "tool"),
    name: names,
    parts: fc.array(anyPart(texts, jsons), { maxLength: 3 }),
  },
  { requiredKeys: ["role", "parts"] },
);

const eachPatterns: fc.Arbitrary<EachPattern<Hole>> = fc.record({
  kind: fc.constant("each" as const),
  list: holes,
  item: names,
  tool: names,
  args: jsonPatterns(holes),
});

/** Any reply of a template, with parts that repeat among others. */
export const replies: fc.Arbitrary<ReplyPattern<Hole>> = fc.record(
  {
    role: fc.constantFrom("assistant", "a\nb"),
    name: names,
    parts: fc.array(
      fc.oneof<fc.Arbitrary<ReplyPattern<Hole>["parts"][number]>[]>(
        anyPart(textPatterns(holes), jsonPatterns(holes)),
        eachPatterns,
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ["role", "parts"] },
);

export const templates: fc.Arbitrary<Template> = fc.record(
  {
    turns: fc.array(turnPatterns(slots), { maxLength: 3 }),
    reply: replies,
    guards: fc.array(expressions, { maxLength: 1 }),
    continuation: fc.constant(true as const),
    given: fc.array(fc.constantFrom("name", "x", "__proto__", 'a "b"'), { maxLength: 2 }),
  },
  { requiredKeys: ["turns", "reply", "guards"] },
);

export { holes };
