/** How a provider's own class writes blocks and calls, for its parsers and users that read no other words. */
import type { ContentBlock } from "@langchain/core/messages";
import { isRecord } from "./plain.js";

/** A call of a replay. */
export interface ReplayedCall {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** In which of its provider's words a message's content is written. */
export interface Dialect {
  /**
   * Its calls stand among its content, as Anthropic writes them: the parser of its structured output reads
   * them there.
   */
  readonly toolUse?: boolean | undefined;
  /** Its calls stand among its content, as Google writes them. */
  readonly functionCall?: boolean | undefined;
  /** Its reasoning is called thinking. */
  readonly thinking?: boolean | undefined;
  /** Its text is a list of blocks, even where it is one alone. */
  readonly list?: boolean | undefined;
}

/** The dialect of a message that the model gave. */
export function dialectOf(content: unknown): Dialect {
  if (!Array.isArray(content)) return {};
  const has = (type: string): boolean => content.some((block) => isRecord(block) && block.type === type);
  return {
    ...(has("tool_use") && { toolUse: true }),
    ...(has("functionCall") && { functionCall: true }),
    ...(has("thinking") && { thinking: true }),
    ...(has("text") && { list: true }),
  };
}

/**
 * The dialect and account that a class gives to every message, for replies that another framework has
 * recorded.
 */
export function dialectIn(
  provider: unknown,
  calls: number,
): { readonly dialect: Dialect; readonly metadata: Record<string, unknown> } | undefined {
  switch (provider) {
    case "anthropic": {
      const metadata = {
        type: "message",
        role: "assistant",
        stop_reason: calls > 0 ? "tool_use" : "end_turn",
        model_provider: provider,
      };
      return { dialect: { toolUse: true, thinking: true }, metadata };
    }
    case "google_genai":
      return {
        dialect: { functionCall: true, thinking: true },
        metadata: { finishReason: "STOP", model_provider: "google-genai" },
      };
    default:
      return undefined;
  }
}

/**
 * Standard blocks and calls in a dialect; `undefined` where it has no words of its own for them, or where a
 * block says what only the standard has a word for.
 */
export function inDialect(
  content: string | readonly ContentBlock[],
  calls: readonly ReplayedCall[],
  { toolUse, functionCall, thinking, list }: Dialect,
): ContentBlock[] | undefined {
  const called = calls.flatMap((call) =>
    toolUse ? [asToolUse(call)] : functionCall ? [asFunctionCall(call)] : [],
  );
  const blocks: readonly ContentBlock[] =
    typeof content !== "string" ? content : content === "" ? [] : [{ type: "text", text: content }];
  if (
    called.length === 0 &&
    !blocks.some(({ type }) => (type === "reasoning" && thinking) || (type === "text" && list))
  )
    return undefined;
  if (!blocks.every((block) => block.type === "reasoning" || isPlainText(block))) return undefined;
  return [...blocks.map((block) => (thinking || toolUse ? asThinking(block) : block)), ...called];
}

/** Whether a block is a text and says no more. */
export function isPlainText(block: ContentBlock): boolean {
  return block.type === "text" && Object.keys(block).length === 2;
}

/** Whether a block is a call in its provider's words. */
export const isNativeCall = ({ type }: ContentBlock): boolean =>
  type === "tool_use" || type === "functionCall";

/** A call as a block of a stream, the arguments after it: Anthropic's streams have them apart. */
export function streamedCall(call: ReplayedCall, { functionCall }: Dialect, index: number): ContentBlock[] {
  if (functionCall) return [asFunctionCall(call)];
  const { id, name, args } = call;
  return [
    { type: "tool_use", id, name, input: "", index },
    { type: "input_json_delta", input: JSON.stringify(args), index },
  ];
}

const asToolUse = ({ id, name, args }: ReplayedCall): ContentBlock => ({
  type: "tool_use",
  id,
  name,
  input: args,
});
const asFunctionCall = ({ name, args }: ReplayedCall): ContentBlock => ({
  type: "functionCall",
  functionCall: { name, args },
});

function asThinking(block: ContentBlock): ContentBlock {
  if (block.type !== "reasoning") return block;
  const { reasoning, ...more } = block;
  return { ...more, type: "thinking", thinking: reasoning };
}

/**
 * A call as the Chat Completions API has it, and as its classes repeat it in `additional_kwargs.tool_calls`.
 */
export function asRawCall({ id, name, args }: ReplayedCall, index: number): object {
  return { index, id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}
