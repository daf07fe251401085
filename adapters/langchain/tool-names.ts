/**
 * What a tool is called in the cache: LangChain counts its nameless structured-output tools through the whole
 * process.
 */

// `toolStrategy(schema)` without a title makes `extract-1`, `extract-2` … in order of creation.
const COUNTED = /^extract-\d+$/;

/** The names of one request's tools, both ways. */
export interface ToolNames {
  /** The name in the cache, the same in every process. */
  toCore(name: string): string;
  /** The name this request has for it. */
  fromCore(name: string): string;
}

/** Numbers the counted tools anew, in the order in which the request offers them. */
export function toolNames(offered: readonly string[]): ToolNames {
  const counted = offered.filter((name) => COUNTED.test(name));
  const [only] = counted;
  if (only === undefined) return { toCore: (name) => name, fromCore: (name) => name };
  const inner = new Map(counted.map((name, position) => [name, `extract-#${position + 1}`]));
  const outer = new Map([...inner].map(([name, canonical]) => [canonical, name]));
  return {
    // A stored thread may hold the number of another process; with one such tool it is clear which one is
    // meant.
    toCore: (name) =>
      inner.get(name) ?? (counted.length === 1 && COUNTED.test(name) ? (inner.get(only) ?? name) : name),
    fromCore: (name) => outer.get(name) ?? name,
  };
}
