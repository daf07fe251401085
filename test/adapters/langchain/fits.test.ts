import type { Reply } from "reprise";
import { describe, expect, it } from "vitest";
import { fitsRequest } from "../../../adapters/langchain/fits.js";
import { toolNames } from "../../../adapters/langchain/tool-names.js";

const names = toolNames([]);
const text = (content: Reply["content"]): Reply => ({ role: "assistant", content: content ?? null });
const calling = (name: string, args: string): Reply => ({ role: "assistant", tool_calls: [{ function: { name, arguments: args } }] });
const scope = (settings?: Record<string, unknown>, parameters?: unknown) => ({
  model: "m",
  names,
  settings,
  tools: parameters === undefined ? undefined : [{ type: "function", function: { name: "add", parameters } }],
});
const format = (type: string, schema?: unknown) => ({
  response_format: { type, ...(schema !== undefined && { json_schema: { schema } }) },
});

describe("a reply", () => {
  it("fits where nothing is asked", () => {
    expect(fitsRequest(text("Hi"), scope())).toBe(true);
    expect(fitsRequest(text("Hi"), scope(format("text")))).toBe(true);
    expect(fitsRequest(calling("anything", "{}"), scope())).toBe(true);
  });

  it("must be JSON where JSON is asked, and fit the schema where there is one", () => {
    const schema = { type: "object", properties: { age: { type: "integer", minimum: 0 } }, required: ["age"] };
    expect(fitsRequest(text("{}"), scope(format("json_object")))).toBe(true);
    expect(fitsRequest(text("{"), scope(format("json_object")))).toBe(false);
    expect(fitsRequest(text('{"age":3}'), scope(format("json_schema", schema)))).toBe(true);
    expect(fitsRequest(text('{"age":-3}'), scope(format("json_schema", schema)))).toBe(false);
    expect(
      fitsRequest(
        text([
          { type: "reasoning", text: "Hm." },
          { type: "text", text: '{"age":3}' },
        ]),
        scope(format("json_schema", schema)),
      ),
    ).toBe(true);
    expect(fitsRequest(text(null), scope(format("json_schema", schema)))).toBe(false);
  });

  it("with calls must name offered tools and fit their parameters; its text is not the answer yet", () => {
    const parameters = { type: "object", properties: { unit: { enum: ["C", "F"] } }, additionalProperties: false };
    expect(fitsRequest(calling("add", '{"unit":"C"}'), scope(format("json_object"), parameters))).toBe(true);
    expect(fitsRequest(calling("add", '{"unit":"K"}'), scope(undefined, parameters))).toBe(false);
    expect(fitsRequest(calling("add", '{"other":1}'), scope(undefined, parameters))).toBe(false);
    expect(fitsRequest(calling("sub", "{}"), scope(undefined, parameters))).toBe(false);
    expect(fitsRequest(calling("add", "{"), scope(undefined, parameters))).toBe(false);
    expect(fitsRequest(calling("add", "{}"), scope(undefined, null))).toBe(true);
  });

  it("fits no schema that cannot be read", () => {
    expect(fitsRequest(text("{}"), scope(format("json_schema", { $ref: "https://elsewhere/schema" })))).toBe(false);
  });

  it("is judged by each of many schemas", () => {
    for (let limit = 0; limit < 300; limit++) {
      const asked = scope(format("json_schema", { type: "integer", maximum: limit }));
      expect([fitsRequest(text(String(limit)), asked), fitsRequest(text(String(limit + 1)), asked)]).toEqual([true, false]);
    }
  });
});
