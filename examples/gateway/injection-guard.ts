/**
 * A hook that refuses requests in which a tool's result gives the model orders. A list of phrases stops the plain
 * attempts and nothing more; a service or a model of your own can be asked in the same place.
 */
import type { GatewayHook, JsonObject } from "reprise/hooks";

const ORDERS = [
  /\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier)\b.{0,20}\b(?:instructions?|prompts?|rules)\b/is,
  /\byou are now\b.{0,40}\b(?:unrestricted|jailbroken|developer mode)\b/is,
  /\b(?:reveal|print|repeat|send)\b.{0,30}\b(?:system prompt|hidden instructions)\b/is,
];

export const hook = (options: JsonObject): GatewayHook => {
  const phrases = [...ORDERS, ...listOf(options.phrases).map((phrase) => new RegExp(phrase, "is"))];
  return {
    name: "injection-guard",
    request: (body) =>
      toolResults(body).some((text) => phrases.some((phrase) => phrase.test(text)))
        ? { refuse: { status: 400, message: "a tool's result holds instructions for the model" } }
        : undefined,
  };
};

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** What tools have returned, in the words of each API. */
function toolResults(body: JsonObject): string[] {
  const messages = [...records(body.messages), ...records(body.input)];
  return messages.flatMap((message) => {
    // Chat Completions: a message of the role `tool`; Responses: an item with an output.
    if (message.role === "tool" || message.type === "function_call_output")
      return [textOf(message.content ?? message.output)];
    // Messages: a block within what the user says.
    return records(message.content)
      .filter(({ type }) => type === "tool_result")
      .map(({ content }) => textOf(content));
  });
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

const records = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
