/** Content blocks of LangChain as content parts of the cache, and back. */
import type { BaseMessage } from "@langchain/core/messages";
import type { ContentPart } from "reprise";
import { isRecord, plain } from "./plain.js";

type Block = Record<string, unknown>;

// Tool calls stand in `tool_calls` (and `invalid_tool_calls`), whatever the provider also writes into the
// content.
const CALL_BLOCKS = new Set([
  "tool_call",
  "tool_call_chunk",
  "invalid_tool_call",
  "tool_use",
  "input_json_delta",
  "function_call",
  "functionCall",
]);

// Ids and positions vary from run to run; cache hints change the bill, not the reply.
const APART = new Set(["type", "id", "index", "cache_control", "cachePoint"]);

/**
 * The content of a message that came from the model, in LangChain's standard blocks: each provider's own
 * shape is translated by LangChain itself.
 */
export function modelParts(message: BaseMessage): ContentPart[] {
  // Reasoning that the provider stores is known to it by an id that a replay must not repeat, and is not
  // asked for again.
  const isStored = (block: Block): boolean =>
    block.type === "reasoning" &&
    (message.additional_kwargs.reasoning !== undefined ||
      block.id !== undefined ||
      block.encrypted_content !== undefined);
  const parts = standardBlocks(message).flatMap((block) =>
    CALL_BLOCKS.has(String(block.type)) || isStored(block) ? [] : toParts(block, RUN_IDS),
  );
  // Not every integration says whose dialect it speaks, and only those that do are translated.
  const { reasoning_content: reasoning } = message.additional_kwargs;
  const isSaid =
    typeof reasoning !== "string" || reasoning === "" || parts.some(({ type }) => type === "reasoning");
  return isSaid ? parts : [{ type: "reasoning", text: reasoning }, ...parts];
}

/**
 * The content of a message that goes to the model, as the caller wrote it: nothing is translated, so nothing
 * is lost.
 */
export function callerParts(message: BaseMessage): ContentPart[] {
  const { content } = message;
  return typeof content === "string"
    ? textPart(content)
    : (content as Block[]).flatMap((block) => toParts(block, NO_IDS));
}

/** One text alone is a string, as the Chat Completions API has it; no content is no content. */
export function brief(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  const [first] = parts;
  if (first === undefined) return "";
  return parts.length === 1 && first.type === "text" && first.text !== undefined ? first.text : parts;
}

function standardBlocks(message: BaseMessage): Block[] {
  const { content, additional_kwargs: kwargs } = message;
  if (
    typeof content === "string" &&
    kwargs.reasoning_content === undefined &&
    kwargs.reasoning === undefined
  ) {
    return [{ type: "text", text: content }];
  }
  try {
    return message.contentBlocks as Block[];
  } catch {
    // A translator met what it does not know: the provider's own blocks are compared as they are.
    return typeof content === "string" ? [{ type: "text", text: content }] : (content as Block[]);
  }
}

function toParts(block: Block | string, ids: ReadonlySet<string>): ContentPart[] {
  if (typeof block === "string") return textPart(block);
  switch (block.type) {
    case "text":
      return said(block, { type: "text", text: String(block.text ?? ""), in: ["text"] }, ids);
    case "reasoning":
      return said(
        block,
        { type: "reasoning", text: reasoningText(block), in: ["reasoning", "summary"] },
        ids,
      );
    case "thinking":
      return said(block, { type: "reasoning", text: String(block.thinking ?? ""), in: ["thinking"] }, ids);
    case "image":
    case "image_url":
    case "audio":
    case "video":
    case "file":
      return [filePart(block) ?? opaquePart(block, NO_IDS)];
    default:
      return [opaquePart(block, ids)];
  }
}

function textPart(text: string): ContentPart[] {
  return text === "" ? [] : [{ type: "text", text }];
}

/** What a block says, and in which of its fields. */
interface Said {
  readonly type: "text" | "reasoning";
  readonly text: string;
  readonly in: readonly string[];
}

// A block that says more than its text (citations, annotations) is never a pattern: it is compared and
// replayed whole. So is signed reasoning: its provider refuses other text under the signature, and in a tool
// loop also text without one.
function said(block: Block, { type, text, in: fields }: Said, ids: ReadonlySet<string>): ContentPart[] {
  const more = Object.entries(block).filter(
    ([name, value]) => !APART.has(name) && !fields.includes(name) && !isVoid(value),
  );
  if (more.length > 0) return [opaquePart(block, ids)];
  return text === "" ? [] : [{ type, text }];
}

function isVoid(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function reasoningText(block: Block): string {
  if (typeof block.reasoning === "string") return block.reasoning;
  const summary = Array.isArray(block.summary) ? (block.summary as unknown[]) : [];
  return summary
    .map((item) => (isRecord(item) && typeof item.text === "string" ? item.text : ""))
    .join("\n\n");
}

const DATA_URL = /^data:([^;,]+);base64,([\s\S]*)$/;

// A file that is nothing but bytes or an address, in the words both adapters use; one that says more stays as
// it is.
function filePart(block: Block): ContentPart | undefined {
  const names = Object.keys(block).filter((name) => !APART.has(name) && block[name] !== undefined);
  const only = (...allowed: string[]): boolean => names.every((name) => allowed.includes(name));
  if (block.type === "image_url" && only("image_url")) {
    const given = block.image_url;
    const url = isRecord(given) && Object.keys(given).length === 1 ? given.url : given;
    return typeof url === "string" ? fromUrl(url, "image/*") : undefined;
  }
  const mediaType = block.mimeType ?? block.mime_type;
  if (typeof mediaType !== "string" || !only("mimeType", "mime_type", "source_type", "data", "url"))
    return undefined;
  if (typeof block.url === "string" && block.data === undefined) return fromUrl(block.url, mediaType);
  if (block.url !== undefined) return undefined;
  const data = plain(block.data);
  return typeof data === "string" ? { type: "file", mediaType, data: { type: "data", data } } : undefined;
}

function fromUrl(url: string, mediaType: string): ContentPart {
  const [, type, data] = DATA_URL.exec(url) ?? [];
  if (type !== undefined && data !== undefined)
    return { type: "file", mediaType: type, data: { type: "data", data } };
  return { type: "file", mediaType, data: { type: "url", url } };
}

/** The type of parts that hold a block as LangChain has it. */
const BLOCK = "langchain_block";

// What the model writes carries ids of its run; what the caller writes may be known by nothing but its id (a
// stored file).
const RUN_IDS: ReadonlySet<string> = new Set(["id", "toolCallId", "tool_use_id", "call_id"]);
const NO_IDS: ReadonlySet<string> = new Set();

function opaquePart(block: Block, ids: ReadonlySet<string>): ContentPart {
  const kept = Object.entries(block).filter(
    ([name]) => !ids.has(name) && name !== "index" && name !== "cache_control",
  );
  return { type: BLOCK, block: plain(Object.fromEntries(kept)) };
}

/**
 * A part of a stored reply as a standard content block; `undefined` for a part only another framework can
 * read.
 */
export function fromPart(part: ContentPart): Block | undefined {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text ?? "" };
    case "cited-text":
      return { type: "text", text: part.text ?? "" };
    case "reasoning":
      return { type: "reasoning", reasoning: part.text ?? "" };
    case "file":
      return fromFile(part);
    case BLOCK:
      return isRecord(part.block) ? structuredClone(part.block) : undefined;
    default:
      return undefined;
  }
}

function fromFile(part: ContentPart): Block | undefined {
  const { mediaType, data } = part;
  if (typeof mediaType !== "string" || !isRecord(data)) return undefined;
  const [kind = ""] = mediaType.split("/");
  const type = ["image", "audio", "video"].includes(kind) ? kind : "file";
  if (typeof data.url === "string") return { type, mimeType: mediaType, url: data.url };
  return typeof data.data === "string" ? { type, mimeType: mediaType, data: data.data } : undefined;
}
