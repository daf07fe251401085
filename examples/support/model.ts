/**
 * The model of an example: OpenAI's when there is a key, a scripted one otherwise; its calls are counted
 * either way.
 */
import type { LanguageModelV4, LanguageModelV4Middleware } from "@ai-sdk/provider";
import { wrapLanguageModel } from "ai";
import { type Conversation, type Decision, scriptedModel } from "./scripted-model.ts";

/** A model and how often it was asked. */
export interface CountedModel {
  readonly model: LanguageModelV4;
  calls(): number;
}

/**
 * `gpt-5-mini` (or `OPENAI_MODEL`) with a key in `OPENAI_API_KEY`; without one, a scripted model that decides
 * by `decide`.
 */
export async function openModel(decide: (conversation: Conversation) => Decision): Promise<CountedModel> {
  let calls = 0;
  const counting: LanguageModelV4Middleware = {
    specificationVersion: "v4",
    wrapGenerate: ({ doGenerate }) => {
      calls++;
      return doGenerate();
    },
    wrapStream: ({ doStream }) => {
      calls++;
      return doStream();
    },
  };
  return {
    model: wrapLanguageModel({ model: await choose(decide), middleware: counting }),
    calls: () => calls,
  };
}

async function choose(decide: (conversation: Conversation) => Decision): Promise<LanguageModelV4> {
  if (!process.env.OPENAI_API_KEY) return scriptedModel(decide);
  const { openai } = await import("@ai-sdk/openai");
  return openai(process.env.OPENAI_MODEL ?? "gpt-5-mini");
}
