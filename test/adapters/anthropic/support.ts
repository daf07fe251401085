/** A scripted provider that speaks the Messages API, plain and streamed, as its documentation shows it. */
import type { Message, Reply } from "reprise";
import type { ModelScript, ScriptedAnswer } from "reprise/testing";
import { type ScriptedProvider, sse } from "../openai/support.js";

type Said = Extract<ScriptedAnswer, { reply: unknown }>;
type Json = Record<string, unknown>;

let made = 0;
const id = (kind: string): string => `${kind}_${String(++made).padStart(8, "0")}`;

/** A provider; `calls` counts what it was asked, `bodies` and `headers` tell of it. */
export function scriptedProvider(script: ModelScript): ScriptedProvider {
  let calls = 0;
  const bodies: Json[] = [];
  const headers: Headers[] = [];
  return {
    calls: () => calls,
    bodies,
    headers,
    async fetch(_input, init) {
      const body = JSON.parse(String(init?.body)) as Json;
      bodies.push(body);
      headers.push(new Headers(init?.headers));
      const said = await script({ messages: asMessages(body), index: calls++ });
      init?.signal?.throwIfAborted();
      if ("error" in said && (said.partial === undefined || !body.stream))
        return json({ type: "error", error: { type: "api_error", message: said.error.message } }, 400);
      return body.stream ? sse(eventsOf(said, body)) : json(message(said as Said, body));
    },
  };
}

/** The conversation in the words of the scripts: a text alone is a string, a result is a message. */
function asMessages({ system, messages }: Json): Message[] {
  const turns = (messages as { role: string; content: string | Json[] }[]).flatMap(
    ({ role, content }): Json[] => {
      if (typeof content === "string") return [{ role, content }];
      const results = content.filter(({ type }) => type === "tool_result");
      if (results.length > 0)
        return results.map(({ tool_use_id, content: said }) => ({
          role: "tool",
          tool_call_id: tool_use_id,
          content: said,
        }));
      return [{ role, content: content.length === 1 ? (content[0]?.text ?? content) : content }];
    },
  );
  return [...(system === undefined ? [] : [{ role: "system", content: system }]), ...turns] as Message[];
}

const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "request-id": id("req") },
  });

export const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const ENDINGS = { stop: "end_turn", tool_calls: "tool_use", length: "max_tokens", content_filter: "refusal" };

function message(said: Said, body: Json): Json {
  const { reply, finishReason, usage } = said;
  const ending = finishReason ?? (reply.tool_calls?.length ? "tool_calls" : "stop");
  return {
    ...{ id: id("msg"), type: "message", role: "assistant", model: `${String(body.model)}-20260806` },
    ...{ container: null, stop_details: null, content: blocksOf(reply) },
    ...{ stop_reason: ENDINGS[ending], stop_sequence: null },
    usage: {
      ...{ input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 },
      ...{ cache_creation_input_tokens: 0, cache_read_input_tokens: 0, service_tier: "standard" },
    },
  };
}

function blocksOf({ content, tool_calls }: Reply): Json[] {
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  return [
    ...parts.map((part) => {
      if (part.type === "reasoning")
        return { type: "thinking", thinking: part.text, signature: `signed ${part.text}` };
      return part.type === "text" ? { citations: null, ...part } : { ...part };
    }),
    ...(tool_calls ?? []).map((call) => ({
      ...{ type: "tool_use", id: id("toolu"), name: call.function.name },
      ...{ input: JSON.parse(call.function.arguments) as unknown, caller: { type: "direct" } },
    })),
  ];
}

function eventsOf(said: ScriptedAnswer, body: Json): string[] {
  const whole = message(
    "error" in said ? { reply: { role: "assistant", content: said.partial ?? "" } } : said,
    body,
  );
  const { stop_reason, stop_sequence, usage } = whole;
  const events = [
    event("message_start", { message: { ...whole, content: [], stop_reason: null } }),
    event("ping", {}),
  ];
  for (const [index, block] of (whole.content as Json[]).entries()) {
    const delta = (type: string, fields: object): string =>
      event("content_block_delta", { index, delta: { type, ...fields } });
    events.push(event("content_block_start", { index, content_block: opened(block) }));
    for (const text of String(block.text ?? "")) events.push(delta("text_delta", { text }));
    for (const citation of (block.citations ?? []) as Json[])
      events.push(delta("citations_delta", { citation }));
    for (const thinking of String(block.thinking ?? "")) events.push(delta("thinking_delta", { thinking }));
    if ("signature" in block) events.push(delta("signature_delta", { signature: block.signature }));
    if ("input" in block)
      for (const partial_json of ["", ...JSON.stringify(block.input)])
        events.push(delta("input_json_delta", { partial_json }));
    if ("error" in said)
      return [
        ...events,
        event("error", { error: { type: "overloaded_error", message: said.error.message } }),
      ];
    events.push(event("content_block_stop", { index }));
  }
  const { output_tokens } = usage as Json;
  return [
    ...events,
    event("message_delta", {
      delta: { stop_reason, stop_sequence, stop_details: null },
      usage: { output_tokens },
    }),
    event("message_stop", {}),
  ];
}

function opened(block: Json): Json {
  if ("text" in block)
    return { ...block, text: "", ...(Array.isArray(block.citations) && { citations: [] }) };
  if ("thinking" in block) return { ...block, thinking: "", signature: "" };
  return "input" in block ? { ...block, input: {} } : block;
}
