/**
 * Which replies of a model are learned, and in what shape. Serving to those who wait for one asks the same
 * question.
 */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { ContentPart, Reply, ToolCall } from "reprise";
import { parseJson, type Recording } from "../shared/record.js";
import { tellsOfSearch } from "../shared/searched.js";
import { toFinishReason } from "./finish-reason.js";
import { filePart, isStored, plainPart, signatures } from "./plain.js";

/** A model's whole answer, from a plain call or gathered from a stream. */
export interface Outcome {
  readonly content: readonly LanguageModelV4Content[];
  readonly finishReason: LanguageModelV4FinishReason;
  readonly usage: LanguageModelV4Usage;
  readonly structuredOutputText?: string | undefined;
  readonly providerMetadata?: SharedV4ProviderMetadata | undefined;
}

/**
 * A tool call with its provider's signatures. They come back when this very reply does, and are no part of a
 * template.
 */
export interface SignedCall extends ToolCall {
  readonly signed?: unknown;
  /** How many parts of the content came before it. */
  readonly after?: number;
}

/**
 * The reply to learn from an outcome, or why it must not be replayed: an end other than `stop` or
 * `tool-calls`, tool input that is no JSON, an empty reply, and content that lies with the provider (tools it
 * ran, what it searched, approvals, custom parts), which a replay could not make good.
 */
export function toRecord(
  outcome: Outcome,
  { tools }: Pick<LanguageModelV4CallOptions, "tools"> = {},
): Recording {
  const finishReason = toFinishReason(outcome.finishReason);
  if (finishReason === undefined) return "finish-reason";
  if (outcome.structuredOutputText !== undefined) return "provider-side";
  if (wasSearched(outcome, tools?.some((tool) => tool.type === "provider") ?? false)) return "provider-side";
  const parts: ContentPart[] = [];
  const tool_calls: ToolCall[] = [];
  // A source's id is new in every run: kept by position, so that the same reply is the same.
  const sources = new Map<string, string>();
  const stored = outcome.content.some((item) => item.type === "reasoning" && isStored(item.providerMetadata));
  for (const item of outcome.content) {
    if (item.type === "tool-call") {
      if (item.providerExecuted || item.dynamic) return "provider-side";
      const call = toToolCall(item, tool_calls.length);
      if (!call) return "invalid-arguments";
      tool_calls.push({ ...call, after: parts.length } as SignedCall);
    } else {
      const part = toReplyPart(item, sources, stored);
      if (part === undefined) return "provider-side";
      if (part !== "empty") parts.push(part);
    }
  }
  if (parts.length === 0 && tool_calls.length === 0) return "empty";
  const [first] = parts;
  const alone = parts.length === 1 && first?.type === "text" && !first.signed ? first.text : undefined;
  const reply: Reply = {
    role: "assistant",
    content: alone ?? (parts.length > 0 ? parts : null),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
  const { inputTokens, outputTokens } = outcome.usage ?? {};
  return {
    reply,
    details: {
      finishReason,
      usage: { inputTokens: inputTokens?.total ?? 0, outputTokens: outputTokens?.total ?? 0 },
    },
  };
}

// Documents come from the prompt, unless a tool of the provider's may have found them; addresses were found
// in any case.
function wasSearched({ content, providerMetadata }: Outcome, couldSearch: boolean): boolean {
  const sources = content.flatMap((item) =>
    item.type === "source" ? item : item.type === "text" ? sourcesIn(item) : [],
  );
  return (
    sources.some(({ sourceType }) => couldSearch || sourceType === "url") ||
    Object.values(providerMetadata ?? {}).some(tellsOfSearch)
  );
}

function sourcesIn({ citations }: Part<"text">): Part<"source">[] {
  return (citations ?? []).map(({ source }) => source);
}

type Part<Type extends LanguageModelV4Content["type"]> = Extract<LanguageModelV4Content, { type: Type }>;

function toToolCall(call: Part<"tool-call">, position: number): SignedCall | undefined {
  // Some providers write no arguments as no text.
  const args = call.input === "" ? "{}" : call.input;
  if (typeof args !== "string" || !parseJson(args)) return undefined;
  const made = {
    id: `call_${position}`,
    type: "function",
    function: { name: call.toolName, arguments: args },
  };
  const signed = signatures(call.providerMetadata);
  return signed ? { ...made, signed } : made;
}

function toReplyPart(
  item: Exclude<LanguageModelV4Content, Part<"tool-call">>,
  sources: Map<string, string>,
  stored: boolean,
): ContentPart | "empty" | undefined {
  switch (item.type) {
    case "text":
      // Offsets into a text make no sense in another one: cited text is kept as it is, and never becomes a
      // template.
      if (item.citations?.length)
        return {
          type: "cited-text",
          text: item.text,
          citations: item.citations.map((citation) => ({
            ...citation,
            source: sourcePart(citation.source, sources),
          })),
        };
      return textPart(item, stored);
    case "reasoning":
      return textPart(item, stored);
    case "file":
    case "reasoning-file":
      return filePart(item);
    case "source":
      return sourcePart(item, sources);
    default:
      return undefined;
  }
}

function textPart(
  { type, text, providerMetadata }: Part<"text" | "reasoning">,
  stored: boolean,
): ContentPart | "empty" {
  const signed = signatures(providerMetadata, stored);
  if (signed) return { type, text, signed };
  return text === "" ? "empty" : { type, text };
}

function sourcePart(source: Part<"source">, sources: Map<string, string>): ContentPart {
  const position = sources.get(source.id) ?? `source_${sources.size}`;
  sources.set(source.id, position);
  return plainPart({ ...source, id: position });
}
