import { type AIMessageChunk, HumanMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { createCache } from "reprise";
import { explainCall, withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { done, ON_OLDEST_CORE, ScriptedModel, StreamingModel } from "./support.js";

function setUp() {
  const cache = createCache({ policy: "eager", auditRate: 0 });
  const inner = new ScriptedModel({ script: () => ({ content: "The light is on.", ...done() }) });
  return { cache, inner, model: withReprise(inner, cache) };
}

const tool = {
  type: "function",
  function: { name: "switch", description: "Switches", parameters: { type: "object", properties: {} } },
};

describe("explainCall", () => {
  it("tells of a call as LangChain has it, and asks no model", async () => {
    const { cache, inner, model } = setUp();
    await model.invoke("Switch on the light.");
    for (const input of [
      "Switch on the light.",
      [new HumanMessage("Switch on the light.")],
      [["human", "Switch on the light."]],
    ]) {
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
    expect(() => explainCall(model, "hi", { reprise: { scoop: "x" } as object })).toThrow(
      /unknown option "scoop"/,
    );
    expect(() => explainCall(model, 5 as never)).toThrow(/must be a text/);
    expect(explainCall(model, "hi", { reprise: { scope: "acme" } })).toMatchObject({ outcome: "miss" });
  });

  it("a message says at once why it was not kept", async () => {
    const inner = new ScriptedModel({ script: () => ({ content: "The", ...done("length") }) });
    const { response_metadata } = await withReprise(inner, createCache()).invoke("hi");
    expect(response_metadata.reprise).toMatchObject({ status: "miss", refused: "finish-reason" });
  });

  it("a stream says in its last chunk why it was not kept, and its events in theirs", async () => {
    const inner = new StreamingModel({ script: () => ({ content: "The", ...done("length") }) });
    const model = withReprise(inner, createCache());
    const chunks: AIMessageChunk[] = [];
    for await (const chunk of await model.stream("hi")) chunks.push(chunk);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const whole = chunks.reduce((before, chunk) => before.concat(chunk));
    expect(whole.text).toBe("The");
    expect(whole.response_metadata.reprise).toMatchObject({
      status: "miss",
      reason: "unseen",
      refused: "finish-reason",
    });
    if (ON_OLDEST_CORE) return;
    const told = await model.streamEvents("hi");
    expect(told.response_metadata.reprise).toMatchObject({
      status: "miss",
      reason: "unseen",
      refused: "finish-reason",
    });
  });
});
