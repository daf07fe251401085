/** "Why?" is answered for each call, by the id that its reply carries. */
import { type Bench, echo, hello, says } from "./bench.js";

/** Hits, misses, calls past the cache and replies that were not kept can each be explained by their id. */
export function explanations({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: why`, () => {
    for (const mode of ["invoke", "stream"] as const) {
      it(`is told of a miss and of a hit, by the id of the reply (${mode})`, async () => {
        const { adapter, cache } = setup(echo);
        const missed = await adapter[mode]({ messages: hello });
        const hit = await adapter[mode]({ messages: hello });
        const [first, second] = [missed, hit].map(({ reprise }) => cache.explain(reprise?.id ?? ""));
        expect([first?.before?.status, first?.before?.reason, first?.outcome]).toEqual([
          "miss",
          "unseen",
          "hit",
        ]);
        expect([second?.before?.status, second?.before?.template !== undefined]).toEqual(["hit", true]);
      });

      it(`is told of a reply that was not kept (${mode})`, async () => {
        const { adapter, cache } = setup(() => ({
          reply: { role: "assistant", content: "cut" },
          finishReason: "length",
        }));
        const { reprise } = await adapter[mode]({ messages: hello });
        expect(cache.explain(reprise?.id ?? "").before?.refused).toEqual("finish-reason");
      });
    }

    it("is told of a call past the cache, and of one that asked for the model", async () => {
      const { adapter, cache } = setup(() => says("hi"));
      const stateful = await adapter.invoke({ messages: hello, previousResponseId: "resp_1" });
      const sampled = await adapter.invoke({ messages: hello, reprise: { read: false } });
      const reasons = [stateful, sampled].map(
        ({ reprise }) => cache.explain(reprise?.id ?? "").before?.reason,
      );
      expect(reasons).toEqual(["server-state", "read-off"]);
    });
  });
}
