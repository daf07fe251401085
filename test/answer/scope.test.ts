import { describe, expect, it } from "vitest";
import { Unfit } from "../../src/answer/normalise.js";
import { Scopes } from "../../src/answer/scope.js";
import type { CacheRequest } from "../../src/types.js";

const base: CacheRequest = {
  messages: [],
  scope: "s",
  model: "m",
  tools: [{ name: "t", parameters: { type: "object" } }],
  settings: { temperature: 0, seed: 1 },
};
const key = (request: Partial<CacheRequest>, namespace = "n"): string =>
  new Scopes(namespace).keyOf({ ...base, ...request });

describe("the scope of a request", () => {
  it.each<[string, Partial<CacheRequest>]>([
    ["its opaque scope", { scope: "t" }],
    ["no scope", { scope: undefined }],
    ["the model", { model: "m2" }],
    ["a tool's schema", { tools: [{ name: "t", parameters: { type: "string" } }] }],
    ["the order of tools", { tools: [...(base.tools as object[]), { name: "u" }] }],
    ["a setting", { settings: { temperature: 1, seed: 1 } }],
    ["a seed beyond what floats hold", { settings: { temperature: 0, seed: 9007199254740993n } }],
    ["a setting of next year", { creativity: "high" }],
    ["a response format", { response_format: { type: "json_object" } }],
    ["settings in a map", { settings: new Map([["temperature", 0]]) }],
    ["bytes", { settings: { key: new Uint8Array([1]).buffer } }],
  ])("is another for %s", (_, request) => {
    expect(key(request)).not.toBe(key({}));
  });

  it("tells maps, sets and bytes apart by their content, also from its memory", () => {
    const scopes = new Scopes("n");
    const settings = [
      new Map([["a", 1]]),
      new Map([["a", 2]]),
      new Set(["a"]),
      new Uint8Array([1]).buffer,
      new Uint8Array([2]).buffer,
      /a/,
      /b/,
      1n,
      2n,
    ];
    expect(new Set(settings.map((each) => scopes.keyOf({ ...base, settings: each }))).size).toBe(
      settings.length,
    );
    expect(new Set(settings.map((each) => scopes.keyOf({ ...base, settings: each }))).size).toBe(
      settings.length,
    );
  });

  it.each<[string, Partial<CacheRequest>]>([
    ["messages and bindings", { messages: [{ role: "user", content: "x" }], bindings: { a: "b" } }],
    ["what is asked of the cache", { read: false, write: false, induce: false }],
    [
      "transport",
      {
        stream: true,
        stream_options: {},
        signal: new AbortController().signal,
        abortSignal: {},
        headers: { "user-agent": "x" },
        metadata: { t: 1 },
        user: "u",
        store: true,
        timeout: 5,
        maxRetries: 2,
      },
    ],
    ["the order of keys", { settings: { seed: 1, temperature: 0 } }],
    ["what is undefined", { settings: { seed: 1, temperature: 0, top_p: undefined }, other: undefined }],
    ["functions", { tools: [{ name: "t", parameters: { type: "object" }, execute: () => 1 }] }],
  ])("is the same for %s", (_, request) => {
    expect(key(request)).toBe(key({}));
  });

  it("is another in another namespace, however names are cut", () => {
    expect(key({}, "a")).not.toBe(key({}, "b"));
    expect(key({ scope: "b c" }, "a")).not.toBe(key({ scope: "c" }, "a b"));
  });

  it("refuses what cannot be compared", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const settings of [cycle, new Blob([]), Promise.resolve()])
      expect(() => key({ settings })).toThrow(Unfit);
  });

  it("stays right when its memory is full", () => {
    const scopes = new Scopes("n");
    const keys = Array.from({ length: 2_000 }, (_, seed) => scopes.keyOf({ ...base, seed }));
    expect(new Set(keys).size).toBe(2_000);
    expect(scopes.keyOf({ ...base, seed: 0 })).toBe(keys[0]);
  });
});
