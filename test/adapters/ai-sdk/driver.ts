/** The AI SDK as the adapter contract talks to it, in both of the versions that are supported. */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import {
  generateText,
  jsonSchema,
  type ModelMessage,
  streamText,
  type ToolSet,
  tool,
  wrapLanguageModel,
} from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as six from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import type { ContentPart, Message } from "reprise";
import { type RepriseMetadata, repriseMiddleware } from "reprise/ai-sdk";
import type { AdapterCall, AdapterDriver, AdapterReply, ModelScript, ScriptedAnswer } from "reprise/testing";
import { toMessages } from "../../../adapters/ai-sdk/to-core.js";
import { streamOf, usage } from "./support.js";

/**
 * What the contract needs of a version. The older one is typed as the newer: what is used of it is the same
 * in both.
 */
export interface Sdk {
  readonly name: string;
  readonly generateText: typeof generateText;
  readonly streamText: typeof streamText;
  readonly wrapLanguageModel: typeof wrapLanguageModel;
  readonly Mock: typeof MockLanguageModelV4;
}

export const SDKS: readonly Sdk[] = [
  { name: "AI SDK 7", generateText, streamText, wrapLanguageModel, Mock: MockLanguageModelV4 },
  { ...six, name: "AI SDK 6", Mock: MockLanguageModelV3 } as never,
];

/** The driver for a version. */
export const driverOf = ({
  name,
  generateText,
  streamText,
  wrapLanguageModel,
  Mock,
}: Sdk): AdapterDriver => ({
  name,
  capabilities: { coalescing: true, audits: true, reasoning: true },
  create({ cache, model: script, options }) {
    let calls = 0;
    const middleware = repriseMiddleware(cache, options);
    const modelOf = ({ model: modelId = "scripted", baseURL }: Pick<AdapterCall, "model" | "baseURL">) => {
      const model = scripted(Mock, script, modelId, () => calls++);
      // As the SDK's own providers keep it.
      return wrapLanguageModel({
        model: baseURL ? Object.assign(model, { config: { baseURL } }) : model,
        middleware,
      });
    };
    const settings = (call: AdapterCall) => ({ model: modelOf(call), maxRetries: 0, ...toSettings(call) });

    async function stream(call: AdapterCall): Promise<AdapterReply> {
      const result = streamText({ ...settings(call), onError: () => {} });
      const pieces: string[] = [];
      for await (const part of result.fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "text-delta" && part.text !== "") pieces.push(part.text);
      }
      return { ...toReply((await result.steps).at(-1) as Step), pieces };
    }

    return {
      stream,
      invoke: async (call) => toReply((await generateText(settings(call))).steps.at(-1) as Step),
      async leave(call) {
        const { stream: parts } = await modelOf({}).doStream({
          prompt: [{ role: "user", content: [{ type: "text", text: String(call.messages[0]?.content) }] }],
          toolChoice: { type: "auto" },
        });
        const reader = parts.getReader();
        while ((await reader.read()).value?.type !== "text-delta");
        await reader.cancel();
      },
      reject: ({ reprise }) => middleware.reject({ providerMetadata: { reprise } }),
      modelCalls: () => calls,
    };
  },
});

type Step = Awaited<ReturnType<typeof generateText>>["finalStep"];

function toReply(
  step: Pick<Step, "text" | "reasoningText" | "toolCalls" | "usage" | "response" | "providerMetadata">,
): AdapterReply {
  return {
    text: step.text,
    reasoning: step.reasoningText ?? "",
    toolCalls: step.toolCalls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      name: toolName,
      args: input,
    })),
    usage: { inputTokens: step.usage.inputTokens ?? 0, outputTokens: step.usage.outputTokens ?? 0 },
    id: step.response.id,
    reprise: step.providerMetadata?.reprise as RepriseMetadata | undefined,
  };
}

function scripted(
  Mock: typeof MockLanguageModelV4,
  script: ModelScript,
  modelId: string,
  count: () => number,
): MockLanguageModelV4 {
  const answer = ({ prompt }: LanguageModelV4CallOptions) =>
    script({ messages: toMessages(prompt), index: count() });
  return new Mock({
    modelId,
    async doGenerate(call) {
      const said = await answer(call);
      if ("error" in said) throw said.error;
      return {
        content: toContent(said),
        finishReason: toFinishReason(said),
        usage: toUsage(said),
        warnings: [],
      };
    },
    async doStream(call) {
      const said = await answer(call);
      if (!("error" in said)) {
        const finish: LanguageModelV4StreamPart = {
          type: "finish",
          finishReason: toFinishReason(said),
          usage: toUsage(said),
        };
        return { stream: streamOf([...toContent(said).flatMap(toParts), finish]) };
      }
      if (said.partial === undefined) throw said.error;
      const begun = toParts({ type: "text", text: said.partial }, 0).slice(0, -1);
      return { stream: streamOf(begun, said.error) };
    },
  });
}

type Said = Extract<ScriptedAnswer, { reply: unknown }>;

const toUsage = (said: Said) => usage(said.usage?.inputTokens ?? 0, said.usage?.outputTokens ?? 0);

function toFinishReason({ finishReason = "stop" }: Said) {
  const unified = (
    { tool_calls: "tool-calls", content_filter: "content-filter", stop: "stop", length: "length" } as const
  )[finishReason];
  return { unified, raw: finishReason };
}

function toContent({ reply }: Said): LanguageModelV4Content[] {
  const parts =
    typeof reply.content === "string" ? [{ type: "text", text: reply.content }] : (reply.content ?? []);
  const calls = reply.tool_calls ?? [];
  return [
    ...parts.map(
      ({ type, text }): LanguageModelV4Content => ({ type: type as "text" | "reasoning", text: text ?? "" }),
    ),
    ...calls.map(
      ({ id, function: called }): LanguageModelV4Content => ({
        type: "tool-call",
        toolCallId: id ?? "",
        toolName: called.name,
        input: called.arguments,
      }),
    ),
  ];
}

function toParts(item: LanguageModelV4Content, index: number): LanguageModelV4StreamPart[] {
  const id = String(index);
  if (item.type !== "text" && item.type !== "reasoning") return [item as LanguageModelV4StreamPart];
  const letters = [...item.text].map(
    (delta): LanguageModelV4StreamPart => ({ type: `${item.type}-delta`, id, delta }),
  );
  return [{ type: `${item.type}-start`, id }, ...letters, { type: `${item.type}-end`, id }];
}

function toSettings(call: AdapterCall) {
  const tools: ToolSet = Object.fromEntries(
    (call.tools ?? []).map(({ name, description, parameters }) => [
      name,
      tool({ ...(description !== undefined && { description }), inputSchema: jsonSchema(parameters) }),
    ]),
  );
  return {
    messages: call.messages.map(toModelMessage),
    ...(call.tools && { tools }),
    ...(call.toolChoice && { toolChoice: call.toolChoice }),
    ...(call.temperature !== undefined && { temperature: call.temperature }),
    ...(call.maxTokens !== undefined && { maxOutputTokens: call.maxTokens }),
    ...(call.signal && { abortSignal: call.signal }),
    ...((call.reprise || call.previousResponseId) && {
      providerOptions: {
        ...(call.reprise && { reprise: call.reprise }),
        ...(call.previousResponseId && { openai: { previousResponseId: call.previousResponseId } }),
      },
    }),
  };
}

function toModelMessage(message: Message): ModelMessage {
  const parts =
    typeof message.content === "string" ? [{ type: "text", text: message.content }] : (message.content ?? []);
  switch (message.role) {
    case "user":
      return { role: "user", content: parts.map(toUserPart) };
    case "assistant":
      return {
        role: "assistant",
        content: [
          ...parts.map(({ text }) => ({ type: "text" as const, text: text ?? "" })),
          ...(message.tool_calls ?? []).map(({ id, function: called }) => ({
            type: "tool-call" as const,
            toolCallId: id ?? "",
            toolName: called.name,
            input: JSON.parse(called.arguments),
          })),
        ],
      };
    case "tool": {
      const type = message.is_error ? ("error-text" as const) : ("text" as const);
      const output = { type, value: String(message.content) };
      return {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: message.tool_call_id ?? "", toolName: "look_up", output },
        ],
      };
    }
    default:
      throw new Error(`the contract uses no ${message.role} messages`);
  }
}

function toUserPart(part: ContentPart) {
  if (part.type === "text") return { type: "text" as const, text: part.text ?? "" };
  return { type: "file" as const, mediaType: "image/png", data: (part.image_url as { url: string }).url };
}
