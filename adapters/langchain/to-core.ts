/**
 * What of LangChain's messages is compared: roles, content, tool calls and results; no ids, no metadata of
 * past runs.
 */
import {
  AIMessage,
  type BaseMessage,
  type ChatMessage,
  type FunctionMessage,
  ToolMessage,
} from "@langchain/core/messages";
import type { ContentPart, Message, Reply, ToolCall } from "reprise";
import { defined } from "../shared/defined.js";
import { brief, callerParts, modelParts } from "./blocks.js";
import { ACCOUNT, SIGNATURES } from "./notes.js";
import { NotPlain, plain } from "./plain.js";
import type { ToolNames } from "./tool-names.js";

/**
 * The messages in the Chat Completions shape, with tool-call ids by position. Throws `NotPlain` for one that
 * has no such shape (a `RemoveMessage`, arguments that JSON cannot hold): such a conversation is not for the
 * cache.
 */
export function toMessages(messages: readonly BaseMessage[], names: ToolNames): Message[] {
  // A provider may use an id again in a later step: a result belongs to the last call before it that bore its
  // id.
  const calls = new Map<string, { readonly id: string; readonly name: string }>();
  let count = 0;
  const called = (id: string | undefined, name: string): string => {
    const position = `call_${count++}`;
    if (id !== undefined) calls.set(id, { id: position, name });
    return position;
  };
  return messages.map((message): Message => {
    if (AIMessage.isInstance(message) || message.type === "ai")
      return toAssistant(message as AIMessage, names, called);
    if (ToolMessage.isInstance(message) || message.type === "tool") {
      const { tool_call_id, status } = message as ToolMessage;
      const call = calls.get(tool_call_id);
      const named = message.name === undefined ? undefined : names.toCore(message.name);
      return {
        role: "tool",
        tool_call_id: call?.id ?? "unknown",
        content: brief(callerParts(message)),
        // The call says what the tool is called; only another name is news.
        ...(named !== undefined && named !== call?.name && { name: named }),
        ...(status === "error" && { is_error: true }),
      };
    }
    return toCallerMessage(message);
  });
}

/** The model's reply in the shape it would have as a message of the next request. */
export function toReply(message: AIMessage, names: ToolNames): Reply {
  let count = 0;
  return toAssistant(message, names, () => `call_${count++}`);
}

function toCallerMessage(message: BaseMessage): Message {
  const { __openai_role__: role, ...kwargs } = message.additional_kwargs;
  const parts = callerParts(message);
  // What the caller adds beside the content may reach the provider, so it counts.
  const more = extra(kwargs);
  const content = brief(more ? [...parts, more] : parts);
  const name = message.name === undefined ? {} : { name: message.name };
  switch (message.type) {
    case "system":
      return { role: role === "developer" ? "developer" : "system", content, ...name };
    case "human":
      return { role: "user", content, ...name };
    case "function":
      return { role: "function", content, name: (message as FunctionMessage).name ?? "" };
    case "generic":
      return { role: (message as ChatMessage).role, content, ...name };
    default:
      throw new NotPlain();
  }
}

function toAssistant(
  message: AIMessage,
  names: ToolNames,
  called: (id: string | undefined, name: string) => string,
): Message {
  const tool_calls = [
    ...(message.tool_calls ?? []).map((call): ToolCall => {
      const name = names.toCore(call.name);
      const args = JSON.stringify(plain(call.args ?? {}));
      return { id: called(call.id, name), type: "function", function: { name, arguments: args } };
    }),
    // No JSON: compared as the text it is.
    ...(message.invalid_tool_calls ?? []).map((call): ToolCall => {
      const name = names.toCore(call.name ?? "");
      return { id: called(call.id, name), type: "function", function: { name, arguments: call.args ?? "" } };
    }),
  ];
  const more = extra(modelKwargs(message));
  const parts = more ? [...modelParts(message), more] : modelParts(message);
  return {
    role: "assistant",
    content: parts.length > 0 ? brief(parts) : null,
    // createAgent writes its node's name on every reply; any other name tells speakers apart.
    ...(message.name !== undefined && message.name !== AGENT_NODE && { name: message.name }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
}

const AGENT_NODE = "model";

/** The type of the part that keeps a message's `additional_kwargs`. */
export const EXTRA = "langchain_kwargs";

function extra(kwargs: Record<string, unknown>): ContentPart | undefined {
  const kept = plain(defined(kwargs)) as Record<string, unknown>;
  return Object.keys(kept).length > 0 ? { type: EXTRA, kwargs: kept } : undefined;
}

// Said elsewhere: calls, reasoning, signatures by call id.
const SAID_ELSEWHERE = new Set([
  ...["tool_calls", "reasoning_content", "reasoning", "parsed", SIGNATURES],
  ...["__openai_function_call_ids__", "__raw_response"],
]);

function modelKwargs(message: AIMessage): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message.additional_kwargs ?? {}).filter(
      ([name, value]) =>
        !SAID_ELSEWHERE.has(name) &&
        !ACCOUNT.has(name) &&
        value !== null &&
        value !== "" &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}
