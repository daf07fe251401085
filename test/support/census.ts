/**
 * Counts what an object keeps: the entries of every collection that can be reached from it, by the way that
 * leads there.
 */

const SKIPPED = new Set(["settings", "events", "counts"]);

interface Bounded {
  readonly bounds: { readonly maxEntries: number; readonly maxSize?: number };
}

/**
 * What bounds itself by number is counted by `stats()`; what it holds is counted here, unless that is weighed
 * there too.
 */
function boundsOf(value: object): Bounded["bounds"] | undefined {
  if (value.constructor.name !== "BoundedMap") return undefined;
  const { bounds } = value as Bounded;
  return Number.isFinite(bounds.maxEntries) ? bounds : undefined;
}

/**
 * The number of entries of all maps, sets and lists under each way. Names on a way stand once: a tree is as
 * deep as it is.
 */
export function census(root: object): Map<string, number> {
  const counts = new Map<string, number>();
  const seen = new Set<object>();
  const queue: { readonly value: object; readonly way: readonly string[] }[] = [{ value: root, way: [] }];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { value, way } = next;
    if (seen.has(value)) continue;
    seen.add(value);
    const visit = (child: unknown, name?: string): void => {
      if (typeof child !== "object" || child === null) return;
      queue.push({ value: child, way: name === undefined || way.includes(name) ? way : [...way, name] });
    };
    const count = (size: number): void =>
      void counts.set(way.join("."), (counts.get(way.join(".")) ?? 0) + size);
    const bounds = boundsOf(value);
    if (bounds) {
      if (bounds.maxSize === undefined)
        for (const [, child] of value as Iterable<[unknown, unknown]>) visit(child);
    } else if (value instanceof Map || value.constructor?.name === "BoundedMap") {
      // A map without bounds of its own, by what it holds: its links are no ways of their own.
      const entries = value as ReadonlyMap<unknown, unknown>;
      count(entries.size);
      for (const [key, child] of entries) {
        visit(key);
        visit(child);
      }
    } else if (value instanceof Set || Array.isArray(value)) {
      count("size" in value ? value.size : value.length);
      for (const child of value) visit(child);
    } else if (!ArrayBuffer.isView(value)) {
      for (const [name, child] of Object.entries(value)) if (!SKIPPED.has(name)) visit(child, name);
    }
  }
  return counts;
}
