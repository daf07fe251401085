/** A copy of plain data: many times as fast as `structuredClone`, which would take in anything. */

/** A copy of what JSON can hold, as deep as it goes. `__proto__` is a name like any other. */
export function copyOf<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (name === "__proto__")
      Object.defineProperty(copy, name, {
        value: copyOf(item),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    else copy[name] = copyOf<unknown>(item);
  }
  return copy as Value;
}
