/** Which replies of the Messages API are learned, and in what shape. */
import type { ContentPart, RefusalReason, ToolCall } from "reprise";
import { around, type Notes, tokens, zeroed } from "../openai/notes.js";
import { isRecord, isVoid, type JsonRecord, recordsIn } from "../openai/record-of.js";
import { parseJson, type Recording } from "../shared/record.js";
import { tellsOfSearch } from "../shared/searched.js";
import { toPart } from "./blocks.js";
import { optionsOf } from "./to-core.js";

/** What is kept under the provider's name beside reasoning, for a next step to name: by all adapters alike. */
export interface Signed {
  readonly anthropic: { readonly signature: string } | { readonly redactedData: string };
}

/** A call, and how many parts of the content came before it. */
export interface PlacedCall extends ToolCall {
  readonly after?: number;
}

/** Fields of a reply that tell of one run alone, or are written anew for each. */
const APART = ["content", "usage", "stop_reason", "stop_sequence", "diagnostics", "context_management"];

const ENDINGS = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["tool_use", "tool_calls"],
]);

/** The reply to learn, or why it must not be replayed. */
export function toRecord(message: JsonRecord): Recording {
  if (!isVoid(message.error) || !Array.isArray(message.content) || !message.content.every(isRecord))
    return "invalid";
  const finishReason = ENDINGS.get(String(message.stop_reason));
  if (finishReason === undefined) return "finish-reason";
  const usage = isRecord(message.usage) ? message.usage : {};
  // What ran or was found there is not in the reply.
  if (!isVoid(message.container) || tellsOfSearch(usage.server_tool_use)) return "provider-side";
  const blocks: readonly JsonRecord[] = message.content;
  const read = toSaid(blocks);
  if (typeof read === "string") return read;
  const { content, calls } = read;
  if (calls.length === 0 && !content.some(({ type, text }) => type !== "reasoning" && text !== ""))
    return "empty";
  return {
    reply: { role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) },
    details: {
      finishReason,
      usage: { inputTokens: inputOf(usage), outputTokens: tokens(usage.output_tokens) },
      notes: { openai: notesOf(message, blocks) },
    },
  };
}

/** Anthropic counts apart what its own prompt cache read and wrote. */
const inputOf = (usage: JsonRecord): number =>
  tokens(usage.input_tokens) +
  tokens(usage.cache_creation_input_tokens) +
  tokens(usage.cache_read_input_tokens);

interface Said {
  readonly content: ContentPart[];
  readonly calls: PlacedCall[];
}

function toSaid(blocks: readonly JsonRecord[]): Said | RefusalReason {
  const content: ContentPart[] = [];
  const calls: PlacedCall[] = [];
  for (const block of blocks) {
    if (block.type === "tool_use") {
      const { name, input } = block;
      // A call by code that the provider runs, or of a set of tools: its name and input are not all of it.
      if (typeof name !== "string" || Object.keys(optionsOf(block)).length > 0) return "provider-side";
      const args = typeof input === "string" ? input : JSON.stringify(input ?? {});
      if (!isRecord(parseJson(args)?.value)) return "invalid-arguments";
      const id = `call_${calls.length}`;
      calls.push({ id, type: "function", function: { name, arguments: args }, after: content.length });
      continue;
    }
    const part = toReplyPart(block);
    if (part === undefined) return "provider-side";
    content.push(part);
  }
  return { content, calls };
}

/** `undefined` for what only the provider could make good: what it searched, ran or wrote into files. */
function toReplyPart(block: JsonRecord): ContentPart | undefined {
  switch (block.type) {
    case "text":
      return recordsIn(block.citations).every(isOfRequest) ? toPart(block) : undefined;
    case "thinking":
      return typeof block.signature === "string"
        ? { ...toPart(block), signed: { anthropic: { signature: block.signature } } satisfies Signed }
        : toPart(block);
    case "redacted_thinking":
      return typeof block.data === "string"
        ? { ...toPart(block), signed: { anthropic: { redactedData: block.data } } satisfies Signed }
        : undefined;
    default:
      return undefined;
  }
}

// Places in what the request holds: its documents, and what its caller has searched.
const PLACES = ["char_location", "page_location", "content_block_location", "search_result_location"];
const isOfRequest = ({ type }: JsonRecord): boolean => PLACES.includes(String(type));

function notesOf(message: JsonRecord, blocks: readonly JsonRecord[]): Notes {
  const ofType = (type: string): JsonRecord => blocks.find((block) => block.type === type) ?? {};
  const { citations } = ofType("text");
  const { caller } = ofType("tool_use");
  const voids = Object.fromEntries(APART.flatMap((name) => (message[name] === null ? [[name, null]] : [])));
  return {
    api: "messages",
    around: { ...around(message, APART), ...voids },
    // Which of them a provider writes where there is nothing to say.
    text: citations === null ? { citations } : {},
    call: caller === undefined ? {} : { caller },
    ...(message.stop_reason === "stop_sequence" && { stopped: message.stop_sequence ?? null }),
    ...(isRecord(message.usage) && { usage: zeroed(message.usage) }),
  };
}
