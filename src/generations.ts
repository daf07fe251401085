/** A bounded map that forgets in halves: constant work for each entry, where deleting the oldest one by one is not. */

/** Keeps at least the last `limit` entries, at most twice as many. */
export class Generations<Key, Value> {
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();

  constructor(private readonly limit: number) {}

  get(key: Key): Value | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  set(key: Key, value: Value): void {
    if (this.young.size >= this.limit) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  delete(key: Key): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  /** Drops the entries that a test does not hold for. */
  keep(test: (value: Value) => boolean): void {
    for (const entries of [this.young, this.old]) for (const [key, value] of entries) if (!test(value)) entries.delete(key);
  }
}
