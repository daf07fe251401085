/** Anthropic's own client as the adapter contract talks to it, with `repriseFetch` beneath it. */
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import type { ContentPart, Message } from "reprise";
import { repriseFetch } from "reprise/openai";
import type { AdapterCall, AdapterDriver, AdapterReply } from "reprise/testing";
import { type Between, optionsOf, told } from "../openai/driver.js";
import { scriptedProvider } from "./support.js";

type Json = Record<string, unknown>;

/** The driver over what lies between the client and the provider. */
export const driverOf = ({ name, fetchOver }: Between): AdapterDriver => ({
  name,
  capabilities: { coalescing: true, audits: true, reasoning: true },
  create(setup) {
    const { cache } = setup;
    const provider = scriptedProvider(setup.model);
    const fetch = fetchOver(setup, provider);
    const clientOf = ({ baseURL = "http://provider.test" }: AdapterCall) =>
      new Anthropic({ apiKey: "sk-ant-test", baseURL, maxRetries: 0, fetch });

    return {
      invoke: (call) => asFrameworkError(invoke(clientOf(call), call)),
      stream: (call) => asFrameworkError(stream(clientOf(call), call)),
      async leave(call) {
        const response = await fetch("http://provider.test/v1/messages", {
          method: "POST",
          headers: { "anthropic-version": "2023-06-01" },
          body: JSON.stringify({ ...bodyOf(call), stream: true }),
        });
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        const decoder = new TextDecoder();
        for (let text = ""; !/"text":"a/.test(text); )
          text += decoder.decode((await reader.read()).value, { stream: true });
        await reader.cancel();
      },
      reject: ({ reprise }) => cache.feedback(reprise?.id ?? "", "bad"),
      modelCalls: provider.calls,
    };
  },
});

export const driver: AdapterDriver = driverOf({
  name: "repriseFetch, messages",
  fetchOver: ({ cache, options }, { fetch }) => repriseFetch(cache, { ...options, fetch }),
});

/** What the client's user sees is the provider's own message. */
async function asFrameworkError<Value>(asked: Promise<Value>): Promise<Value> {
  return asked.catch((error: unknown) => {
    if (!(error instanceof APIError)) throw error;
    const { error: inner } = (error.error ?? {}) as { error?: { message?: string } };
    throw new Error(inner?.message ?? error.message);
  });
}

async function invoke(client: Anthropic, call: AdapterCall): Promise<AdapterReply> {
  const { data, response } = await client.messages
    .create(bodyOf(call) as never, optionsOf(call))
    .withResponse();
  return ofMessage(data as Anthropic.Message, response);
}

async function stream(client: Anthropic, call: AdapterCall): Promise<AdapterReply> {
  const streaming = client.messages.stream(bodyOf(call) as never, optionsOf(call));
  const pieces: string[] = [];
  streaming.on("text", (piece) => pieces.push(piece));
  const { response } = await streaming.withResponse();
  return { ...ofMessage(await streaming.finalMessage(), response), pieces };
}

function ofMessage({ id, content, usage }: Anthropic.Message, response: Response): AdapterReply {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    toolCalls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, args: block.input }] : [],
    ),
    usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens },
    id,
    reprise: told(response),
  };
}

const CHOICES = { auto: "auto", none: "none", required: "any" } as const;

function bodyOf(call: AdapterCall): Json {
  const { messages, model = "scripted", tools, toolChoice, temperature, maxTokens = 100 } = call;
  const system = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  return {
    messages: messages.filter(({ role }) => role !== "system").map(toMessage),
    model,
    max_tokens: maxTokens,
    ...(system.length > 0 && { system: system.join("\n") }),
    ...(tools && {
      tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })),
    }),
    ...(toolChoice && { tool_choice: { type: CHOICES[toolChoice] } }),
    ...(temperature !== undefined && { temperature }),
    // What is kept there has another name here.
    ...(call.previousResponseId && { container: call.previousResponseId }),
  };
}

function toMessage({ role, content, tool_calls, tool_call_id, is_error }: Message): Json {
  if (role === "tool") {
    const result = { type: "tool_result", tool_use_id: tool_call_id, content, ...(is_error && { is_error }) };
    return { role: "user", content: [result] };
  }
  if (typeof content === "string" && !tool_calls) return { role, content };
  const parts: readonly ContentPart[] =
    typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
    ...{ type: "tool_use", id, name, input: JSON.parse(args) as unknown },
  }));
  return { role, content: [...parts.map(toBlock), ...calls] };
}

function toBlock(part: ContentPart): Json {
  if (part.type !== "image_url") return { ...part };
  const { url } = part.image_url as { url: string };
  const [, media_type, data] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
  return { type: "image", source: { type: "base64", media_type, data } };
}
