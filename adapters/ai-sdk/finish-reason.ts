/** How the two good endings of a reply are written, by the AI SDK and in the cache. */
import type { LanguageModelV4FinishReason } from "@ai-sdk/provider";

// What providers call them. The cache knows these words, so a provider's own word survives.
const ENDINGS: ReadonlyMap<string, "stop" | "tool-calls"> = new Map([
  ["stop", "stop"],
  ["end_turn", "stop"],
  ["tool_calls", "tool-calls"],
  ["tool_use", "tool-calls"],
]);

/** The finish reason to record; `undefined` for every ending that is not learned. */
export function toFinishReason(reason: LanguageModelV4FinishReason | undefined): string | undefined {
  if (reason?.unified !== "stop" && reason?.unified !== "tool-calls") return undefined;
  if (reason.raw !== undefined && ENDINGS.get(reason.raw) === reason.unified) return reason.raw;
  return reason.unified === "stop" ? "stop" : "tool_calls";
}

/** A recorded finish reason as the AI SDK writes it, the provider's word in `raw` where it was kept. */
export function fromFinishReason(reason: string): LanguageModelV4FinishReason {
  return { unified: ENDINGS.get(reason) ?? "stop", raw: reason };
}
