/** How identical requests share one call to the model. */
import { type Bench, hello, says } from "./bench.js";

/** For adapters whose driver says that they coalesce. */
export function requestsInFlight({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: identical requests in flight`, () => {
    it("share one model call, plain and streamed", async () => {
      const { adapter } = setup(async ({ index }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return says(`answer ${index}`);
      });
      const modes = Array.from(
        { length: 100 },
        (_, index) => (index % 2 === 0 ? "invoke" : "stream") as "invoke" | "stream",
      );
      const replies = await Promise.all(modes.map((mode) => adapter[mode]({ messages: hello })));
      expect(new Set(replies.map(({ text }) => text))).toEqual(new Set(["answer 0"]));
      expect(adapter.modelCalls()).toEqual(1);
      const ids = replies.flatMap(({ id }) => id ?? []);
      expect(new Set(ids).size).toEqual(ids.length);
      expect(replies.reduce((sum, { usage }) => sum + usage.outputTokens, 0)).toEqual(5);
    });

    it("are set free when the one that asks fails", async () => {
      const { adapter } = setup(async ({ index }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return index === 0 ? { error: new Error("overloaded") } : says("recovered");
      });
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => adapter.invoke({ messages: hello })));
      expect(
        outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.text : "failed")).sort(),
      ).toEqual(["failed", "recovered", "recovered", "recovered"]);
      expect(adapter.modelCalls()).toEqual(2);
    });

    it("do not share across scopes, nor when another sample is wanted", async () => {
      const { adapter } = setup(async ({ index }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return says(`answer ${index}`);
      });
      await Promise.all([
        adapter.invoke({ messages: hello, reprise: { scope: "a" } }),
        adapter.invoke({ messages: hello, reprise: { scope: "b" } }),
        adapter.invoke({ messages: hello, reprise: { scope: "a", read: false } }),
        adapter.invoke({ messages: hello, reprise: { scope: "a", write: false } }),
      ]);
      expect(adapter.modelCalls()).toEqual(4);
    });
  });
}
