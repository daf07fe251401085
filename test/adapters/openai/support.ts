/**
 * A scripted provider that speaks both of OpenAI's APIs, plain and streamed, as the API's documentation shows
 * them.
 */
import type { Message, Reply } from "reprise";
import type { ModelScript, ScriptedAnswer } from "reprise/testing";

type Said = Extract<ScriptedAnswer, { reply: unknown }>;
type Json = Record<string, unknown>;

/** A provider; `calls` counts what it was asked, `bodies` and `headers` tell of it. */
export interface ScriptedProvider {
  readonly fetch: typeof globalThis.fetch;
  calls(): number;
  readonly bodies: Json[];
  readonly headers: Headers[];
}

let made = 0;
const id = (kind: string): string => `${kind}_${String(++made).padStart(8, "0")}`;

export function scriptedProvider(script: ModelScript): ScriptedProvider {
  let calls = 0;
  const bodies: Json[] = [];
  const headers: Headers[] = [];
  return {
    calls: () => calls,
    bodies,
    headers,
    async fetch(input, init) {
      const url = new URL(String(input));
      const body = JSON.parse(String(init?.body)) as Json;
      bodies.push(body);
      headers.push(new Headers(init?.headers));
      const isChat = url.pathname.endsWith("/chat/completions");
      const messages = (isChat ? body.messages : asMessages(body.input)) as Message[];
      const said = await script({ messages, index: calls++ });
      init?.signal?.throwIfAborted();
      if ("error" in said && (said.partial === undefined || !body.stream)) {
        return json({ error: { message: said.error.message, type: "server_error" } }, 400);
      }
      if (isChat) return body.stream ? sse(chatEvents(said, body)) : json(completion(said as Said, body));
      return body.stream ? sse(responseEvents(said, body)) : json(response(said as Said, body));
    },
  };
}

function asMessages(input: unknown): Message[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  return (input as Message[]).map((item) =>
    Array.isArray(item.content) && item.content.length === 1
      ? { ...item, content: (item.content[0] as { text: string }).text }
      : item,
  );
}

const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "x-request-id": id("req") },
  });

/** The events as bytes, cut where it hurts. */
export function sse(events: readonly string[], pieceSize = 7): Response {
  const bytes = new TextEncoder().encode(events.join(""));
  let at = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + pieceSize));
        at += pieceSize;
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

const data = (value: unknown): string =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

const textOf = ({ content }: Reply): string =>
  typeof content === "string"
    ? content
    : (content ?? []).map(({ type, text }) => (type === "text" ? text : "")).join("");
const reasoningOf = ({ content }: Reply): string =>
  typeof content === "string"
    ? ""
    : (content ?? []).map(({ type, text }) => (type === "reasoning" ? text : "")).join("");

const usageOf = ({ usage }: Said): Json => {
  const { inputTokens: prompt_tokens = 0, outputTokens: completion_tokens = 0 } = usage ?? {};
  return {
    ...{ prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
};

const around = (body: Json): Json => ({
  id: id("chatcmpl"),
  created: 1_750_000_000 + made,
  model: `${String(body.model)}-2026-08-06`,
  service_tier: "default",
  system_fingerprint: "fp_1",
});

const endingOf = ({ finishReason, reply }: Said): string =>
  finishReason ?? (reply.tool_calls?.length ? "tool_calls" : "stop");

function completion(said: Said, body: Json): Json {
  const { reply } = said;
  const reasoning = reasoningOf(reply);
  const message = {
    role: "assistant",
    content: textOf(reply) || null,
    refusal: null,
    annotations: [],
    ...(reasoning && { reasoning_content: reasoning }),
    ...(reply.tool_calls && { tool_calls: reply.tool_calls }),
  };
  const choice = { index: 0, message, logprobs: null, finish_reason: endingOf(said) };
  return { ...around(body), object: "chat.completion", choices: [choice], usage: usageOf(said) };
}

function chatEvents(said: ScriptedAnswer, body: Json): string[] {
  const envelope = { ...around(body), object: "chat.completion.chunk" };
  const chunk = (delta: object, ending: string | null = null): string =>
    data({ ...envelope, choices: [{ index: 0, delta, logprobs: null, finish_reason: ending }] });
  const first = chunk({ role: "assistant", content: "", refusal: null });
  if ("error" in said)
    return [
      first,
      ...[...(said.partial ?? "")].map((content) => chunk({ content })),
      data({ error: { message: said.error.message } }),
    ];
  const { reply } = said;
  const calls = (reply.tool_calls ?? []).flatMap((call, index) => [
    chunk({ tool_calls: [{ index, ...call, function: { ...call.function, arguments: "" } }] }),
    ...[...call.function.arguments].map((letter) =>
      chunk({ tool_calls: [{ index, function: { arguments: letter } }] }),
    ),
  ]);
  const withUsage = (body.stream_options as Json | undefined)?.include_usage === true;
  return [
    first,
    ...[...reasoningOf(reply)].map((letter) => chunk({ reasoning_content: letter })),
    ...[...textOf(reply)].map((content) => chunk({ content })),
    ...calls,
    chunk({}, endingOf(said)),
    ...(withUsage ? [data({ ...envelope, choices: [], usage: usageOf(said) })] : []),
    data("[DONE]"),
  ];
}

function response(said: Said, body: Json): Json {
  const { reply, usage, finishReason } = said;
  const reasoning = reasoningOf(reply);
  const text = textOf(reply);
  const isCut = finishReason === "length" || finishReason === "content_filter";
  const part = { type: "output_text", annotations: [], logprobs: [], text };
  const calls = (reply.tool_calls ?? []).map(({ id: call_id, function: { name, arguments: args } }) => ({
    ...{ id: id("fc"), type: "function_call", status: "completed", arguments: args, call_id, name },
  }));
  return {
    ...{
      id: id("resp"),
      object: "response",
      created_at: 1_750_000_000 + made,
      status: isCut ? "incomplete" : "completed",
      background: false,
    },
    ...{
      error: null,
      incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
      instructions: body.instructions ?? null,
    },
    ...{ max_output_tokens: body.max_output_tokens ?? null, model: `${String(body.model)}-2026-08-06` },
    output: [
      ...(reasoning
        ? [{ id: id("rs"), type: "reasoning", summary: [{ type: "summary_text", text: reasoning }] }]
        : []),
      ...(text || calls.length === 0
        ? [{ id: id("msg"), type: "message", status: "completed", content: [part], role: "assistant" }]
        : []),
      ...calls,
    ],
    ...{
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      service_tier: "default",
    },
    ...{
      store: true,
      temperature: body.temperature ?? 1,
      text: body.text ?? { format: { type: "text" } },
      tool_choice: body.tool_choice ?? "auto",
    },
    ...{
      tools: body.tools ?? [],
      top_logprobs: 0,
      top_p: 1,
      truncation: "disabled",
      user: null,
      metadata: {},
    },
    usage: {
      ...{ input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 },
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0),
    },
  };
}

function responseEvents(said: ScriptedAnswer, body: Json): string[] {
  let number = 0;
  const event = (type: string, fields: object): string =>
    `event: ${type}\n${data({ type, sequence_number: number++, ...fields })}`;
  const whole = response(
    "error" in said ? { reply: { role: "assistant", content: said.partial ?? "" } } : said,
    body,
  );
  const begun = { ...whole, status: "in_progress", output: [], usage: null };
  const events = [
    event("response.created", { response: begun }),
    event("response.in_progress", { response: begun }),
  ];
  for (const [output_index, item] of (whole.output as Json[]).entries()) {
    const at = { item_id: item.id, output_index };
    const parts = (item.content ?? []) as Json[];
    events.push(
      event("response.output_item.added", {
        output_index,
        item: {
          ...item,
          ...(item.content ? { content: [] } : {}),
          ...("arguments" in item && { arguments: "" }),
        },
      }),
    );
    for (const [content_index, part] of parts.entries()) {
      const here = { ...at, content_index };
      events.push(event("response.content_part.added", { ...here, part: { ...part, text: "" } }));
      for (const delta of String(part.text))
        events.push(event("response.output_text.delta", { ...here, delta, logprobs: [] }));
      if ("error" in said)
        return [
          ...events,
          event("error", { code: "server_error", message: said.error.message, param: null }),
        ];
      events.push(
        event("response.output_text.done", { ...here, text: part.text, logprobs: [] }),
        event("response.content_part.done", { ...here, part }),
      );
    }
    if (item.type === "function_call") {
      for (const delta of String(item.arguments))
        events.push(event("response.function_call_arguments.delta", { ...at, delta }));
      events.push(
        event("response.function_call_arguments.done", { ...at, name: item.name, arguments: item.arguments }),
      );
    }
    events.push(event("response.output_item.done", { output_index, item }));
  }
  return [
    ...events,
    event(whole.status === "completed" ? "response.completed" : "response.incomplete", { response: whole }),
  ];
}
