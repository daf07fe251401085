import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { inducer } from "../../../adapters/langchain/index.js";
import { INDUCTION_REQUEST } from "../../support/induction-request.js";

function scripted(type: string) {
  const asked: { schema: unknown; config: unknown; messages: BaseMessage[]; signal: unknown }[] = [];
  const model = {
    _llmType: () => type,
    withStructuredOutput: (schema: unknown, config: unknown) => ({
      invoke: async (messages: BaseMessage[], { signal }: { signal: unknown }) => {
        asked.push({ schema, config, messages, signal });
        const usage_metadata = { input_tokens: 5, output_tokens: 2, total_tokens: 7 };
        const raw = Object.assign(new AIMessage(""), { usage_metadata });
        return { raw, parsed: { spans: [] } };
      },
    }),
  };
  return { asked, model };
}

describe("a chat model of LangChain that helps to learn", () => {
  it("is asked for structured output, with the raw message beside it for its tokens", async () => {
    const { asked, model } = scripted("openai");
    expect(await inducer(model)(INDUCTION_REQUEST)).toEqual({
      value: { spans: [] },
      usage: { inputTokens: 5, outputTokens: 2 },
    });
    expect(asked[0]).toMatchObject({
      schema: { title: "identify", type: "object" },
      config: { name: "identify", includeRaw: true },
      signal: INDUCTION_REQUEST.signal,
    });
    expect(asked[0]?.messages.map((message) => [message.type, typeof message.content])).toEqual([
      ["system", "string"],
      ["human", "string"],
    ]);
  });

  it("has its instructions marked for the prompt cache where it is Anthropic's", async () => {
    const { asked, model } = scripted("anthropic");
    await inducer(model)(INDUCTION_REQUEST);
    expect(asked[0]?.messages[0]?.content).toEqual([
      { type: "text", text: "Find data.", cache_control: { type: "ephemeral" } },
    ]);
  });

  it("is refused at once if it is none", () => {
    for (const wrong of [undefined, {}, "gpt"])
      expect(() => inducer(wrong as never)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  });
});
