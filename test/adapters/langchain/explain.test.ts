import { HumanMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { createCache } from "reprise";
import { explainCall, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { done, ScriptedModel } from "./support.js";

function setUp() {
  const cache = createCache({ policy: "eager", auditRate: 0 });
  const inner = new ScriptedModel({ script: () => ({ content: "The light is on.", ...done() }) });
  return { cache, inner, model: withReprise(inner, cache) };
}

const tool = { type: "function", function: { name: "switch", description: "Switches", parameters: { type: "object", properties: {} } } };

describe("explainCall", () => {
  it("tells of a call as LangChain has it, and asks no model", async () => {
    const { cache, inner, model } = setUp();
    await model.invoke("Switch on the light.");
    for (const input of ["Switch on the light.", [new HumanMessage("Switch on the light.")], [["human", "Switch on the light."]]]) {
      expect(explainCall(model, input as string).outcome).toBe("hit");
    }
    expect(explainCall(model, "Switch on the lamp.").nearest).toMatchObject({ message: 1, role: "user" });
    expect(explainCall(model, "Switch on the light.", { temperature: 1 } as object).nearest).toBeUndefined();
    expect([inner.calls, cache.stats().lookups]).toEqual([1, 1]);
  });

  it("sees what is bound to the model, and the parser behind it", async () => {
    const { model } = setUp();
    const bound = model.bindTools([tool]);
    await bound.invoke("Switch on the light.");
    expect(explainCall(bound, "Switch on the light.").outcome).toBe("hit");
    expect(explainCall(model, "Switch on the light.").outcome).toBe("miss");
    const chain = model.pipe(new StringOutputParser());
    await chain.invoke("Hello");
    expect(explainCall(chain, "Hello").outcome).toBe("hit");
    const value = await ChatPromptTemplate.fromMessages([["human", "{text}"]]).invoke({ text: "Hello" });
    expect(explainCall(chain, value).outcome).toBe("hit");
  });

  it("refuses what is not wrapped, wrong options, and what is no input", () => {
    const { inner, model } = setUp();
    expect(() => explainCall(inner, "hi")).toThrow(/withReprise/);
    expect(() => explainCall(model, "hi", { reprise: { scoop: "x" } as object })).toThrow(/unknown option "scoop"/);
    expect(() => explainCall(model, 5 as never)).toThrow(/must be a text/);
    expect(explainCall(model, "hi", { reprise: { scope: "acme" } })).toMatchObject({ outcome: "miss" });
  });

  it("a message says at once why it was not kept", async () => {
    const inner = new ScriptedModel({ script: () => ({ content: "The", ...done("length") }) });
    const { response_metadata } = await withReprise(inner, createCache()).invoke("hi");
    expect(response_metadata.reprise).toMatchObject({ status: "miss", refused: "finish-reason" });
  });
});
