/** What a block of a message is to the cache, whoever wrote it. */
import type { ContentPart } from "reprise";
import { isRecord, isVoid, type JsonRecord, without } from "../openai/record-of.js";

/** The type of parts that hold a text which says more than its words, by citations. */
export const CITED = "anthropic_text";

/** A hint to the provider's own prompt cache, which changes the bill and not the reply. */
const HINT = ["cache_control"];

/** A block as a part of a message. Throws a `TypeError` for what is no block. */
export function toPart(block: unknown): ContentPart {
  if (!isRecord(block) || typeof block.type !== "string") throw new TypeError("a block has a type");
  switch (block.type) {
    case "text":
      return toText(block);
    // What signs it is not compared: it is another one in each run.
    case "thinking":
      return { type: "reasoning", text: String(block.thinking ?? "") };
    case "redacted_thinking":
      return { type: "reasoning", text: "" };
    case "image":
      return toImage(block);
    default:
      return { ...unhinted(without(block, idsIn(block.type))), type: block.type };
  }
}

function toText(block: JsonRecord): ContentPart {
  const more = said(block, ["text"]);
  const text = String(block.text ?? "");
  return Object.keys(more).length > 0 ? { ...more, type: CITED, text } : { type: "text", text };
}

/** What a block says beside its type and these fields. */
export function said(block: JsonRecord, fields: readonly string[]): JsonRecord {
  const more = Object.entries(without(block, ["type", ...fields, ...HINT]));
  return Object.fromEntries(more.filter(([, value]) => !isVoid(value)));
}

/** An image in the words of Chat Completions, where these can say all of it. */
function toImage(block: JsonRecord): ContentPart {
  const { source } = block;
  const url =
    isRecord(source) && Object.keys(said(block, ["source"])).length === 0 ? urlOf(source) : undefined;
  return url === undefined
    ? { ...without(block, HINT), type: "image" }
    : { type: "image_url", image_url: { url } };
}

function urlOf({ type, media_type, data, url, ...more }: JsonRecord): string | undefined {
  if (Object.keys(more).length > 0) return undefined;
  if (type === "base64" && typeof media_type === "string" && typeof data === "string" && url === undefined)
    return `data:${media_type};base64,${data}`;
  return type === "url" && typeof url === "string" && media_type === undefined && data === undefined
    ? url
    : undefined;
}

/** Ids of one run: of tools that the provider ran, and of what they found. */
function idsIn(type: string): readonly string[] {
  return /^(?:server|mcp)_tool_use$|_tool_result$/.test(type) ? ["id", "tool_use_id"] : [];
}

/** A block without hints, also in the blocks that it holds: those of a document, or of what was searched. */
function unhinted(block: JsonRecord): JsonRecord {
  const { content, source } = block;
  return {
    ...without(block, HINT),
    ...(Array.isArray(content) && { content: content.map(inner) }),
    ...(isRecord(source) && { source: Array.isArray(source.content) ? unhinted(source) : source }),
  };
}

const inner = (item: unknown): unknown =>
  isRecord(item) && typeof item.type === "string" ? unhinted(item) : item;
