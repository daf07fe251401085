import { describe, expect, it } from "vitest";
import { inducer } from "../../../adapters/openai/index.js";
import { INDUCTION_REQUEST } from "../../support/induction-request.js";

function client(completion: unknown) {
  const asked: [body: unknown, options: unknown][] = [];
  const create = async (body: unknown, options: unknown) => {
    asked.push([body, options]);
    return completion;
  };
  return { asked, client: { chat: { completions: { create } } } as never };
}

describe("a client of OpenAI's API that helps to learn", () => {
  it("asks for a strict schema, and keeps each agent's prompts together in the provider's cache", async () => {
    const made = client({
      choices: [{ message: { content: '{"spans":[]}' } }],
      usage: { prompt_tokens: 8, completion_tokens: 3 },
    });
    const induce = inducer(made.client, {
      model: "gpt-x",
      body: { reasoning_effort: "low", model: "other" },
    });
    expect(await induce(INDUCTION_REQUEST)).toEqual({
      model: "gpt-x",
      value: { spans: [] },
      usage: { inputTokens: 8, outputTokens: 3 },
    });
    expect(made.asked[0]).toEqual([
      {
        reasoning_effort: "low",
        model: "gpt-x",
        messages: [
          { role: "system", content: "Find data." },
          { role: "user", content: expect.any(String) },
        ],
        response_format: {
          type: "json_schema",
          json_schema: { name: "identify", schema: { type: "object" }, strict: true },
        },
        prompt_cache_key: "reprise-identify",
      },
      { signal: INDUCTION_REQUEST.signal },
    ]);
  });

  it("gives what a provider leaves out as nothing", async () => {
    expect(await inducer(client({}).client, { model: "m" })(INDUCTION_REQUEST)).toEqual({
      model: "m",
      value: undefined,
      usage: undefined,
    });
  });

  it("is refused at once if it is none, or has no model's name", () => {
    const bad = expect.objectContaining({ code: "BAD_OPTION" });
    expect(() => inducer({} as never, { model: "m" })).toThrow(bad);
    expect(() => inducer(client({}).client, { model: "" })).toThrow(bad);
    expect(() => inducer(client({}).client, {} as never)).toThrow(bad);
  });
});
