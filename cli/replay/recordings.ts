/**
 * Reads recorded exchanges: which lines of a log are a model call, what was asked, and what the model said.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { BindingValue, CacheRequest, Message, Reply, ReplyDetails, Usage } from "reprise";
import * as z from "zod";
import { chatReplyOf, chatRequestOf, responsesRequest, responsesResponse } from "./responses.js";

/** One recorded model call. */
export interface Recorded {
  /** Where it stands in its file, from 1: its line, or its place in a JSON array. */
  readonly line: number;
  readonly request: CacheRequest;
  readonly reply: Reply;
  readonly details: ReplyDetails;
  /** The bodies as an HTTP client had them, where the line holds both. */
  readonly bodies?: { readonly request: Record<string, unknown>; readonly response: unknown };
}

/** A line that could not be used. The text says what is wrong without quoting the conversation. */
export interface BadLine {
  readonly line: number;
  readonly why: string;
}

export interface Recording {
  readonly calls: readonly Recorded[];
  readonly bad: readonly BadLine[];
  /** Calls that failed when they were recorded: there is no reply to compare with. */
  readonly failed: number;
}

const message = z.looseObject({ role: z.string() });
const messages = z.array(message).min(1);
const tokens = z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() });
const completion = z.looseObject({
  choices: z.array(z.looseObject({ message, finish_reason: z.string().nullish() })).min(1),
  usage: tokens.nullish(),
});
const common = {
  scope: z.string().optional(),
  bindings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
};
const request = z.looseObject({ messages });
const flat = z.looseObject({
  ...common,
  messages,
  model: z.string().optional(),
  tools: z.unknown().optional(),
  settings: z.unknown().optional(),
  usage: tokens.optional(),
  finish_reason: z.string().optional(),
});
const paired = z.looseObject({ ...common, request });

/**
 * Reads a `.jsonl` or `.jsonl.gz` file. Throws if the file cannot be read; a line that cannot is among the
 * bad ones.
 */
export function readRecording(path: string): Recording {
  const bytes = readFileSync(path);
  return parseRecording((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
}

/** Reads the text of a recording; docs/replay.md describes the lines it takes. */
export function parseRecording(text: string): Recording {
  const calls: Recorded[] = [];
  const bad: BadLine[] = [];
  let failed = 0;
  for (const { line, read } of rowsOf(text)) {
    try {
      const row = asObject(read());
      if (isFailure(row)) failed++;
      else calls.push({ line, ...readRow(row), ...bodiesOf(row) });
    } catch (error) {
      bad.push({ line, why: reasonOf(error) });
    }
  }
  return { calls, bad, failed };
}

interface Row {
  readonly line: number;
  readonly read: () => unknown;
}

/**
 * The rows of a file: the items of one JSON array, or a JSON value a line. What some editors put before a
 * text is no part of it.
 */
function rowsOf(text: string): Row[] {
  const bare = text.replace(/^\uFEFF/, "");
  const whole = bare.trimStart().startsWith("[") ? arrayIn(bare) : undefined;
  if (whole) return whole.map((row, index) => ({ line: index + 1, read: () => row }));
  return bare
    .split("\n")
    .map((source, index) => ({ line: index + 1, source, read: (): unknown => JSON.parse(source) }))
    .filter(({ source }) => source.trim() !== "");
}

function arrayIn(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

class Unusable extends Error {}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Unusable("not a JSON object");
  return value as Record<string, unknown>;
}

function bodiesOf({ request, response }: Record<string, unknown>): Pick<Recorded, "bodies"> {
  const [asked, replied] = [unwrapped(request), unwrapped(response)];
  const isWhole =
    typeof replied === "object" && replied !== null && ("choices" in replied || "output" in replied);
  if (typeof asked !== "object" || asked === null || !isWhole) return {};
  return { bodies: { request: asked as Record<string, unknown>, response: replied } };
}

/** `{ error }` in place of a reply, or an HTTP status that says so. */
function isFailure(row: Record<string, unknown>): boolean {
  const response = row.response as { status_code?: unknown; error?: unknown } | null | undefined;
  return (
    Boolean(row.error ?? response?.error) ||
    (typeof response?.status_code === "number" && response.status_code >= 400)
  );
}

function readRow(row: Record<string, unknown>): Omit<Recorded, "line"> {
  if (row.request !== undefined) {
    const body = unwrapped(row.request);
    if (typeof body === "object" && body !== null && "input" in body && !("messages" in body))
      return readResponses(row, body);
    // What an HTTP log wraps into a body is the same thing.
    const { request: asked, scope, bindings } = check(paired, { ...row, request: unwrapped(row.request) });
    return { request: requestOf(asked, scope, bindings), ...replyOf(row.response) };
  }
  if (row.messages === undefined) throw new Unusable('neither "request" nor "messages"');
  const { messages: asked, model, tools, settings, scope, bindings, usage, finish_reason } = check(flat, row);
  const fields = { model, tools, settings };
  if (row.response !== undefined) {
    const { reply, details } = replyOf(row.response);
    return {
      request: requestOf({ ...fields, messages: asked }, scope, bindings),
      reply,
      details: { ...detailsOf(finish_reason, usage), ...details },
    };
  }
  // The shape of fine-tuning files: the last message is what the model should say.
  const last = asked.at(-1);
  if (asked.length < 2 || last?.role !== "assistant")
    throw new Unusable('no "response", and the last message is not the assistant\'s');
  return {
    request: requestOf({ ...fields, messages: asked.slice(0, -1) }, scope, bindings),
    reply: last as Reply,
    details: detailsOf(finish_reason, usage),
  };
}

/** A call of OpenAI's Responses API. */
function readResponses(row: Record<string, unknown>, body: object): Omit<Recorded, "line"> {
  const { scope, bindings } = check(z.looseObject(common), row);
  const asked = chatRequestOf(check(responsesRequest, body, "request"));
  if (!asked)
    throw new Unusable("it builds on what the provider keeps: only half of the conversation is here");
  const response = unwrapped(row.response);
  if (response === undefined || response === null) throw new Unusable('no "response"');
  return {
    request: requestOf(asked, scope, bindings),
    ...chatReplyOf(check(responsesResponse, response, "response")),
  };
}

function unwrapped(value: unknown): unknown {
  return typeof value === "object" && value !== null && "body" in value ? value.body : value;
}

function requestOf(
  fields: Record<string, unknown> & { messages: unknown },
  scope: string | undefined,
  bindings: Record<string, BindingValue> | undefined,
): CacheRequest {
  return {
    ...fields,
    messages: fields.messages as readonly Message[],
    ...(scope !== undefined && { scope }),
    ...(bindings && { bindings }),
  };
}

/** A reply alone (an assistant message), or a whole chat completion, whose first choice counts. */
function replyOf(response: unknown): { reply: Reply; details: ReplyDetails } {
  const body = unwrapped(response);
  if (body === undefined || body === null) throw new Unusable('no "response"');
  if (typeof body !== "object" || !("choices" in body))
    return { reply: check(message, body, "response") as Reply, details: {} };
  const { choices, usage } = check(completion, body, "response");
  const [first] = choices;
  return { reply: first?.message as Reply, details: detailsOf(first?.finish_reason, usage) };
}

function detailsOf(
  finishReason: string | null | undefined,
  usage: z.infer<typeof tokens> | null | undefined,
): ReplyDetails {
  const counted: Usage | undefined = usage
    ? { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens }
    : undefined;
  return { ...(typeof finishReason === "string" && { finishReason }), ...(counted && { usage: counted }) };
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, at?: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [...(at === undefined ? [] : [at]), ...(issue?.path ?? [])].join(".");
  throw new Unusable(`"${path}": ${issue?.message ?? "not valid"}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  if (error instanceof SyntaxError) return "not JSON";
  throw error;
}
