import { describe, expect, it } from "vitest";
import { createFormatCheck } from "../../../adapters/ai-sdk/response-format.js";

const fits = createFormatCheck();
const says = (content: string) => ({ role: "assistant", content });
const person = {
  type: "json" as const,
  schema: {
    type: "object" as const,
    properties: { name: { type: "string" as const }, age: { type: "integer" as const } },
    required: ["name"],
    additionalProperties: false,
  },
};

describe("the format check", () => {
  it("asks nothing of plain text", () => {
    expect(fits(says("no JSON"), undefined)).toBe(true);
    expect(fits(says("no JSON"), { type: "text" })).toBe(true);
  });

  it("asks for JSON when a JSON format has no schema", () => {
    expect(fits(says("[1]"), { type: "json" })).toBe(true);
    expect(fits(says("[1"), { type: "json" })).toBe(false);
    expect(fits({ role: "assistant", content: null }, { type: "json" })).toBe(false);
  });

  it("asks the schema, each time the same way", () => {
    for (const _round of [1, 2]) {
      expect(fits(says('{"name":"Ann","age":3}'), person)).toBe(true);
      expect(fits(says('{"age":3}'), person)).toBe(false);
      expect(fits(says('{"name":"Ann","age":"3"}'), person)).toBe(false);
      expect(fits(says('{"name":"Ann","more":1}'), person)).toBe(false);
    }
  });

  it("reads the text of all text parts, and of those only", () => {
    const parts = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: '{"name":' },
      { type: "cited-text", text: '"Ann"}', citations: [] },
    ];
    expect(fits({ role: "assistant", content: parts }, person)).toBe(true);
  });

  it("lets tool calls pass: the text comes in a later step", () => {
    const tool_calls = [{ function: { name: "t", arguments: "{}" } }];
    expect(fits({ role: "assistant", content: "let me see", tool_calls }, person)).toBe(true);
  });

  it("takes a schema it cannot read on trust from a model, and on no account from a template", () => {
    const format = { type: "json" as const, schema: { not: { type: "string" as const } } };
    expect(fits(says("1"), format)).toBe(true);
    expect(fits(says("1"), format, true)).toBe(false);
    expect(fits(says("x"), format)).toBe(false);
  });

  it("still judges right after more schemas than it remembers", () => {
    for (let size = 0; size < 205; size++) {
      const format = { type: "json" as const, schema: { type: "array" as const, items: {}, minItems: size } };
      expect(fits(says("[]"), format)).toBe(size === 0);
    }
    expect(fits(says('{"age":3}'), person)).toBe(false);
  });
});
