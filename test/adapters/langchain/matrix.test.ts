/**
 * A hit is what the class of each provider would give: the real packages over a server that speaks as each of
 * them.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { ChatDeepSeek } from "@langchain/deepseek";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOllama } from "@langchain/ollama";
import { AzureChatOpenAI, ChatOpenAI } from "@langchain/openai";
import { createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverSent } from "../../support/server-sent.js";
import { gather, ON_OLDEST_CORE, repriseOf } from "./support.js";

type Body = Record<string, unknown> & {
  readonly stream?: boolean;
  readonly messages?: { content?: unknown }[];
};

let server: Server;
let url = "";
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (data) => {
      text += data;
    });
    request.on("end", () => {
      const body = JSON.parse(text) as Body;
      const path = String(request.url);
      const streams = body.stream === true || /stream/.test(path);
      const calls = text.includes("CALL");
      const { lines, json } = answer(path, { streams, calls });
      response.setHeader("content-type", lines ? "text/event-stream" : "application/json");
      response.end(lines ? lines : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

function answer(
  path: string,
  { streams, calls }: { streams: boolean; calls: boolean },
): { lines?: string; json?: object } {
  if (path.includes("/messages")) return anthropic(streams, calls);
  if (path.includes("/responses")) return responses(streams, calls);
  if (path.includes("/api/chat")) return ollama(calls);
  if (/enerateContent/.test(path)) return google(streams, calls);
  return completions(streams, calls);
}

function completions(streams: boolean, calls: boolean) {
  const frame = { id: "c1", created: 1, model: "m-2026", system_fingerprint: "fp", service_tier: "default" };
  const usage = {
    prompt_tokens: 3,
    completion_tokens: 4,
    total_tokens: 7,
    prompt_tokens_details: { cached_tokens: 1 },
  };
  const called = {
    index: 0,
    id: "call_1",
    type: "function",
    function: { name: "count", arguments: '{"n":1}' },
  };
  const message = {
    role: "assistant",
    content: calls ? "" : "It is one.",
    reasoning_content: "One?",
    ...(calls ? { tool_calls: [called] } : {}),
  };
  const finish_reason = calls ? "tool_calls" : "stop";
  if (!streams)
    return {
      json: { ...frame, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage },
    };
  const chunk = (delta: object, reason: string | null, more = {}) => ({
    ...frame,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: reason }],
    ...more,
  });
  return {
    lines: `${serverSent([chunk(message, null), chunk({}, finish_reason), { ...frame, object: "chat.completion.chunk", choices: [], usage }])}data: [DONE]\n\n`,
  };
}

function responses(streams: boolean, calls: boolean) {
  const output = [
    {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "One." }],
      encrypted_content: "ENC",
    },
    calls
      ? {
          type: "function_call",
          id: "fc_1",
          call_id: "call_1",
          name: "count",
          arguments: '{"n":1}',
          status: "completed",
        }
      : {
          type: "message",
          id: "msg_1",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "It is one.", annotations: [] }],
        },
  ];
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m-2026",
    output,
    usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
    error: null,
    incomplete_details: null,
    metadata: {},
    service_tier: "default",
  };
  if (!streams) return { json: response };
  const events: object[] = [
    { type: "response.created", response: { ...response, output: [], status: "in_progress" } },
  ];
  output.forEach((item, output_index) => {
    events.push({
      type: "response.output_item.added",
      output_index,
      item:
        item.type === "message"
          ? { ...item, content: [] }
          : item.type === "function_call"
            ? { ...item, arguments: "" }
            : { ...item, summary: [] },
    });
    if (item.type === "reasoning") {
      events.push({
        type: "response.reasoning_summary_part.added",
        item_id: item.id,
        output_index,
        summary_index: 0,
        part: { type: "summary_text", text: "" },
      });
      events.push({
        type: "response.reasoning_summary_text.delta",
        item_id: item.id,
        output_index,
        summary_index: 0,
        delta: "One.",
      });
    }
    if (item.type === "message")
      events.push({
        type: "response.output_text.delta",
        item_id: item.id,
        output_index,
        content_index: 0,
        delta: "It is one.",
      });
    if (item.type === "function_call")
      events.push({
        type: "response.function_call_arguments.delta",
        item_id: item.id,
        output_index,
        delta: '{"n":1}',
      });
    events.push({ type: "response.output_item.done", output_index, item });
  });
  events.push({ type: "response.completed", response });
  return { lines: serverSent(events, true) };
}

function anthropic(streams: boolean, calls: boolean) {
  const frame = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m-2026",
    stop_reason: calls ? "tool_use" : "end_turn",
    stop_sequence: null,
  };
  const usage = {
    input_tokens: 3,
    output_tokens: 4,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    service_tier: "standard",
  };
  const content = [
    { type: "thinking", thinking: "One?", signature: "SIG" },
    { type: "text", text: "It is one." },
    ...(calls ? [{ type: "tool_use", id: "toolu_1", name: "count", input: { n: 1 } }] : []),
  ];
  if (!streams) return { json: { ...frame, content, usage, container: null } };
  const events: object[] = [
    { type: "message_start", message: { ...frame, stop_reason: null, content: [], usage } },
  ];
  content.forEach((block, index) => {
    if (block.type === "thinking") {
      events.push({ type: "content_block_start", index, content_block: { type: "thinking", thinking: "" } });
      events.push({
        type: "content_block_delta",
        index,
        delta: { type: "thinking_delta", thinking: "One?" },
      });
      events.push({
        type: "content_block_delta",
        index,
        delta: { type: "signature_delta", signature: "SIG" },
      });
    } else if (block.type === "text") {
      events.push({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
      events.push({ type: "content_block_delta", index, delta: { type: "text_delta", text: "It is" } });
      events.push({ type: "content_block_delta", index, delta: { type: "text_delta", text: " one." } });
    } else {
      events.push({ type: "content_block_start", index, content_block: { ...block, input: {} } });
      events.push({
        type: "content_block_delta",
        index,
        delta: { type: "input_json_delta", partial_json: '{"n":1}' },
      });
    }
    events.push({ type: "content_block_stop", index });
  });
  events.push({
    type: "message_delta",
    delta: { stop_reason: frame.stop_reason, stop_sequence: null },
    usage: { output_tokens: 4 },
  });
  events.push({ type: "message_stop" });
  return { lines: serverSent(events, true) };
}

function ollama(calls: boolean) {
  const frame = { model: "m-2026", created_at: "2026-01-01T00:00:00Z" };
  const message = {
    role: "assistant",
    content: calls ? "" : "It is",
    thinking: "One?",
    ...(calls ? { tool_calls: [{ function: { name: "count", arguments: { n: 1 } } }] } : {}),
  };
  const parts = [
    { ...frame, message, done: false },
    ...(calls ? [] : [{ ...frame, message: { role: "assistant", content: " one." }, done: false }]),
    {
      ...frame,
      message: { role: "assistant", content: "" },
      done: true,
      done_reason: "stop",
      total_duration: 5,
      eval_count: 4,
      prompt_eval_count: 3,
    },
  ];
  return { lines: parts.map((part) => `${JSON.stringify(part)}\n`).join("") };
}

function google(streams: boolean, calls: boolean) {
  const parts = [
    { text: "One?", thought: true },
    calls
      ? { functionCall: { name: "count", args: { n: 1 } }, thoughtSignature: "SIG" }
      : { text: "It is one.", thoughtSignature: "SIG" },
  ];
  const json = {
    candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP", avgLogprobs: -0.1 }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
    modelVersion: "m-2026",
    responseId: "r1",
  };
  return streams ? { lines: serverSent([json]) } : { json };
}

const key = { apiKey: "k", maxRetries: 0 };
const MODELS: Record<string, () => BaseChatModel> = {
  OpenAI: () => new ChatOpenAI({ ...key, model: "m", configuration: { baseURL: url } }) as never,
  "OpenAI's Responses API": () =>
    new ChatOpenAI({ ...key, model: "m", useResponsesApi: true, configuration: { baseURL: url } }) as never,
  Azure: () =>
    new AzureChatOpenAI({
      maxRetries: 0,
      azureOpenAIApiKey: "k",
      azureOpenAIApiInstanceName: "i",
      azureOpenAIApiDeploymentName: "d",
      azureOpenAIApiVersion: "v",
      azureOpenAIBasePath: `${url}/openai/deployments`,
    }) as never,
  DeepSeek: () => new ChatDeepSeek({ ...key, model: "m", configuration: { baseURL: url } }) as never,
  Anthropic: () => new ChatAnthropic({ ...key, model: "m", anthropicApiUrl: url }) as never,
  Google: () => new ChatGoogleGenerativeAI({ ...key, model: "m", baseUrl: url }) as never,
  Ollama: () => new ChatOllama({ model: "m", baseUrl: url, maxRetries: 0 }) as never,
};

// What a run used, when it was, and its items in the words of the Responses API, which name what lies with
// the provider.
const OF_THE_RUN = /usage|_duration$|_count$|^created|^output$|^reprise$/i;
// Reasoning that lies with the provider: it refuses an item without the very call that followed it.
const STORED = ["reasoning", "__openai_function_call_ids__"];

function withoutRun(account: Record<string, unknown>): Record<string, unknown> {
  const told = Object.entries(account).filter(([name]) => !OF_THE_RUN.test(name) && !STORED.includes(name));
  return Object.fromEntries(told.map(([name, value]) => [name, name === "id" ? "an id" : value]));
}

/** All that a message is, but for ids, usage and our mark. */
function compared(message: AIMessage | AIMessageChunk, stored: boolean): unknown {
  const { additional_kwargs, response_metadata, tool_calls = [], name } = message;
  const isChunk = "concat" in message;
  const blocks = Array.isArray(message.content) ? (message.content as Record<string, unknown>[]) : undefined;
  const said = blocks
    ?.filter(({ type }) => type !== "reasoning")
    .map(({ annotations: _none, index: _place, ...block }) => block);
  const content = (stored && said) || message.content;
  const all = {
    class: isChunk ? "chunk" : "message",
    // Chunks that are put together lose their name: only a stream of a single one has it.
    ...{ content: content?.length === 0 ? "" : content, name: isChunk ? undefined : name, tool_calls },
    additional_kwargs: withoutRun(additional_kwargs),
    response_metadata: withoutRun(response_metadata),
  };
  return tool_calls.reduce(
    (text, { id }, index) => text.replaceAll(String(id), `call ${index}`),
    JSON.stringify(all),
  );
}

const count = {
  type: "function" as const,
  function: {
    name: "count",
    description: "Counts.",
    parameters: { type: "object", properties: { n: { type: "number" } } },
  },
};

const QUESTIONS = { "a text": "Hi", "a call": "CALL" };
const WAYS = {
  invoke: (model: BaseChatModel, question: string) => model.invoke(question),
  stream: async (model: BaseChatModel, question: string) => gather(await model.stream(question)),
};

describe.each(Object.entries(MODELS))("a hit on %s is the model's own message", (name, make) => {
  it.for(
    Object.entries(QUESTIONS).flatMap(([what, question]) =>
      Object.entries(WAYS).map(([way, ask]) => ({ what, way, question, ask })),
    ),
  )("$what, by $way", async ({ what, way, question, ask }, { skip }) => {
    const isMerged = ON_OLDEST_CORE && name === "Anthropic" && what === "a call" && way === "stream";
    skip(
      isMerged,
      "Anthropic's class brings its own, newer LangChain, which puts the pieces of a call together otherwise",
    );
    const model = withReprise(make(), createCache({ auditRate: 0 }));
    const asked = async (given: BaseChatModel) =>
      (await ask(given.bindTools?.([count]) as BaseChatModel, question)) as AIMessage;
    const own = await asked(make());
    await asked(model);
    const hit = await asked(model);
    expect(repriseOf(hit)).toMatchObject({ status: "hit", match: "exact" });
    const isStored = name === "OpenAI's Responses API";
    expect(JSON.parse(String(compared(hit, isStored)))).toEqual(JSON.parse(String(compared(own, isStored))));
    if (isStored) expect(JSON.stringify(hit)).not.toMatch(/rs_1|fc_1|msg_1|ENC/);
  });
});
