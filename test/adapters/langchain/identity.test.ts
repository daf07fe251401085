/** Whose reply may answer for whose: the models of real packages, and of users' own making. */
import { ChatAnthropic } from "@langchain/anthropic";
import { BaseChatModel, type BaseChatModelParams } from "@langchain/core/language_models/chat_models";
import { AIMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { ChatDeepSeek } from "@langchain/deepseek";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOllama } from "@langchain/ollama";
import { AzureChatOpenAI, ChatOpenAI } from "@langchain/openai";
import fc from "fast-check";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { human, RecordingCache } from "./support.js";

/** A model whose answer says which call of its own it was. */
function answering<Model extends BaseChatModel>(model: Model, answer = "answer"): Model {
  let calls = 0;
  model._generate = async () => {
    const message = new AIMessage(`${answer} ${calls++}`);
    return { generations: [{ text: message.text, message }] };
  };
  return model;
}

/** Who the cache takes a model for. */
async function scopeOf(model: BaseChatModel, options: Record<string, unknown> = {}): Promise<string> {
  const cache = new RecordingCache();
  await withReprise(answering(model), cache)._generate(human("Hi"), options as never);
  const { messages: _same, ...scope } = cache.lookups[0] ?? { messages: [] };
  return JSON.stringify(scope);
}

interface PersonaFields extends BaseChatModelParams {
  persona?: string;
  limits?: { words: number };
}

class Persona extends BaseChatModel {
  persona: string;
  asked = 0;

  constructor(readonly fields: PersonaFields) {
    super(fields);
    this.persona = fields.persona ?? "kind";
  }

  override _llmType(): string {
    return "persona";
  }

  override async _generate(): Promise<ChatResult> {
    this.asked++;
    const message = new AIMessage(`I am ${this.persona}`);
    return { generations: [{ text: message.text, message }] };
  }
}

/** The same fields, kept from the base class. */
class Secretive extends Persona {
  readonly mood: string;

  constructor(mood: string) {
    super({});
    this.mood = mood;
  }
}

const azure = {
  azureOpenAIApiKey: "k",
  azureOpenAIApiVersion: "v1",
  azureOpenAIApiInstanceName: "here",
  azureOpenAIApiDeploymentName: "d",
};
const key = { apiKey: "sk-canary" };

/** Each kind of model as it is usually made, and in ways that make another one of it. */
const KINDS: Record<
  string,
  { readonly usual: () => BaseChatModel; readonly others: Record<string, () => BaseChatModel> }
> = {
  AzureChatOpenAI: {
    usual: () => new AzureChatOpenAI(azure),
    others: {
      "another deployment": () => new AzureChatOpenAI({ ...azure, azureOpenAIApiDeploymentName: "e" }),
      "another instance": () => new AzureChatOpenAI({ ...azure, azureOpenAIApiInstanceName: "there" }),
      "another API version": () => new AzureChatOpenAI({ ...azure, azureOpenAIApiVersion: "v2" }),
      "another endpoint": () => new AzureChatOpenAI({ ...azure, azureOpenAIEndpoint: "https://e.test" }),
    },
  },
  ChatOpenAI: {
    usual: () => new ChatOpenAI({ model: "gpt-4o", ...key }),
    others: {
      "another organization": () =>
        new ChatOpenAI({ model: "gpt-4o", ...key, configuration: { organization: "org-2" } }),
      "another project": () => new ChatOpenAI({ model: "gpt-4o", ...key, configuration: { project: "p" } }),
      "another address": () =>
        new ChatOpenAI({ model: "gpt-4o", ...key, configuration: { baseURL: "http://other.test/v1" } }),
      "a header for another organization": () =>
        new ChatOpenAI({
          model: "gpt-4o",
          ...key,
          configuration: { defaultHeaders: { "OpenAI-Organization": "org-3" } },
        }),
      "other arguments to send": () =>
        new ChatOpenAI({ model: "gpt-4o", ...key, modelKwargs: { options: { seed: 1 } } }),
      "a user's own subclass": () => new (class Mine extends ChatOpenAI {})({ model: "gpt-4o", ...key }),
    },
  },
  ChatAnthropic: {
    usual: () => new ChatAnthropic({ model: "claude", ...key }),
    others: {
      "another address": () =>
        new ChatAnthropic({ model: "claude", ...key, anthropicApiUrl: "http://other.test" }),
      "another address of its client": () =>
        new ChatAnthropic({ model: "claude", ...key, clientOptions: { baseURL: "http://b.test" } }),
      thinking: () =>
        new ChatAnthropic({
          model: "claude",
          ...key,
          thinking: { type: "enabled", budget_tokens: 1024 },
          maxTokens: 2048,
        }),
    },
  },
  ChatOllama: {
    usual: () => new ChatOllama({ model: "llama" }),
    others: {
      "another seed": () => new ChatOllama({ model: "llama", seed: 1 }),
      "another topP": () => new ChatOllama({ model: "llama", topP: 0.5 }),
      "another numCtx": () => new ChatOllama({ model: "llama", numCtx: 99 }),
      "another server": () => new ChatOllama({ model: "llama", baseUrl: "http://gpu:11434" }),
    },
  },
  ChatGoogleGenerativeAI: {
    usual: () => new ChatGoogleGenerativeAI({ model: "gemini", ...key }),
    others: {
      "another address": () =>
        new ChatGoogleGenerativeAI({ model: "gemini", ...key, baseUrl: "http://other.test" }),
      "other safety settings": () =>
        new ChatGoogleGenerativeAI({
          model: "gemini",
          ...key,
          safetySettings: [
            { category: "HARM_CATEGORY_HARASSMENT" as never, threshold: "BLOCK_NONE" as never },
          ],
        }),
      "another topK": () => new ChatGoogleGenerativeAI({ model: "gemini", ...key, topK: 3 }),
    },
  },
  ChatDeepSeek: {
    usual: () => new ChatDeepSeek({ model: "deepseek-chat", ...key }),
    others: {
      "another address": () =>
        new ChatDeepSeek({ model: "deepseek-chat", ...key, configuration: { baseURL: "http://other.test" } }),
    },
  },
  "a class of a user's own": {
    usual: () => new Persona({ persona: "kind" }),
    others: {
      "another field": () => new Persona({ persona: "rude" }),
      "another number inside an argument": () => new Persona({ persona: "kind", limits: { words: 3 } }),
      "a subclass": () => new (class Other extends Persona {})({ persona: "kind" }),
    },
  },
  "a class that keeps its arguments to itself": {
    usual: () => new Secretive("calm"),
    others: { "another field": () => new Secretive("wild") },
  },
};

describe.each(Object.entries(KINDS))("%s", (_name, { usual, others }) => {
  it("is the same model when it is made again in the same way", async () => {
    const scope = await scopeOf(usual());
    expect(await scopeOf(usual())).toBe(scope);
    expect(scope).not.toContain("canary");
  });

  it.each(Object.keys(others))("is another model with %s", async (what) => {
    expect(await scopeOf(others[what]?.() as BaseChatModel)).not.toBe(await scopeOf(usual()));
  });
});

describe("two deployments behind one cache", () => {
  it("give each its own replies", async () => {
    const cache = createCache({ auditRate: 0 });
    const deployment = (name: string) => {
      const model = new AzureChatOpenAI({ ...azure, azureOpenAIApiDeploymentName: name });
      return withReprise(answering(model, name), cache);
    };
    const [small, large] = [deployment("small"), deployment("large")];
    expect((await small.invoke("Hi")).text).toBe("small 0");
    expect((await large.invoke("Hi")).text).toBe("large 0");
    expect((await small.invoke("Hi")).text).toBe("small 0");
  });

  it("share them when they bear one name", async () => {
    const cache = createCache({ auditRate: 0 });
    const named = { model: "our gpt" };
    const one = withReprise(answering(new AzureChatOpenAI(azure), "one"), cache, named);
    const two = withReprise(
      answering(new AzureChatOpenAI({ ...azure, azureOpenAIApiDeploymentName: "e" }), "two"),
      cache,
      named,
    );
    expect([(await one.invoke("Hi")).text, (await two.invoke("Hi")).text]).toEqual(["one 0", "one 0"]);
  });
});

describe("what a model counts or gathers", () => {
  it("is no part of who it is", async () => {
    const model = new Persona({ persona: "kind" });
    const wrapped = withReprise(model, createCache({ auditRate: 0 }));
    for (let call = 0; call < 3; call++) await wrapped.invoke("Hi");
    expect(model.asked).toBe(1);
    const list = withReprise(
      new FakeListChatModel({ responses: ["a", "b", "c"] }),
      createCache({ auditRate: 0 }),
    );
    const texts: string[] = [];
    for (const question of ["x", "y", "x", "y"]) texts.push((await list.invoke(question)).text);
    expect(texts).toEqual(["a", "b", "a", "b"]);
  });

  it("is no part of who it is in an argument that several models hold either", async () => {
    const cache = createCache({ auditRate: 0 });
    const log = { calls: 0 };
    class Counting extends Persona {
      override async _generate(): Promise<ChatResult> {
        log.calls++;
        return super._generate();
      }
    }
    for (let call = 0; call < 3; call++)
      await withReprise(new Counting({ log } as never), cache).invoke("Hi");
    expect(log.calls).toBe(1);
  });
});

describe("every setting that is sent", () => {
  const settings: Record<
    string,
    { make: (fields: object) => BaseChatModel; fields: Record<string, fc.Arbitrary<unknown>> }
  > = {
    ChatOpenAI: {
      make: (fields) => new ChatOpenAI({ model: "gpt-4o", ...key, ...fields }),
      fields: {
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        maxTokens: fc.nat(),
        frequencyPenalty: fc.double({ min: 0, max: 1, noNaN: true }),
        presencePenalty: fc.double({ min: 0, max: 1, noNaN: true }),
        logitBias: fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { minKeys: 1 }),
        stop: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        topLogprobs: fc.nat(),
        service_tier: fc.constantFrom("auto", "flex", "priority"),
        modelKwargs: fc.dictionary(
          fc.constantFrom("options", "version", "state", "seed", "top_k"),
          fc.nat(),
          { minKeys: 1 },
        ),
        model: fc.string({ minLength: 1 }),
      },
    },
    ChatOllama: {
      make: (fields) => new ChatOllama({ model: "llama", ...fields }),
      fields: {
        seed: fc.nat(),
        numCtx: fc.nat(),
        topK: fc.nat(),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        mirostat: fc.nat(),
        repeatPenalty: fc.double({ min: 0, max: 2, noNaN: true }),
        format: fc.constant("json"),
        keepAlive: fc.string({ minLength: 1 }),
        model: fc.string({ minLength: 1 }),
        baseUrl: fc.constantFrom("http://a", "http://b"),
      },
    },
    ChatAnthropic: {
      make: (fields) => new ChatAnthropic({ model: "claude", ...key, ...fields }),
      fields: {
        temperature: fc.double({ min: 0, max: 1, noNaN: true }),
        topK: fc.nat(),
        maxTokens: fc.integer({ min: 1, max: 9_999 }),
        stopSequences: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        invocationKwargs: fc.dictionary(fc.constantFrom("container", "version", "top_x"), fc.nat(), {
          minKeys: 1,
        }),
        anthropicApiUrl: fc.constantFrom("http://a", "http://b"),
        model: fc.string({ minLength: 1 }),
      },
    },
  };

  it.each(Object.entries(settings))("divides the scope of %s", async (_name, { make, fields }) => {
    const usual = await scopeOf(make({}));
    for (const [field, values] of Object.entries(fields)) {
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const probe = make({ [field]: value }) as unknown as Record<string, unknown>;
          // What the class itself does not take over is not sent.
          if (JSON.stringify(probe[field]) === JSON.stringify((make({}) as never)[field])) return;
          if (value === 0 || value === "") return;
          const scope = await scopeOf(make({ [field]: value })).catch(() => "refused");
          expect([field, value, scope === usual]).toEqual([field, value, false]);
        }),
        { numRuns: 15 },
      );
    }
  });
});
