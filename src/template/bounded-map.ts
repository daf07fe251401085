/** The one map with bounds: whatever is kept beyond a request stands in one, so that none grows for ever. */

/** How much a map may hold. */
export interface MapBounds {
  readonly maxEntries: number;
  /** Over all entries, as `sizeOf` tells; default no limit. */
  readonly maxSize?: number | undefined;
}

/** What a map holds beside what it may hold, in entries and roughly in bytes. */
export interface Holding {
  readonly entries: number;
  readonly bytes: number;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** What is told of a map beside its bounds. */
export interface MapOptions<Key, Value> {
  /** The size of an entry, asked once when it is set; by default that of a text key. */
  readonly sizeOf?: (value: Value, key: Key) => number;
  /** Told of each entry that went to stay within the bounds. */
  readonly onDropped?: (key: Key, value: Value) => void;
}

/** What an entry of a map costs beside its texts, roughly, in bytes. */
export const ENTRY_SIZE = 64;

/** An entry between its neighbours by use. */
interface Link<Key, Value> {
  readonly key: Key;
  value: Value;
  size: number;
  older: Link<Key, Value> | undefined;
  newer: Link<Key, Value> | undefined;
}

/**
 * Keeps within its bounds: the entry that was set or used longest ago goes first. An entry too large by
 * itself is not kept.
 */
export class BoundedMap<Key, Value> implements Iterable<[Key, Value]> {
  private readonly links = new Map<Key, Link<Key, Value>>();
  private oldest: Link<Key, Value> | undefined;
  private newest: Link<Key, Value> | undefined;
  private total = 0;

  constructor(
    private readonly bounds: MapBounds,
    private readonly options: MapOptions<Key, Value> = {},
  ) {}

  /** How many entries there are. */
  get size(): number {
    return this.links.size;
  }

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    const { maxEntries, maxSize } = this.bounds;
    return {
      entries: this.links.size,
      bytes: this.total,
      maxEntries,
      ...(maxSize !== undefined && { maxBytes: maxSize }),
    };
  }

  has(key: Key): boolean {
    return this.links.has(key);
  }

  /** Looks without using. */
  peek(key: Key): Value | undefined {
    return this.links.get(key)?.value;
  }

  /** The value of a key, which counts as used now. */
  get(key: Key): Value | undefined {
    const link = this.links.get(key);
    if (link && link !== this.newest) {
      this.unlink(link);
      this.append(link);
    }
    return link?.value;
  }

  set(key: Key, value: Value): void {
    const size = this.options.sizeOf?.(value, key) ?? ENTRY_SIZE + (typeof key === "string" ? key.length : 0);
    if (size > (this.bounds.maxSize ?? Number.POSITIVE_INFINITY)) {
      this.delete(key);
      this.options.onDropped?.(key, value);
      return;
    }
    const known = this.links.get(key);
    this.total += size - (known?.size ?? 0);
    if (known) {
      this.unlink(known);
      known.value = value;
      known.size = size;
      this.append(known);
    } else {
      const link: Link<Key, Value> = { key, value, size, older: undefined, newer: undefined };
      this.links.set(key, link);
      this.append(link);
    }
    this.shrink();
  }

  delete(key: Key): boolean {
    const link = this.links.get(key);
    if (!link) return false;
    this.links.delete(key);
    this.unlink(link);
    this.total -= link.size;
    return true;
  }

  clear(): void {
    this.links.clear();
    this.oldest = undefined;
    this.newest = undefined;
    this.total = 0;
  }

  /** Drops the entries that a test does not hold for. */
  keep(test: (value: Value, key: Key) => boolean): void {
    for (const [key, value] of this) if (!test(value, key)) this.delete(key);
  }

  /**
   * The values in the order in which their keys first came: these may be gone through while entries come, go
   * and are used.
   */
  *values(): IterableIterator<Value> {
    for (const { value } of this.links.values()) yield value;
  }

  *keys(): IterableIterator<Key> {
    for (const [key] of this) yield key;
  }

  /** From the entry used longest ago to the one used last; the entry at hand may be deleted. */
  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    for (let link = this.oldest, next = link?.newer; link; link = next, next = link?.newer)
      yield [link.key, link.value];
  }

  /** The keys from the one used last to the one used longest ago. */
  *newestKeys(): IterableIterator<Key> {
    for (let link = this.newest; link; link = link.older) yield link.key;
  }

  private shrink(): void {
    const { maxEntries, maxSize = Number.POSITIVE_INFINITY } = this.bounds;
    while (this.oldest && (this.links.size > maxEntries || this.total > maxSize)) {
      const { key, value } = this.oldest;
      this.delete(key);
      this.options.onDropped?.(key, value);
    }
  }

  private append(link: Link<Key, Value>): void {
    link.older = this.newest;
    link.newer = undefined;
    if (this.newest) this.newest.newer = link;
    else this.oldest = link;
    this.newest = link;
  }

  private unlink({ older, newer }: Link<Key, Value>): void {
    if (older) older.newer = newer;
    else this.oldest = newer;
    if (newer) newer.older = older;
    else this.newest = older;
  }
}
