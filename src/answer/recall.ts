/**
 * Remembers conversations between steps, so that an append-only conversation is normalised and walked only
 * once.
 */
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import type { ContentPart, Message, ToolCall } from "../types.js";

const CAPACITY = 256;
// And how many characters their messages may hold together, as a share of the cache's bound; never more than
// so many.
const SHARE = 1 / 8;
const MAX_SIZE = 32 * 1024 * 1024;
// A step of an agent adds an assistant message and its tool results: how far back a remembered end is looked
// for.
const MAX_NEW = 24;

/** One field as it is compared; a symbol stands where a list or an object begins or ends. */
type Field = string | number | boolean | null | undefined | symbol;

/**
 * A message's compared fields in a row; `undefined` when the message holds something that cannot be compared
 * cheaply.
 */
type Snapshot = readonly Field[];

interface Remembered<Value> {
  readonly snapshots: readonly Snapshot[];
  readonly value: Value;
  /** Characters of all messages, those shared with a shorter prefix included. */
  readonly size: number;
}

/**
 * A bounded map from conversations to what was worked out about them, found by their longest remembered
 * prefix.
 */
export class Recall<Value> {
  private readonly byEnd: BoundedMap<string, Remembered<Value>>;

  /** `maxSize` bounds the cache as a whole. */
  constructor(maxSize: number = Number.POSITIVE_INFINITY) {
    this.byEnd = new BoundedMap(
      { maxEntries: CAPACITY, maxSize: Math.min(MAX_SIZE, maxSize * SHARE) },
      { sizeOf: ({ size }) => size },
    );
  }

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    return this.byEnd.holding;
  }

  /** What is remembered of the longest prefix of `messages` under `tag`, and how many messages it covers. */
  find(tag: string, messages: readonly Message[]): { value: Value; length: number } | undefined {
    for (let length = messages.length; length > 0 && length > messages.length - MAX_NEW; length--) {
      const end = endOf(tag, messages, length);
      const known = this.byEnd.peek(end);
      if (!known || known.snapshots.length !== length) continue;
      if (!known.snapshots.every((snapshot, index) => same(snapshot, messages[index] as Message))) continue;
      this.byEnd.get(end);
      return { value: known.value, length };
    }
    return undefined;
  }

  /**
   * Remembers a value for `messages`, worked out from what was found for so many of them (`before`; 0 where
   * nothing was). Messages are copied, never kept.
   */
  keep(
    tag: string,
    messages: readonly Message[],
    { value, before }: { readonly value: Value; readonly before: number },
  ): void {
    const earlier = before > 0 ? this.byEnd.peek(endOf(tag, messages, before)) : undefined;
    if ((earlier?.snapshots.length ?? 0) !== before) return;
    const snapshots = [...(earlier?.snapshots ?? [])];
    let size = earlier?.size ?? 0;
    for (let index = before; index < messages.length; index++) {
      const snapshot = snapshotOf(messages[index] as Message);
      if (!snapshot) return;
      snapshots.push(snapshot);
      for (const field of snapshot) if (typeof field === "string") size += field.length;
    }
    this.byEnd.set(endOf(tag, messages, messages.length), { snapshots, value, size });
  }

  clear(): void {
    this.byEnd.clear();
  }
}

/** A cheap name for a prefix, by its last message; what it finds is compared in full. */
function endOf(tag: string, messages: readonly Message[], length: number): string {
  // What a caller hands in may be anything; what is no message is found out when it is normalised.
  const last = messages[length - 1] as Partial<Message> | null | undefined;
  const content = typeof last?.content === "string" ? last.content : lastText(last?.content);
  const role = typeof last?.role === "string" ? last.role : "";
  const call = typeof last?.tool_call_id === "string" ? last.tool_call_id : "";
  return `${tag} ${length} ${role} ${content.length} ${content.slice(-24)} ${call}`;
}

function lastText(content: unknown): string {
  if (!Array.isArray(content)) return "";
  const { text } = (content.findLast(
    (part) => typeof (part as Partial<ContentPart> | null)?.text === "string",
  ) ?? {}) as Partial<ContentPart>;
  return text ?? "";
}

const PLAIN_FIELDS = new Set([
  "role",
  "content",
  "name",
  "tool_call_id",
  "is_error",
  "tool_calls",
  "refusal",
]);

function snapshotOf(message: Message): Snapshot | undefined {
  const fields: Field[] = [];
  return visit(message, (field) => {
    fields.push(field);
    return true;
  })
    ? fields
    : undefined;
}

function same(snapshot: Snapshot, message: Message): boolean {
  let index = 0;
  return visit(message, (field) => snapshot[index++] === field) && index === snapshot.length;
}

/**
 * Hands over every compared field of a message until `take` says no; false also for a message with other
 * fields.
 */
function visit(message: Message, take: (field: Field) => boolean): boolean {
  if (typeof message !== "object" || message === null) return false;
  for (const field in message)
    if (!PLAIN_FIELDS.has(field) && message[field] !== undefined && message[field] !== null) return false;
  if (typeof message.refusal === "string") return false;
  if (!take(message.role) || !take(message.name) || !take(message.tool_call_id) || !take(message.is_error))
    return false;
  const { content, tool_calls: calls } = message;
  if (typeof content === "string") {
    if (!take(true) || !take(content)) return false;
  } else if (Array.isArray(content)) {
    for (const part of content as readonly ContentPart[]) {
      const isText = (part?.type === "text" || part?.type === "reasoning") && typeof part.text === "string";
      // An image of some megabytes is compared at once, where its digest would take long.
      if (isText ? !take(false) || !take(part.type) || !take(part.text) : !visitValue(part, take, MAX_DEPTH))
        return false;
    }
  } else if ((content !== undefined && content !== null) || !take(undefined)) return false;
  if (calls === undefined || calls === null) return true;
  if (!Array.isArray(calls)) return false;
  for (const call of calls as readonly (Partial<ToolCall> | null | undefined)[]) {
    // A marker before each kind of field: no content can be taken for a call.
    if (
      !take(undefined) ||
      !take(call?.id) ||
      !take(call?.function?.name) ||
      !take(call?.function?.arguments)
    )
      return false;
  }
  return true;
}

// Parts of other kinds than text are not deep; one that is is not remembered.
const MAX_DEPTH = 6;
const UNSEEN: ReadonlySet<string> = new Set(["bigint", "function", "symbol"]);
const OPEN_LIST = Symbol("[");
const OPEN_OBJECT = Symbol("{");
const CLOSE = Symbol("}");

/** The same for a plain JSON value; false for any other. */
function visitValue(value: unknown, take: (field: Field) => boolean, depth: number): boolean {
  if (typeof value !== "object" || value === null) return !UNSEEN.has(typeof value) && take(value as Field);
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    return take(OPEN_LIST) && value.every((item) => visitValue(item, take, depth - 1)) && take(CLOSE);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Bytes may be changed in place, and other objects hold more than their fields.
  if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in value) return false;
  if (!take(OPEN_OBJECT)) return false;
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined && (!take(name) || !visitValue(item, take, depth - 1))) return false;
  }
  return take(CLOSE);
}
