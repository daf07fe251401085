/** Why a call to a wrapped model would be answered as it is. */
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { type BaseMessage, coerceMessageLikeToMessage, HumanMessage } from "@langchain/core/messages";
import { RunnableBinding, RunnableSequence } from "@langchain/core/runnables";
import { type Explanation, RepriseError } from "reprise";
import type { CallOptions } from "../shared/options.js";
import { isRecord } from "./plain.js";

/** The method of a wrapped model that explains a call to it. */
export const EXPLAIN: unique symbol = Symbol.for("reprise.langchain.explain") as never;

/** Explains a call as it reaches the model. */
export type Explain = (
  messages: readonly BaseMessage[],
  options: Readonly<Record<string, unknown>>,
) => Explanation;

/** What a call may carry: the options of `invoke`. */
export type ExplainedOptions = { readonly reprise?: CallOptions | undefined } & object;

/**
 * Why a call would be answered as it is: in a sentence, and each step of the way. Takes what `withReprise`
 * made (also with tools bound to it, with a structured output, or with a parser behind it), and what `invoke`
 * of it takes. Asks no model and changes nothing. Of a call that was made,
 * `cache.explain(message.response_metadata.reprise.id)` tells the same.
 *
 * @throws RepriseError `BAD_OPTION` for a model that is not wrapped, and for options of the call that are
 * wrong.
 */
export function explainCall(
  model: object,
  input: BaseLanguageModelInput,
  options: ExplainedOptions = {},
): Explanation {
  if (isExplaining(model))
    return model[EXPLAIN](messagesOf(input), options as Readonly<Record<string, unknown>>);
  if (RunnableBinding.isRunnableBinding(model)) {
    const { bound, config, kwargs } = model as RunnableBinding<unknown, unknown>;
    return explainCall(bound, input, { ...config, ...kwargs, ...options });
  }
  if (RunnableSequence.isRunnableSequence(model))
    return explainCall(model.steps[0] as object, input, options);
  throw new RepriseError(
    "BAD_OPTION",
    "explainCall: the model must be one that withReprise has made, or a chain that begins with it",
  );
}

function isExplaining(model: object): model is { readonly [EXPLAIN]: Explain } {
  return EXPLAIN in model;
}

function messagesOf(input: BaseLanguageModelInput): readonly BaseMessage[] {
  if (typeof input === "string") return [new HumanMessage(input)];
  if (Array.isArray(input)) return input.map(coerceMessageLikeToMessage);
  if (isRecord(input) && typeof input.toChatMessages === "function")
    return input.toChatMessages() as BaseMessage[];
  throw new RepriseError(
    "BAD_OPTION",
    "explainCall: the input must be a text, messages, or a prompt's value",
  );
}
