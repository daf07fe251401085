/** Which replies of the Responses API are learned, and in what shape. */
import type { ContentPart, RefusalReason, Reply, ToolCall } from "reprise";
import { parseJson, type Recording } from "../../shared/record.js";
import { around, type Notes, tokens, zeroed } from "../notes.js";
import { isRecord, isVoid, type JsonRecord, recordsIn, without } from "../record-of.js";

/** An item of a reply without what it says: what kind it is, and how many parts of text it has. */
export interface Layout {
  readonly type: "reasoning" | "message" | "function_call";
  readonly parts: number;
  /** Fields beside what it says, ids apart. */
  readonly beside: JsonRecord;
}

/** Fields of a response that are made anew for each reply, or repeat what is long in a request. */
const APART = [
  "object",
  "output",
  "output_text",
  "usage",
  "instructions",
  "tools",
  "text",
  "metadata",
  "previous_response_id",
];

/** The reply to learn, or why it must not be replayed. */
export function toRecord(response: JsonRecord): Recording {
  if (!isVoid(response.error) || !Array.isArray(response.output)) return "invalid";
  if (response.status !== undefined && response.status !== "completed") return "finish-reason";
  const said = toSaid(recordsIn(response.output));
  if (typeof said === "string") return said;
  const { content, calls, layout } = said;
  if (calls.length === 0 && !content.some(({ type, text }) => type === "text" && text !== "")) return "empty";
  const usage = isRecord(response.usage) ? response.usage : {};
  const [only] = content;
  const reply: Reply = {
    role: "assistant",
    content:
      content.length === 1 && only?.type === "text" ? (only.text ?? "") : content.length > 0 ? content : null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    reply,
    details: {
      finishReason: calls.length > 0 ? "tool_calls" : "stop",
      usage: { inputTokens: tokens(usage.input_tokens), outputTokens: tokens(usage.output_tokens) },
      notes: {
        openai: {
          api: "responses",
          around: around(response, APART),
          usage: zeroed(response.usage),
          layout,
        } satisfies Notes,
      },
    },
  };
}

interface Said {
  readonly content: ContentPart[];
  readonly calls: ToolCall[];
  readonly layout: Layout[];
}

function toSaid(output: readonly JsonRecord[]): Said | RefusalReason {
  const said: Said = { content: [], calls: [], layout: [] };
  for (const item of output) {
    const refusal = takeItem(item, said);
    if (refusal) return refusal;
  }
  return said;
}

function takeItem(item: JsonRecord, { content, calls, layout }: Said): RefusalReason | undefined {
  switch (item.type) {
    case "reasoning": {
      const parts = reasoningOf(item);
      const signed =
        typeof item.encrypted_content === "string"
          ? { signed: { openai: { reasoningEncryptedContent: item.encrypted_content } } }
          : {};
      // What is signed is signed once, on the first part of it; a reasoning that is not shown may be signed
      // all the same.
      if (parts.length > 0 || "signed" in signed) {
        const [first = "", ...rest] = parts;
        content.push(
          { type: "reasoning", text: first, ...signed },
          ...rest.map((text): ContentPart => ({ type: "reasoning", text })),
        );
      }
      const inSummary = recordsIn(item.summary).length > 0;
      layout.push({
        type: "reasoning",
        parts: "signed" in signed ? Math.max(1, parts.length) : parts.length,
        beside: {
          ...without(item, ["type", "id", "summary", "content", "encrypted_content"]),
          ...(parts.length > 0 && !inSummary && { in: "content" }),
        },
      });
      return undefined;
    }
    case "message": {
      const parts = recordsIn(item.content);
      if (parts.some(({ type }) => type === "refusal")) return "finish-reason";
      if (
        parts.some(
          ({ type, annotations, logprobs }) =>
            type !== "output_text" || !isVoid(annotations) || !isVoid(logprobs),
        )
      )
        return "provider-side";
      content.push(...parts.map(({ text }): ContentPart => ({ type: "text", text: String(text ?? "") })));
      layout.push({ type: "message", parts: parts.length, beside: without(item, ["type", "id", "content"]) });
      return undefined;
    }
    case "function_call": {
      const { name, arguments: args } = item;
      if (typeof name !== "string" || typeof args !== "string" || !parseJson(args === "" ? "{}" : args))
        return "invalid-arguments";
      calls.push({
        id: `call_${calls.length}`,
        type: "function",
        function: { name, arguments: args === "" ? "{}" : args },
      });
      layout.push({
        type: "function_call",
        parts: 0,
        beside: without(item, ["type", "id", "call_id", "name", "arguments"]),
      });
      return undefined;
    }
    default:
      // Searches, code that it ran, images that it made, calls of other kinds than functions.
      return "provider-side";
  }
}

function reasoningOf({ summary, content }: JsonRecord): string[] {
  const shown = recordsIn(summary).length > 0 ? recordsIn(summary) : recordsIn(content);
  return shown.map(({ text }) => String(text ?? ""));
}
