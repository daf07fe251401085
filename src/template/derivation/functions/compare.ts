/** Functions that compare and decide. */
import { equalJson, type Json, type JsonObject, Numeral } from "../../json.js";
import * as decimal from "../decimal.js";
import { EvaluationFault } from "../fault.js";
import { type BuiltIn, type Described, define } from "./define.js";
import { numberOf } from "./number.js";

/** Functions that compare values and decide between them. */
export const COMPARE_FUNCTIONS: readonly BuiltIn[] = [
  comparison(
    "equal",
    {
      sign: "==",
      summary: "Whether two values are equal: numbers by value, everything else as JSON.",
      example: ["1 == 1.0", "true"],
    },
    sameValue,
  ),
  comparison(
    "unequal",
    { sign: "!=", summary: "Whether two values are not equal.", example: ['"a" != "A"', "true"] },
    (left, right) => !sameValue(left, right),
  ),
  comparison(
    "less",
    { sign: "<", summary: "Whether one number or text comes before another.", example: ["2 < 10", "true"] },
    (left, right) => compareValues(left, right) < 0,
  ),
  comparison(
    "at_most",
    {
      sign: "<=",
      summary: "Whether one number or text does not come after another.",
      example: ["2 <= 2", "true"],
    },
    (left, right) => compareValues(left, right) <= 0,
  ),
  comparison(
    "more",
    {
      sign: ">",
      summary: "Whether one number or text comes after another.",
      example: ['"2023-11-21" > "2023-02-01"', "true"],
    },
    (left, right) => compareValues(left, right) > 0,
  ),
  comparison(
    "at_least",
    {
      sign: ">=",
      summary: "Whether one number or text does not come before another.",
      example: ["2 >= 3", "false"],
    },
    (left, right) => compareValues(left, right) >= 0,
  ),
  define("not", {
    names: "value",
    takes: ["boolean"],
    gives: "boolean",
    summary: "The other boolean. Also written `not x`.",
    example: ["not true", "false"],
    apply: ([value]) => !value,
  }),
  define("default", {
    names: "value other",
    takes: ["any", "any"],
    gives: "any",
    summary: "The value, or the other when it is null. A fault stays a fault.",
    example: ['default(null, "none")', '"none"'],
    apply: ([value, other]) => (value === null ? other : value),
  }),
  define("lookup", {
    names: "key table",
    takes: ["scalar", "object"],
    gives: "any",
    summary: "What a table, usually a literal object, holds for a key. Faults when it does not have the key.",
    example: ['lookup("Boston", {"Boston": "MA"})', '"MA"'],
    apply: ([key, table]) => {
      const value = (table as JsonObject).get(key);
      if (value === undefined) throw new EvaluationFault("missing");
      return value;
    },
  }),
];

/** Orders two numbers by value or two texts by code unit; faults on anything else. */
export function compareValues(left: Json, right: Json): number {
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return decimal.compare(numberOf(left), numberOf(right));
}

function sameValue(left: Json, right: Json): boolean {
  if (left instanceof Numeral && right instanceof Numeral)
    return decimal.compare(numberOf(left), numberOf(right)) === 0;
  return equalJson(left, right);
}

function comparison(
  name: string,
  { sign, summary, example }: Described & { readonly sign: string },
  apply: (left: Json, right: Json) => boolean,
): BuiltIn {
  return define(name, {
    names: "a b",
    takes: ["any", "any"],
    gives: "boolean",
    summary: `${summary} Also written \`a ${sign} b\`.`,
    example,
    apply: ([left, right]) => apply(left, right),
  });
}
