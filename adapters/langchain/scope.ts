/** What shapes a model's reply beside the messages, in the words both adapters use. */
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { type JSONSchema, toJsonSchema } from "@langchain/core/utils/json_schema";
import { isInteropZodSchema } from "@langchain/core/utils/types";
import { defined } from "../shared/defined.js";
import type { Identity } from "./identity.js";
import { isRecord, plain } from "./plain.js";
import { type ToolNames, toolNames } from "./tool-names.js";

/** A tool in the OpenAI shape; `function` is absent for a provider's own tool. */
export interface CoreTool {
  readonly type?: string;
  readonly function?: {
    readonly name: string;
    readonly parameters?: unknown;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** The scope of one call. */
export interface CallScope {
  readonly model: string;
  readonly tools: readonly CoreTool[] | undefined;
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  readonly names: ToolNames;
  /** Names of tools that pass over arguments their schema does not name. */
  readonly strips: ReadonlySet<string>;
  /** LangChain's name for who makes the model. */
  readonly provider: unknown;
}

/** What is known of a call to a model. */
export interface CallFacts {
  /** `getLsParams()` of the model, or a run's metadata: LangChain's neutral names. */
  readonly lsParams: Readonly<Record<string, unknown>>;
  /** `invocationParams()` of the model: what it sends, messages apart. */
  readonly invocationParams: unknown;
  /** The call's own options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Who the model is beside its name. */
  readonly identity: Identity;
  /** Tools bound to the model, for a call whose options name none. */
  readonly boundTools?: readonly unknown[] | undefined;
  /** The name the user gave the model. */
  readonly named: string | undefined;
}

/** The scope of a call. Throws `NotPlain` for settings that JSON cannot hold. */
export function callScope(facts: CallFacts): CallScope {
  const sent = isRecord(facts.invocationParams) ? facts.invocationParams : {};
  const given = facts.options.tools ?? facts.boundTools ?? sent.tools;
  const tools = (Array.isArray(given) ? (given as unknown[]) : []).flatMap(toTools);
  const names = toolNames(tools.flatMap((tool) => tool.function?.name ?? []));
  const settings = toSettings(facts, sent, names);
  return {
    model: facts.named ?? modelName(facts.lsParams, sent),
    tools: tools.length > 0 ? tools.map((tool) => rename(tool, names)) : undefined,
    settings: Object.keys(settings).length > 0 ? settings : undefined,
    names,
    provider: facts.lsParams.ls_provider,
    strips: strippingTools([...asList(given), ...(facts.boundTools ?? [])], names),
  };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

// A zod object passes over what it does not name, unless it is a strict one; LangChain writes it down as
// forbidding that.
function strippingTools(tools: readonly unknown[], names: ToolNames): ReadonlySet<string> {
  const stripping = tools.filter((tool): tool is { name: string; schema: unknown } => {
    if (!isRecord(tool) || typeof tool.name !== "string" || !isInteropZodSchema(tool.schema)) return false;
    return !isStrictZod(tool.schema);
  });
  return new Set(stripping.map(({ name }) => names.toCore(name)));
}

function isStrictZod(schema: unknown): boolean {
  const { def, unknownKeys } = ((schema as { _zod?: { def?: unknown }; _def?: unknown })._zod ??
    (schema as { _def?: unknown })._def ??
    {}) as { def?: { catchall?: { _zod?: { def?: { type?: unknown } } } }; unknownKeys?: unknown };
  return unknownKeys === "strict" || def?.catchall?._zod?.def?.type === "never";
}

function modelName(lsParams: Readonly<Record<string, unknown>>, sent: Record<string, unknown>): string {
  return `${String(lsParams.ls_provider ?? "unknown")}/${bareName(lsParams, sent)}`;
}

function bareName(lsParams: Readonly<Record<string, unknown>>, sent: Record<string, unknown>): string {
  return String(lsParams.ls_model_name ?? sent.model ?? sent.model_name ?? sent.modelId ?? "default");
}

const MODEL_NAMES = ["model", "model_name", "modelName", "modelId"];

// The keys of a run's config, and of what a graph adds to it: they say how a call is made and traced, not
// what is asked.
const RUN_CONFIG = new Set([
  "callbacks",
  "tags",
  "metadata",
  "runName",
  "runId",
  "recursionLimit",
  "maxConcurrency",
  "configurable",
  "context",
  "store",
  "signal",
  "timeout",
  "headers",
  "httpOptions",
  "promptIndex",
  "reprise",
  "writer",
  "interrupt",
  "control",
  "executionInfo",
  "serverInfo",
  "toolCall",
  "toolCallId",
  "state",
  "subgraphs",
  "durability",
  "streamMode",
  "cache",
  "checkpointer",
  "outputVersion",
  "ls_structured_output_format",
]);

// What OpenAI documents as bookkeeping, and how an answer is carried; and a provider's own prompt cache.
const WITHOUT_SAY = new Set([
  "stream",
  "streaming",
  "stream_options",
  "stream_usage",
  "streamUsage",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "promptCacheKey",
  "prompt_cache_retention",
  "promptCacheRetention",
  "cache_control",
]);

// What stands elsewhere in the request.
const ELSEWHERE = new Set(["tools", "messages"]);

type Apart = (field: string, value: unknown) => boolean;

const NOTHING: Apart = () => false;

const isOfTheRun: Apart = (field, value) =>
  RUN_CONFIG.has(field) ||
  isSaidElsewhere(field) ||
  // What `streamEvents` and a client's request options are called.
  (field === "version" && /^v[123]$/.test(String(value))) ||
  (field === "encoding" && value === "text/event-stream") ||
  (field === "options" && isRecord(value) && Object.keys(value).every((name) => REQUEST_OPTIONS.has(name)));

const REQUEST_OPTIONS = new Set(["headers", "signal", "timeout", "maxRetries", "httpAgent", "path", "query"]);

const isSaidElsewhere = (field: string): boolean => ELSEWHERE.has(field) || WITHOUT_SAY.has(field);

const OPENAI_NAMES = new Map([
  ["max_completion_tokens", "max_tokens"],
  ["max_output_tokens", "max_tokens"],
  ["maxOutputTokens", "max_tokens"],
  ["maxTokens", "max_tokens"],
  ["topP", "top_p"],
  ["topK", "top_k"],
  ["presencePenalty", "presence_penalty"],
  ["frequencyPenalty", "frequency_penalty"],
  ["stop_sequences", "stop"],
  ["stopSequences", "stop"],
  ["toolChoice", "tool_choice"],
  ["reasoningEffort", "reasoning_effort"],
]);

function toSettings(
  facts: CallFacts,
  sent: Record<string, unknown>,
  names: ToolNames,
): Record<string, unknown> {
  const { lsParams, options } = facts;
  const settings: Record<string, unknown> = Object.create(null);
  const neutral = {
    temperature: lsParams.ls_temperature,
    max_tokens: lsParams.ls_max_tokens,
    stop: lsParams.ls_stop,
  };
  // What is sent goes before what was asked for, and that before LangChain's neutral names.
  for (const [source, apart] of [
    [neutral, NOTHING],
    [options, isOfTheRun],
    [sent, isSaidElsewhere],
  ] as const) {
    for (const [field, value] of Object.entries(source)) {
      // Settings this file has never heard of count too.
      if (apart(field, value) || value === undefined || value === null) continue;
      const setting = plainSetting(value);
      if (setting !== undefined) settings[OPENAI_NAMES.get(field) ?? field] = setting;
    }
  }
  // Said once in the model's name; another one that is sent counts.
  const name = bareName(lsParams, sent);
  for (const field of MODEL_NAMES)
    if (facts.named !== undefined || settings[field] === name) delete settings[field];
  const choice = toToolChoice(settings.tool_choice, names);
  if (choice === undefined) delete settings.tool_choice;
  else settings.tool_choice = choice;
  if (settings.response_format !== undefined) {
    // createAgent says one schema in three dialects.
    delete settings.outputConfig;
    delete settings.responseSchema;
  }
  if (Array.isArray(settings.stop) && settings.stop.length === 0) delete settings.stop;
  // A name of the user's stands for all of that.
  if (facts.named === undefined && facts.identity) settings.identity = facts.identity;
  return settings;
}

function plainSetting(value: unknown): unknown {
  if (isInteropZodSchema(value)) return withoutDialect(toJsonSchema(value));
  if (!isRecord(value)) return plain(value);
  const entries = Object.entries(value).map(([field, item]) => [field, plainSetting(item)] as const);
  return Object.fromEntries(entries.filter(([field, item]) => item !== undefined && field !== "$schema"));
}

function toToolChoice(choice: unknown, names: ToolNames): unknown {
  if (choice === "auto" || choice === undefined) return undefined;
  if (choice === "any") return "required";
  if (choice === "none" || choice === "required") return choice;
  const named = (name: string): unknown => ({ type: "function", function: { name: names.toCore(name) } });
  if (typeof choice === "string") return named(choice);
  if (!isRecord(choice)) return choice;
  if (choice.type === "auto" || choice.type === "any" || choice.type === "none")
    return toToolChoice(choice.type, names);
  if (isRecord(choice.function) && typeof choice.function.name === "string")
    return named(choice.function.name);
  return choice.type === "tool" && typeof choice.name === "string" ? named(choice.name) : choice;
}

// Converted anew at every call: a tool's description may be rewritten between two of them.
function toTools(tool: unknown): CoreTool[] {
  return isRecord(tool) ? convert(tool) : [];
}

/** A tool in any of LangChain's shapes as OpenAI tools (Google and Bedrock put several into one). */
function convert(tool: Record<string, unknown>): CoreTool[] {
  if (isRecord(tool.function) && typeof tool.function.name === "string") {
    const { type: _type, function: _spec, cache_control: _hint, ...beside } = tool;
    // What is said of a tool beside its function (that it is to be loaded late) may shape a reply.
    return [{ ...(plain(beside) as object), ...openAITool(tool.function) }];
  }
  if (Array.isArray(tool.functionDeclarations)) {
    return tool.functionDeclarations.filter(isRecord).map((declared) => openAITool({ ...declared }));
  }
  const { toolSpec } = tool;
  if (isRecord(toolSpec)) {
    const { inputSchema, ...spec } = toolSpec;
    return [
      openAITool({
        ...spec,
        parameters: isRecord(inputSchema) ? (inputSchema.json ?? inputSchema) : undefined,
      }),
    ];
  }
  if (typeof tool.name === "string" && tool.input_schema !== undefined) {
    const { input_schema: parameters, cache_control: _hint, type: _type, ...spec } = tool;
    return [openAITool({ ...spec, parameters })];
  }
  if (typeof tool.name === "string" && tool.schema !== undefined) {
    return convert(convertToOpenAITool(tool) as unknown as Record<string, unknown>);
  }
  // A provider's own tool (web search): compared as it is.
  return [plain(tool) as CoreTool];
}

function openAITool(spec: Record<string, unknown>): CoreTool {
  const { parameters, ...rest } = spec;
  const schema = isInteropZodSchema(parameters) ? toJsonSchema(parameters) : parameters;
  const fields = plain({ ...rest, parameters: withoutDialect(schema) }) as Record<string, unknown>;
  return { type: "function", function: { ...fields, name: String(spec.name) } };
}

// The dialect is the library's, not the tool's; a property with a default is never demanded of the model.
function withoutDialect(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const { $schema: _dialect, required, ...rest } = schema as JSONSchema & Record<string, unknown>;
  const properties = isRecord(rest.properties) ? rest.properties : {};
  const demanded = (Array.isArray(required) ? (required as unknown[]) : []).filter((name) => {
    const property = properties[String(name)];
    return !(isRecord(property) && "default" in property);
  });
  return defined({ ...rest, required: demanded.length > 0 ? demanded : undefined });
}

function rename(tool: CoreTool, names: ToolNames): CoreTool {
  const name = tool.function?.name;
  if (tool.function === undefined || name === undefined || names.toCore(name) === name) return tool;
  return { ...tool, function: { ...tool.function, name: names.toCore(name) } };
}
