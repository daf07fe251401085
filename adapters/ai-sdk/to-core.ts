/**
 * What a model call is to the cache: a conversation in the Chat Completions shape, its scope, and what the
 * caller asks for.
 */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4ToolResultOutput,
} from "@ai-sdk/provider";
import type { ContentPart, Message, ToolCall } from "reprise";
import { defined } from "../shared/defined.js";
import type { Asked } from "../shared/framework-call.js";
import { refuseServerState } from "../shared/server-state.js";
import { filePart, plain, plainPart } from "./plain.js";
import { type AskedModel, toScope } from "./scope.js";

/**
 * What the cache is asked. Two calls that ask the same would be the same call to the model: everything that
 * shapes the reply is in it, under the names of the Chat Completions API where it has one; headers, the abort
 * signal, tool-call ids and hints about the provider's own prompt cache are not. Throws an `Aside` for a call
 * that builds on state of the provider.
 */
export function toAsked(params: LanguageModelV4CallOptions, who: AskedModel): Asked {
  refuseServerState(params.providerOptions);
  return { messages: toMessages(params.prompt), ...defined(toScope(params, who)) };
}

/** The prompt as messages in the Chat Completions shape, with tool-call ids by position. */
export function toMessages(prompt: LanguageModelV4CallOptions["prompt"]): Message[] {
  // A provider may use an id again in a later step: a result belongs to the last call before it that bore its
  // id.
  const ids = new Map<string, string>();
  let calls = 0;
  const called = (id: string): string => {
    const position = `call_${calls++}`;
    ids.set(id, position);
    return position;
  };
  return prompt.flatMap((message): Message[] => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: message.content }];
      case "user":
        return [{ role: "user", content: brief(message.content.map(toPart)) }];
      case "assistant":
        return [toAssistant(message.content, called)];
      default:
        return message.content.map((part): Message => {
          if (part.type !== "tool-result")
            return { role: "tool", content: [{ ...plainPart(part), approvalId: "" }] };
          return {
            role: "tool",
            tool_call_id: ids.get(part.toolCallId) ?? "unknown",
            ...toToolContent(part.output),
          };
        });
    }
  });
}

function toAssistant(
  content: (LanguageModelV4Message & { role: "assistant" })["content"],
  called: (id: string) => string,
): Message {
  const parts: ContentPart[] = [];
  const tool_calls: ToolCall[] = [];
  for (const part of content) {
    if (part.type === "tool-call" && !part.providerExecuted) {
      const args = JSON.stringify(part.input === undefined ? {} : part.input);
      tool_calls.push({
        id: called(part.toolCallId),
        type: "function",
        function: { name: part.toolName, arguments: args },
      });
    } else parts.push(toPart(part));
  }
  const message: Message = { role: "assistant", content: parts.length > 0 ? brief(parts) : null };
  return tool_calls.length > 0 ? { ...message, tool_calls } : message;
}

function toPart(part: Exclude<LanguageModelV4Message["content"], string>[number]): ContentPart {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, text: part.text };
    case "file":
    case "reasoning-file":
      return filePart(part);
    case "custom":
      // Its whole content stands in the provider's options.
      return { type: "custom", kind: part.kind, options: plain(part.providerOptions ?? {}) };
    default: {
      // Tools the provider ran itself, kept by digest; their ids vary.
      return plainPart({ ...part, toolCallId: "" });
    }
  }
}

function toToolContent(output: LanguageModelV4ToolResultOutput): {
  readonly content: string | readonly ContentPart[];
  readonly is_error?: boolean;
} {
  switch (output.type) {
    case "text":
      return { content: output.value };
    case "json":
      return { content: JSON.stringify(output.value) };
    case "error-text":
      return { content: output.value, is_error: true };
    case "error-json":
      return { content: JSON.stringify(output.value), is_error: true };
    case "execution-denied":
      return { content: [{ type: "execution-denied", reason: output.reason ?? "" }], is_error: true };
    default:
      return {
        content: output.value.map((part): ContentPart => {
          if (part.type === "text") return { type: "text", text: part.text };
          if (part.type === "file") return filePart(part);
          if (part.type === "custom") return { type: "custom", options: plain(part.providerOptions ?? {}) };
          // Spec V3 has other names for files here (file-data, image-url ...).
          return plainPart(part);
        }),
      };
  }
}

// One text alone is written as a string, as OpenAI clients do.
function brief(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === "text" && first.text !== undefined ? first.text : parts;
}
