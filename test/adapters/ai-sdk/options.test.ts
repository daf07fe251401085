import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { createCache, RepriseError } from "reprise";
import { describe, expect, it } from "vitest";
import { resolveOptions, stripCallOptions } from "../../../adapters/ai-sdk/options.js";

const cache = createCache();
const params = (providerOptions?: unknown): LanguageModelV4CallOptions => ({
  prompt: [],
  ...(providerOptions !== undefined && { providerOptions: providerOptions as never }),
});

describe("the middleware's options", () => {
  it("have defaults, which undefined never overrides", () => {
    const settings = resolveOptions(cache, { coalesce: undefined });
    expect(settings).toMatchObject({
      coalesce: true,
      requireScope: false,
      mode: "serve",
      model: undefined,
      bindings: undefined,
    });
    expect(settings.scope(params())).toBeUndefined();
    expect(settings.generateId()).not.toBe(settings.generateId());
    expect(settings.now()).toBeGreaterThan(1_700_000_000_000);
  });

  it("are taken as given", () => {
    expect(resolveOptions(cache, { scope: "acme" }).scope(params())).toBe("acme");
    expect(
      resolveOptions(cache, { scope: (call) => String(call.seed) }).scope({ ...params(), seed: 4 }),
    ).toBe("4");
    expect(resolveOptions(cache, { coalesce: false }).coalesce).toBe(false);
  });

  it.each([
    [{ colaesce: true }, 'unknown option "colaesce"'],
    [{ now: 5 }, 'option "now" must be a function'],
  ])("are refused by name: %j", (options, message) => {
    const attempt = () => resolveOptions(cache, options as never);
    expect(attempt).toThrow(RepriseError);
    expect(attempt).toThrow(message);
  });

  it.each([[{}], [null], [undefined], [{ lookup: () => undefined }]])(
    "are refused beside what is no cache: %j",
    (given) => {
      expect(() => resolveOptions(given as never)).toThrow(
        "repriseMiddleware: the cache must be one made by createCache",
      );
    },
  );
});

describe("a call's options", () => {
  it("are taken out of the call", () => {
    const call = params({ reprise: { read: false }, openai: { user: "u" } });
    expect(stripCallOptions(call)).toEqual({ prompt: [], providerOptions: { openai: { user: "u" } } });
    expect(stripCallOptions(params({ reprise: null }))).toEqual({ prompt: [] });
    expect(stripCallOptions(params({ openai: {} }))).toEqual({ prompt: [], providerOptions: { openai: {} } });
    expect(call.providerOptions).toHaveProperty("reprise");
  });
});
