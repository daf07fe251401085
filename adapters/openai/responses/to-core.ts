/**
 * What a request of the Responses API is to the cache: its items as messages in the shape of Chat
 * Completions.
 */
import type { ContentPart, Message, ToolCall } from "reprise";
import { Aside } from "../../shared/aside.js";
import type { Schemas } from "../../shared/fits.js";
import type { Asked } from "../../shared/framework-call.js";
import type { Body } from "../body.js";
import { schemas as chatSchemas } from "../chat/to-core.js";
import { isRecord, type JsonRecord, recordsIn, without } from "../record-of.js";
import { type AskedProvider, partOptions, refuseState, toScope } from "../scope.js";

/**
 * The request. Throws `Aside` for one that builds on state of the provider, its items that are only named
 * included.
 */
export function toAsked({ plain, exact }: Body, provider: AskedProvider): Asked {
  refuseState(plain);
  const messages = toMessages(exact);
  const { settings, ...scope } = toScope(inWordsOfChat(exact), provider);
  const all = { ...settings, ...partOptions(messages) };
  return { messages, ...scope, ...(Object.keys(all).length > 0 && { settings: all }) };
}

/** What is asked of the reply. */
export const schemas = (body: JsonRecord): Schemas => chatSchemas(inWordsOfChat(body));

/** The settings of a body as Chat Completions has them, where it has them; all others stay as they are. */
function inWordsOfChat(body: JsonRecord): JsonRecord {
  const { text, reasoning, tools, tool_choice, ...rest } = body;
  const words: Record<string, unknown> = { ...rest };
  const { format, verbosity, ...moreText }: Record<string, unknown> = isRecord(text) ? text : {};
  if (isRecord(format) && format.type !== "text") {
    const { type, ...schema } = format;
    words.response_format = type === "json_schema" ? { type, json_schema: schema } : format;
  } else if (isRecord(format) && Object.keys(format).length > 1) moreText.format = format;
  if (verbosity !== undefined) words.verbosity = verbosity;
  if (!isRecord(text) ? text !== undefined : Object.keys(moreText).length > 0)
    words.text = isRecord(text) ? moreText : text;
  if (isRecord(reasoning)) {
    const { effort, ...more } = reasoning;
    if (effort !== undefined) words.reasoning_effort = effort;
    if (Object.keys(more).length > 0) words.reasoning = more;
  } else if (reasoning !== undefined) words.reasoning = reasoning;
  // A setting may not take the place of a field that the body has under that name.
  for (const name of ["response_format", "verbosity", "reasoning_effort"]) {
    if (name in body && words[name] !== body[name]) words[`body ${name}`] = body[name];
  }
  if (Array.isArray(tools)) words.tools = tools.map(toTool);
  else if (tools !== undefined) words.tools = tools;
  if (tool_choice !== undefined) words.tool_choice = toToolChoice(tool_choice);
  return words;
}

function toTool(tool: unknown): unknown {
  if (!isRecord(tool) || tool.type !== "function" || isRecord(tool.function)) return tool;
  const { type, name, description, parameters, strict, ...more } = tool;
  const spec = Object.entries({ name, description, parameters, strict }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...more, type, function: Object.fromEntries(spec) };
}

function toToolChoice(choice: unknown): unknown {
  if (!isRecord(choice) || choice.type !== "function" || typeof choice.name !== "string") return choice;
  const { type, name, ...more } = choice;
  return { ...more, type, function: { name } };
}

/** The conversation of a body, its instructions first. */
function toMessages({ instructions, input }: JsonRecord): Message[] {
  const messages: Message[] =
    typeof instructions === "string" && instructions !== ""
      ? [{ role: "system", content: instructions }]
      : [];
  if (typeof input === "string") return [...messages, { role: "user", content: input }];
  if (
    !Array.isArray(input) ||
    (instructions !== undefined && instructions !== null && typeof instructions !== "string")
  ) {
    throw new Aside("invalid");
  }
  const turns = createTurns(messages);
  for (const item of input as readonly unknown[]) {
    if (!isRecord(item)) throw new Aside("invalid");
    takeItem(item, turns);
  }
  return messages;
}

/** Messages in the making: what the model said in one go is one message. */
interface Turns {
  add(message: Message): void;
  /** Adds to the message that the model is saying: reasoning, then the parts of a text, then calls. */
  say(...parts: readonly ContentPart[]): void;
  call(call: ToolCall): void;
}

function createTurns(messages: Message[]): Turns {
  let said: { role: "assistant"; content: ContentPart[]; tool_calls?: ToolCall[] } | undefined;

  function saying(starts: boolean): NonNullable<typeof said> {
    if (!said || starts) {
      said = { role: "assistant", content: [] };
      messages.push(said);
    }
    return said;
  }

  return {
    add(message) {
      said = undefined;
      messages.push(message);
    },
    say(...parts) {
      const last = said?.content.at(-1);
      const starts = said?.tool_calls !== undefined || (last !== undefined && last.type !== "reasoning");
      saying(starts).content.push(...parts);
    },
    call(call) {
      const turn = saying(false);
      turn.tool_calls = [...(turn.tool_calls ?? []), call];
    },
  };
}

// What the provider notes on an item: it is never compared.
const NOTED = ["id", "status", "encrypted_content", "created_by"];

function takeItem(item: JsonRecord, turns: Turns): void {
  const { type = "message" } = item;
  switch (type) {
    case "message":
      takeMessage(item, turns);
      return;
    case "item_reference":
      throw new Aside("server-state");
    case "reasoning": {
      const text = recordsIn(item.summary)
        .map((part) => String(part.text ?? ""))
        .join("\n\n");
      const full = recordsIn(item.content)
        .map((part) => String(part.text ?? ""))
        .join("\n\n");
      if (text + full !== "") turns.say({ type: "reasoning", text: full === "" ? text : full });
      return;
    }
    case "function_call": {
      const { name, arguments: args, call_id: id } = item;
      if (typeof name !== "string" || typeof args !== "string") throw new Aside("invalid");
      const more = without(item, [...NOTED, "type", "name", "arguments", "call_id"]);
      if (Object.keys(more).length > 0) turns.say({ type: "call_options", options: more });
      turns.call({
        ...(typeof id === "string" && { id }),
        type: "function",
        function: { name, arguments: args },
      });
      return;
    }
    case "function_call_output": {
      const { call_id: id, output } = item;
      const more = without(item, [...NOTED, "type", "call_id", "output"]);
      const content = typeof output === "string" ? output : toParts(output);
      turns.add({ ...more, role: "tool", ...(typeof id === "string" && { tool_call_id: id }), content });
      return;
    }
    default:
      // Tools that the provider ran, and what is to come: compared as they are.
      turns.say({ ...without(item, [...NOTED, "type"]), type: String(type) });
  }
}

function takeMessage(item: JsonRecord, turns: Turns): void {
  const { role, content } = item;
  if (typeof role !== "string") throw new Aside("invalid");
  const more = without(item, [...NOTED, "type", "role", "content"]);
  if (role === "assistant" && Object.keys(more).length === 0) {
    const parts = typeof content === "string" ? [{ type: "text", text: content }] : toParts(content);
    turns.say(...parts);
  } else turns.add({ ...more, role, content: typeof content === "string" ? content : toParts(content) });
}

function toParts(content: unknown): ContentPart[] {
  if (!Array.isArray(content)) throw new Aside("invalid");
  return content.map((part: unknown): ContentPart => {
    if (!isRecord(part) || typeof part.type !== "string") throw new Aside("invalid");
    if (part.type === "input_text" || part.type === "output_text") {
      // What it cites, and the odds of its words, came with one reply.
      return { ...without(part, ["annotations", "logprobs"]), type: "text", text: String(part.text ?? "") };
    }
    if (part.type === "input_image" && typeof part.image_url === "string") {
      const { type: _type, image_url: url, ...more } = part;
      return { type: "image_url", image_url: { url, ...more } };
    }
    return { ...part, type: part.type };
  });
}
