/** Reads OpenAI's Responses API: its requests and responses as the Chat Completions that the cache takes. */
import type { ContentPart, Message, Reply, ReplyDetails, ToolCall } from "reprise";
import * as z from "zod";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part)]);
const item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: content.optional(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  output: content.optional(),
  summary: z.array(part).optional(),
});
/** A request of the Responses API. */
export const responsesRequest = z.looseObject({
  input: z.union([z.string(), z.array(item)]),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.unknown().optional(),
});
/** A response of the Responses API. */
export const responsesResponse = z.looseObject({
  output: z.array(item),
  status: z.string().optional(),
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }).nullish(),
});

type Item = z.infer<typeof item>;

/**
 * A request as a chat's: every other field stays as it is. `undefined` where the rest of the conversation
 * lies with the provider.
 */
export function chatRequestOf(
  request: z.infer<typeof responsesRequest>,
): (Record<string, unknown> & { messages: Message[] }) | undefined {
  const { input, instructions, previous_response_id: previous, conversation, ...settings } = request;
  if (previous || conversation) return undefined;
  const messages = typeof input === "string" ? [{ role: "user", content: input }] : messagesOf(input);
  return {
    ...settings,
    messages: instructions ? [{ role: "system", content: instructions }, ...messages] : messages,
  };
}

/** A response as a chat's reply. */
export function chatReplyOf({ output, status, usage }: z.infer<typeof responsesResponse>): {
  reply: Reply;
  details: ReplyDetails;
} {
  // Its items are all the assistant's: they are one message.
  const [reply = { role: "assistant", content: null }] = messagesOf(output);
  const finishReason =
    status !== undefined && status !== "completed" ? status : reply.tool_calls ? "tool_calls" : "stop";
  return {
    reply,
    details: {
      finishReason,
      ...(usage && { usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } }),
    },
  };
}

/** Items in turn; the calls of one step stand in one message of the assistant. */
function messagesOf(items: readonly Item[]): Message[] {
  const messages: Message[] = [];
  for (const each of items) {
    const message = messageOf(each);
    const last = messages.at(-1);
    if (message?.role === "assistant" && last?.role === "assistant")
      messages[messages.length - 1] = joined(last, message);
    else if (message) messages.push(message);
  }
  return messages;
}

function messageOf(each: Item): Message | undefined {
  switch (each.type) {
    case "reasoning":
      return undefined; // worded anew each time, and mostly empty
    case "function_call": {
      const call: ToolCall = {
        id: each.call_id ?? "",
        type: "function",
        function: { name: each.name ?? "", arguments: each.arguments ?? "{}" },
      };
      return { role: "assistant", content: null, tool_calls: [call] };
    }
    case "function_call_output":
      return { role: "tool", tool_call_id: each.call_id ?? "", content: textOf(each.output) };
    default:
      // A message; anything else (a search, an image) stays as it is, and is compared as such.
      return each.role === undefined
        ? { role: "assistant", content: [each as ContentPart] }
        : { role: each.role, content: textOf(each.content) };
  }
}

function textOf(given: Item["content"]): NonNullable<Message["content"]> | null {
  if (given === undefined || typeof given === "string") return given ?? null;
  return brief(
    given.map(
      (one): ContentPart =>
        TEXTS.has(one.type) ? { type: "text", text: one.text ?? "" } : (one as ContentPart),
    ),
  );
}

const TEXTS = new Set(["input_text", "output_text", "text"]);

// One text alone is written as a string, as in a chat.
function brief(parts: readonly ContentPart[]): string | readonly ContentPart[] | null {
  const [first] = parts;
  if (first === undefined) return null;
  return parts.length === 1 && first.type === "text" ? (first.text ?? "") : parts;
}

function joined(one: Message, other: Message): Message {
  const parts = [one, other].flatMap(({ content: said }): readonly ContentPart[] =>
    typeof said === "string" ? [{ type: "text", text: said }] : (said ?? []),
  );
  const calls = [...(one.tool_calls ?? []), ...(other.tool_calls ?? [])];
  return { role: "assistant", content: brief(parts), ...(calls.length > 0 && { tool_calls: calls }) };
}
