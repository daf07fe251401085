/** How a provider's own class writes blocks and calls, for its parsers and users that read no other words. */
import type { ContentBlock } from "@langchain/core/messages";
import { isRecord } from "./plain.js";

/** A call of a replay. */
export interface ReplayedCall {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** Whether calls stand among a message's content as Anthropic writes them: the parser of its structured output reads them there. */
export function usesToolUse(content: unknown): boolean {
  return Array.isArray(content) && content.some((block) => isRecord(block) && block.type === "tool_use");
}

/** Standard blocks and calls as Anthropic's content; `undefined` where a block says what only the standard has a word for. */
export function asToolUse(content: string | readonly ContentBlock[], calls: readonly ReplayedCall[]): ContentBlock[] | undefined {
  const blocks: readonly ContentBlock[] = typeof content !== "string" ? content : content === "" ? [] : [{ type: "text", text: content }];
  if (!blocks.every((block) => block.type === "reasoning" || isPlainText(block))) return undefined;
  return [...blocks.map(asThinking), ...calls.map(({ id, name, args }) => ({ type: "tool_use", id, name, input: args }))];
}

/** Whether a block is a text and says no more. */
export function isPlainText(block: ContentBlock): boolean {
  return block.type === "text" && Object.keys(block).length === 2;
}

function asThinking(block: ContentBlock): ContentBlock {
  if (block.type !== "reasoning") return block;
  const { reasoning, ...more } = block;
  return { ...more, type: "thinking", thinking: reasoning };
}

/** A call as the Chat Completions API has it, and as its classes repeat it in `additional_kwargs.tool_calls`. */
export function asRawCall({ id, name, args }: ReplayedCall, index: number): object {
  return { index, id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}
