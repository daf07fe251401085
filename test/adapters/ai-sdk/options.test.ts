import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { RepriseError } from "reprise";
import { describe, expect, it } from "vitest";
import { readCallOptions, resolveOptions, stripCallOptions } from "../../../adapters/ai-sdk/options.js";

const params = (providerOptions?: unknown): LanguageModelV4CallOptions => ({
  prompt: [],
  ...(providerOptions !== undefined && { providerOptions: providerOptions as never }),
});

describe("the middleware's options", () => {
  it("have defaults", () => {
    const settings = resolveOptions();
    expect(settings.coalesce).toBe(true);
    expect(settings.scope(params())).toBeUndefined();
    expect(settings.bindings).toBeUndefined();
    expect(settings.generateId()).not.toBe(settings.generateId());
    expect(settings.now()).toBeGreaterThan(1_700_000_000_000);
    expect(() => settings.onFault(new Error("x"))).not.toThrow();
  });

  it("are taken as given, and undefined never overrides a default", () => {
    expect(resolveOptions({ scope: "acme" }).scope(params())).toBe("acme");
    expect(resolveOptions({ scope: (call) => String(call.seed) }).scope({ ...params(), seed: 4 })).toBe("4");
    expect(resolveOptions({ coalesce: undefined }).coalesce).toBe(true);
    expect(resolveOptions({ coalesce: false }).coalesce).toBe(false);
  });

  it("shield the call from a fault listener that throws", () => {
    const settings = resolveOptions({
      onFault: () => {
        throw new Error("listener");
      },
    });
    expect(() => settings.onFault(new Error("x"))).not.toThrow();
  });

  it.each([
    [{ colaesce: true }, 'unknown option "colaesce"'],
    [{ coalesce: "yes" }, 'option "coalesce" must be a boolean'],
    [{ scope: 5 }, 'option "scope" must be a string or a function'],
    [{ bindings: ["x"] }, 'option "bindings" must be a record'],
    [{ bindings: { a: {} } }, 'option "bindings" must be a record'],
    [{ now: 5 }, 'option "now" must be a function'],
  ])("are refused by name: %j", (options, message) => {
    const attempt = () => resolveOptions(options as never);
    expect(attempt).toThrow(RepriseError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow("BAD_OPTION");
  });
});

describe("a call's options", () => {
  it("are read from providerOptions.reprise", () => {
    const given = { bindings: { name: "Erik", n: 3, ok: true }, scope: "s", read: false, write: false, induce: false };
    expect(readCallOptions(params({ reprise: given }))).toEqual({ ok: true, options: given });
    expect(readCallOptions(params())).toEqual({ ok: true, options: {} });
    expect(readCallOptions(params({ openai: {} }))).toEqual({ ok: true, options: {} });
  });

  it("keep a variable called __proto__", () => {
    const read = readCallOptions(params({ reprise: JSON.parse('{"bindings":{"__proto__":"x"}}') }));
    expect(read.ok && Object.keys(read.options.bindings ?? {})).toEqual(["__proto__"]);
  });

  it.each([
    [{ bindngs: {} }, 'unknown option "bindngs"'],
    [{ read: "no" }, 'option "read" must be a boolean'],
    [{ scope: 1 }, 'option "scope" must be a string'],
    [{ bindings: { a: null } }, 'option "bindings" must be a record'],
    ["x", "providerOptions.reprise must be an object"],
    [null, "providerOptions.reprise must be an object"],
  ])("are refused, not thrown: %j", (given, message) => {
    const read = readCallOptions(params({ reprise: given }));
    expect(!read.ok && read.error.message).toContain(message);
  });

  it("are taken out of the call", () => {
    const call = params({ reprise: { read: false }, openai: { user: "u" } });
    expect(stripCallOptions(call)).toEqual({ prompt: [], providerOptions: { openai: { user: "u" } } });
    expect(stripCallOptions(params({ reprise: null }))).toEqual({ prompt: [] });
    expect(stripCallOptions(params({ openai: {} }))).toEqual({ prompt: [], providerOptions: { openai: {} } });
    expect(call.providerOptions).toHaveProperty("reprise");
  });
});
