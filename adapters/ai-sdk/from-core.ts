/** How a known reply becomes a model's result again, with ids of its own. */
import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Source,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { ContentPart, Reply } from "reprise";
import type { Known } from "../shared/framework-call.js";
import type { RepriseMetadata } from "../shared/metadata.js";
import { fromFinishReason } from "./finish-reason.js";
import { withMetadata } from "./metadata.js";
import type { SignedCall } from "./record.js";

/** A known reply, ready to be handed out. */
export interface Replay {
  readonly content: LanguageModelV4Content[];
  readonly finishReason: LanguageModelV4FinishReason;
  readonly metadata: RepriseMetadata;
  readonly response: { readonly id: string; readonly timestamp: Date; readonly modelId: string };
  /** What the provider would note on the reply, as far as someone may build on it. */
  readonly noted: SharedV4ProviderMetadata | undefined;
}

/** What a replay needs to know of the call it answers. */
export interface ReplayContext {
  readonly generateId: () => string;
  readonly now: () => number;
  /** The model asked, as spec V3 or V4 describes it: generated files differ. */
  readonly model: {
    readonly modelId: string;
    readonly specificationVersion: string;
    readonly provider?: string;
  };
}

/**
 * A reply as a replay, every id in it fresh. `undefined` when it holds content that the AI SDK has no word
 * for (another adapter on the same store may have recorded it).
 */
export function toReplay(known: Known, context: ReplayContext): Replay | undefined {
  const content = toContent(known.reply, context);
  if (!content) return undefined;
  const ending = known.reply.tool_calls?.length ? "tool_calls" : "stop";
  const id = `reprise-${context.generateId()}`;
  return {
    noted: notedOn(id, context.model.provider),
    content,
    finishReason: fromFinishReason(known.details.finishReason ?? ending),
    metadata: known.metadata,
    response: { id, timestamp: new Date(context.now()), modelId: context.model.modelId },
  };
}

// A response that the provider does not know has an id all the same: who builds on it there is refused, where
// a call without one would lose its past unseen.
function notedOn(responseId: string, provider = ""): SharedV4ProviderMetadata | undefined {
  const name = /^(openai|azure)[.-].*responses$/.exec(provider)?.[1];
  return name === undefined ? undefined : { [name]: { responseId } };
}

/** The result of a plain call that was answered by a replay: no tokens, no warnings, no bodies. */
export function toGenerateResult({
  content,
  finishReason,
  metadata,
  response,
  noted,
}: Replay): LanguageModelV4GenerateResult {
  return {
    content,
    finishReason,
    usage: noUsage(),
    warnings: [],
    response,
    providerMetadata: withMetadata(noted, metadata),
  };
}

/** The usage of a call that asked no model. */
export function noUsage(): LanguageModelV4Usage {
  return {
    inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 0, text: 0, reasoning: 0 },
  };
}

function toContent(reply: Reply, context: ReplayContext): LanguageModelV4Content[] | undefined {
  const content: LanguageModelV4Content[] = [];
  const sources = new Map<string, string>();
  const parts =
    typeof reply.content === "string" ? [{ type: "text", text: reply.content }] : (reply.content ?? []);
  for (const part of parts) {
    const item = toItem(part, sources, context);
    if (!item) return undefined;
    content.push(item);
  }
  // In the order in which they were said; calls of which that is not known come last.
  let moved = 0;
  for (const call of (reply.tool_calls ?? []) as readonly SignedCall[]) {
    const { name, arguments: input } = call.function;
    const item = {
      type: "tool-call" as const,
      toolCallId: `call_${context.generateId()}`,
      toolName: name,
      input,
      ...signed(call),
    };
    const place =
      typeof call.after === "number" && call.after < parts.length ? call.after + moved++ : content.length;
    content.splice(place, 0, item);
  }
  return content;
}

function toItem(
  part: ContentPart,
  sources: Map<string, string>,
  context: ReplayContext,
): LanguageModelV4Content | undefined {
  // Written by `toRecord`, or read from a store as it was: the casts below say what stood there.
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text === undefined ? undefined : { type: part.type, text: part.text, ...signed(part) };
    case "cited-text": {
      const citations = (part.citations as { readonly source: LanguageModelV4Source }[]).map((citation) => ({
        ...citation,
        source: fresh(citation.source, sources, context),
      }));
      return { type: "text", text: part.text ?? "", citations };
    }
    case "source":
      return fresh(part as unknown as LanguageModelV4Source, sources, context);
    case "file":
    case "reasoning-file":
      return toFile(part, context);
    default:
      return undefined;
  }
}

function signed(part: SignedCall | ContentPart): { readonly providerMetadata?: SharedV4ProviderMetadata } {
  return part.signed ? { providerMetadata: part.signed as SharedV4ProviderMetadata } : {};
}

function fresh(
  source: LanguageModelV4Source,
  sources: Map<string, string>,
  { generateId }: ReplayContext,
): LanguageModelV4Source {
  const id = sources.get(source.id) ?? `source_${generateId()}`;
  sources.set(source.id, id);
  return { ...source, id };
}

type Generated = Extract<LanguageModelV4Content, { type: "file" }>;

function toFile(part: ContentPart, { model }: ReplayContext): LanguageModelV4Content | undefined {
  const data = part.data as
    | { readonly type: "data"; readonly data: string }
    | { readonly type: "url"; readonly url: string };
  const file = { ...part, type: part.type as "file", mediaType: part.mediaType as string };
  if (data.type === "url") return { ...file, data: { type: "url", url: new URL(data.url) } };
  // Spec V3 (AI SDK 6) takes the data bare.
  return {
    ...file,
    data: model.specificationVersion === "v3" ? (data.data as unknown as Generated["data"]) : data,
  };
}
