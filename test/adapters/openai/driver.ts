/**
 * OpenAI's own client as the adapter contract talks to it, over either API, with `repriseFetch` beneath it.
 */
import OpenAI, { APIError } from "openai";
import type { Message } from "reprise";
import { repriseFetch } from "reprise/openai";
import type { AdapterCall, AdapterDriver, AdapterReply, AdapterSetup } from "reprise/testing";
import { type ScriptedProvider, scriptedProvider } from "./support.js";

type Json = Record<string, unknown>;

/** What lies between the client and the provider. */
export interface Between {
  readonly name: string;
  fetchOver(setup: AdapterSetup, provider: ScriptedProvider): typeof globalThis.fetch;
}

/** The driver for an API. */
export const driverOf = (api: "chat" | "responses", { name, fetchOver }: Between): AdapterDriver => ({
  name,
  capabilities: { coalescing: true, audits: true, reasoning: true },
  create(setup) {
    const { cache } = setup;
    const provider = scriptedProvider(setup.model);
    const fetch = fetchOver(setup, provider);
    const clientOf = ({ baseURL = "http://provider.test/v1" }: AdapterCall) =>
      new OpenAI({ apiKey: "sk-test", baseURL, maxRetries: 0, fetch });
    const ask = api === "chat" ? askChat : askResponses;

    return {
      invoke: (call) => asFrameworkError(ask(clientOf(call), call, false)),
      stream: (call) => asFrameworkError(ask(clientOf(call), call, true)),
      async leave(call) {
        const body = api === "chat" ? chatBody(call) : responsesBody(call);
        const path = api === "chat" ? "chat/completions" : "responses";
        const response = await fetch(`http://provider.test/v1/${path}`, {
          method: "POST",
          body: JSON.stringify({ ...body, stream: true }),
        });
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        const decoder = new TextDecoder();
        for (let text = ""; !/"(?:content|delta)":"a/.test(text); )
          text += decoder.decode((await reader.read()).value, { stream: true });
        await reader.cancel();
      },
      reject: ({ reprise }) => cache.feedback(reprise?.id ?? "", "bad"),
      modelCalls: provider.calls,
    };
  },
});

export const drivers: readonly AdapterDriver[] = (["chat", "responses"] as const).map((api) =>
  driverOf(api, {
    name: `repriseFetch, ${api}`,
    fetchOver: ({ cache, options }, { fetch }) => repriseFetch(cache, { ...options, fetch }),
  }),
);

/** What the client's user sees is the provider's own message. */
async function asFrameworkError<Value>(asked: Promise<Value>): Promise<Value> {
  return asked.catch((error: unknown) => {
    if (!(error instanceof APIError)) throw error;
    const { message } = (error.error ?? error) as { message?: string };
    throw new Error(message ?? error.message);
  });
}

async function askChat(client: OpenAI, call: AdapterCall, stream: boolean): Promise<AdapterReply> {
  const options = optionsOf(call);
  if (!stream) {
    const { data, response } = await client.chat.completions
      .create(chatBody(call) as never, options)
      .withResponse();
    return ofCompletion(data as OpenAI.ChatCompletion, response);
  }
  const body = { ...chatBody(call), stream: true, stream_options: { include_usage: true } };
  const { data, response } = await client.chat.completions.create(body as never, options).withResponse();
  const pieces: string[] = [];
  const whole = await gathered(data as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>, pieces);
  return { ...ofCompletion(whole, response), pieces };
}

/** Chunks put together by hand: the client's own helper is tried in another test. */
async function gathered(
  chunks: AsyncIterable<OpenAI.ChatCompletionChunk>,
  pieces: string[],
): Promise<OpenAI.ChatCompletion> {
  const message: Json & { tool_calls?: Json[] } = { content: "", reasoning_content: "" };
  let last: Json = {};
  let usage: unknown;
  for await (const chunk of chunks) {
    last = chunk as unknown as Json;
    usage = chunk.usage ?? usage;
    const delta = (chunk.choices[0]?.delta ?? {}) as Json;
    if (delta.content) pieces.push(String(delta.content));
    for (const name of ["content", "reasoning_content"])
      if (typeof delta[name] === "string") message[name] = `${message[name]}${delta[name]}`;
    for (const { index, ...call } of (delta.tool_calls ?? []) as {
      index: number;
      id?: string;
      function: Json;
    }[]) {
      message.tool_calls ??= [];
      const known = message.tool_calls[index];
      if (!known) message.tool_calls[index] = { ...call, function: { ...call.function } };
      else
        (known.function as Json).arguments =
          `${(known.function as Json).arguments}${call.function.arguments}`;
    }
  }
  return { ...last, choices: [{ index: 0, message, finish_reason: "stop" }], usage } as never;
}

function ofCompletion({ id, choices, usage }: OpenAI.ChatCompletion, response: Response): AdapterReply {
  const message = choices[0]?.message as OpenAI.ChatCompletionMessage & { reasoning_content?: string };
  return {
    text: message.content ?? "",
    reasoning: message.reasoning_content ?? "",
    toolCalls: (message.tool_calls ?? []).map((call) => {
      const { name, arguments: args } = (call as OpenAI.ChatCompletionMessageFunctionToolCall).function;
      return { id: call.id, name, args: JSON.parse(args) as unknown };
    }),
    usage: { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 },
    id,
    reprise: told(response),
  };
}

async function askResponses(client: OpenAI, call: AdapterCall, stream: boolean): Promise<AdapterReply> {
  const options = optionsOf(call);
  const { data, response } = await client.responses
    .create({ ...responsesBody(call), stream } as never, options)
    .withResponse();
  if (!stream) return ofResponse(data as OpenAI.Responses.Response, response);
  let whole: OpenAI.Responses.Response | undefined;
  const pieces: string[] = [];
  for await (const event of data as unknown as AsyncIterable<OpenAI.Responses.ResponseStreamEvent>) {
    if (event.type === "error") throw new Error(event.message);
    if (event.type === "response.output_text.delta") pieces.push(event.delta);
    if (event.type === "response.completed" || event.type === "response.incomplete") whole = event.response;
  }
  return { ...ofResponse(whole as OpenAI.Responses.Response, response), pieces };
}

function ofResponse({ id, output, usage }: OpenAI.Responses.Response, response: Response): AdapterReply {
  const text = output.flatMap((item) =>
    item.type === "message" ? item.content.map((part) => (part.type === "output_text" ? part.text : "")) : [],
  );
  const reasoning = output.flatMap((item) =>
    item.type === "reasoning" ? item.summary.map((part) => part.text) : [],
  );
  return {
    text: text.join(""),
    reasoning: reasoning.join(""),
    toolCalls: output.flatMap((item) =>
      item.type === "function_call"
        ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments) as unknown }]
        : [],
    ),
    usage: { inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0 },
    id,
    reprise: told(response),
  };
}

/** What the reply's headers say, in the words of the contract. */
export function told({ headers }: Response): AdapterReply["reprise"] {
  const status = headers.get("cache-status");
  if (status === null) return undefined;
  const [, detail] = /detail=([\w-]+)/.exec(status) ?? [];
  const [, input, output] = /input=(\d+), output=(\d+)/.exec(headers.get("reprise-saved") ?? "") ?? [];
  const isHit = status.includes("; hit");
  const id = headers.get("reprise-answer");
  return {
    status: isHit ? "hit" : status.includes("fwd=miss") ? "miss" : "bypass",
    ...(id !== null && { id }),
    ...(detail !== undefined && (isHit ? { match: detail } : { reason: detail })),
    ...(input !== undefined && { saved: { inputTokens: Number(input), outputTokens: Number(output) } }),
  };
}

export function optionsOf({ reprise = {}, signal }: AdapterCall): {
  headers: Record<string, string>;
  signal?: AbortSignal;
} {
  const { bindings, scope, read, write, induce, ...unknown } = reprise;
  const directives = [...(read === false ? ["no-cache"] : []), ...(write === false ? ["no-store"] : [])];
  return {
    headers: {
      ...(bindings && { "Reprise-Bindings": JSON.stringify(bindings) }),
      ...(scope !== undefined && { "Reprise-Scope": scope }),
      ...(directives.length > 0 && { "Cache-Control": directives.join(", ") }),
      ...(induce !== undefined && { "Reprise-Induce": String(induce) }),
      ...Object.fromEntries(
        Object.entries(unknown).map(([name, value]) => [`Reprise-${name}`, JSON.stringify(value)]),
      ),
    },
    ...(signal && { signal }),
  };
}

function chatBody({
  messages,
  model = "scripted",
  tools,
  toolChoice,
  temperature,
  maxTokens,
  previousResponseId,
}: AdapterCall): Json {
  return {
    messages,
    model,
    ...(tools && { tools: tools.map((tool) => ({ type: "function", function: tool })) }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
    ...(previousResponseId && { previous_response_id: previousResponseId }),
  };
}

function responsesBody({
  messages,
  model = "scripted",
  tools,
  toolChoice,
  temperature,
  maxTokens,
  previousResponseId,
}: AdapterCall): Json {
  return {
    input: messages.flatMap(toItems),
    model,
    ...(tools && { tools: tools.map((tool) => ({ type: "function", ...tool })) }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(previousResponseId && { previous_response_id: previousResponseId }),
  };
}

function toItems({ role, content, tool_calls, tool_call_id, is_error }: Message): Json[] {
  if (role === "tool")
    return [
      { type: "function_call_output", call_id: tool_call_id, output: content, ...(is_error && { is_error }) },
    ];
  const parts =
    typeof content === "string"
      ? [{ type: role === "assistant" ? "output_text" : "input_text", text: content }]
      : (content ?? []).map((part) =>
          part.type === "text"
            ? { type: "input_text", text: part.text }
            : { type: "input_image", image_url: (part.image_url as Json).url },
        );
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
    type: "function_call",
    call_id: id,
    name,
    arguments: args,
  }));
  return [...(parts.length > 0 ? [{ role, content: parts }] : []), ...calls];
}
