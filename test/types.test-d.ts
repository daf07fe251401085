import Keyv from "keyv";
import {
  type Answer,
  type Cache,
  type CacheEvents,
  type CacheOptions,
  type CacheRequest,
  createCache,
  type ErrorCode,
  type Explanation,
  type Hit,
  type Message,
  type MissReason,
  type PrintOptions,
  type Reply,
  RepriseError,
  type Stats,
} from "reprise";
import { describe, expectTypeOf, it } from "vitest";

describe("the types of the public API", () => {
  it("a cache is made synchronously, from options that are all optional", () => {
    expectTypeOf(createCache).returns.toEqualTypeOf<Cache>();
    expectTypeOf(createCache()).toEqualTypeOf<Cache>();
    expectTypeOf({
      store: new Keyv(),
      policy: "eager" as const,
      ttl: undefined,
      guard: () => true,
    }).toExtend<CacheOptions>();
    expectTypeOf<CacheOptions["policy"]>().toEqualTypeOf<"exact" | "eager" | "verified" | undefined>();
    // @ts-expect-error unknown options are refused
    createCache({ polices: "eager" });
    // @ts-expect-error so are unknown policies
    createCache({ policy: "brave" });
    // @ts-expect-error a guard answers at once
    createCache({ guard: () => Promise.resolve(true) });
  });

  it("an answer is a hit, a miss or a bypass, told apart by its status", () => {
    const read = (answer: Answer): string => {
      if (answer.status === "hit") {
        expectTypeOf(answer).toEqualTypeOf<Hit>();
        expectTypeOf(answer.reply).toEqualTypeOf<Reply>();
        expectTypeOf(answer.bindings).toEqualTypeOf<Readonly<Record<string, string>>>();
        return answer.id;
      }
      if (answer.status === "miss") {
        expectTypeOf(answer.reason).toEqualTypeOf<MissReason>();
        expectTypeOf(answer.depth).toBeNumber();
      }
      // @ts-expect-error only a hit has a reply
      answer.reply;
      return answer.reason;
    };
    expectTypeOf(read).returns.toBeString();
    expectTypeOf<Cache["lookup"]>().returns.resolves.toEqualTypeOf<Answer>();
  });

  it("requests take the OpenAI shape and any further setting", () => {
    expectTypeOf<{
      messages: { role: "user"; content: string }[];
      model: string;
      seed: number;
    }>().toExtend<CacheRequest>();
    expectTypeOf<{
      role: "assistant";
      content: null;
      tool_calls: { id: string; type: "function"; function: { name: string; arguments: string } }[];
    }>().toExtend<Message>();
    expectTypeOf<{ model: string }>().not.toExtend<CacheRequest>();
    expectTypeOf<{ messages: []; bindings: { a: { nested: true } } }>().not.toExtend<CacheRequest>();
    expectTypeOf<{ messages: []; bindings: { a: string; b: number; c: boolean } }>().toExtend<CacheRequest>();
  });

  it("observe, feedback, settled, forget and close resolve to what they say", () => {
    expectTypeOf<Cache["observe"]>().parameter(0).toEqualTypeOf<CacheRequest>();
    expectTypeOf<Cache["observe"]>().parameter(1).toEqualTypeOf<Reply>();
    expectTypeOf<{ finishReason: "stop"; usage: { inputTokens: 1; outputTokens: 2 } }>().toExtend<
      Parameters<Cache["observe"]>[2]
    >();
    expectTypeOf<Cache["observe"]>().returns.resolves.toBeVoid();
    expectTypeOf<Cache["feedback"]>().parameter(1).toEqualTypeOf<"good" | "bad">();
    expectTypeOf<Cache["feedback"]>().returns.resolves.toBeBoolean();
    expectTypeOf<Cache["forget"]>().returns.resolves.toBeNumber();
    expectTypeOf<Cache["settled"]>().returns.resolves.toBeVoid();
    expectTypeOf<Cache["close"]>().returns.resolves.toBeVoid();
    expectTypeOf<Cache["explain"]>().returns.toEqualTypeOf<Explanation>();
    expectTypeOf<Cache["stats"]>().returns.toEqualTypeOf<Stats>();
    expectTypeOf<Cache["printTree"]>().returns.toBeString();
    expectTypeOf<Cache["printTree"]>().parameter(0).toEqualTypeOf<PrintOptions | undefined>();
    expectTypeOf<Cache["explain"]>().parameter(0).toEqualTypeOf<CacheRequest | string>();
  });

  it("events are typed by their name", () => {
    const cache = createCache();
    cache.on("miss", (event) => expectTypeOf(event).toEqualTypeOf<CacheEvents["miss"]>());
    cache.on("fault", ({ where }) => expectTypeOf(where).toEqualTypeOf<CacheEvents["fault"]["where"]>());
    expectTypeOf(cache.on("hit", () => {})).toEqualTypeOf<Cache>();
    // @ts-expect-error no such event
    cache.on("hits", () => {});
  });

  it("errors carry a code", () => {
    expectTypeOf<RepriseError["code"]>().toEqualTypeOf<ErrorCode>();
    const thrown: unknown = undefined;
    if (RepriseError.isInstance(thrown)) expectTypeOf(thrown).toEqualTypeOf<RepriseError>();
  });
});
