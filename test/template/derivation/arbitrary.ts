/** Random values and expressions for the property tests of the derivation language. */
import fc from "fast-check";
import type { Expression } from "../../../src/template/derivation/expression.js";
import { FUNCTIONS } from "../../../src/template/derivation/functions/index.js";
import { type Json, Numeral } from "../../../src/template/json.js";

const NAMES = [
  "a",
  "b",
  "full name",
  "__proto__",
  "constructor",
  "and",
  "true",
  "`x`",
  "",
  "ünïcode",
  'q"uote',
  "line\nbreak",
  "\ud800",
];

export const numerals: fc.Arbitrary<Numeral> = fc
  .oneof(
    fc.constantFrom("0", "-0", "1.0", "1e400", "-1E-7", "9007199254740993", "0.1"),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  )
  .map((raw) => new Numeral(raw));

export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom(
    "",
    " ",
    "Erik Dunteman",
    "2023-11-21",
    "id",
    "3pm",
    "$1,234.50",
    "tomorrow",
    "\u2028",
    "YYYY-MM-DD",
  ),
);

export const values: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, false),
    texts,
    numerals,
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES, "id"), tie("value")), { maxLength: 3 })
      .map((entries) => new Map(entries)),
  ),
})).value;

/** Any tree of the AST's shape, whether or not it makes sense. */
export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc.constantFrom(...NAMES).map((name): Expression => ({ kind: "variable", name })),
    values.map((value): Expression => ({ kind: "literal", value })),
    fc
      .tuple(
        fc.constantFrom(...FUNCTIONS.keys(), "if", "and", "or", "nonesuch", "not a name", "true"),
        fc.array(tie("expression"), { maxLength: 3 }),
      )
      .map(([name, args]): Expression => ({ kind: "call", name, args })),
  ),
})).expression;
