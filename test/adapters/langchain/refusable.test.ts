/**
 * What a parser fails on is asked for anew: chains and structured output recover as they do on the bare
 * model.
 */
import { JsonOutputParser, StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import type { Runnable } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import { createCache } from "reprise";
import { reject, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { done, type Said, StreamingModel } from "./support.js";

/** A model that says these things, one a call, and then the last of them again. */
function saying(...texts: string[]): StreamingModel {
  return new StreamingModel({
    script: ({ index }): Said => ({ content: texts[index] ?? texts.at(-1) ?? "", ...done() }),
  });
}

const parser = new JsonOutputParser<{ n: number }>();
const strict = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new Error("no number");
  return Number(text);
};

describe.each([
  ["a bare model", (model: StreamingModel) => model] as const,
  ["a wrapped model", withCache] as const,
])("on %s", (_name, made) => {
  const chains: Record<string, (model: StreamingModel) => Runnable> = {
    "a parser": (model) => made(model).pipe(parser),
    "a parser and a step more": (model) =>
      made(model)
        .pipe(new StringOutputParser())
        .pipe((text: string) => JSON.parse(text)),
  };

  it.each(Object.entries(chains))("%s with retries recovers", async (_chain, make) => {
    const model = saying("no JSON", "nor this", '{"n":1}');
    expect(await make(model).withRetry({ stopAfterAttempt: 3 }).invoke("How many?")).toEqual({ n: 1 });
    expect(model.calls).toBe(3);
  });

  it("recovers when it is asked again by hand", async () => {
    const model = saying("many", "7");
    const chain = made(model).pipe(new StringOutputParser()).pipe(strict);
    await expect(chain.invoke("How many?")).rejects.toThrow("no number");
    expect(await chain.invoke("How many?")).toBe(7);
  });

  it("recovers in batches, each by itself", async () => {
    const model = saying("many", "7", "8", "9");
    const chain = made(model).pipe(new StringOutputParser()).pipe(strict);
    const results = await chain.batch(["a", "b"], {}, { returnExceptions: true });
    expect(results.map((result) => (result instanceof Error ? "failed" : result)).sort()).toEqual([
      7,
      "failed",
    ]);
  });
});

function withCache(model: StreamingModel): StreamingModel {
  return withReprise(model, createCache({ auditRate: 0 }));
}

describe("a reply that a later step refused", () => {
  it("is learned all the same when the step is content", async () => {
    const model = saying("7");
    const chain = withReprise(model, createCache({ auditRate: 0 }))
      .pipe(new StringOutputParser())
      .pipe(strict);
    expect([await chain.invoke("How many?"), await chain.invoke("How many?")]).toEqual([7, 7]);
    expect(model.calls).toBe(1);
  });

  it("is refused in a stream too", async () => {
    const model = saying("many", "7");
    const chain = withReprise(model, createCache({ auditRate: 0 }))
      .pipe(new StringOutputParser())
      .pipe(strict);
    const read = async () => {
      const found: unknown[] = [];
      for await (const item of await chain.stream("How many?")) found.push(item);
      return found;
    };
    await expect(read()).rejects.toThrow("no number");
    expect(await read()).toEqual([7]);
    expect(model.calls).toBe(2);
  });

  it("is not blamed for what fails on the way", async () => {
    const model = saying("7", "8");
    const fail = () => {
      throw Object.assign(new Error("busy"), { status: 429 });
    };
    const wrapped = withReprise(model, createCache({ auditRate: 0 }));
    await expect(wrapped.pipe(fail).invoke("How many?")).rejects.toThrow("busy");
    expect((await wrapped.invoke("How many?")).text).toBe("7");
  });

  it("is refused in a chain that was wrapped whole, with its prompt before it", async () => {
    const model = saying("many", '{"n":1}');
    const prompt = ChatPromptTemplate.fromTemplate("How many {what}?");
    const chain = withReprise(prompt.pipe(model).pipe(parser), createCache({ auditRate: 0 })).withRetry({
      stopAfterAttempt: 2,
    });
    expect(await chain.invoke({ what: "apples" })).toEqual({ n: 1 });
    expect(await chain.invoke({ what: "apples" })).toEqual({ n: 1 });
    expect(model.calls).toBe(2);
  });

  it("can be rejected by hand: by message, by what a run returned, by id", async () => {
    const cache = createCache({ auditRate: 0 });
    const model = saying("1", "2", "3", "4");
    const wrapped = withReprise(model, cache);
    const first = await wrapped.invoke("Hi");
    expect(await reject(cache, first)).toBe(true);
    const second = await wrapped.invoke("Hi");
    expect(await reject(cache, { messages: [second] })).toBe(true);
    const third = await wrapped.invoke("Hi");
    expect(await reject(cache, String((third.response_metadata.reprise as { id: string }).id))).toBe(true);
    expect((await wrapped.invoke("Hi")).text).toBe("4");
    expect(await reject(cache, {})).toBe(false);
  });
});

describe("structured output with a refinement", () => {
  const schema = z.object({ n: z.number().refine((n) => n > 10) });

  /** OpenAI's model over a server whose numbers grow. */
  function growing() {
    let calls = 0;
    const fetch = async () => {
      const called = { name: "extract", arguments: JSON.stringify({ n: calls++ * 6 }) };
      const message = {
        role: "assistant",
        content: null,
        tool_calls: [{ id: `call_${calls}`, type: "function", function: called }],
      };
      const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
      return Response.json({
        id: `c${calls}`,
        object: "chat.completion",
        created: 1,
        model: "gpt-4o",
        choices,
      });
    };
    const model = new ChatOpenAI({
      model: "gpt-4o",
      apiKey: "k",
      maxRetries: 0,
      configuration: { fetch: fetch as never },
    });
    return { structured: withReprise(model, createCache({ auditRate: 0 })), calls: () => calls };
  }

  it("is asked for again until it fits, and then kept", async () => {
    const { structured: model, calls } = growing();
    const structured = model.withStructuredOutput(schema, { method: "functionCalling" });
    await expect(structured.invoke("How many?")).rejects.toThrow();
    await expect(structured.invoke("How many?")).rejects.toThrow();
    expect(await structured.invoke("How many?")).toEqual({ n: 12 });
    expect(await structured.invoke("How many?")).toEqual({ n: 12 });
    expect(calls()).toBe(3);
  });

  it("is asked for again where the failure is told beside the raw reply", async () => {
    const { structured: model, calls } = growing();
    const structured = model.withStructuredOutput(schema, { method: "functionCalling", includeRaw: true });
    const parsed: unknown[] = [];
    for (let call = 0; call < 4; call++) parsed.push((await structured.invoke("How many?")).parsed);
    expect(parsed).toEqual([null, null, { n: 12 }, { n: 12 }]);
    expect(calls()).toBe(3);
  });
});
