/** Which replies must not be kept, and what the caller gets all the same. */
import { type Bench, echo, hello, says } from "./bench.js";

/** Errors, cut-off replies, streams that fail or are left, and what the caller keeps out. */
export function neverLearned({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: what is never learned`, () => {
    const failure = new Error("overloaded");

    for (const mode of ["invoke", "stream"] as const) {
      it(`an error, which the caller gets as it is (${mode})`, async () => {
        const { adapter } = setup(({ index }) => (index === 0 ? { error: failure } : says("recovered")));
        let caught: unknown;
        await adapter[mode]({ messages: hello }).catch((error: unknown) => {
          caught = error;
        });
        expect(caught instanceof Error && caught.message).toEqual("overloaded");
        const reply = await adapter[mode]({ messages: hello });
        expect(reply.text).toEqual("recovered");
        expect(reply.reprise?.status).toEqual("miss");
      });

      it(`a reply cut off by its length (${mode})`, async () => {
        const { adapter } = setup(({ index }) => ({
          reply: { role: "assistant", content: `cut ${index}` },
          finishReason: "length",
        }));
        await adapter[mode]({ messages: hello });
        expect((await adapter[mode]({ messages: hello })).text).toEqual("cut 1");
      });
    }

    it("a stream that fails on its way", async () => {
      const { adapter } = setup(({ index }) =>
        index === 0 ? { error: failure, partial: "Hel" } : says("Hello!"),
      );
      let caught: unknown;
      await adapter.stream({ messages: hello }).catch((error: unknown) => {
        caught = error;
      });
      expect(caught instanceof Error && caught.message).toEqual("overloaded");
      expect((await adapter.stream({ messages: hello })).text).toEqual("Hello!");
      expect(adapter.modelCalls()).toEqual(2);
    });

    it("a stream that its caller left", async () => {
      const { adapter } = setup(({ index }) => says(`a long answer, number ${index}`));
      await adapter.leave({ messages: hello });
      expect((await adapter.stream({ messages: hello })).text).toEqual("a long answer, number 1");
    });

    it("what the caller wants kept out, and nothing is read when another sample is wanted", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke({ messages: hello, reprise: { write: false } });
      expect((await adapter.invoke({ messages: hello })).text).toEqual("answer 1");
      const sampled = await adapter.invoke({ messages: hello, reprise: { read: false, write: false } });
      expect(sampled.text).toEqual("answer 2");
      expect(sampled.reprise?.status).toEqual("bypass");
      expect((await adapter.invoke({ messages: hello })).text).toEqual("answer 1");
    });
  });
}
