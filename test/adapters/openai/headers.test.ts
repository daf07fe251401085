import { describe, expect, it } from "vitest";
import { BadHeader, readHeaders, toldHeaders } from "../../../adapters/openai/headers.js";

const given = (headers: Record<string, string>) => readHeaders(Object.entries(headers)).given;
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("request headers", () => {
  it("bind values, under either name", () => {
    for (const name of ["Reprise-Bindings", "butter-bindings"])
      expect(given({ [name]: '{"name":"Erik"}' })).toEqual({ bindings: { name: "Erik" } });
  });

  it("may hold what is typed into a terminal, and escapes", () => {
    expect(given({ "Reprise-Bindings": latin1('{"name":"Zoë 世"}') })).toEqual({
      bindings: { name: "Zoë 世" },
    });
    expect(given({ "Reprise-Bindings": '{"name":"Zo\\u00eb"}' })).toEqual({ bindings: { name: "Zoë" } });
    expect(given({ "Reprise-Bindings": '{"name":"Zoë"}' })).toEqual({ bindings: { name: "Zoë" } });
  });

  it("may bind a variable called __proto__", () => {
    const { bindings } = given({ "Reprise-Bindings": '{"__proto__":"x"}' }) as { bindings: object };
    expect(Object.entries(bindings)).toEqual([["__proto__", "x"]]);
  });

  it.each(["", "{", "[]", '"text"', "null", "1", '{"a":1}', '{"a":null}', '{"a":{"b":"c"}}', '{"a":["b"]}'])(
    "%s binds nothing, and is told of",
    (value) => {
      expect(() => given({ "Reprise-Bindings": value })).toThrow(BadHeader);
    },
  );

  it("switch learning of templates off", () => {
    expect(given({ "Butter-Disable-Induction": "true" })).toEqual({ induce: false });
    expect(given({ "Reprise-Induce": "false" })).toEqual({ induce: false });
    expect(given({ "Reprise-Induce": "true" })).toEqual({ induce: true });
    expect(() => given({ "Reprise-Induce": "yes" })).toThrow("Reprise-Induce must be true or false");
  });

  it("narrow a tenant by namespace and scope, which are told apart", () => {
    expect(given({ "Reprise-Scope": "a" })).toEqual({ scope: "a" });
    const both = [
      { "Reprise-Namespace": "a" },
      { "Reprise-Namespace": "a", "Reprise-Scope": "b" },
      { "Reprise-Namespace": "a", "Reprise-Scope": "" },
      { "Reprise-Scope": '["a",null]' },
    ].map((headers) => JSON.stringify(given(headers as Record<string, string>)));
    expect(new Set(both).size).toBe(4);
  });

  it("say what Cache-Control means", () => {
    const asked = readHeaders([
      ["Cache-Control", 'No-Cache, no-store , only-if-cached, max-age="60", unheard=1'],
    ]);
    expect(asked).toEqual({ given: { read: false, write: false }, onlyIfCached: true, maxAge: 60_000 });
  });

  it("that nobody knows are handed on, to be told of, and keys are not", () => {
    expect(given({ "Reprise-Bindngs": "{}", "Reprise-Auth": "Bearer x", "Butter-Auth": "Bearer y" })).toEqual(
      { "reprise-bindngs": "{}" },
    );
  });
});

it("reply headers hold no line break, whatever a warning quotes", () => {
  const saved = { inputTokens: 0, outputTokens: 0 };
  const told = toldHeaders({
    status: "miss",
    reason: "unseen",
    saved,
    warnings: ['a "b"\r\nSet-Cookie: x', "ü"],
  });
  expect(told["reprise-warning"]).toBe('"a ?b???Set-Cookie: x", "?"');
});
