/** What a request of the Messages API is to the cache: its messages in the shape of Chat Completions. */
import type { ContentPart, Message, ToolCall } from "reprise";
import type { Body } from "../openai/body.js";
import { schemas as chatSchemas } from "../openai/chat/to-core.js";
import { isRecord, type JsonRecord, without } from "../openai/record-of.js";
import type { AskedProvider } from "../openai/scope.js";
import { Aside } from "../shared/aside.js";
import type { Schemas } from "../shared/fits.js";
import type { Asked } from "../shared/framework-call.js";
import { said, toPart } from "./blocks.js";
import { inWordsOfChat, refuseProviderSide, toScope } from "./scope.js";

/**
 * The request. Throws `Aside` for one that builds on state of the provider, or on tools that the provider
 * runs.
 */
export function toAsked({ plain, exact }: Body, provider: AskedProvider): Asked {
  refuseProviderSide(plain);
  try {
    return { messages: toMessages(exact), ...toScope(exact, provider) };
  } catch (error) {
    throw error instanceof TypeError ? new Aside("invalid") : error;
  }
}

/** What is asked of the reply. */
export const schemas = (body: JsonRecord): Schemas => chatSchemas(inWordsOfChat(body));

/** The conversation of a body, its instructions first. Throws a `TypeError` for what is none. */
function toMessages({ system, messages }: JsonRecord): Message[] {
  if (!Array.isArray(messages)) throw new TypeError("messages are a list");
  const instructions = system === undefined || system === null ? [] : toContent(system);
  return [
    ...(instructions.length > 0 ? [{ role: "system", content: instructions }] : []),
    ...messages.flatMap(toTurns),
  ];
}

/** Texts and blocks alike as parts. */
const toContent = (content: unknown): ContentPart[] => blocksOf(content).map(toPart);

function blocksOf(content: unknown): readonly JsonRecord[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content) || !content.every(isRecord)) throw new TypeError("content is text or blocks");
  return content;
}

/** A message as one, or, where it holds results of tools, as one for each of these and for what is between. */
function toTurns(message: unknown): Message[] {
  if (!isRecord(message) || typeof message.role !== "string") throw new TypeError("a message has a role");
  const { role, content, ...rest } = message;
  const more = apart(rest);
  const blocks = blocksOf(content);
  if (role === "assistant") return [{ ...more, ...toAssistant(blocks) }];
  const turns: Message[] = [];
  let parts: ContentPart[] | undefined;
  for (const block of blocks) {
    if (block.type === "tool_result") {
      turns.push(toResult(block));
      parts = undefined;
      continue;
    }
    if (!parts) {
      parts = [];
      turns.push({ ...more, role, content: parts });
    }
    parts.push(toPart(block));
  }
  return turns.length > 0 ? turns : [{ ...more, role, content: [] }];
}

/** Fields that nobody has heard of, under names that are not those of Chat Completions. */
const apart = (more: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(more).map(([name, value]) => [`body ${name}`, value]));

function toResult(block: JsonRecord): Message {
  const { tool_use_id: id, content, is_error } = block;
  return {
    ...apart(said(block, ["tool_use_id", "content", "is_error"])),
    role: "tool",
    ...(typeof id === "string" && { tool_call_id: id }),
    content: content === undefined || content === null ? [] : toContent(content),
    ...(is_error === true && { is_error }),
  };
}

function toAssistant(blocks: readonly JsonRecord[]): Message {
  const content: ContentPart[] = [];
  const tool_calls: ToolCall[] = [];
  let isMixed = false;
  for (const block of blocks) {
    if (block.type !== "tool_use") {
      isMixed ||= tool_calls.length > 0;
      content.push(toPart(block));
      continue;
    }
    const more = optionsOf(block);
    if (Object.keys(more).length > 0) content.push({ type: "call_options", options: more });
    tool_calls.push(toCall(block));
  }
  return {
    role: "assistant",
    content,
    ...(tool_calls.length > 0 && { tool_calls }),
    // Calls come after what is said; where they did not, their place counts.
    ...(isMixed && { order: blocks.map(({ type }) => type) }),
  };
}

function toCall({ id, name, input }: JsonRecord): ToolCall {
  if (typeof name !== "string") throw new TypeError("a call has a name");
  return {
    ...(typeof id === "string" && { id }),
    type: "function",
    function: { name, arguments: JSON.stringify(input ?? {}) },
  };
}

/** What a call says beside its name and its input; that the model called it itself goes without saying. */
export function optionsOf(call: JsonRecord): JsonRecord {
  const more = said(call, ["id", "name", "input"]);
  const { caller } = more;
  return isRecord(caller) && caller.type === "direct" && Object.keys(caller).length === 1
    ? without(more, ["caller"])
    : more;
}
