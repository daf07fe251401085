/**
 * Reading what was stored, with every field checked: each function throws on what is not as it was written.
 */

/** A text. */
export function string(encoded: unknown): string {
  if (typeof encoded !== "string") throw new TypeError("not a text");
  return encoded;
}

/** A list, of this length if one is given. */
export function list(encoded: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(encoded) || (length !== undefined && encoded.length !== length))
    throw new TypeError("not such a list");
  return encoded;
}

/** An object, with no other fields than these if some are given. */
export function record(encoded: unknown, fields?: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  if (typeof encoded !== "object" || encoded === null || Array.isArray(encoded))
    throw new TypeError("not an object");
  if (fields && !Object.keys(encoded).every((field) => fields.has(field)))
    throw new TypeError("a field too many");
  return encoded as Record<string, unknown>;
}
