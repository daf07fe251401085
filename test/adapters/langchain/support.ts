/**
 * A chat model that follows a script: it streams, takes tools and settings, and counts its calls, as a
 * provider's model does.
 */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
} from "@langchain/core/language_models/chat_models";
import {
  AIMessage,
  AIMessageChunk,
  type AIMessageChunkFields,
  type AIMessageFields,
  type BaseMessage,
  HumanMessage,
} from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { CacheRequest, Reply, ReplyDetails } from "reprise";
import type { RepriseCallOptions } from "reprise/langchain";

/**
 * The tests run on the oldest LangChain that is supported (see vitest.config.ts): without events of content,
 * among others.
 */
export const ON_OLDEST_CORE = process.env.REPRISE_LANGCHAIN_CORE !== undefined;

/**
 * What the model says to one call: a message's fields, or an error; streamed, the error comes after
 * `partial`.
 */
export type Said = AIMessageFields | { readonly error: Error; readonly partial?: string };

export type Script = (call: {
  readonly messages: readonly BaseMessage[];
  readonly index: number;
  readonly options: ScriptedOptions;
}) => Said | Promise<Said>;

export interface ScriptedOptions extends BaseChatModelCallOptions {
  tools?: unknown[];
  temperature?: number;
  max_tokens?: number;
  response_format?: unknown;
  reprise?: RepriseCallOptions;
}

export interface ScriptedFields extends BaseChatModelParams {
  readonly script: Script;
  readonly modelName?: string;
  readonly baseURL?: string;
  readonly temperature?: number;
  /** Several models, one count. */
  readonly counter?: { calls: number };
}

export class ScriptedModel extends BaseChatModel<ScriptedOptions> {
  static override lc_name(): string {
    return "ScriptedModel";
  }
  override lc_serializable = true;
  readonly seen: { messages: BaseMessage[]; options: ScriptedOptions }[] = [];
  readonly counter: { calls: number };

  constructor(readonly fields: ScriptedFields) {
    super(fields);
    this.counter = fields.counter ?? { calls: 0 };
  }

  get calls(): number {
    return this.counter.calls;
  }

  override _llmType(): string {
    return "scripted";
  }

  override getLsParams(): LangSmithParams {
    return { ls_provider: "scripted", ls_model_name: this.fields.modelName ?? "one", ls_model_type: "chat" };
  }

  override invocationParams(options?: ScriptedOptions): Record<string, unknown> {
    return {
      model: this.fields.modelName ?? "one",
      temperature: options?.temperature ?? this.fields.temperature,
      max_tokens: options?.max_tokens,
      tool_choice: options?.tool_choice,
      response_format: options?.response_format,
      stop: options?.stop,
    };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<ScriptedOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ScriptedOptions> {
    return this.withConfig({
      tools: tools.map((tool) => convertToOpenAITool(tool as Record<string, unknown>)),
      ...kwargs,
    });
  }

  async answer(messages: BaseMessage[], options: ScriptedOptions): Promise<Said> {
    this.seen.push({ messages, options });
    options.signal?.throwIfAborted();
    return await this.fields.script({ messages, index: this.counter.calls++, options });
  }

  override async _generate(messages: BaseMessage[], options: ScriptedOptions): Promise<ChatResult> {
    const said = await this.answer(messages, options);
    if ("error" in said) throw said.error;
    const message = new AIMessage(structuredClone(said));
    return { generations: [{ text: message.text, message }], llmOutput: {} };
  }
}

/** The same, with streams: text letter by letter, tool-call arguments in two halves, then the account. */
export class StreamingModel extends ScriptedModel {
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: ScriptedOptions,
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const said = await this.answer(messages, options);
    for (const chunk of chunksOf("error" in said ? { content: said.partial ?? "" } : structuredClone(said))) {
      if ("error" in said && chunk.text === "") break;
      yield chunk;
      await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
    if ("error" in said) throw said.error;
  }
}

function* chunksOf({
  content = "",
  tool_calls = [],
  usage_metadata,
  response_metadata = {},
  ...rest
}: AIMessageFields): Generator<ChatGenerationChunk> {
  const chunk = (fields: AIMessageChunkFields, text = ""): ChatGenerationChunk =>
    new ChatGenerationChunk({ text, message: new AIMessageChunk(fields) });
  if (typeof content === "string") for (const letter of content) yield chunk({ content: letter }, letter);
  else {
    for (const [index, block] of content.entries())
      yield chunk({ content: [{ ...block, index }] }, block.type === "text" ? String(block.text) : "");
  }
  for (const [index, { id, name, args }] of tool_calls.entries()) {
    const json = JSON.stringify(args);
    const half = Math.ceil(json.length / 2);
    yield chunk({
      content: "",
      tool_call_chunks: [
        { type: "tool_call_chunk", id: id ?? "", name, args: json.slice(0, half), index: index + 1 },
      ],
    });
    yield chunk({
      content: "",
      tool_call_chunks: [{ type: "tool_call_chunk", args: json.slice(half), index: index + 1 }],
    });
  }
  yield chunk({
    content: "",
    response_metadata,
    ...(usage_metadata !== undefined && { usage_metadata }),
    ...(rest.additional_kwargs && { additional_kwargs: rest.additional_kwargs }),
  });
}

/** What a provider says when it is done. */
export const done = (
  reason = "stop",
  tokens: readonly [number, number] = [7, 5],
): Pick<AIMessageFields, "response_metadata" | "usage_metadata"> => ({
  response_metadata: { finish_reason: reason, model_name: "one" },
  usage_metadata: {
    input_tokens: tokens[0],
    output_tokens: tokens[1],
    total_tokens: tokens[0] + tokens[1],
  } as never,
});

/** A model that answers with the number of the call. */
export const counting: Script = ({ index }) => ({ content: `answer ${index}`, ...done() });

export const human = (text: string): HumanMessage[] => [new HumanMessage(text)];

/** A cache that knows nothing and remembers what it was told. */
export class RecordingCache {
  readonly lookups: CacheRequest[] = [];
  readonly observed: { request: CacheRequest; reply: Reply; details?: ReplyDetails | undefined }[] = [];

  async lookup(request: CacheRequest): Promise<{ status: "miss"; reason: "unseen"; depth: number }> {
    this.lookups.push(request);
    return { status: "miss", reason: "unseen", depth: 0 };
  }

  async observe(request: CacheRequest, reply: Reply, details?: ReplyDetails): Promise<void> {
    this.observed.push({ request, reply, details });
  }
}

/** The metadata of this adapter on a message. */
export function repriseOf(message: BaseMessage): Record<string, unknown> | undefined {
  return message.response_metadata.reprise as Record<string, unknown> | undefined;
}

/** The chunks of a stream as one. */
export async function gather(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.reduce((whole, chunk) => whole.concat(chunk));
}
