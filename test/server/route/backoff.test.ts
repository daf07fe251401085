import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRetryBudget, pause, retryAfterOf, waitFor } from "../../../server/route/backoff.js";

const backoff = { initial: 0.25, max: 8 };

describe("the wait before another attempt", () => {
  it("is drawn below a bound that doubles, never less than what the reply asks for, never more than the cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 20_000 }),
        (attempt, chance, retryAfter) => {
          const wait = waitFor(attempt, { retryAfter, backoff }, { random: () => chance });
          if (retryAfter > 8_000) return wait === undefined;
          return (
            wait !== undefined &&
            wait >= retryAfter &&
            wait <= Math.max(retryAfter, Math.min(8_000, 250 * 2 ** (attempt - 1)))
          );
        },
      ),
      { numRuns: 200 },
    );
    const drawn = [0.1, 0.9].map((chance) => waitFor(3, { backoff }, { random: () => chance }));
    expect(drawn[0]).not.toBe(drawn[1]);
  });

  it("Retry-After is read in seconds, as a date, and in OpenAI's milliseconds", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const of = (...headers: string[]) => retryAfterOf({ headers }, now);
    expect(of("Retry-After", "2")).toBe(2_000);
    expect(of("retry-after", "Thu, 01 Jan 2026 00:00:05 GMT")).toBe(5_000);
    expect(of("retry-after", "Wed, 31 Dec 2025 00:00:00 GMT")).toBe(0);
    expect(of("retry-after", "9", "retry-after-ms", "20")).toBe(20);
    expect([of(), of("retry-after", "soon")]).toEqual([undefined, undefined]);
  });

  it("ends at once when the client leaves", async () => {
    const client = new AbortController();
    const waiting = pause(60_000, client.signal);
    client.abort();
    await expect(waiting).rejects.toBe(client.signal.reason);
    await expect(pause(60_000, client.signal)).rejects.toBe(client.signal.reason);
  });
});

describe("a retry budget", () => {
  it("never gives more retries than its reserve and its share of the requests", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 10 }),
        (steps, share, reserve) => {
          const budget = createRetryBudget({ share, reserve });
          let [requests, retries] = [0, 0];
          for (const isRequest of steps) {
            if (isRequest) {
              budget.earn();
              requests++;
            } else if (budget.spend()) retries++;
          }
          return retries <= reserve + requests * share + 1e-6 && budget.left() <= reserve;
        },
      ),
      { numRuns: 100 },
    );
  });
});
