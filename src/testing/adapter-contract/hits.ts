/** What is served, and what a hit counts for. */
import type { Message } from "../../types.js";
import { type Bench, echo, hello, says } from "./bench.js";

/** Asked once, served the rest; plain and streamed, alone and beside others. */
export function hitsAndMisses({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: hits and misses`, () => {
    it("asks the model once for the same conversation, and serves the rest", async () => {
      const { adapter } = setup(echo);
      const first = await adapter.invoke({ messages: hello });
      const second = await adapter.invoke({ messages: hello });
      expect(first.text).toEqual("answer 0");
      expect(second.text).toEqual("answer 0");
      expect(adapter.modelCalls()).toEqual(1);
      expect(first.reprise?.status).toEqual("miss");
      expect(first.reprise?.reason).toEqual("unseen");
      expect(second.reprise?.status).toEqual("hit");
      expect(second.reprise?.match).toEqual("exact");
    });

    it("counts no tokens for a hit, and says what was saved", async () => {
      const { adapter } = setup(echo);
      const first = await adapter.invoke({ messages: hello });
      const second = await adapter.invoke({ messages: hello });
      expect(first.usage).toEqual({ inputTokens: 10, outputTokens: 5 });
      expect(second.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
      expect(second.reprise?.saved).toEqual({ inputTokens: 10, outputTokens: 5 });
    });

    it("serves what was recorded from a stream to a plain call, and the reverse", async () => {
      const { adapter } = setup(echo);
      const other: Message[] = [{ role: "user", content: "other" }];
      expect((await adapter.stream({ messages: hello })).text).toEqual("answer 0");
      const plain = await adapter.invoke({ messages: hello });
      expect(plain.text).toEqual("answer 0");
      expect(plain.reprise?.status).toEqual("hit");
      expect((await adapter.invoke({ messages: other })).text).toEqual("answer 1");
      const streamed = await adapter.stream({ messages: other });
      expect(streamed.text).toEqual("answer 1");
      expect(streamed.reprise?.status).toEqual("hit");
      expect(streamed.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
      expect(adapter.modelCalls()).toEqual(2);
    });

    it("keeps a hit and a miss made together apart", async () => {
      const { adapter } = setup(({ messages }) => says(`on ${String(messages.at(-1)?.content)}`));
      await adapter.invoke({ messages: hello });
      const replies = await Promise.all([
        adapter.invoke({ messages: [{ role: "user", content: "new" }] }),
        adapter.invoke({ messages: hello }),
      ]);
      expect(replies.map(({ text }) => text)).toEqual(["on new", "on hello"]);
      expect(replies.map(({ reprise }) => reprise?.status)).toEqual(["miss", "hit"]);
    });
  });
}
