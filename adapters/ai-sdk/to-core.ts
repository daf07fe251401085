/** What of a model call is conversation, what is scope, and what is neither. */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4ToolResultOutput,
} from "@ai-sdk/provider";
import type { BindingValue, CacheRequest, ContentPart, Message, ToolCall } from "reprise";
import type { RepriseCallOptions } from "./options.js";
import { defined, filePart, plain, plainPart } from "./plain.js";

/** What a request is made of beside the call itself. */
export interface RequestContext {
  readonly model: Pick<LanguageModelV4, "provider" | "modelId">;
  readonly options: RepriseCallOptions;
  /** The middleware's own scope and bindings. */
  readonly scope: string | undefined;
  readonly bindings: Readonly<Record<string, BindingValue>> | undefined;
}

/**
 * The request the cache looks up and learns from. Two calls with the same request would be the same call to the model:
 * everything that shapes the reply is in it, under the names of the Chat Completions API where it has one; headers, the
 * abort signal, tool-call ids and hints about the provider's own prompt cache are not.
 */
export function toRequest(params: LanguageModelV4CallOptions, context: RequestContext): CacheRequest {
  const { options } = context;
  const scopes = [context.scope, options.scope].filter((scope) => scope !== undefined);
  const settings = toSettings(params);
  const request: Record<string, unknown> = {
    scope: scopes.length === 2 ? JSON.stringify(scopes) : scopes[0],
    model: `${context.model.provider.replace(API_SUFFIX, "")}/${context.model.modelId}`,
    tools: params.tools?.length ? params.tools.map(toTool) : undefined,
    settings: Object.keys(settings).length > 0 ? settings : undefined,
    bindings: context.bindings && options.bindings ? { ...context.bindings, ...options.bindings } : (options.bindings ?? context.bindings),
    read: options.read,
    write: options.write,
    induce: options.induce,
  };
  return { messages: toMessages(params.prompt), ...defined(request) };
}

// "openai.chat" and "openai.responses" are two ways to the same model.
const API_SUFFIX = /\.(chat|responses|completion|messages)$/;

// Not settings: sent along with a call, without a say in its reply.
const APART = new Set(["prompt", "tools", "headers", "abortSignal", "includeRawChunks", "providerOptions", "toolChoice", "responseFormat"]);

const OPENAI_NAMES = new Map([
  ["maxOutputTokens", "max_tokens"],
  ["topP", "top_p"],
  ["topK", "top_k"],
  ["presencePenalty", "presence_penalty"],
  ["frequencyPenalty", "frequency_penalty"],
  ["stopSequences", "stop"],
  ["reasoning", "reasoning_effort"],
]);

function toSettings(params: LanguageModelV4CallOptions): Record<string, unknown> {
  const settings: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(params)) {
    // Settings this file has never heard of count too.
    if (value === undefined || APART.has(name)) continue;
    if (name === "reasoning" && value === "provider-default") continue;
    settings[OPENAI_NAMES.get(name) ?? name] = plain(value);
  }
  const { toolChoice, responseFormat } = params;
  if (toolChoice?.type === "tool") settings.tool_choice = { type: "function", function: { name: toolChoice.toolName } };
  else if (toolChoice !== undefined && toolChoice.type !== "auto") settings.tool_choice = toolChoice.type;
  if (responseFormat?.type === "json") {
    const { type: _json, schema, ...names } = responseFormat;
    settings.response_format =
      schema === undefined
        ? { type: "json_object", ...defined(names) }
        : { type: "json_schema", json_schema: { ...defined(names), schema: plain(schema) } };
  }
  const own = modelOptions(params.providerOptions);
  if (own) settings.provider_options = own;
  const inPrompt = promptOptions(params.prompt);
  if (inPrompt.length > 0) settings.prompt_options = inPrompt;
  return settings;
}

function toTool(tool: NonNullable<LanguageModelV4CallOptions["tools"]>[number]): unknown {
  if (tool.type !== "function") return plain(tool);
  const { $schema: _dialect, ...parameters } = tool.inputSchema;
  return defined({
    type: "function",
    function: defined({ name: tool.name, description: tool.description, parameters: plain(parameters), strict: tool.strict }),
    input_examples: plain(tool.inputExamples),
    provider_options: modelOptions(tool.providerOptions),
  });
}

// Hints about the provider's own prompt cache change the bill, not the reply.
const CACHE_HINTS = new Set(["cacheControl", "cache_control", "cachePoint"]);
// What OpenAI documents as bookkeeping. Under another provider's name the same word may mean anything, so there it counts.
const OPENAI_BOOKKEEPING = new Set(["user", "metadata", "store", "safetyIdentifier", "promptCacheKey", "promptCacheRetention"]);

type ProviderOptions = NonNullable<LanguageModelV4CallOptions["providerOptions"]>;

function modelOptions(options: ProviderOptions | undefined): Record<string, unknown> | undefined {
  if (!options) return undefined;
  const kept: [string, unknown][] = [];
  for (const [provider, given] of Object.entries(options)) {
    if (provider === "reprise" || given === undefined) continue;
    const bookkeeping = provider === "openai" || provider === "azure" ? OPENAI_BOOKKEEPING : undefined;
    const entries = Object.entries(given).filter(
      ([name, value]) => value !== undefined && !CACHE_HINTS.has(name) && !bookkeeping?.has(name),
    );
    if (entries.length > 0) kept.push([provider, Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]))]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

// What the caller asks for in system and user messages (an image's detail). On assistant and tool messages stand the
// provider's own ids and signatures of an earlier step, which vary from run to run.
function promptOptions(prompt: LanguageModelV4CallOptions["prompt"]): unknown[] {
  const found: unknown[] = [];
  prompt.forEach((message, turn) => {
    if (message.role !== "system" && message.role !== "user") return;
    const own = modelOptions(message.providerOptions);
    if (own) found.push([turn, own]);
    if (message.role === "system") return;
    message.content.forEach((part, index) => {
      const options = modelOptions(part.providerOptions);
      if (options) found.push([turn, index, options]);
    });
  });
  return found;
}

/** The prompt as messages in the Chat Completions shape, with tool-call ids by position. */
export function toMessages(prompt: LanguageModelV4CallOptions["prompt"]): Message[] {
  // A provider may use an id again in a later step: a result belongs to the last call before it that bore its id.
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
          if (part.type !== "tool-result") return { role: "tool", content: [{ ...plainPart(part), approvalId: "" }] };
          return { role: "tool", tool_call_id: ids.get(part.toolCallId) ?? "unknown", ...toToolContent(part.output) };
        });
    }
  });
}

function toAssistant(content: (LanguageModelV4Message & { role: "assistant" })["content"], called: (id: string) => string): Message {
  const parts: ContentPart[] = [];
  const tool_calls: ToolCall[] = [];
  for (const part of content) {
    if (part.type === "tool-call" && !part.providerExecuted) {
      const args = JSON.stringify(part.input === undefined ? {} : part.input);
      tool_calls.push({ id: called(part.toolCallId), type: "function", function: { name: part.toolName, arguments: args } });
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
