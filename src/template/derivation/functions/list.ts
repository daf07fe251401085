/** Functions on lists: their items, their order, and what all of them come to. */
import { canonicalJson, equalJson, type Json, type JsonObject } from "../../json.js";
import * as decimal from "../decimal.js";
import { checkSize, EvaluationFault } from "../fault.js";
import { compareValues } from "./compare.js";
import { type BuiltIn, define } from "./define.js";
import { get, itemAt } from "./json.js";
import { numberOf } from "./number.js";

/** Functions on lists. */
export const LIST_FUNCTIONS: readonly BuiltIn[] = [
  define("list", {
    names: "items",
    takes: ["any..."],
    gives: "list",
    summary: "A list of the arguments. Also written `[a, b]`.",
    example: ["list(1, true)", "[1, true]"],
    apply: ([items]) => [...items],
  }),
  define("first", {
    names: "list",
    takes: ["list"],
    gives: "any",
    summary: "The first item. Faults when there is none.",
    example: ["first([1, 2])", "1"],
    apply: ([list]) => itemAt(list, 0),
  }),
  define("last", {
    names: "list",
    takes: ["list"],
    gives: "any",
    summary: "The last item. Faults when there is none.",
    example: ["last([1, 2])", "2"],
    apply: ([list]) => itemAt(list, -1),
  }),
  define("map", {
    names: "list key",
    takes: ["list", "any"],
    gives: "list",
    summary: "What `get` gives for each item.",
    example: ['map([{"id": 1}, {"id": 2}], "id")', "[1, 2]"],
    apply: ([list, key]) => list.map((item) => get(item, key)),
  }),
  define("filter", {
    names: "list key value",
    takes: ["list", "any", "any"],
    gives: "list",
    summary: "The items whose key has a value. Items without the key are left out.",
    example: ['filter([{"s": "up"}, {"s": "down"}], "s", "up")', '[{"s": "up"}]'],
    apply: ([list, key, value]) => list.filter((item) => hasValue(item, key, value)),
  }),
  define("find", {
    names: "list key value",
    takes: ["list", "any", "any"],
    gives: "any",
    summary: "The one item whose key has a value. Faults when there is none, or more than one.",
    example: ['find([{"n": "a", "id": 1}, {"n": "b", "id": 2}], "n", "b").id', "2"],
    apply: ([list, key, value]) => {
      const found = list.filter((item) => hasValue(item, key, value));
      if (found.length > 1) throw new EvaluationFault("range");
      return itemAt(found, 0);
    },
  }),
  best("min_by", { word: "smallest", id: "1" }, -1),
  best("max_by", { word: "largest", id: "2" }, 1),
  define("sort_by", {
    names: "list key",
    takes: ["list", "any"],
    gives: "list",
    summary: "The items ordered by a key, smallest first; equal ones keep their order.",
    example: ['sort_by([{"n": 2}, {"n": 1}], "n")', '[{"n": 1}, {"n": 2}]'],
    apply: ([list, key], meter) => {
      meter.spend(list.length);
      return keyed(list, key)
        .sort((left, right) => compareValues(left.value, right.value))
        .map((entry) => entry.item);
    },
  }),
  define("sort", {
    names: "list",
    takes: ["list"],
    gives: "list",
    summary: "A list of numbers or of texts in order, smallest first.",
    example: ["sort([10, 9])", "[9, 10]"],
    apply: ([list], meter) => {
      meter.spend(list.length);
      for (const item of list) compareValues(item, item);
      return [...list].sort(compareValues);
    },
  }),
  define("take", {
    names: "list count",
    takes: ["list", "integer"],
    gives: "list",
    summary: "The first items, as many as asked for, or all if there are fewer. Faults on a negative count.",
    example: ["take([1, 2, 3], 2)", "[1, 2]"],
    apply: ([list, count]) => {
      if (count < 0) throw new EvaluationFault("range");
      return list.slice(0, count);
    },
  }),
  define("flatten", {
    names: "lists",
    takes: ["list"],
    gives: "list",
    summary: "The items of all lists of a list, in order. Faults where an item is no list.",
    example: ["flatten([[1], [2, 3]])", "[1, 2, 3]"],
    apply: ([lists], meter) => {
      const parts = lists.map((each) => (Array.isArray(each) ? each : wrongType()));
      const size = parts.reduce((sum, each) => sum + each.length, 0);
      checkSize(meter, size);
      meter.spend(size);
      return parts.flat(1);
    },
  }),
  define("sum", {
    names: "list",
    takes: ["list"],
    gives: "number",
    summary: "The sum of a list of numbers; 0 when it is empty.",
    example: ["sum([0.1, 0.2])", "0.3"],
    apply: ([list]) => decimal.toNumeral(total(list)),
  }),
  define("average", {
    names: "list",
    takes: ["list"],
    gives: "number",
    summary: "The mean of a list of numbers. Faults when it is empty.",
    example: ["average([1, 2])", "1.5"],
    apply: ([list]) => decimal.toNumeral(decimal.divide(total(list), decimal.fromInteger(list.length))),
  }),
  define("unique", {
    names: "list",
    takes: ["list"],
    gives: "list",
    summary: "The items without those that came before.",
    example: ["unique([1, 2, 1])", "[1, 2]"],
    apply: ([list], meter) => {
      meter.spend(list.length);
      const seen = new Map<string, Json>();
      for (const item of list) {
        const key = canonicalJson(item);
        if (!seen.has(key)) seen.set(key, item);
      }
      return [...seen.values()];
    },
  }),
  define("contains", {
    names: "value part",
    takes: ["any", "any"],
    gives: "boolean",
    summary: "Whether a text has a part, or a list an item.",
    example: ['contains(["a", "b"], "b")', "true"],
    apply: ([value, part]) => {
      if (typeof value === "string" && typeof part === "string") return value.includes(part);
      if (Array.isArray(value)) return value.some((item) => equalJson(item, part));
      throw new EvaluationFault("type");
    },
  }),
];

// min_by and max_by answer only when one item is ahead of all others: which of two equals is meant cannot be
// known.
function best(
  name: string,
  { word, id }: { readonly word: string; readonly id: string },
  sign: number,
): BuiltIn {
  return define(name, {
    names: "list key",
    takes: ["list", "any"],
    gives: "any",
    summary: `The one item whose key is ${word}. Faults when the list is empty or two items share it.`,
    example: [`${name}([{"id": 1, "n": 3}, {"id": 2, "n": 30}], "n").id`, id],
    apply: ([list, key]) => {
      const [head, ...rest] = keyed(list, key);
      if (head === undefined) throw new EvaluationFault("range");
      compareValues(head.value, head.value);
      let leader = head;
      let shared = false;
      for (const entry of rest) {
        const difference = sign * compareValues(entry.value, leader.value);
        if (difference > 0) leader = entry;
        shared = difference > 0 ? false : shared || difference === 0;
      }
      if (shared) throw new EvaluationFault("range");
      return leader.item;
    },
  });
}

function wrongType(): never {
  throw new EvaluationFault("type");
}

function keyed(list: readonly Json[], key: Json): { item: Json; value: Json }[] {
  return list.map((item) => ({ item, value: get(item, key) }));
}

function hasValue(item: Json, key: Json, value: Json): boolean {
  if (item instanceof Map && typeof key === "string") {
    const found = (item as JsonObject).get(key);
    return found !== undefined && equalJson(found, value);
  }
  throw new EvaluationFault("type");
}

function total(list: readonly Json[]): decimal.Decimal {
  return list.reduce<decimal.Decimal>((sum, item) => decimal.add(sum, numberOf(item)), decimal.ZERO);
}
