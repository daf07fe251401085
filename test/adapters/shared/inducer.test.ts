import { describe, expect, it } from "vitest";
import { type Conversation, induced, type Said, usageOf } from "../../../adapters/shared/inducer.js";
import { INDUCTION_REQUEST } from "../../support/induction-request.js";

/** What is asked and given, with a model that says these things one after the other. */
async function play(...script: readonly Said[]) {
  const asked: Conversation[] = [];
  const answer = await induced(INDUCTION_REQUEST, async (conversation) => {
    asked.push(conversation);
    return script[asked.length - 1] as Said;
  });
  return { asked, answer };
}

const usage = { inputTokens: 3, outputTokens: 1 };

describe("a question to a chat model", () => {
  it("is asked once where the answer is of the schema", async () => {
    const { asked, answer } = await play({ text: '{"spans": []}', usage });
    expect(asked).toEqual([
      { system: "Find data.", turns: [{ role: "user", content: expect.stringContaining('"hello"') }] },
    ]);
    expect(answer).toEqual({ value: { spans: [] }, usage });
  });

  it("takes what the framework has parsed, and JSON in a block of Markdown", async () => {
    expect((await play({ value: { spans: [] } })).answer.value).toEqual({ spans: [] });
    expect((await play({ text: '```json\n{"spans": []}\n```' })).answer.value).toEqual({ spans: [] });
  });

  it("is asked once more where it is not, with what was said and what is wrong with it; both are paid for", async () => {
    const { asked, answer } = await play({ text: '{"spans": 7}', usage }, { text: '{"spans": []}', usage });
    expect(asked[1]?.turns.map(({ role, content }) => [role, content.slice(0, 40)])).toEqual([
      ["user", asked[0]?.turns[0]?.content.slice(0, 40)],
      ["assistant", '{"spans": 7}'],
      ["user", "That is not of the schema: spans: Invali"],
    ]);
    expect(answer).toEqual({ value: { spans: [] }, usage: { inputTokens: 6, outputTokens: 2 } });
  });

  it("is given up after that: the core refuses what stays wrong", async () => {
    const { asked, answer } = await play({ text: "no" }, { text: "still no", usage });
    expect(asked).toHaveLength(2);
    expect(answer).toEqual({ value: undefined, usage });
  });

  it("counts tokens where the provider tells them", () => {
    expect(usageOf(1, 2)).toEqual({ inputTokens: 1, outputTokens: 2 });
    expect(usageOf(undefined, 2)).toBeUndefined();
  });
});
