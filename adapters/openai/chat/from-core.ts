/** How a known reply becomes a completion of the Chat Completions API again, whole or in chunks. */
import type { ContentPart, ToolCall } from "reprise";
import type { Known } from "../../shared/framework-call.js";
import { cut, type Pieces } from "../../shared/pieces.js";
import type { ReplyContext } from "../api.js";
import { readNotes } from "../notes.js";
import { isRecord, type JsonRecord, recordsIn, without } from "../record-of.js";
import type { ServerSentEvent } from "../sse.js";

/**
 * A completion with fresh ids and a usage of zero; `undefined` for a reply that holds what a completion has
 * no word for.
 */
export function toReply(known: Known, { body, now, generateId }: ReplyContext): JsonRecord | undefined {
  const { reply, details, exact } = known;
  const notes = readNotes(details, "chat");
  const said = toText(reply.content);
  if (!said) return undefined;
  const calls = (reply.tool_calls ?? []) as readonly (ToolCall & { readonly beside?: unknown })[];
  const tool_calls = calls.map(({ function: { name, arguments: args }, beside }) => ({
    id: `call_${generateId().slice(0, 24)}`,
    type: "function",
    function: { name, arguments: args },
    ...(exact && isRecord(beside) && beside),
  }));
  const message = {
    role: "assistant",
    content: said.text === "" ? null : said.text,
    ...(isRecord(notes?.message) ? notes.message : { refusal: null }),
    ...(said.reasoning !== "" && { [String(notes?.reasoning ?? "reasoning_content")]: said.reasoning }),
    ...without(reply, ["role", "content", "tool_calls"]),
    ...(said.text !== "" && { content: said.text }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
  const ending = tool_calls.length > 0 ? "tool_calls" : "stop";
  return {
    id: `chatcmpl-reprise-${generateId()}`,
    object: "chat.completion",
    created: Math.floor(now() / 1_000),
    model: typeof body.model === "string" ? body.model : "",
    ...notes?.around,
    choices: [
      {
        index: 0,
        message,
        ...(isRecord(notes?.choice) ? notes.choice : { logprobs: null }),
        finish_reason: toEnding(details.finishReason) ?? ending,
      },
    ],
    usage: notes?.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  };
}

// Recorded by another framework, the ending may be in another provider's words.
function toEnding(reason: string | undefined): string | undefined {
  return reason === "stop" || reason === "tool_calls" ? reason : undefined;
}

function toText(
  content: string | readonly ContentPart[] | null | undefined,
): { text: string; reasoning: string } | undefined {
  if (typeof content === "string") return { text: content, reasoning: "" };
  const said = { text: "", reasoning: "" };
  for (const { type, text } of content ?? []) {
    if ((type !== "text" && type !== "reasoning") || text === undefined) return undefined;
    said[type] += text;
  }
  return said;
}

/**
 * A completion as the chunks of a stream: the role first, reasoning, text, calls, the ending; usage where it
 * was asked for.
 */
export function* toEvents(
  completion: JsonRecord,
  { body, pieces }: { readonly body: JsonRecord; readonly pieces: Pieces },
): Generator<ServerSentEvent> {
  const [choice] = recordsIn(completion.choices);
  const message = isRecord(choice?.message) ? choice.message : {};
  const withUsage = isRecord(body.stream_options) && body.stream_options.include_usage === true;
  const envelope = {
    ...without(completion, ["choices", "usage"]),
    object: "chat.completion.chunk",
    ...(withUsage && { usage: null }),
  };
  const chunk = (delta: object, ending: unknown = null): ServerSentEvent => ({
    data: JSON.stringify({
      ...envelope,
      choices: [{ ...without(choice ?? {}, ["message"]), delta, finish_reason: ending }],
    }),
  });
  const { content, tool_calls, ...rest } = message;
  const later = Object.entries(rest).filter(
    ([name, value]) => /^reasoning/.test(name) && typeof value === "string",
  );
  yield chunk({
    ...without(
      rest,
      later.map(([name]) => name),
    ),
    content: typeof content === "string" ? "" : null,
  });
  for (const [name, value] of later) yield chunk({ [name]: value });
  if (typeof content === "string" && content !== "")
    for (const piece of cut(content, pieces)) yield chunk({ content: piece });
  for (const [index, call] of recordsIn(tool_calls).entries()) {
    const called = isRecord(call.function) ? call.function : {};
    yield chunk({ tool_calls: [{ index, ...call, function: { ...called, arguments: "" } }] });
    yield chunk({ tool_calls: [{ index, function: { arguments: called.arguments } }] });
  }
  yield chunk({}, choice?.finish_reason);
  if (withUsage) yield { data: JSON.stringify({ ...envelope, choices: [], usage: completion.usage }) };
  yield { data: "[DONE]" };
}
