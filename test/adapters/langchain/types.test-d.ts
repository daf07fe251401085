import type { ChatAnthropic } from "@langchain/anthropic";
import type { ChatDeepSeek } from "@langchain/deepseek";
import type { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import type { ChatOllama } from "@langchain/ollama";
import type { AzureChatOpenAI, ChatOpenAI } from "@langchain/openai";
import { createAgent } from "langchain";
import { createCache } from "reprise";
import { RepriseCache, type RepriseCallOptions, repriseMiddleware, withReprise } from "reprise/langchain";
import { describe, expectTypeOf, it } from "vitest";
import { counting, StreamingModel } from "./support.js";

const cache = createCache();
const model = new StreamingModel({ script: counting });

describe("types", () => {
  it("of a wrapped model are those of the model", () => {
    expectTypeOf(withReprise(model, cache)).toEqualTypeOf<StreamingModel>();
  });

  it("of an invocation's context know the options of a call", () => {
    const agent = createAgent({ model, tools: [], middleware: [repriseMiddleware(cache)] });
    type Context = NonNullable<NonNullable<Parameters<typeof agent.invoke>[1]>["context"]>;
    expectTypeOf<{ reprise: { bindings: { name: string; age: number }; read: false } }>().toExtend<Context>();
    expectTypeOf<{ reprise: { bindings: { name: { nested: 1 } } } }>().not.toExtend<Context>();
    expectTypeOf<{ tenant: string }>().toExtend<Context>();
  });

  it("of a call's options know ours, with every provider's class", () => {
    const reprise: RepriseCallOptions = { bindings: { name: "Erik" }, read: false };
    type OptionsOf<Model extends { invoke(...args: never[]): unknown }> = NonNullable<
      Parameters<Model["invoke"]>[1]
    >;
    expectTypeOf({ reprise }).toExtend<OptionsOf<ChatOpenAI>>();
    expectTypeOf({ reprise }).toExtend<OptionsOf<AzureChatOpenAI>>();
    expectTypeOf({ reprise }).toExtend<OptionsOf<ChatAnthropic>>();
    expectTypeOf({ reprise }).toExtend<OptionsOf<ChatOllama>>();
    expectTypeOf({ reprise }).toExtend<OptionsOf<ChatGoogleGenerativeAI>>();
    expectTypeOf({ reprise }).toExtend<OptionsOf<ChatDeepSeek>>();
    expectTypeOf<{ reprise: { bindngs: object } }>().not.toExtend<OptionsOf<ChatOpenAI>>();
  });

  it("of options name what exists", () => {
    // @ts-expect-error: no such option
    withReprise(model, cache, { ttl: 1 });
    // @ts-expect-error: no such option
    new RepriseCache(cache, { handlers: [] });
  });
});
