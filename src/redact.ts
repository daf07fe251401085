/** Decides what of an exchange is kept: texts as the user's hook leaves them. */
import type { CacheRequest, Message, Reply } from "./types.js";

/**
 * Takes out of a text what must not be kept. Tool arguments come as JSON text, and must be JSON afterwards.
 */
export type Redact = (text: string) => string;

/** A request and a reply as they may be kept. */
export interface Redacted {
  readonly request: CacheRequest;
  readonly reply: Reply;
  /** Whether the reply is another one now: it is not what the model said, and must not be given for it. */
  readonly isReplyChanged: boolean;
}

/**
 * Puts every text of the messages and the reply through the hook. What was handed in stays as it is. Throws
 * what the hook throws.
 */
export function redacted(request: CacheRequest, reply: Reply, redact: Redact): Redacted {
  let changes = 0;
  const clean = (text: string): string => {
    const kept = redact(text);
    if (kept !== text) changes++;
    return kept;
  };
  const messages = Array.isArray(request.messages)
    ? request.messages.map((message) => cleaned(message, clean) as Message)
    : request.messages;
  changes = 0;
  const said = cleaned(reply, clean) as Reply;
  return { request: { ...request, messages }, reply: said, isReplyChanged: changes > 0 };
}

/** JSON with every text in it put through the hook, names of fields too. Throws what the hook throws. */
export function redactedJson(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactedJson(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redact(name), redactedJson(item, redact)]),
  );
}

/** What names things rather than says something. */
const NAMES = new Set(["role", "type", "id", "tool_call_id"]);

function cleaned(value: unknown, clean: (text: string) => string, name = ""): unknown {
  if (typeof value === "string") return NAMES.has(name) ? value : clean(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item, clean, key)]));
}
