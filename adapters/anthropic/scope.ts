/** What of a request of the Messages API shapes its reply beside the conversation, in the words of Chat Completions. */

import { isRecord, isVoid, type JsonRecord, recordsIn, without } from "../openai/record-of.js";
import { type AskedProvider, type CallScope, type House, toScope as scopeOf } from "../openai/scope.js";
import { Aside } from "../shared/aside.js";
import { refuseServerState } from "../shared/server-state.js";
import { isContinued } from "./threads.js";

/** Fields of a body that are no part of the scope, whoever is asked, and why. Every other field is. */
export const APART: ReadonlyMap<string, string> = new Map([
  ["model", "stands in the scope under its own name"],
  ["tools", "stand in the scope under their own name"],
  ["messages", "are the conversation"],
  ["system", "is the conversation's first message"],
  ["stream", "says how the reply is carried, not what it says"],
  ["thread", "says whether the provider keeps the conversation"],
  ["cache_control", "is a hint to the provider's own prompt cache"],
]);

/**
 * Fields that Anthropic documents as bookkeeping. Elsewhere the same word may mean anything, so there it is
 * scope.
 */
export const BOOKKEEPING: ReadonlyMap<string, string> = new Map([
  ["metadata", "names the end user, to tell abuse"],
]);

const ANTHROPIC: House = {
  name: "anthropic",
  endpoint: "https://api.anthropic.com/v1",
  apart: APART,
  bookkeeping: BOOKKEEPING,
};

/** Headers that change what a request means, whatever the user calls the model. */
const FEATURES: readonly string[] = ["anthropic-version", "anthropic-beta"];

/** The scope of a body. */
export function toScope(body: JsonRecord, provider: AskedProvider): CallScope {
  const features = Object.entries(provider.onBehalfOf).filter(([name]) => FEATURES.includes(name));
  const onBehalfOf = without(provider.onBehalfOf, FEATURES) as Record<string, string>;
  const { settings, ...scope } = scopeOf(inWordsOfChat(body), { ...provider, onBehalfOf }, ANTHROPIC);
  const all = { ...settings, ...(features.length > 0 && { features: Object.fromEntries(features) }) };
  return { ...scope, ...(Object.keys(all).length > 0 && { settings: all }) };
}

// By their types, without the dates behind them. What a computer, an editor or a memory is asked runs with
// the client.
const PROVIDER_TOOL = /^(?:web_search|web_fetch|code_execution|tool_search_tool|advisor|mcp)_/;

/**
 * Throws an `Aside` for a body whose meaning or whose reply lies with the provider: what is kept there, and
 * tools that it runs itself, which find today what they may not find tomorrow.
 */
export function refuseProviderSide(body: JsonRecord): void {
  refuseServerState(without(body, ["messages", "system", "metadata"]));
  const isRunThere = recordsIn(body.tools).some(({ type }) => PROVIDER_TOOL.test(String(type)));
  if (isRunThere || isContinued(body) || !isVoid(body.mcp_servers)) throw new Aside("server-state");
}

/** The settings of a body as Chat Completions has them, where it has them; all others stay as they are. */
export function inWordsOfChat(body: JsonRecord): JsonRecord {
  const { stop_sequences: stop, tool_choice: choice, output_config: output, tools, ...rest } = body;
  const words: Record<string, unknown> = {
    ...(stop !== undefined && { stop }),
    ...toOutput(output),
    ...toToolChoice(choice),
    ...(tools !== undefined && { tools: Array.isArray(tools) ? tools.map(toTool) : tools }),
  };
  // A word may not take the place of a field that the body has under that name.
  for (const [name, value] of Object.entries(rest)) words[name in words ? `body ${name}` : name] = value;
  return words;
}

function toOutput(output: unknown): JsonRecord {
  if (!isRecord(output)) return output === undefined ? {} : { output_config: output };
  const { format, ...more } = output;
  const isSchema = isRecord(format) && format.type === "json_schema" && isRecord(format.schema);
  const kept = isSchema ? more : output;
  return {
    ...(isSchema && { response_format: { type: "json_schema", json_schema: without(format, ["type"]) } }),
    ...(Object.keys(kept).length > 0 && { output_config: kept }),
  };
}

const CHOICES = new Map([
  ["auto", "auto"],
  ["any", "required"],
  ["none", "none"],
]);

function toToolChoice(choice: unknown): JsonRecord {
  if (choice === undefined) return {};
  if (!isRecord(choice)) return { tool_choice: choice };
  const { type, name, disable_parallel_tool_use: single, ...more } = choice;
  const word = typeof type === "string" && name === undefined ? CHOICES.get(type) : undefined;
  const chosen =
    type === "tool" && typeof name === "string" ? { type: "function", function: { name } } : word;
  if (
    chosen === undefined ||
    Object.keys(more).length > 0 ||
    (single !== undefined && typeof single !== "boolean")
  )
    return { tool_choice: choice };
  return { tool_choice: chosen, ...(single === true && { parallel_tool_calls: false }) };
}

/** A tool as a function; what a client runs of Anthropic's own making stays as it is. */
function toTool(tool: unknown): unknown {
  if (!isRecord(tool)) return tool;
  const { type, name, description, input_schema: parameters, strict, cache_control: _hint, ...more } = tool;
  if ((type !== undefined && type !== null && type !== "custom") || !isRecord(parameters))
    return without(tool, ["cache_control"]);
  const spec = Object.entries({ name, description, parameters, strict }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...more, type: "function", function: Object.fromEntries(spec) };
}
