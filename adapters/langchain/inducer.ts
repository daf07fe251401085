/** A chat model of LangChain as one that helps to learn. */
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { type InductionModel, RepriseError } from "reprise";
import { induced, type Said, usageOf } from "../shared/inducer.js";

/** What it needs of a chat model: LangChain's own type is too narrow for some providers' classes. */
export interface StructuredModel {
  withStructuredOutput(schema: never, config?: never): unknown;
  _llmType?(): string;
}

interface Counted {
  readonly usage_metadata?: { readonly input_tokens: number; readonly output_tokens: number } | undefined;
}

interface Structured {
  invoke(
    messages: readonly BaseMessage[],
    config: { readonly signal: AbortSignal },
  ): Promise<{ readonly raw: BaseMessage; readonly parsed: unknown }>;
}

/**
 * Makes the `model` of `createCache`'s `induction` from a chat model with `withStructuredOutput`. It asks once
 * more where the answer is not of the schema. The instructions come first, and are marked for the prompt
 * cache where the model is Anthropic's.
 *
 * @throws RepriseError `BAD_OPTION` for what is no such model.
 */
export function inducer(model: StructuredModel): InductionModel {
  if (typeof (model as StructuredModel | undefined)?.withStructuredOutput !== "function")
    throw new RepriseError("BAD_OPTION", "inducer: the model must be a chat model of LangChain");
  const isAnthropic = model._llmType?.() === "anthropic";
  return (request) => {
    const { agent, schema, signal } = request;
    const structured = model.withStructuredOutput(
      { title: agent, ...schema } as never,
      { name: agent, includeRaw: true } as never,
    ) as Structured;
    return induced(request, async ({ system, turns }): Promise<Said> => {
      const instructions = isAnthropic
        ? [{ type: "text" as const, text: system, cache_control: { type: "ephemeral" } }]
        : system;
      const messages = [
        new SystemMessage({ content: instructions }),
        ...turns.map(({ role, content }) =>
          role === "user" ? new HumanMessage(content) : new AIMessage(content),
        ),
      ];
      const { raw, parsed } = await structured.invoke(messages, { signal });
      const { usage_metadata: usage } = raw as BaseMessage & Counted;
      return {
        value: parsed,
        text: typeof raw.content === "string" ? raw.content : JSON.stringify(raw.content),
        usage: usageOf(usage?.input_tokens, usage?.output_tokens),
      };
    });
  };
}
