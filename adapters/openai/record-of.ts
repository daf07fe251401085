/** How JSON of unknown shape is looked into. */

/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects in a list; nothing where there is no list. */
export function recordsIn(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** An object without some of its fields. */
export function without(
  record: JsonRecord,
  names: ReadonlySet<string> | readonly string[],
): Record<string, unknown> {
  const apart = new Set(names);
  return Object.fromEntries(Object.entries(record).filter(([name]) => !apart.has(name)));
}

/** Whether nothing is said by a value: absent, `null`, no text, an empty list or object. */
export function isVoid(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
