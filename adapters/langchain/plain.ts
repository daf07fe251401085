/** How values of LangChain become plain JSON: bytes as base64, URLs and dates as text, functions left out. */
import { base64 } from "../shared/base64.js";

/** Thrown for a value that JSON cannot tell from another one: a cycle, `NaN`, an endless number. */
export class NotPlain extends Error {
  override readonly name = "NotPlain";
}

const MAX_DEPTH = 100;

/**
 * A JSON value that is equal for equal content. Functions, symbols and undefined fields vanish; a set or a
 * map becomes a list. Throws `NotPlain` where JSON would say `null` or nothing in place of a value.
 */
export function plain(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new NotPlain();
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) throw new NotPlain();
      return value;
    case "bigint":
      return String(value);
    case "function":
    case "symbol":
      return undefined;
    case "object":
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (ArrayBuffer.isView(value))
    return base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof ArrayBuffer) return base64(new Uint8Array(value));
  if (value instanceof URL) return value.href;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
    return Array.from(value, (item: unknown) => plain(item, depth + 1) ?? null);
  }
  const entries = Object.entries(value).map(([name, item]) => [name, plain(item, depth + 1)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

/** Whether a value is an object with named fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
