import { BaseCache } from "@langchain/core/caches";
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { createCache, RepriseError } from "reprise";
import { RepriseCache, RepriseCallbackHandler } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { isAmbiguous } from "../../../adapters/langchain/cache.js";
import { counting, done, human, RecordingCache, repriseOf, StreamingModel } from "./support.js";

const image = (data: string) =>
  new HumanMessage({
    content: [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } },
    ],
  });

/** One model with the cache behind its `cache` option, with or without a handler beside it. */
function setup({ watched }: { watched: boolean }, cache = createCache()) {
  const handler = watched ? new RepriseCallbackHandler(cache) : undefined;
  const model = new StreamingModel({
    script: counting,
    cache: new RepriseCache(cache, { handler }),
    ...(handler && { callbacks: [handler] }),
  });
  const ask = async (...messages: BaseMessage[]) => {
    const { text } = await model.invoke(messages);
    await handler?.settled();
    return text;
  };
  return { model, ask, cache };
}

describe.each([{ watched: false }, { watched: true }])(
  "behind the cache option (handler beside it: $watched)",
  (how) => {
    it("serves what it was told, each time as a message of its own, without tokens", async () => {
      const { model, ask } = setup(how);
      expect(await ask(...human("Hi"))).toBe("answer 0");
      const hits = [await model.invoke("Hi"), await model.invoke("Hi")];
      expect(hits.map(({ text }) => text)).toEqual(["answer 0", "answer 0"]);
      expect(model.calls).toBe(1);
      expect(hits[0]).not.toBe(hits[1]);
      expect(hits[0]?.usage_metadata).toEqual({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
      expect(repriseOf(hits[0] as AIMessage)).toMatchObject({
        status: "hit",
        match: "exact",
        saved: { inputTokens: 7, outputTokens: 5 },
      });
    });

    it("tells other settings, tools and images apart", async () => {
      const { ask, model } = setup(how);
      await ask(...human("Hi"));
      expect((await model.invoke("Hi", { temperature: 1 })).text).toBe("answer 1");
      expect(
        (await model.invoke("Hi", { tools: [{ type: "function", function: { name: "f", parameters: {} } }] }))
          .text,
      ).toBe("answer 2");
      expect([await ask(image("AAAA")), await ask(image("BBBB"))]).toEqual(["answer 3", "answer 4"]);
    });

    it("is not fooled by a text that imitates roles", async () => {
      const { ask } = setup(how);
      expect(await ask(new HumanMessage("q"), new AIMessage("fake"), new HumanMessage("r"))).toBe("answer 0");
      expect(await ask(new HumanMessage("q\nAI: fake\nHuman: r"))).toBe("answer 1");
      expect(await ask(new HumanMessage({ content: "hi", name: "bob" }))).toBe("answer 2");
      expect(await ask(new HumanMessage("bob, hi"))).toBe("answer 3");
    });

    it("keeps the hit and the miss of a batch, in order", async () => {
      const { model, ask } = setup(how);
      await ask(...human("Hi"));
      expect((await model.batch(["New", "Hi"])).map(({ text }) => text)).toEqual(["answer 1", "answer 0"]);
    });

    it("fails open", async () => {
      const broken = {
        lookup: () => Promise.reject(new Error("down")),
        observe: () => Promise.reject(new Error("down")),
      };
      const { ask } = setup(how, broken as never);
      expect([await ask(...human("Hi")), await ask(...human("Hi"))]).toEqual(["answer 0", "answer 1"]);
    });

    it("learns nothing that was cut off", async () => {
      const cache = createCache();
      const handler = how.watched ? new RepriseCallbackHandler(cache) : undefined;
      const fields = {
        cache: new RepriseCache(cache, { handler }),
        ...(handler && { callbacks: [handler] }),
      };
      const model = new StreamingModel({ script: () => ({ content: "Hel", ...done("length") }), ...fields });
      await model.invoke("Hi");
      await handler?.settled();
      await model.invoke("Hi");
      expect(model.calls).toBe(2);
    });
  },
);

describe("with a handler beside it", () => {
  it("serves whole conversations and images, which LangChain's own text does not tell apart", async () => {
    const { ask, model } = setup({ watched: true });
    const conversation = [
      new SystemMessage("Be kind."),
      new HumanMessage("q"),
      new AIMessage("a"),
      image("AAAA"),
    ];
    expect([await ask(...conversation), await ask(...conversation)]).toEqual(["answer 0", "answer 0"]);
    expect(model.calls).toBe(1);
  });

  it("serves nothing when two different conversations in flight look the same", async () => {
    const cache = createCache();
    const handler = new RepriseCallbackHandler(cache);
    const reprise = new RepriseCache(cache, { handler });
    const start = (messages: BaseMessage[], run: string) =>
      handler.handleChatModelStart(
        { lc: 1, type: "not_implemented", id: [] },
        [messages],
        run,
        undefined,
        {},
        [],
        {},
      );
    start(human("q\nAI: a"), "1");
    expect(handler.inFlight("Human: q\nAI: a").length).toBe(1);
    start([new HumanMessage("q"), new AIMessage("a")], "2");
    expect(handler.inFlight("Human: q\nAI: a").length).toBe(2);
    expect(await reprise.lookup("Human: q\nAI: a", "")).toBeNull();
    handler.handleLLMError(new Error("x"), "1");
    expect(handler.inFlight("Human: q\nAI: a").length).toBe(1);
  });

  it("serves templates", async () => {
    const cache = createCache({ policy: "eager", auditRate: 0 });
    const handler = new RepriseCallbackHandler(cache);
    const fields = { cache: new RepriseCache(cache, { handler }), callbacks: [handler] };
    const model = new StreamingModel({
      script: ({ messages }) => ({ content: `Done: ${messages[0]?.text}`, ...done() }),
      ...fields,
    });
    const greet = async (name: string) => {
      const { text } = await model.invoke(`Greet ${name}, please`, { reprise: { bindings: { name } } });
      await handler.settled();
      return text;
    };
    expect([await greet("Erik"), await greet("Anna")]).toEqual([
      "Done: Greet Erik, please",
      "Done: Greet Anna, please",
    ]);
    expect(model.calls).toBe(1);
  });
});

describe("without a handler", () => {
  it("learns no templates from a text of unknown structure, and keeps nothing of the model's key", async () => {
    const cache = new RecordingCache();
    const reprise = new RepriseCache(cache, { scope: "acme", bindings: { name: "Erik" }, model: "m" });
    const reply = [{ text: "Hello", message: new AIMessage({ content: "Hello", ...done() }) }];
    await reprise.update("Human: Hi", 'apiKey:"sk-canary-4711"', reply);
    await reprise.lookup("Human: Hi", 'apiKey:"sk-canary-4711"');
    expect(cache.observed[0]).toMatchObject({
      request: { model: "m", bindings: { name: "Erik" }, induce: false },
      reply: { content: "Hello" },
    });
    expect(cache.lookups[0]).toEqual(cache.observed[0]?.request);
    expect(cache.lookups[0]?.scope).toContain("acme");
    expect(JSON.stringify(cache.lookups)).not.toContain("canary");
  });

  it("keeps no reply but a single message of the model", async () => {
    const cache = new RecordingCache();
    const reprise = new RepriseCache(cache);
    const message = new AIMessage({ content: "Hello", ...done() });
    await reprise.update("Human: Hi", "", [{ text: "Hello" }]);
    await reprise.update("Human: Hi", "", [
      { text: "Hello", message },
      { text: "Hello", message },
    ] as never);
    expect(cache.observed).toEqual([]);
  });

  it.each([
    ["Human: Hi there", false],
    ["Human: two\nlines", false],
    ["System: Be kind.\nHuman: Hi", true],
    ["Human: q\nAnn: hi", true],
    ["Human: q\n: hi", true],
    ["Human: What is this?[image]", true],
    ["Human: bob, hi", true],
  ])("%j is ambiguous: %s", (prompt, ambiguous) => {
    expect(isAmbiguous(prompt)).toBe(ambiguous);
  });
});

describe("RepriseCache", () => {
  it("is a cache of LangChain, and refuses options nobody knows", () => {
    expect(new RepriseCache(createCache())).toBeInstanceOf(BaseCache);
    expect(() => new RepriseCache(createCache(), { ttl: 1 } as never)).toThrow(RepriseError);
  });
});
