/** The shape of a JSON value: keys, types, emptiness, flags and status words, without the data in it. */
import { type Json, Numeral } from "./json.js";

const MAX_SHAPE = 2_000;

/**
 * A text that is equal for values of one shape. Objects keep their keys, unless the keys look like data
 * (`2023-11-21`); a list keeps whether it is empty, has one item or more; booleans, null and single
 * lower-case words, which tell a state more often than they carry data, keep their value; other scalars keep
 * their type.
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

/**
 * The same where a single word under one of these keys is known to be data, and tells no state: it is a text
 * like others.
 *
 *     {"item": "teapot", "state": "open"} with "item"   →   data item {"item":text,"state":"open"}
 */
export function shapeWith(value: Json, keys: ReadonlySet<string>): string {
  const held = [...keysIn(value)].filter((key) => keys.has(key)).sort();
  if (held.length === 0) return shapeOf(value);
  return `${DATA}${held.map(escaped).join(",")} ${cut(print(value, keys))}`;
}

function keysIn(value: Json, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const item of value) keysIn(item, found);
  else if (value instanceof Map) {
    for (const [key, item] of value) keysIn(item, found.add(key));
  }
  return found;
}

/** Whether a value has a shape, of either kind. */
export function hasShape(shape: string, value: Json): boolean {
  if (!shape.startsWith(DATA)) return shape === shapeOf(value);
  const end = shape.indexOf(" ", DATA.length);
  const keys = shape.slice(DATA.length, end).split(",").map(unescaped);
  return shape.slice(end + 1) === cut(print(value, new Set(keys)));
}

// The list of keys is cut at commas, and ends at a space.
const escaped = (key: string): string => key.replace(/[%, ]/g, (sign) => ESCAPES[sign] as string);
const unescaped = (key: string): string => key.replace(/%[scp]/g, (code) => SIGNS[code] as string);
const ESCAPES: Readonly<Record<string, string>> = { "%": "%p", ",": "%c", " ": "%s" };
const SIGNS: Readonly<Record<string, string>> = { "%p": "%", "%c": ",", "%s": " " };

// No shape begins so: a word in one is quoted, but for `number`, `text` and JSON's own.
const DATA = "data ";

// Parsed values are never changed, and a result is asked for its shape by every template that could take it.
const shapes = new WeakMap<object, string>();

function cut(shape: string): string {
  return shape.length <= MAX_SHAPE ? shape : `${shape.slice(0, MAX_SHAPE)}…`;
}

const NO_KEYS: ReadonlySet<string> = new Set();

/** A text under one of `data` is a text, whatever it says. */
function print(value: Json, data = NO_KEYS, key?: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof Numeral) return "number";
  if (typeof value === "string" && value !== "" && key !== undefined && data.has(key)) return "text";
  if (typeof value === "string")
    return /^[a-z][a-z_-]{0,23}$/.test(value) ? JSON.stringify(value) : value === "" ? '""' : "text";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const shapes = [...new Set(value.map((item) => print(item, data, key)))].sort();
    return `[${value.length === 1 ? "1" : "n"} ${shapes.join("|")}]`;
  }
  if (value.size === 0) return "{}";
  if ([...value.keys()].every(isDataKey))
    return `{* ${[...new Set([...value.values()].map((item) => print(item, data)))].sort().join("|")}}`;
  return `{${[...value.keys()]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${print(value.get(key) as Json, data, key)}`)
    .join(",")}}`;
}

/** Keys that are data: dates, numbers, ids with digits. */
function isDataKey(key: string): boolean {
  return /\d/.test(key) && !/^[\p{L}_]+\d?$/u.test(key);
}
