/** How a known reply becomes a response of the Responses API again. */
import type { ContentPart } from "reprise";
import type { Known } from "../../shared/framework-call.js";
import type { ReplyContext } from "../api.js";
import { readNotes } from "../notes.js";
import { isRecord, type JsonRecord, recordsIn } from "../record-of.js";
import type { Layout } from "./record.js";

const PERSONAL = ["user", "safety_identifier", "prompt_cache_key"];

type PlainPart = ContentPart & { readonly text: string; readonly signed?: unknown };

/**
 * A response with fresh ids and a usage of zero; `undefined` for a reply that holds what a response has no
 * word for.
 */
export function toReply(
  { reply, details, exact }: Known,
  { body, now, generateId }: ReplyContext,
): JsonRecord | undefined {
  const parts: readonly ContentPart[] =
    typeof reply.content === "string" ? [{ type: "text", text: reply.content }] : (reply.content ?? []);
  if (
    !parts.every(
      (part): part is PlainPart =>
        (part.type === "text" || part.type === "reasoning") && typeof part.text === "string",
    )
  ) {
    return undefined;
  }
  const thoughts = parts.filter(({ type }) => type === "reasoning");
  const texts = parts.filter(({ type }) => type === "text");
  const calls = [...(reply.tool_calls ?? [])];
  const notes = readNotes(details, "responses");
  const noted = recordsIn(notes?.layout) as unknown as readonly Layout[];
  const counts = { reasoning: thoughts.length, message: texts.length, function_call: calls.length };
  const layout = fitsLayout(noted, counts) ? noted : plainLayout(counts);
  const id = (kind: string): string => `${kind}_reprise_${generateId()}`;
  const output = layout.map(({ type, parts: count, beside }): JsonRecord => {
    switch (type) {
      case "reasoning":
        return { id: id("rs"), type, ...toReasoning(thoughts.splice(0, count), { beside, exact }) };
      case "message": {
        const content = texts
          .splice(0, count)
          .map(({ text }) => ({ type: "output_text", annotations: [], logprobs: [], text }));
        return { id: id("msg"), type, status: "completed", content, role: "assistant", ...beside };
      }
      default: {
        const call = calls.shift()?.function;
        return {
          id: id("fc"),
          type,
          status: "completed",
          arguments: call?.arguments,
          call_id: `call_${generateId().slice(0, 24)}`,
          name: call?.name,
          ...beside,
        };
      }
    }
  });
  const { instructions = null, tools = [], text = { format: { type: "text" } }, metadata = {} } = body;
  return {
    id: id("resp"),
    object: "response",
    created_at: Math.floor(now() / 1_000),
    status: "completed",
    error: null,
    incomplete_details: null,
    model: typeof body.model === "string" ? body.model : "",
    ...notes?.around,
    // Whose reply is replayed is nobody else's business.
    ...Object.fromEntries(
      PERSONAL.filter((name) => name in (notes?.around ?? body)).map((name) => [name, body[name] ?? null]),
    ),
    ...{ instructions, tools, text, metadata, previous_response_id: null },
    output,
    usage: notes?.usage ?? { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  };
}

type Counts = Readonly<Record<Layout["type"], number>>;

/**
 * Whether a layout has a place for all that is said: a template's reply may have been worded in another way.
 */
function fitsLayout(layout: readonly Layout[], { reasoning, message, function_call }: Counts): boolean {
  const places = (type: Layout["type"]): number =>
    layout.reduce(
      (sum, item) => sum + (item.type !== type ? 0 : type === "function_call" ? 1 : item.parts),
      0,
    );
  return (
    layout.length > 0 &&
    places("reasoning") === reasoning &&
    places("message") === message &&
    places("function_call") === function_call
  );
}

function plainLayout({ reasoning, message, function_call }: Counts): Layout[] {
  return [
    ...(reasoning > 0 ? [{ type: "reasoning" as const, parts: reasoning, beside: {} }] : []),
    ...(message > 0 ? [{ type: "message" as const, parts: message, beside: {} }] : []),
    ...Array.from({ length: function_call }, () => ({
      type: "function_call" as const,
      parts: 0,
      beside: {},
    })),
  ];
}

function toReasoning(
  thoughts: readonly PlainPart[],
  { beside, exact }: { readonly beside: JsonRecord; readonly exact: boolean },
): JsonRecord {
  const { in: place, ...rest } = beside;
  const shown = thoughts.filter(({ text }) => text !== "").map(({ text }) => text);
  const [first] = thoughts;
  const signed =
    isRecord(first?.signed) && isRecord(first.signed.openai)
      ? first.signed.openai.reasoningEncryptedContent
      : undefined;
  return {
    summary: place === "content" ? [] : shown.map((text) => ({ type: "summary_text", text })),
    ...(place === "content" && { content: shown.map((text) => ({ type: "reasoning_text", text })) }),
    // It belongs to this very reply.
    ...(exact && typeof signed === "string" && { encrypted_content: signed }),
    ...rest,
  };
}
