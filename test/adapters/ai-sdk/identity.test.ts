/** Whose reply may answer for whose, by the providers' own models. */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type LanguageModel, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { identityOf } from "../../../adapters/ai-sdk/identity.js";

const apiKey = "sk-canary";

/** A model of OpenAI's provider whose server says its own name. */
function answering(baseURL: string) {
  const fetch = async () =>
    Response.json({
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "gpt-4o",
      choices: [{ index: 0, message: { role: "assistant", content: baseURL }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  return createOpenAI({ apiKey, baseURL, fetch: fetch as never }).chat("gpt-4o");
}

describe("two servers with one provider's name and one model's", () => {
  const ask = async (model: LanguageModel) =>
    (await generateText({ model, prompt: "Who are you?", maxRetries: 0 })).text;

  it("give each its own replies", async () => {
    const middleware = repriseMiddleware(createCache({ auditRate: 0 }));
    const [one, two] = ["http://one.test/v1", "http://two.test/v1"].map((url) =>
      wrapLanguageModel({ model: answering(url), middleware }),
    );
    const texts = [
      await ask(one as LanguageModel),
      await ask(two as LanguageModel),
      await ask(one as LanguageModel),
    ];
    expect(texts).toEqual(["http://one.test/v1", "http://two.test/v1", "http://one.test/v1"]);
  });

  it("share them when they are given one name", async () => {
    const middleware = repriseMiddleware(createCache({ auditRate: 0 }), { model: "ours" });
    const [one, two] = ["http://one.test/v1", "http://two.test/v1"].map((url) =>
      wrapLanguageModel({ model: answering(url), middleware }),
    );
    expect([await ask(one as LanguageModel), await ask(two as LanguageModel)]).toEqual([
      "http://one.test/v1",
      "http://one.test/v1",
    ]);
  });
});

describe("the identity of a model", () => {
  it("is where it is asked and on whose behalf, without secrets", () => {
    const of = (settings: object) => identityOf(createOpenAI({ apiKey, ...settings }).chat("gpt-4o"));
    expect(of({ baseURL: "http://one.test/v1" })).toEqual({ endpoint: "http://one.test/v1" });
    expect(of({ organization: "org-1", project: "p" })).toEqual({
      "openai-organization": "org-1",
      "openai-project": "p",
    });
    expect(JSON.stringify(of({ organization: "org-1", headers: { "x-key": apiKey } }))).not.toContain(
      "canary",
    );
  });

  it("is nothing where the name says it all, or a model tells nothing", () => {
    expect(identityOf(createOpenAI({ apiKey }).chat("gpt-4o"))).toBeUndefined();
    expect(identityOf(createOpenAI({ apiKey }).responses("gpt-4o"))).toBeUndefined();
    expect(identityOf(new MockLanguageModelV4())).toBeUndefined();
  });

  it("has every plain setting of a configuration, and survives one that throws", () => {
    const boom = () => {
      throw new Error("no key");
    };
    const config = {
      provider: "p",
      baseURL: boom,
      headers: boom,
      region: "eu",
      apiKey: "x",
      fetch: () => undefined,
    };
    expect(identityOf({ config })).toEqual({ region: "eu" });
  });
});
