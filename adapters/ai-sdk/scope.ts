/** What of a model call shapes its reply beside the conversation, and what does not. */
import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { defined } from "../shared/defined.js";
import { identityOf } from "./identity.js";
import { plain } from "./plain.js";

/**
 * The parts of a request that say which model was asked, with which tools and settings. Absent where nothing
 * is set.
 */
export interface CallScope {
  readonly model: string;
  readonly tools: readonly unknown[] | undefined;
  readonly settings: Readonly<Record<string, unknown>> | undefined;
}

/** Who is asked. */
export interface AskedModel {
  readonly model: Pick<LanguageModelV4, "provider" | "modelId">;
  /** The name the user gave it. */
  readonly named: string | undefined;
}

/** The scope of a call, in the words that all adapters use (see `reprise/testing`, adapter-driver.ts). */
export function toScope(params: LanguageModelV4CallOptions, { model, named }: AskedModel): CallScope {
  const settings = toSettings(params);
  // A name of the user's stands for all of that.
  const identity = named === undefined ? identityOf(model) : undefined;
  if (identity) settings.identity = identity;
  return {
    model: named ?? `${model.provider.replace(API_SUFFIX, "")}/${model.modelId}`,
    tools: params.tools?.length ? params.tools.map(toTool) : undefined,
    settings: Object.keys(settings).length > 0 ? settings : undefined,
  };
}

// "openai.chat" and "openai.responses" are two ways to the same model.
const API_SUFFIX = /\.(chat|responses|completion|messages)$/;

// Not settings: sent along with a call, without a say in its reply.
const APART = new Set([
  "prompt",
  "tools",
  "headers",
  "abortSignal",
  "includeRawChunks",
  "providerOptions",
  "toolChoice",
  "responseFormat",
]);

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
  if (toolChoice?.type === "tool")
    settings.tool_choice = { type: "function", function: { name: toolChoice.toolName } };
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
  const { type, name, description, strict, inputSchema, inputExamples, providerOptions, ...unheard } = tool;
  const { $schema: _dialect, ...parameters } = inputSchema;
  return defined({
    ...(plain(unheard) as object),
    type,
    function: defined({ name, description, parameters: plain(parameters), strict }),
    input_examples: plain(inputExamples),
    provider_options: modelOptions(providerOptions),
  });
}

// Hints about the provider's own prompt cache change the bill, not the reply.
const CACHE_HINTS = new Set(["cacheControl", "cache_control", "cachePoint"]);
// What OpenAI documents as bookkeeping. Under another provider's name the same word may mean anything, so
// there it counts.
const OPENAI_BOOKKEEPING = new Set([
  "user",
  "metadata",
  "store",
  "safetyIdentifier",
  "promptCacheKey",
  "promptCacheRetention",
]);

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
    if (entries.length > 0)
      kept.push([provider, Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]))]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

// What the caller asks for in system and user messages (an image's detail). On assistant and tool messages
// stand the provider's own ids and signatures of an earlier step, which vary from run to run.
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
