import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { auditsOf, createAudits } from "../../../adapters/shared/audits.js";

const nothing = (): void => undefined;
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("audits", () => {
  it("run a few at a time, then those that waited; what is too many is left out", async () => {
    const audits = createAudits({ inFlight: 2, waiting: 3, deadline: 10_000 });
    const open: (() => void)[] = [];
    let started = 0;
    const audit = () =>
      new Promise<void>((resolve) => {
        started++;
        open.push(resolve);
      });
    for (let index = 0; index < 10; index++) audits.add(audit, nothing);
    await turn();
    expect(started).toBe(2);
    for (let round = 0; round < 5; round++) {
      for (const end of open.splice(0)) end();
      await turn();
    }
    expect(started).toBe(3);
  });

  it("go on after one that failed, at once or later, which only its listener hears of", async () => {
    const audits = createAudits({ inFlight: 1, waiting: 9, deadline: 10_000 });
    const faults: unknown[] = [];
    let done = false;
    audits.add(
      () => {
        throw new Error("at once");
      },
      (fault) => faults.push(String(fault)),
    );
    audits.add(
      async () => {
        throw new Error("later");
      },
      (fault) => faults.push(String(fault)),
    );
    audits.add(async () => {
      done = true;
    }, nothing);
    await turn();
    expect(faults).toEqual(["Error: at once", "Error: later"]);
    expect(done).toBe(true);
  });

  it("give up their place when their time is over, whether they heed the signal or not", async () => {
    const audits = createAudits({ inFlight: 1, waiting: 9, deadline: 5 });
    let aborted = false;
    audits.add((signal) => {
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      return new Promise(nothing);
    }, nothing);
    const { promise, resolve } = Promise.withResolvers<void>();
    audits.add(async () => resolve(), nothing);
    await promise;
    expect(aborted).toBe(true);
  });

  it("run in the context in which they were made, not in that of the call", async () => {
    const context = new AsyncLocalStorage<string>();
    const audits = context.run("maker", () => createAudits());
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    context.run("caller", () => audits.add(async () => resolve(context.getStore()), nothing));
    expect(await promise).toBe("maker");
  });

  it("are one set for a cache", () => {
    const cache = {};
    expect(auditsOf(cache)).toBe(auditsOf(cache));
    expect(auditsOf({})).not.toBe(auditsOf(cache));
  });
});
