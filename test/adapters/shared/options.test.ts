import { createCache, RepriseError } from "reprise";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  checkOptions,
  commonFields,
  commonSettings,
  readCallOptions,
} from "../../../adapters/shared/options.js";

const cache = createCache();
const schema = z.strictObject(commonFields, "must be an object");
const WHERE = "providerOptions.reprise";

describe("the options of an adapter", () => {
  it.each([
    [{ colaesce: true }, 'unknown option "colaesce"'],
    [{ coalesce: "yes" }, 'option "coalesce" must be a boolean'],
    [{ scope: 5 }, 'option "scope" must be a string or a function'],
    [{ bindings: ["x"] }, 'option "bindings" must be a record'],
    [{ bindings: { a: {} } }, 'option "bindings" must be a record'],
    [{ mode: "shade" }, 'option "mode" must be "serve" or "shadow"'],
    [{ requireScope: 1 }, 'option "requireScope" must be a boolean'],
    [{ model: 1 }, 'option "model" must be a string'],
    [{ chunks: "letter" }, 'option "chunks" must be "whole", "word"'],
  ])("are refused by name: %j", (options, message) => {
    const attempt = () => checkOptions("adapter", cache, { options, schema });
    expect(attempt).toThrow(RepriseError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow("BAD_OPTION");
  });

  it("tell faults to the cache and to a listener, whose own faults stay its own", () => {
    const fresh = createCache();
    const settings = commonSettings(fresh, {
      onFault: () => {
        throw new Error("listener");
      },
    });
    expect(() => settings.onFault(new TypeError("x"))).not.toThrow();
    expect(fresh.stats().faults).toEqual({ adapter: 1 });
  });

  it("share no call in flight in shadow mode: a shared reply is a served one", () => {
    expect(commonSettings(cache, { mode: "shadow", coalesce: true }).coalesce).toBe(false);
  });
});

describe("the options of a call", () => {
  it("are given as they are", () => {
    const given = {
      bindings: { name: "Erik", n: 3, ok: true },
      scope: "s",
      read: false,
      write: false,
      induce: false,
    };
    expect(readCallOptions(WHERE, given)).toEqual({ options: given, warnings: [] });
    for (const none of [undefined, null])
      expect(readCallOptions(WHERE, none)).toEqual({ options: {}, warnings: [] });
  });

  it("keep a variable called __proto__", () => {
    const { options } = readCallOptions(WHERE, JSON.parse('{"bindings":{"__proto__":"x"}}'));
    expect(Object.keys(options.bindings ?? {})).toEqual(["__proto__"]);
  });

  it("pass over a binding without a value, and say so", () => {
    const { options, warnings } = readCallOptions(WHERE, { bindings: { a: undefined, b: "x" } });
    expect(options.bindings).toEqual({ b: "x" });
    expect(warnings).toEqual(['providerOptions.reprise: binding "a" has no value and binds nothing']);
  });

  it.each([
    [{ bindngs: {} }, 'unknown option "bindngs"'],
    [{ read: "no" }, 'option "read" must be a boolean'],
    [{ scope: 1 }, 'option "scope" must be a string'],
    [{ bindings: { a: null } }, 'option "bindings" must be a record'],
    ["x", "providerOptions.reprise must be an object"],
  ])("are refused by name: %j", (given, message) => {
    expect(() => readCallOptions(WHERE, given)).toThrow(message);
  });
});
