import { type CacheOptions, createCache, type Hit } from "reprise";
import { describe, expect, it } from "vitest";
import { Aside } from "../../../adapters/shared/aside.js";
import { type FrameworkCall, readCall } from "../../../adapters/shared/framework-call.js";
import { type CommonOptions, commonSettings } from "../../../adapters/shared/options.js";
import { passage } from "../../../adapters/shared/passage.js";

type Call = FrameworkCall<{ tenant?: string }, string, string>;

/** The smallest of frameworks: a call is a text, and so is what the model says. */
function callOf(text: string, own: Partial<Call> = {}): Call {
  return {
    of: {},
    given: undefined,
    givenWhere: "here",
    signal: undefined,
    toRequest: () => ({ messages: [{ role: "user", content: text }], model: "m" }),
    schemas: () => ({ tools: undefined, format: undefined }),
    toReplay: ({ reply }) => String(reply.content),
    toRecord: (outcome) =>
      outcome === "" ? "empty" : { reply: { role: "assistant", content: outcome }, details: {} },
    sample: async () => undefined,
    ...own,
  };
}

function setUp(
  options: CommonOptions<{ tenant?: string }> = {},
  cacheOptions: CacheOptions = { auditRate: 0 },
) {
  const cache = createCache(cacheOptions);
  const faults: unknown[] = [];
  const settings = commonSettings(cache, { onFault: (fault) => faults.push(fault), ...options });
  const go = (call: Call) => passage(cache, call, settings);
  /** Asks, and lets the model say this if it is asked. */
  const ask = async (call: Call, said: string) => {
    const way = await go(call);
    if (way.to === "replay") return { served: way.replay };
    if (way.to === "follow") throw new Error("nobody streams here");
    await way.answered(() => said);
    return { asked: said, metadata: way.metadata };
  };
  return { cache, settings, go, ask, faults };
}

describe("the request of a call", () => {
  const request = (own: Partial<Call>, options: CommonOptions<{ tenant?: string }> = {}) =>
    readCall(callOf("hi", own), commonSettings(createCache({ auditRate: 0 }), options)).request;

  it("keeps the adapter's scope when a call brings its own", () => {
    const scoped = (outer: string | undefined, own: string | undefined) =>
      request({ given: { scope: own } }, { scope: outer }).scope;
    expect(scoped("acme", undefined)).toBe("acme");
    expect(scoped(undefined, "fr")).toBe("fr");
    expect(scoped("acme", "fr")).not.toBe(scoped("umbrella", "fr"));
    expect(scoped("acme", "fr")).not.toBe(scoped("acme", "de"));
    expect(scoped("a", 'b","c')).not.toBe(scoped('a","b', "c"));
  });

  it("has the scope that a function reads from the call", () => {
    const options = { scope: ({ tenant }: { tenant?: string }) => tenant };
    expect(request({ of: { tenant: "acme" } }, options).scope).toBe("acme");
    expect(request({ of: {} }, options)).not.toHaveProperty("scope");
  });

  it("hands over bindings and opt-outs, a call's own bindings before the adapter's", () => {
    const given = { bindings: { b: "3" }, read: false, write: false, induce: false };
    const made = request({ given }, { bindings: { a: "1", b: "2" } });
    expect(made).toMatchObject({ bindings: { a: "1", b: "3" }, read: false, write: false, induce: false });
    expect(request({}, { bindings: { a: "1" } }).bindings).toEqual({ a: "1" });
    expect(request({ given: { bindings: { a: "1" } } }).bindings).toEqual({ a: "1" });
    expect(Object.keys(request({}))).toEqual(["messages", "model"]);
  });
});

describe("a passage", () => {
  it("leads to the model, then to what it said", async () => {
    const { ask } = setUp();
    expect(await ask(callOf("hi"), "one")).toMatchObject({
      asked: "one",
      metadata: { status: "miss", reason: "unseen" },
    });
    expect(await ask(callOf("hi"), "two")).toEqual({ served: "one" });
  });

  it("leads to the model past the cache, for the reason a call gives, which events and stats know", async () => {
    const { cache, ask, faults } = setUp();
    const toRequest = () => {
      throw new Aside("server-state");
    };
    const call = callOf("hi", { toRequest });
    expect(await ask(call, "one")).toMatchObject({ metadata: { status: "bypass", reason: "server-state" } });
    expect(await ask(call, "two")).toMatchObject({ asked: "two" });
    expect(cache.stats()).toMatchObject({ bypasses: { "server-state": 2 }, observed: 0 });
    expect(faults).toEqual([]);
  });

  it("tells a scope that throws as a fault, and shares nothing", async () => {
    const scope = () => {
      throw new TypeError("no tenant");
    };
    const { cache, ask, faults } = setUp({ scope });
    expect(await ask(callOf("hi"), "one")).toMatchObject({ metadata: { status: "bypass", reason: "fault" } });
    expect(await ask(callOf("hi"), "two")).toMatchObject({ asked: "two" });
    expect(faults).toHaveLength(2);
    expect(cache.stats()).toMatchObject({ faults: { adapter: 2 }, bypasses: { fault: 2 } });
  });

  it("refuses a call without a scope where one is required, and none that has one", async () => {
    const { cache, ask } = setUp({ requireScope: true, scope: ({ tenant }) => tenant });
    expect(await ask(callOf("hi"), "one")).toMatchObject({
      metadata: { status: "bypass", reason: "unscoped" },
    });
    await ask(callOf("hi", { of: { tenant: "a" } }), "for a");
    expect(await ask(callOf("hi", { of: { tenant: "a" } }), "?")).toEqual({ served: "for a" });
    expect(await ask(callOf("hi", { of: { tenant: "b" } }), "for b")).toMatchObject({ asked: "for b" });
    expect(await ask(callOf("hi", { given: { scope: "c" } }), "for c")).toMatchObject({
      metadata: { status: "miss" },
    });
    expect(cache.stats().bypasses).toEqual({ unscoped: 1 });
  });

  it("tells wrong options to the caller, and what was passed over", async () => {
    const { go } = setUp();
    const wrong = await go(callOf("hi", { given: { bindngs: {} } }));
    expect(wrong).toMatchObject({ to: "model", metadata: { status: "bypass", reason: "invalid" } });
    expect(wrong.to === "model" && wrong.warnings).toEqual([
      expect.stringContaining('unknown option "bindngs"'),
    ]);
    const unset = await go(callOf("hi", { given: { bindings: { a: undefined } } }));
    expect(unset).toMatchObject({
      to: "model",
      metadata: { status: "miss" },
      warnings: [expect.stringContaining('"a"')],
    });
  });

  it.each([
    ["what the framework has no word for", { toReplay: () => undefined }, "foreign"],
    ["what does not fit", { schemas: () => ({ tools: undefined, format: {} }) }, "format"],
  ])("does not serve %s", async (_what, own, reason) => {
    const { ask, cache } = setUp();
    await ask(callOf("hi"), "one");
    expect(await ask(callOf("hi", own), "two")).toMatchObject({ metadata: { status: "miss", reason } });
    expect(cache.stats()).toMatchObject({ hits: { exact: 0 }, misses: { [reason]: 1 } });
  });

  it("does not keep what it would not serve, and says why", async () => {
    const { ask, cache } = setUp();
    await ask(callOf("hi"), "");
    await ask(callOf("hi", { schemas: () => ({ tools: undefined, format: {} }) }), "no JSON");
    expect(cache.stats()).toMatchObject({ observed: 0, refused: { empty: 1, format: 1 } });
  });

  it("takes back what is rejected, a hit and what the model has just said", async () => {
    const { ask, cache } = setUp();
    const { metadata } = await ask(callOf("hi"), "one");
    expect(await cache.feedback(String(metadata?.id), "bad")).toBe(true);
    expect(await ask(callOf("hi"), "two")).toMatchObject({ asked: "two" });
    expect(await ask(callOf("hi"), "three")).toEqual({ served: "two" });
  });
});

describe("in shadow mode", () => {
  it("nothing is served, all is learned, and what would have been said is compared", async () => {
    const { ask, cache, go } = setUp({ mode: "shadow" });
    await ask(callOf("hi"), "one");
    const way = await go(callOf("hi"));
    expect(way).toMatchObject({
      to: "model",
      metadata: { status: "bypass", reason: "shadow", match: "exact" },
    });
    if (way.to === "model") await way.answered(() => "one");
    expect(await ask(callOf("hi"), "other")).toMatchObject({ asked: "other" });
    expect(cache.stats()).toMatchObject({
      hits: { exact: 0 },
      observed: 3,
      shadow: { agreed: 1, differed: 1 },
    });
  });

  it("says the same over a cache that knows nothing of it", async () => {
    const hit: Hit = {
      status: "hit",
      match: "exact",
      reply: { role: "assistant", content: "known" },
      bindings: {},
      template: "t",
      id: "a",
      age: 1,
    };
    const cache = { lookup: async () => hit, observe: async () => undefined };
    const way = await passage(cache, callOf("hi"), commonSettings(cache, { mode: "shadow" }));
    expect(way).toMatchObject({ to: "model", metadata: { status: "bypass", reason: "shadow" } });
  });
});
