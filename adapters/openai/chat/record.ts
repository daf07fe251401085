/** Which replies of the Chat Completions API are learned, and in what shape. */
import type { ContentPart, Reply, ToolCall } from "reprise";
import { parseJson, type Recording } from "../../shared/record.js";
import { tellsOfSearch } from "../../shared/searched.js";
import { around, type Notes, tokens, zeroed } from "../notes.js";
import { isRecord, isVoid, type JsonRecord, recordsIn, without } from "../record-of.js";

/** What providers call the field in which they show a model's reasoning. */
const REASONING = ["reasoning_content", "reasoning"] as const;
const KNOWN = [
  "role",
  "content",
  "tool_calls",
  "refusal",
  "annotations",
  "audio",
  "function_call",
  ...REASONING,
];

/** The reply to learn, or why it must not be replayed. */
export function toRecord(completion: JsonRecord): Recording {
  const choices = recordsIn(completion.choices);
  const [choice] = choices;
  if (!isVoid(completion.error) || choice === undefined || !isRecord(choice.message)) return "invalid";
  if (choices.length > 1) return "samples";
  const { message, finish_reason: finishReason } = choice;
  if (finishReason !== "stop" && finishReason !== "tool_calls") return "finish-reason";
  if (!isVoid(message.refusal)) return "finish-reason";
  // What it heard or found lies with the provider; odds of its words belong to one run.
  if (!isVoid(message.audio) || !isVoid(choice.logprobs) || citesAddress(message)) return "provider-side";
  if (tellsOfSearch(completion) || tellsOfSearch(message)) return "provider-side";
  // Before there were tools there was one function, whose calls nobody can take up again under an id.
  if (!isVoid(message.function_call)) return "provider-side";
  const calls = toCalls(message.tool_calls);
  if (calls === undefined) return "invalid-arguments";
  const reply = toReply(message, calls);
  if (isVoid(reply.content) && calls.length === 0) return "empty";
  const usage = isRecord(completion.usage) ? completion.usage : {};
  return {
    reply,
    details: {
      finishReason,
      usage: { inputTokens: tokens(usage.prompt_tokens), outputTokens: tokens(usage.completion_tokens) },
      notes: { openai: notesOf(completion, choice, message) },
    },
  };
}

function citesAddress({ annotations }: JsonRecord): boolean {
  return recordsIn(annotations).some(({ type }) => type === "url_citation" || type === "file_citation");
}

/** Calls of functions; `undefined` for any other, or for arguments that are no JSON. */
function toCalls(given: unknown): ToolCall[] | undefined {
  const calls: ToolCall[] = [];
  for (const call of recordsIn(given)) {
    const { function: called } = call;
    if (!isRecord(called) || typeof called.name !== "string" || typeof called.arguments !== "string")
      return undefined;
    // Some providers write no arguments as no text.
    const args = called.arguments === "" ? "{}" : called.arguments;
    if (!parseJson(args)) return undefined;
    const more = without(call, ["id", "type", "index", "function"]);
    calls.push({
      id: `call_${calls.length}`,
      type: "function",
      function: { name: called.name, arguments: args },
      // A provider's signature, say: it comes back with this very reply.
      ...(Object.keys(more).length > 0 && { beside: more }),
    });
  }
  return calls;
}

function toReply(message: JsonRecord, calls: readonly ToolCall[]): Reply {
  const reasoning = REASONING.map((name) => message[name]).find(
    (value) => typeof value === "string" && value !== "",
  );
  const { content } = message;
  const parts: ContentPart[] = typeof reasoning === "string" ? [{ type: "reasoning", text: reasoning }] : [];
  if (typeof content === "string" && content !== "") parts.push({ type: "text", text: content });
  const more = Object.entries(without(message, KNOWN)).filter(([, value]) => !isVoid(value));
  return {
    // Fields that this file has never heard of are part of what was said.
    ...Object.fromEntries(more),
    role: "assistant",
    content: parts.length === 0 ? null : typeof reasoning === "string" ? parts : (content as string),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function notesOf(completion: JsonRecord, choice: JsonRecord, message: JsonRecord): Notes {
  const voids = Object.entries(message).filter(([name, value]) => name !== "role" && isVoid(value));
  return {
    api: "chat",
    around: around(completion, ["object", "choices", "usage"]),
    choice: Object.fromEntries(
      Object.entries(choice).filter(([name, value]) => name !== "finish_reason" && value === null),
    ),
    message: Object.fromEntries(voids),
    reasoning: REASONING.find((name) => typeof message[name] === "string" && message[name] !== ""),
    ...(isRecord(completion.usage) && { usage: zeroed(completion.usage) }),
  };
}
