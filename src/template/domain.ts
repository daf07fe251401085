/** What the values of a slot look like, and which value is refused. */
import { type Json, scalarText } from "./json.js";
import { hasShape } from "./shape.js";
import { isOfKind, kindCovers, type ValueKind } from "./value-kinds.js";

/**
 * A set of values: those of any kind in `kinds`, those listed in `values`, and JSON values of a shape in
 * `shapes`, without those in `except`. With none of them it accepts nothing.
 */
export interface Domain {
  readonly kinds: readonly ValueKind[];
  readonly values: readonly string[];
  readonly except: readonly string[];
  /** Shapes, as `shapeOf` prints them, of lists and objects. */
  readonly shapes?: readonly string[];
}

/** A domain of kinds only. */
export function domainOfKinds(...kinds: ValueKind[]): Domain {
  return { kinds, values: [], except: [] };
}

/** What a slot takes when its notation names no domain: one line without spaces at its ends. */
export const DEFAULT_DOMAIN: Domain = domainOfKinds("line");

/**
 * Whether a domain takes a value. Scalars are judged by their text, `null`, lists and objects by kind `json`.
 */
export function accepts(domain: Domain, value: Json): boolean {
  const text = scalarText(value);
  if (text === undefined) {
    return (
      domain.kinds.includes("json") ||
      domain.kinds.includes("any") ||
      (domain.shapes?.some((shape) => hasShape(shape, value)) ?? false)
    );
  }
  if (domain.except.includes(text)) return false;
  if (domain.values.includes(text)) return true;
  return domain.kinds.some((kind) => isOfKind(kind, text));
}

/** Whether domain `wide` takes every value that `narrow` takes. May say no of a pair it cannot decide. */
export function domainCovers(wide: Domain, narrow: Domain): boolean {
  if (wide.except.some((value) => accepts(narrow, value))) return false;
  const takesAnyJson = wide.kinds.includes("json") || wide.kinds.includes("any");
  return (
    (narrow.shapes ?? []).every((shape) => takesAnyJson || wide.shapes?.includes(shape)) &&
    narrow.kinds.every((kind) => wide.kinds.some((other) => kindCovers(other, kind))) &&
    narrow.values.every((value) => narrow.except.includes(value) || accepts(wide, value))
  );
}
