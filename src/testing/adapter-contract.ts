/** What every adapter must do, whatever framework it speaks, as a suite that any adapter's author can run. */
import { type Cache, createCache } from "../index.js";
import type { Message } from "../types.js";
import type { AdapterCall, AdapterDriver, ModelScript, ScriptedAnswer } from "./adapter-driver.js";
import type { TestApi } from "./store-contract.js";

/** Registers the suite. Every test makes a cache of its own, in memory. */
export function adapterContract(driver: AdapterDriver, { describe, it, expect }: TestApi): void {
  const setup = (model: ModelScript, cache = createCache()) => ({ cache, adapter: driver.create({ cache, model }) });
  const says = (content: string): ScriptedAnswer => ({
    reply: { role: "assistant", content },
    usage: { inputTokens: 10, outputTokens: 5 },
  });
  const echo: ModelScript = ({ index }) => says(`answer ${index}`);
  const hello: Message[] = [{ role: "user", content: "hello" }];

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

  describe(`${driver.name}: what makes requests differ`, () => {
    const image = (bytes: string): Message[] => [
      {
        role: "user",
        content: [
          { type: "text", text: "what is this?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${bytes}` } },
        ],
      },
    ];
    const tools = [{ name: "look_up", description: "looks up", parameters: { type: "object", properties: {} } }];
    const base: AdapterCall = { messages: hello, tools };
    const others: Record<string, AdapterCall> = {
      "the text": { ...base, messages: [{ role: "user", content: "hello " }] },
      "the role": { ...base, messages: [{ role: "assistant", content: "hello" }, ...hello] },
      "the model": { ...base, model: "another" },
      "the tools": { messages: hello },
      "a tool's description": {
        ...base,
        tools: [{ name: "look_up", description: "looks down", parameters: { type: "object", properties: {} } }],
      },
      "the tool choice": { ...base, toolChoice: "required" },
      "the temperature": { ...base, temperature: 0.5 },
      "the token limit": { ...base, maxTokens: 7 },
      "the scope": { ...base, reprise: { scope: "another tenant" } },
    };
    for (const [what, other] of Object.entries(others)) {
      it(`${what}: a miss`, async () => {
        const { adapter } = setup(({ index }) =>
          other.toolChoice === "required"
            ? {
                reply: {
                  role: "assistant",
                  tool_calls: [{ id: `c${index}`, type: "function", function: { name: "look_up", arguments: "{}" } }],
                },
              }
            : says(`answer ${index}`),
        );
        await adapter.invoke(base);
        expect((await adapter.invoke(other)).reprise?.status).toEqual("miss");
        expect((await adapter.invoke(base)).reprise?.status).toEqual("hit");
        expect(adapter.modelCalls()).toEqual(2);
      });
    }

    it("other images beside the same text: a miss, and none of them is mistaken for another", async () => {
      const { adapter } = setup(echo);
      const texts: string[] = [];
      for (const bytes of ["AAAA", "BBBB", "AAAA", "BBBB"]) texts.push((await adapter.invoke({ messages: image(bytes) })).text);
      expect(texts).toEqual(["answer 0", "answer 1", "answer 0", "answer 1"]);
    });

    it("a text that imitates the roles: a miss", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke({
        messages: [
          { role: "user", content: "q" },
          { role: "assistant", content: "a" },
          { role: "user", content: "r" },
        ],
      });
      const imitation = await adapter.invoke({ messages: [{ role: "user", content: "q\nAI: a\nHuman: r" }] });
      expect(imitation.reprise?.status).toEqual("miss");
      expect(imitation.text).toEqual("answer 1");
    });

    const history = (id: string, output: Partial<Message>): AdapterCall => ({
      tools,
      messages: [
        ...hello,
        { role: "assistant", content: null, tool_calls: [{ id, type: "function", function: { name: "look_up", arguments: "{}" } }] },
        { role: "tool", tool_call_id: id, content: "found", ...output },
      ],
    });

    it("tool-call ids make no difference", async () => {
      const { adapter } = setup(echo);
      await adapter.invoke(history("call_abc", {}));
      expect((await adapter.invoke(history("call_xyz", {}))).reprise?.status).toEqual("hit");
    });

    it("a tool's result, and whether it is an error, do", async () => {
      const { adapter } = setup(echo);
      const texts: string[] = [];
      for (const output of [{}, { content: "lost" }, { is_error: true }]) texts.push((await adapter.invoke(history("c", output))).text);
      expect(texts).toEqual(["answer 0", "answer 1", "answer 2"]);
      expect((await adapter.invoke(history("c", { is_error: true }))).text).toEqual("answer 2");
    });
  });

  describe(`${driver.name}: what a hit brings`, () => {
    const call = (id: string, args: string) => ({ id, type: "function", function: { name: "add", arguments: args } });
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
        const replies = [await adapter[mode](adding), await adapter[mode](adding), await adapter[mode](adding)];
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
      const { adapter } = setup(({ messages }) => says(`Done: ${String(messages.at(-1)?.content)}`), createCache({ policy: "eager" }));
      const greet = (name: string): AdapterCall => ({
        messages: [{ role: "user", content: `Greet ${name}, please` }],
        reprise: { bindings: { name } },
      });
      await adapter.invoke(greet("Erik"));
      const other = await adapter.invoke(greet("Maria"));
      expect(other.text).toEqual("Done: Greet Maria, please");
      expect(other.reprise?.match).toEqual("template");
      expect((await adapter.stream(greet("Anna"))).text).toEqual("Done: Greet Anna, please");
      expect(adapter.modelCalls()).toEqual(1);
    });
  });

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
        const { adapter } = setup(({ index }) => ({ reply: { role: "assistant", content: `cut ${index}` }, finishReason: "length" }));
        await adapter[mode]({ messages: hello });
        expect((await adapter[mode]({ messages: hello })).text).toEqual("cut 1");
      });
    }

    it("a stream that fails on its way", async () => {
      const { adapter } = setup(({ index }) => (index === 0 ? { error: failure, partial: "Hel" } : says("Hello!")));
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
      return createCache({ store: { get: fail, getMany: fail, set: fail, delete: fail, on: () => undefined } });
    };
    for (const [what, make] of [
      ["the cache", broken],
      ["its store", brokenStore],
    ] as const) {
      it(`the model answers, though ${what} is broken`, async () => {
        const { adapter } = setup(() => says("still here"), make());
        expect((await adapter.invoke({ messages: hello })).text).toEqual("still here");
        expect((await adapter.stream({ messages: [{ role: "user", content: "other" }] })).text).toEqual("still here");
        expect(adapter.modelCalls()).toEqual(2);
      });
    }
  });

  if (driver.capabilities.coalescing) {
    describe(`${driver.name}: identical requests in flight`, () => {
      it("share one model call, plain and streamed", async () => {
        const { adapter } = setup(async ({ index }) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return says(`answer ${index}`);
        });
        const modes = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? "invoke" : "stream") as "invoke" | "stream");
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
        expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.text : "failed")).sort()).toEqual([
          "failed",
          "recovered",
          "recovered",
          "recovered",
        ]);
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
}
