/** That the model answers whatever fails in the cache. */
import { type Cache, createCache } from "../../index.js";
import { type Bench, hello, says } from "./bench.js";

/** A cache that throws, and a store that is down. */
export function cacheFailures({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: when the cache fails`, () => {
    const broken = (): Cache => {
      const cache = createCache();
      const fail = async (): Promise<never> => {
        throw new Error("the cache is broken");
      };
      return Object.assign(Object.create(cache) as Cache, { lookup: fail, observe: fail });
    };
    const brokenStore = (): Cache => {
      const fail = async (): Promise<never> => {
        throw new Error("the store is down");
      };
      return createCache({
        store: { get: fail, getMany: fail, set: fail, delete: fail, on: () => undefined },
      });
    };
    for (const [what, make] of [
      ["the cache", broken],
      ["its store", brokenStore],
    ] as const) {
      it(`the model answers, though ${what} is broken`, async () => {
        const { adapter } = setup(() => says("still here"), make());
        expect((await adapter.invoke({ messages: hello })).text).toEqual("still here");
        expect((await adapter.stream({ messages: [{ role: "user", content: "other" }] })).text).toEqual(
          "still here",
        );
        expect(adapter.modelCalls()).toEqual(2);
      });
    }
  });
}
