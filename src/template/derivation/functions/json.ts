/** Functions on JSON: paths into values, what an object holds, JSON as text. */
import { type Json, type JsonObject, Numeral, parseJson, printJson } from "../../json.js";
import * as decimal from "../decimal.js";
import { checkSize, EvaluationFault, type Meter } from "../fault.js";
import { integer } from "./characters.js";
import { type BuiltIn, define } from "./define.js";
import { numberOf } from "./number.js";

/** Functions on objects, and on lists and objects alike. */
export const JSON_FUNCTIONS: readonly BuiltIn[] = [
  define("get", {
    names: "value key",
    takes: ["any", "any"],
    gives: "any",
    summary:
      "An object's value by key, or a list's item by index, negative from the end. Also written `value.key`, `value[0]`. Faults when there is none.",
    example: ['{"items": [{"id": 7}]}.items[-1].id', "7"],
    apply: ([value, key]) => get(value, key),
  }),
  define("has", {
    names: "object key",
    takes: ["object", "text"],
    gives: "boolean",
    summary: "Whether an object has a key.",
    example: ['has({"a": 1}, "b")', "false"],
    apply: ([object, key]) => object.has(key),
  }),
  define("keys", {
    names: "object",
    takes: ["object"],
    gives: "list",
    summary: "The keys of an object, in its order.",
    example: ['keys({"a": 1})', '["a"]'],
    apply: ([object]) => [...object.keys()],
  }),
  define("values", {
    names: "object",
    takes: ["object"],
    gives: "list",
    summary: "The values of an object, in its order.",
    example: ['values({"a": 1})', "[1]"],
    apply: ([object]) => [...object.values()],
  }),
  define("count", {
    names: "value",
    takes: ["any"],
    gives: "number",
    summary: "How many items a list, or keys an object, has.",
    example: ["count([1, 2])", "2"],
    apply: ([value]) => integer(sizeOfJson(value)),
  }),
  define("empty", {
    names: "value",
    takes: ["any"],
    gives: "boolean",
    summary: "Whether a list, object or text is empty.",
    example: ["empty([])", "true"],
    apply: ([value]) => (typeof value === "string" ? value === "" : sizeOfJson(value) === 0),
  }),
  define("to_json", {
    names: "value",
    takes: ["any"],
    gives: "text",
    summary: "The JSON text of a value.",
    example: ["to_json([1, null])", '"[1,null]"'],
    apply: ([value], meter) => {
      checkSize(meter, printedSize(value, meter));
      return printJson(value);
    },
  }),
  define("from_json", {
    names: "text",
    takes: ["text"],
    gives: "any",
    summary: "The value of a JSON text. Faults on other text and on duplicate keys.",
    example: ['from_json("[1.50]")', "[1.50]"],
    apply: ([text]) => {
      const parsed = parseJson(text);
      if (!parsed.ok) throw new EvaluationFault("unreadable");
      return parsed.value;
    },
  }),
];

/** An object's value by key or a list's item by index; faults when there is none. */
export function get(value: Json, key: Json): Json {
  if (value instanceof Map && typeof key === "string") {
    const item = (value as JsonObject).get(key);
    if (item === undefined) throw new EvaluationFault("missing");
    return item;
  }
  if (Array.isArray(value) && key instanceof Numeral) {
    return itemAt(value, decimal.toInteger(numberOf(key)));
  }
  throw new EvaluationFault("type");
}

/** A list's item, negative from the end; faults when there is none. */
export function itemAt(list: readonly Json[], index: number | undefined): Json {
  const item = index === undefined ? undefined : list.at(index);
  if (item === undefined) throw new EvaluationFault("range");
  return item;
}

function sizeOfJson(value: Json): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new EvaluationFault("type");
}

// An upper bound of the printed length, so that nothing is built that would be refused.
function printedSize(value: Json, meter: Meter): number {
  meter.spend(1);
  if (typeof value === "string") return value.length + 2;
  if (value instanceof Numeral) return value.raw.length;
  if (Array.isArray(value))
    return value.reduce<number>((size, item) => size + 1 + printedSize(item, meter), 2);
  if (value instanceof Map)
    return [...value].reduce((size, [key, item]) => size + key.length + 4 + printedSize(item, meter), 2);
  return 5;
}
