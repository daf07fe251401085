import { createAgent } from "langchain";
import { createCache } from "reprise";
import { RepriseCache, repriseMiddleware, withReprise } from "reprise/langchain";
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

  it("of options name what exists", () => {
    // @ts-expect-error: no such option
    withReprise(model, cache, { ttl: 1 });
    // @ts-expect-error: no such option
    new RepriseCache(cache, { handlers: [] });
  });
});
