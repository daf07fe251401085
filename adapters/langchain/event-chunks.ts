/** Events of a model as the chunks of a stream: LangChain has only the way back. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { AIMessageChunk, type AIMessageChunkFields, type ContentBlock } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { isRecord } from "./plain.js";

const REASONS = new Map([["tool_use", "tool_calls"]]);

/**
 * Text and reasoning piece by piece, calls and other blocks when they are whole, then the account; told to
 * listeners as a provider tells them. Throws what an event of an error says.
 */
export async function* asChunks(
  events: AsyncIterable<ChatModelStreamEvent>,
  run: CallbackManagerForLLMRun | undefined,
): AsyncGenerator<ChatGenerationChunk> {
  for await (const chunk of chunksOf(events)) {
    yield chunk;
    await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
  }
}

async function* chunksOf(events: AsyncIterable<ChatModelStreamEvent>): AsyncGenerator<ChatGenerationChunk> {
  let id: string | undefined;
  // Text alone is a string; beside other blocks it is one of them.
  let isText = true;
  const chunk = (fields: object, text = ""): ChatGenerationChunk =>
    new ChatGenerationChunk({
      text,
      message: new AIMessageChunk({ content: "", ...(id && { id }), ...fields } as AIMessageChunkFields),
    });
  const said = (text: string, index: number): ChatGenerationChunk =>
    chunk({ content: isText ? text : [{ type: "text", text, index }] }, text);
  const thought = (reasoning: string, index: number): ChatGenerationChunk =>
    chunk({ content: [{ type: "reasoning", reasoning, index }] });

  for await (const event of events) {
    switch (event.event) {
      case "message-start":
        id = event.id;
        break;
      case "content-block-start": {
        const { index, content } = event;
        if (content.type !== "text" && !isCall(content)) isText = false;
        if (content.type === "text" && content.text) yield said(String(content.text), index);
        if (content.type === "reasoning" && content.reasoning)
          yield thought(String(content.reasoning), index);
        break;
      }
      case "content-block-delta": {
        const { index, delta } = event;
        if (delta.type === "text-delta") yield said(delta.text, index);
        else if (delta.type === "reasoning-delta") yield thought(delta.reasoning, index);
        break;
      }
      case "content-block-finish": {
        const { index, content } = event;
        if (isCall(content)) yield chunk({ tool_call_chunks: [asCallChunk(content, index)] });
        else {
          const rest = unsaid(content);
          if (rest) yield chunk({ content: [{ ...rest, index }] });
        }
        break;
      }
      case "message-finish": {
        const { usage, reason, responseMetadata } = event;
        const finish = reason && { finish_reason: REASONS.get(reason) ?? reason };
        yield chunk({ usage_metadata: usage, response_metadata: { ...finish, ...responseMetadata } });
        break;
      }
      case "error":
        throw new Error(event.message);
    }
  }
}

function isCall({ type }: ContentBlock): boolean {
  return type === "tool_call" || type === "tool_call_chunk";
}

function asCallChunk({ id, name, args }: ContentBlock, index: number): object {
  return {
    type: "tool_call_chunk",
    id,
    name,
    args: typeof args === "string" ? args : JSON.stringify(args ?? {}),
    index,
  };
}

/** What of a whole block its pieces have not said; `undefined`: nothing. */
function unsaid(block: ContentBlock): ContentBlock | undefined {
  if (block.type !== "text" && block.type !== "reasoning") return block;
  const more = Object.entries(block).filter(
    ([name, value]) => !["type", "text", "reasoning", "index", "id"].includes(name) && !isVoid(value),
  );
  return more.length > 0
    ? ({ type: block.type, [block.type]: "", ...Object.fromEntries(more) } as ContentBlock)
    : undefined;
}

const isVoid = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0);
