/** How the body of a request is read: nothing in it may be lost, or two requests could look like one. */
import { type Json, Numeral, parseJson } from "reprise";
import { Aside } from "../shared/aside.js";
import { isRecord, type JsonRecord } from "./record-of.js";

/** A request's body, read twice. */
export interface Body {
  /** As `JSON.parse` reads it. */
  readonly plain: JsonRecord;
  /**
   * The same with the digits of numbers as they were sent, which is what is compared: `1.0` is not `1` there.
   */
  readonly exact: JsonRecord;
}

/**
 * Reads a body. Throws an `Aside` for one that is no JSON object, or that names a field twice: readers differ
 * over which counts.
 */
export function readBody(text: string): Body {
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    throw new Aside("invalid");
  }
  if (!isRecord(plain)) throw new Aside("invalid");
  // What prints as it was sent has lost nothing; most clients write JSON as JavaScript does.
  if (JSON.stringify(plain) === text) return { plain, exact: plain };
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Aside(parsed.fault === "duplicate-keys" ? "duplicate-keys" : "invalid");
  return { plain, exact: toJavaScript(parsed.value) as JsonRecord };
}

// JSON.rawJSON (ES2026, Node 22) is not in TypeScript's library yet.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** A value as `parseJson` reads it, for `JSON.stringify` to print with the digits it was written with. */
export function toJavaScript(value: Json): unknown {
  if (value instanceof Numeral) {
    const { raw } = value;
    return String(Number(raw)) === raw ? Number(raw) : rawJson(raw);
  }
  if (Array.isArray(value)) return value.map(toJavaScript);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, toJavaScript(item)]));
  return value;
}
