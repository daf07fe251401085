/**
 * The chat model of a LangChain example: OpenAI's when there is a key, a scripted one otherwise. The scripted
 * one reads the conversation, calls the tools it is offered and answers from their results; it takes its time
 * and knows of no cache.
 */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { Conversation, Decision } from "./scripted-model.ts";

/**
 * `gpt-5-mini` (or `OPENAI_MODEL`) with a key in `OPENAI_API_KEY`; without one, a scripted model that decides
 * by `decide`.
 */
export async function openChatModel(
  decide: (conversation: Conversation) => Decision,
): Promise<BaseChatModel> {
  if (!process.env.OPENAI_API_KEY) return new ScriptedChatModel(decide);
  const { ChatOpenAI } = await import("@langchain/openai");
  return new ChatOpenAI({ model: process.env.OPENAI_MODEL ?? "gpt-5-mini" });
}

interface ScriptedOptions extends BaseChatModelCallOptions {
  tools?: unknown[];
}

/** A model that decides by a function; `latency` is what a call costs, in milliseconds. */
export class ScriptedChatModel extends BaseChatModel<ScriptedOptions> {
  readonly decide: (conversation: Conversation) => Decision;
  readonly latency: number;
  /** How often it was asked. */
  calls = 0;

  constructor(decide: (conversation: Conversation) => Decision, latency = 120) {
    super({});
    this.decide = decide;
    this.latency = latency;
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(tools: BindToolsInput[]) {
    return this.withConfig({
      tools: tools.map((tool) => convertToOpenAITool(tool as Record<string, unknown>)),
    });
  }

  override async _generate(messages: BaseMessage[], options: ScriptedOptions): Promise<ChatResult> {
    await pause(this.latency, options.signal);
    const message = this.answer(messages);
    return { generations: [{ text: message.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: ScriptedOptions,
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { content, tool_calls, usage_metadata, response_metadata } = this.answer(messages);
    const words = String(content).match(/\S+\s*/g) ?? [];
    const calls = (tool_calls ?? []).map(({ id, name, args }, index) => ({
      type: "tool_call_chunk" as const,
      ...(id !== undefined && { id }),
      name,
      args: JSON.stringify(args),
      index,
    }));
    const pieces = [
      ...words.map((word) => ({ content: word })),
      ...calls.map((call) => ({ content: "", tool_call_chunks: [call] })),
      { content: "", response_metadata, ...(usage_metadata !== undefined && { usage_metadata }) },
    ];
    for (const piece of pieces) {
      await pause(this.latency / pieces.length, options.signal);
      const chunk = new ChatGenerationChunk({
        text: piece.content,
        message: new AIMessageChunk(piece as { content: string }),
      });
      yield chunk;
      await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  private answer(messages: BaseMessage[]): AIMessage {
    const index = this.calls++;
    const decision = this.decide(read(messages));
    const said = "say" in decision ? decision.say : "";
    const called = "call" in decision ? decision.call : [];
    const [input, output] = [tokens(messages.map(({ content }) => content)), tokens([said, called])];
    const fields = {
      content: said,
      tool_calls: called.map(({ tool, input: args }, position) => ({
        type: "tool_call" as const,
        id: `scripted_${index}_${position}`,
        name: tool,
        args: args as Record<string, unknown>,
      })),
      response_metadata: { finish_reason: called.length > 0 ? "tool_calls" : "stop" },
      usage_metadata: { input_tokens: input, output_tokens: output, total_tokens: input + output },
    };
    return new AIMessage(fields as { content: string });
  }
}

function read(messages: readonly BaseMessage[]): Conversation {
  const lastUser = messages.findLastIndex(({ type }) => type === "human");
  const results = messages.slice(lastUser + 1).flatMap((message) => {
    if (message.type !== "tool") return [];
    return [{ tool: message.name ?? "", output: JSON.parse(message.text) as unknown }];
  });
  return { question: messages[lastUser]?.text ?? "", results };
}

// About four characters make a token.
const tokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
