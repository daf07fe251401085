/** What is kept of how a model of LangChain speaks, so that a hit speaks the same way. */
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { type Dialect, dialectOf, type ReplayedCall } from "./dialect.js";
import { isRecord, plain } from "./plain.js";

/** How a reply was given. */
export interface Notes extends Dialect {
  /** As a chunk: LangChain's own parser of structured output takes nothing else from such a model. */
  readonly chunk?: boolean | undefined;
  /** Its reasoning stood in `additional_kwargs.reasoning_content`. */
  readonly reasoningContent?: boolean | undefined;
  /** Its calls stood in `additional_kwargs.tool_calls` too. */
  readonly rawCalls?: boolean | undefined;
  /** The name that the class gives to the model's messages. */
  readonly name?: string | undefined;
  /** `response_metadata`, without what was used. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** The same account where a class writes it into `additional_kwargs`. */
  readonly account?: Readonly<Record<string, unknown>> | undefined;
  /** The signatures of the calls, in their order, where Google's class keeps them by the calls' ids. */
  readonly signatures?: readonly (string | null)[] | undefined;
}

// Of one run: what it used, when it was, and its items in the provider's words: what is sent on must name the
// calls of the replay.
const OF_THE_RUN =
  /usage|tokens|_duration$|_count$|^created|timestamp|^headers$|^output$|^output_version$|^reprise$/i;
// Of the model itself, or of how all of its replies end: these hold for a template's reply too.
const OF_THE_MODEL =
  /^model|provider$|^stop_reason$|^finish_?reason$|^done$|^done_reason$|^status$|^type$|^role$|^object$|^service_tier$|^system_fingerprint$/i;
const ID = /^(request_?)?id$/i;

/** Names in `additional_kwargs` of the account of one run: they are no part of what was said. */
export const ACCOUNT = new Set([
  ...["id", "type", "role", "model", "usage", "stop_reason", "stop_sequence", "container"],
  ...["index", "finishReason", "finishMessage", "avgLogprobs", "safetyRatings", "tokenCount"],
]);

/** Where Google's class keeps the signatures of calls. */
export const SIGNATURES = "__gemini_function_call_thought_signatures__";

/** The notes on a message; `generationInfo` is what LangChain adds to its metadata. */
export function notesOf(
  message: AIMessage | AIMessageChunk,
  generationInfo: Record<string, unknown> | undefined,
  isChunk: boolean,
): Notes {
  const { content, name, additional_kwargs: kwargs = {}, tool_calls: calls = [] } = message;
  const signed = kwargs[SIGNATURES];
  const account = Object.fromEntries(Object.entries(kwargs).filter(([key]) => ACCOUNT.has(key)));
  return {
    ...(isChunk && { chunk: true }),
    ...(typeof kwargs.reasoning_content === "string" && { reasoningContent: true }),
    // Standard blocks are written as such without being told.
    ...(message.response_metadata?.output_version !== "v1" && dialectOf(content)),
    ...(kwargs.tool_calls?.length && { rawCalls: true }),
    ...(name !== undefined && { name }),
    ...(isRecord(signed) && {
      signatures: calls.map(({ id }) =>
        typeof signed[String(id)] === "string" ? String(signed[String(id)]) : null,
      ),
    }),
    metadata: kept({ ...generationInfo, ...message.response_metadata }),
    ...(Object.keys(account).length > 0 && { account: kept(account) }),
  };
}

// The cache keeps notes of 4 KB; an account that is larger is kept as far as it holds for all of the model's
// replies.
const MAX_ACCOUNT = 1_500;

function kept(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const told = Object.entries(given).filter(
    ([name, value]) => !OF_THE_RUN.test(name) && value !== undefined && !isState(name, value),
  );
  try {
    const account = plain(Object.fromEntries(told)) as Record<string, unknown>;
    if (JSON.stringify(account).length <= MAX_ACCOUNT) return account;
  } catch {
    // Something in it is no plain data.
  }
  const isShort = (value: unknown): boolean => typeof value === "string" && value.length < 200;
  return Object.fromEntries(told.filter(([name, value]) => OF_THE_MODEL.test(name) && isShort(value)));
}

// A container lies with the provider, and belongs to the run that made it.
const isState = (name: string, value: unknown): boolean => name === "container" && value !== null;

/** The notes that came back with a hit; `undefined` for a reply that another framework has recorded. */
export function readNotes(notes: Readonly<Record<string, unknown>> | undefined): Notes | undefined {
  return isRecord(notes?.langchain) ? notes.langchain : undefined;
}

/**
 * An account for a replay. The provider's ids are replaced by one it does not know, so that who builds on the
 * reply there is refused, and does not lose the past unseen.
 */
export function replayedAccount(
  account: Notes["account"] = {},
  { exact }: { readonly exact: boolean },
): Record<string, unknown> {
  const said = Object.entries(account).filter(
    ([name]) => !OF_THE_RUN.test(name) && (exact || OF_THE_MODEL.test(name) || ID.test(name)),
  );
  return Object.fromEntries(
    said.map(([name, value]) => [name, ID.test(name) ? `reprise-${crypto.randomUUID()}` : value]),
  );
}

/** The signatures of a replay's calls, under their fresh ids. */
export function replayedSignatures(
  { signatures }: Notes,
  calls: readonly ReplayedCall[],
): Record<string, unknown> {
  if (!signatures) return {};
  const signed = calls.flatMap(({ id }, index) =>
    typeof signatures[index] === "string" ? [[id, signatures[index]] as const] : [],
  );
  return { [SIGNATURES]: Object.fromEntries(signed) };
}
