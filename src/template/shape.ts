/** The shape of a JSON value: keys, types, emptiness, flags and status words, without the data in it. */
import { type Json, Numeral } from "./json.js";

const MAX_SHAPE = 2_000;

/**
 * A text that is equal for values of one shape. Objects keep their keys, unless the keys look like data (`2023-11-21`);
 * a list keeps whether it is empty, has one item or more; booleans, null and single lower-case words, which tell a state
 * more often than they carry data, keep their value; other scalars keep their type.
 *
 *     [{"id": 7, "state": "open", "name": "Raj Patel"}]   →   [1 {id:number,name:text,state:"open"}]
 */
export function shapeOf(value: Json): string {
  if (typeof value !== "object" || value === null) return cut(print(value));
  let shape = shapes.get(value);
  if (shape === undefined) {
    shape = cut(print(value));
    shapes.set(value, shape);
  }
  return shape;
}

// Parsed values are never changed, and a result is asked for its shape by every template that could take it.
const shapes = new WeakMap<object, string>();

function cut(shape: string): string {
  return shape.length <= MAX_SHAPE ? shape : `${shape.slice(0, MAX_SHAPE)}…`;
}

function print(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof Numeral) return "number";
  if (typeof value === "string") return /^[a-z][a-z_-]{0,23}$/.test(value) ? JSON.stringify(value) : value === "" ? '""' : "text";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const shapes = [...new Set(value.map(print))].sort();
    return `[${value.length === 1 ? "1" : "n"} ${shapes.join("|")}]`;
  }
  if (value.size === 0) return "{}";
  if ([...value.keys()].every(isDataKey)) return `{* ${[...new Set([...value.values()].map(print))].sort().join("|")}}`;
  return `{${[...value.keys()]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${print(value.get(key) as Json)}`)
    .join(",")}}`;
}

/** Keys that are data: dates, numbers, ids with digits. */
function isDataKey(key: string): boolean {
  return /\d/.test(key) && !/^[\p{L}_]+\d?$/u.test(key);
}
