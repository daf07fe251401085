/** Names for the variables of one template. */
export class Names {
  private readonly used: Set<string>;
  /** For each stem the number that was tried last. */
  private counts = new Map<string, number>();

  /** None of the names that are `used` is given. */
  constructor(used: Iterable<string> = []) {
    this.used = new Set(used);
  }

  /** A name that was not given before: the stem, or the stem with a number (`order`, `order_2`). */
  take(stem: string): string {
    let name = stem;
    let count = this.counts.get(stem) ?? 1;
    while (this.used.has(name)) name = `${stem}_${++count}`;
    this.counts.set(stem, count);
    this.used.add(name);
    return name;
  }

  /** Names taken from a copy stay free here. */
  copy(): Names {
    const copy = new Names(this.used);
    copy.counts = new Map(this.counts);
    return copy;
  }
}
