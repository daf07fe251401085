/** A language model of the AI SDK as one that helps to learn. */
import type { LanguageModelV4, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { type InductionModel, RepriseError } from "reprise";
import { induced, type Said, usageOf } from "../shared/inducer.js";
import type { ExplainedModel } from "./options.js";

/** What a provider's model counts: plain numbers (AI SDK 6, V2), or by sort (V3, V4). */
type Tokens = number | { readonly total?: number | undefined } | undefined;

/**
 * Makes the `model` of `createCache`'s `induction` from a language model of any provider of the AI SDK, 6 or
 * 7, or from the id of one (`"openai/gpt-5-mini"`), which the SDK's default provider resolves. It asks for
 * structured output, without tools, and once more where the answer is not of the schema. The instructions
 * come first and are marked for Anthropic's prompt cache; other providers cache them by themselves.
 *
 * @throws RepriseError `BAD_OPTION` for what is no model.
 */
export function inducer(model: ExplainedModel | string): InductionModel {
  const isModel = typeof model === "object" && model !== null && "doGenerate" in model;
  if (!isModel && typeof model !== "string")
    throw new RepriseError(
      "BAD_OPTION",
      "inducer: the model must be a language model of the AI SDK, or its id",
    );
  let resolved: Promise<LanguageModelV4> | undefined;
  return (request) =>
    induced(request, async ({ system, turns }): Promise<Said> => {
      resolved ??=
        typeof model === "string" ? byId(model) : Promise.resolve(model as unknown as LanguageModelV4);
      const prompt: LanguageModelV4Prompt = [
        { role: "system", content: system, providerOptions: CACHED },
        ...turns.map(({ role, content }) => ({ role, content: [{ type: "text" as const, text: content }] })),
      ];
      const schema = request.schema as never;
      const { content, usage } = await (await resolved).doGenerate({
        prompt,
        abortSignal: request.signal,
        responseFormat: { type: "json", name: request.agent, schema },
        temperature: 0,
      });
      const { inputTokens, outputTokens } = usage as { inputTokens?: Tokens; outputTokens?: Tokens };
      return {
        text: content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(""),
        usage: usageOf(totalOf(inputTokens), totalOf(outputTokens)),
      };
    });
}

const CACHED = { anthropic: { cacheControl: { type: "ephemeral" } } };

function totalOf(tokens: Tokens): number | undefined {
  return typeof tokens === "object" ? tokens.total : tokens;
}

/** As the SDK resolves the id of a model. */
async function byId(id: string): Promise<LanguageModelV4> {
  const set = (globalThis as { AI_SDK_DEFAULT_PROVIDER?: { languageModel(id: string): unknown } })
    .AI_SDK_DEFAULT_PROVIDER;
  const provider = set ?? (await import("ai")).gateway;
  return provider.languageModel(id) as LanguageModelV4;
}
