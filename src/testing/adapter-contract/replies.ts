/** What a hit must carry: all of the reply, under new ids. */
import { createCache } from "../../index.js";
import type { AdapterCall, AdapterSetup, ModelScript } from "../adapter-driver.js";
import { type Bench, hello, says } from "./bench.js";

type Chunks = NonNullable<NonNullable<AdapterSetup["options"]>["chunks"]>;

/** Text, tool calls, reasoning and templates' replies, plain and streamed. */
export function repliesOfHits({ driver, setup, describe, it, expect }: Bench): void {
  describe(`${driver.name}: what a hit brings`, () => {
    const call = (id: string, args: string) => ({
      id,
      type: "function",
      function: { name: "add", arguments: args },
    });
    const parallel: ModelScript = ({ index }) => ({
      reply: {
        role: "assistant",
        content: "Adding.",
        tool_calls: [call(`c${index}_0`, '{"a":1,"b":{"c":[true]}}'), call(`c${index}_1`, '{"a":1}')],
      },
      finishReason: "tool_calls",
    });
    const adding: AdapterCall = {
      messages: hello,
      tools: [{ name: "add", parameters: { type: "object", properties: { a: { type: "number" } } } }],
    };

    for (const mode of ["invoke", "stream"] as const) {
      it(`text and parallel tool calls, under ids nobody has used (${mode})`, async () => {
        const { adapter } = setup(parallel);
        const replies = [
          await adapter[mode](adding),
          await adapter[mode](adding),
          await adapter[mode](adding),
        ];
        for (const reply of replies) {
          expect(reply.text).toEqual("Adding.");
          expect(reply.toolCalls.map(({ name, args }) => ({ name, args }))).toEqual([
            { name: "add", args: { a: 1, b: { c: [true] } } },
            { name: "add", args: { a: 1 } },
          ]);
        }
        expect(adapter.modelCalls()).toEqual(1);
        expect(new Set(replies.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id))).size).toEqual(6);
        const ids = replies.flatMap(({ id }) => id ?? []);
        expect(new Set(ids).size).toEqual(ids.length);
      });
    }

    const words: readonly (readonly [Chunks, readonly string[]])[] = [
      ["whole", ["Set to 7 °C."]],
      ["word", ["Set", " to", " 7", " °C."]],
      [{ by: "word", delay: 1 }, ["Set", " to", " 7", " °C."]],
    ];
    for (const [chunks, pieces] of words) {
      it(`a streamed text in pieces as they were asked for: ${JSON.stringify(chunks)}`, async () => {
        const { adapter } = setup(() => says("Set to 7 °C."), undefined, { chunks });
        await adapter.invoke({ messages: hello });
        const hit = await adapter.stream({ messages: hello });
        expect(hit.reprise?.status).toEqual("hit");
        expect(hit.pieces).toEqual(pieces);
      });
    }

    if (driver.capabilities.reasoning) {
      it("reasoning", async () => {
        const content = [
          { type: "reasoning", text: "They greet." },
          { type: "text", text: "Hello!" },
        ];
        const { adapter } = setup(() => ({ reply: { role: "assistant", content } }));
        await adapter.stream({ messages: hello });
        for (const mode of ["invoke", "stream"] as const) {
          const reply = await adapter[mode]({ messages: hello });
          expect(reply.reprise?.status).toEqual("hit");
          expect(reply.reasoning).toEqual("They greet.");
          expect(reply.text).toEqual("Hello!");
        }
      });
    }

    it("a template's reply for other bindings", async () => {
      const { adapter, cache } = setup(
        ({ messages }) => says(`Done: ${String(messages.at(-1)?.content)}`),
        createCache({ policy: "eager", auditRate: 0 }),
      );
      const greet = (name: string): AdapterCall => ({
        messages: [{ role: "user", content: `Greet ${name}, please` }],
        reprise: { bindings: { name } },
      });
      await adapter.invoke(greet("Erik"));
      await cache.settled();
      const other = await adapter.invoke(greet("Maria"));
      expect(other.text).toEqual("Done: Greet Maria, please");
      expect(other.reprise?.match).toEqual("template");
      expect((await adapter.stream(greet("Anna"))).text).toEqual("Done: Greet Anna, please");
      expect(adapter.modelCalls()).toEqual(1);
    });
  });
}
