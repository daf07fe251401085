/** Turns messages into what is compared: ids become positions, media digests, tool arguments JSON. */
import { digest } from "../template/digest.js";
import { canonicalJson, fromJavaScript, type Json, parseJson } from "../template/json.js";
import { contentOf, partOfContent } from "../template/parts/index.js";
import type { Part, Turn } from "../template/turn.js";
import type { BypassReason, ContentPart, Message } from "../types.js";

/** A message that cannot be compared: the reason goes into the bypass. */
export class Unfit extends Error {
  constructor(readonly reason: Extract<BypassReason, "invalid" | "duplicate-keys">) {
    super(reason);
  }
}

/**
 * How many characters of one message are read as JSON; parsing it and sorting its keys costs many times what
 * comparing its text does. Beyond it a tool's result is text, and a call's arguments are known by their
 * digest alone.
 */
export const MAX_JSON = 100_000;

/** How much more JSON of a message may be read. */
class Room {
  private left = MAX_JSON;

  takes(text: string): boolean {
    if (text.length > this.left) return false;
    this.left -= text.length;
    return true;
  }
}

// Fields that are read below, or that only name, time or price a message.
const KNOWN = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "is_error",
  "reasoning",
  "reasoning_content",
  "refusal",
]);
const INCIDENTAL = new Set([
  "id",
  "created",
  "created_at",
  "createdAt",
  "timestamp",
  "usage",
  "annotations",
  "metadata",
  "cache_control",
]);
// Fields of a content part that never change what it says.
const INCIDENTAL_IN_PART = new Set(["cache_control", "cacheControl"]);

/** Numbers the tool calls of one conversation, in the order in which they appear. */
export class CallNumbers {
  private readonly byId: Map<string, number>;
  private count: number;

  constructor(before?: CallNumbers) {
    this.byId = new Map(before?.byId);
    this.count = before?.count ?? 0;
  }

  add(id: string | undefined): void {
    if (id !== undefined) this.byId.set(id, this.count);
    this.count++;
  }

  of(id: string | undefined): number {
    return id === undefined ? -1 : (this.byId.get(id) ?? -1);
  }
}

/** Normalises one message. Throws `Unfit` when it is no message, or its tool arguments hold a key twice. */
export function normaliseMessage(message: Message, calls: CallNumbers): Turn {
  if (typeof message !== "object" || message === null || typeof message.role !== "string")
    throw new Unfit("invalid");
  const parts: Part[] = [];
  const room = new Room();
  const isResult = message.role === "tool";
  if (isResult)
    parts.push({
      kind: "result",
      call: calls.of(optionalText(message.tool_call_id)),
      error: message.is_error === true,
    });

  addText(parts, "reasoning", message.reasoning_content ?? message.reasoning);
  addContent(parts, message.content, isResult ? room : undefined);
  addText(parts, "refusal", message.refusal);
  for (const field of Object.keys(message)) {
    const value = message[field];
    if (KNOWN.has(field) || INCIDENTAL.has(field) || value === undefined || value === null) continue;
    parts.push({ kind: "opaque", type: `field ${field}`, digest: digestOf(value) });
  }
  if (message.tool_calls) parts.push(...callsIn(message.tool_calls, calls, room));

  // What is pushed to a list gives it room for 17; turns are kept, and most have one part.
  const exact = parts.slice();
  // A tool message's name repeats the call's.
  return typeof message.name === "string" && !isResult
    ? { role: message.role, name: message.name, parts: exact }
    : { role: message.role, parts: exact };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function addText(parts: Part[], kind: "reasoning" | "refusal", value: unknown): void {
  if (typeof value === "string" && value !== "") parts.push({ kind, text: value });
}

/** `room` is given where texts may be JSON: in tool results. */
function addContent(parts: Part[], content: unknown, room: Room | undefined): void {
  if (content === null || content === undefined) return;
  if (typeof content === "string") {
    addString(parts, content, room);
    return;
  }
  if (!Array.isArray(content)) throw new Unfit("invalid");
  for (const part of content as readonly ContentPart[]) {
    if (typeof part !== "object" || part === null || typeof part.type !== "string")
      throw new Unfit("invalid");
    const known = partOfContent(part);
    if (known?.kind === "text") addString(parts, known.text, room);
    else if (!known)
      parts.push({ kind: "opaque", type: part.type, digest: digestOf(withoutIncidental(part)) });
    else if (!isEmpty(known)) parts.push(known);
  }
}

function isEmpty(part: Part): boolean {
  const content = contentOf(part);
  return content !== undefined && "text" in content && content.text === "";
}

function addString(parts: Part[], text: string, room: Room | undefined): void {
  if (text === "") return;
  if (room) {
    const value = structured(text, room);
    if (value !== undefined) {
      parts.push({ kind: "json", value });
      return;
    }
  }
  parts.push({ kind: "text", text });
}

/** A tool result that is a JSON object or list. Scalars stay text: `5` and `"5"` must not become one. */
function structured(text: string, room: Room): Json | undefined {
  if (!/^\s*[{[]/.test(text) || !room.takes(text)) return undefined;
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}

function callsIn(toolCalls: unknown, calls: CallNumbers, room: Room): Part[] {
  if (!Array.isArray(toolCalls)) throw new Unfit("invalid");
  return (toolCalls as readonly ToolCallLike[]).map((call): Part => {
    const tool = call?.function?.name;
    const text = call?.function?.arguments ?? "";
    if (typeof tool !== "string" || typeof text !== "string") throw new Unfit("invalid");
    calls.add(optionalText(call.id));
    const parsed = room.takes(text) ? parseJson(text.trim() === "" ? "{}" : text) : undefined;
    if (parsed?.ok) return { kind: "call", tool, args: parsed.value };
    if (parsed?.fault === "duplicate-keys") throw new Unfit("duplicate-keys");
    return { kind: "opaque", type: `call ${tool}`, digest: digest(`arguments ${text}`) };
  });
}

interface ToolCallLike {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown };
}

function withoutIncidental(part: ContentPart): Record<string, unknown> {
  return Object.fromEntries(Object.entries(part).filter(([field]) => !INCIDENTAL_IN_PART.has(field)));
}

/**
 * The digest of any JavaScript value: canonical JSON, with bytes as base64. Throws `Unfit` for what cannot be
 * compared.
 */
export function digestOf(value: unknown): string {
  let json: Json | undefined;
  try {
    json = fromJavaScript(value);
  } catch {
    throw new Unfit("invalid");
  }
  return digest(`value ${json === undefined ? "" : canonicalJson(json)}`);
}
