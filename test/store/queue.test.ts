import { describe, expect, it } from "vitest";
import { type Entry, openQueue } from "../../src/store/queue.js";

const entry = (at: number, size = 10): Entry => ({
  event: { kind: "agree", id: "a", at },
  text: "x".repeat(size),
  done: () => undefined,
});
const times = (entries: readonly Entry[]): number[] => entries.map(({ event }) => event.at);

describe("the queue of waiting events", () => {
  it("gives entries back in the order they came, in batches", () => {
    const queue = openQueue(10_000, 1_000_000);
    for (let n = 0; n < 5_000; n++) expect(queue.push(entry(n))).toEqual([]);
    const taken: number[] = [];
    while (queue.length > 0) {
      const batch = times(queue.take());
      expect(batch.length).toBeLessThanOrEqual(1_024);
      taken.push(...batch);
    }
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
    expect(queue.take()).toEqual([]);
  });

  it("gives up the oldest beyond its number", () => {
    const queue = openQueue(3, 1_000);
    expect([1, 2, 3, 4, 5].flatMap((at) => times(queue.push(entry(at))))).toEqual([1, 2]);
    expect(times(queue.drain())).toEqual([3, 4, 5]);
  });

  it("gives up the oldest beyond its size, but never the newest", () => {
    const queue = openQueue(100, 100);
    expect([1, 2, 3].flatMap((at) => times(queue.push(entry(at, 40))))).toEqual([1]);
    expect(times(queue.push(entry(4, 1_000)))).toEqual([2, 3]);
    expect(times(queue.take())).toEqual([4]);
    expect(queue.length).toBe(0);
  });
});
