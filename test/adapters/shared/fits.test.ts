import type { Reply } from "reprise";
import { describe, expect, it } from "vitest";
import { fits, type Schemas } from "../../../adapters/shared/fits.js";

const says = (content: Reply["content"]): Reply => ({ role: "assistant", content: content ?? null });
const calling = (name: string, args: string): Reply => ({
  role: "assistant",
  tool_calls: [{ function: { name, arguments: args } }],
});
const NOTHING: Schemas = { tools: undefined, format: undefined };
const format = (schema?: unknown): Schemas => ({ ...NOTHING, format: { schema } });
const offering = (parameters: unknown, strips = false): Schemas => ({
  ...NOTHING,
  tools: new Map([["add", { parameters, strips }]]),
});
const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 } },
  required: ["name"],
  additionalProperties: false,
};

describe("a text", () => {
  it("fits where nothing is asked", () => {
    expect(fits(says("no JSON"), NOTHING, false)).toBe(true);
  });

  it("must be JSON where JSON is asked", () => {
    expect(fits(says("[1]"), format(), false)).toBe(true);
    expect(fits(says("[1"), format(), false)).toBe(false);
    expect(fits(says(null), format(), false)).toBe(false);
  });

  it("must fit the schema where there is one, each time the same way", () => {
    for (const _round of [1, 2]) {
      expect(fits(says('{"name":"Ann","age":3}'), format(person), false)).toBe(true);
      for (const wrong of [
        '{"age":3}',
        '{"name":"Ann","age":"3"}',
        '{"name":"Ann","age":-3}',
        '{"name":"Ann","more":1}',
      ]) {
        expect([wrong, fits(says(wrong), format(person), false)]).toEqual([wrong, false]);
      }
    }
  });

  it("is that of all text parts, and of those only", () => {
    const parts = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: '{"name":' },
      { type: "cited-text", text: '"Ann"}', citations: [] },
    ];
    expect(fits(says(parts), format(person), false)).toBe(true);
  });

  it("beside calls is not the answer yet", () => {
    expect(fits({ ...calling("add", "{}"), content: "let me see" }, format(person), false)).toBe(true);
  });
});

describe("a call", () => {
  const parameters = {
    type: "object",
    properties: { unit: { enum: ["C", "F"] } },
    additionalProperties: false,
  };

  it("must name an offered tool and fit its parameters", () => {
    expect(fits(calling("add", '{"unit":"C"}'), offering(parameters), false)).toBe(true);
    expect(fits(calling("add", '{"unit":"K"}'), offering(parameters), false)).toBe(false);
    expect(fits(calling("sub", "{}"), offering(parameters), false)).toBe(false);
    expect(fits(calling("add", "{"), offering(parameters), false)).toBe(false);
    expect(fits(calling("add", '{"any":1}'), offering(undefined), false)).toBe(true);
  });

  it("is taken as it is where the tools are not known, if its arguments are JSON", () => {
    expect(fits(calling("anything", "{}"), NOTHING, false)).toBe(true);
    expect(fits(calling("anything", "{"), NOTHING, false)).toBe(false);
  });

  it("may have arguments that its tool passes over, at any depth, and no others", () => {
    expect(fits(calling("add", '{"unit":"C","more":1}'), offering(parameters), false)).toBe(false);
    expect(fits(calling("add", '{"unit":"C","more":1}'), offering(parameters, true), false)).toBe(true);
    expect(fits(calling("add", '{"unit":"K","more":1}'), offering(parameters, true), false)).toBe(false);
    const deep = {
      type: "object",
      properties: { list: { type: "array", items: parameters } },
      additionalProperties: false,
    };
    expect(fits(calling("add", '{"list":[{"unit":"C","more":1}]}'), offering(deep, true), false)).toBe(true);
  });
});

describe("a schema", () => {
  it("that cannot be read is taken on trust from a model, and on no account from a template", () => {
    for (const schema of [{ not: { type: "string" } }, { $ref: "https://elsewhere/schema" }]) {
      expect(fits(says("1"), format(schema), false)).toBe(true);
      expect(fits(says("1"), format(schema), true)).toBe(false);
      expect(fits(says("x"), format(schema), false)).toBe(false);
    }
  });

  it("still judges right after more schemas than are remembered", () => {
    for (let size = 0; size < 405; size++)
      expect(fits(says("[]"), format({ type: "array", items: {}, minItems: size }), false)).toBe(size === 0);
    expect(fits(says('{"age":3}'), format(person), false)).toBe(false);
  });
});
