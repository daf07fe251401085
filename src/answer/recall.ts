/** Remembers conversations between steps, so that an append-only conversation is normalised and walked only once. */
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import type { ContentPart, Message, ToolCall } from "../types.js";

const CAPACITY = 256;
// And how many characters their messages may hold together, as a share of the cache's bound; never more than so many.
const SHARE = 1 / 8;
const MAX_SIZE = 32 * 1024 * 1024;
// A step of an agent adds an assistant message and its tool results: how far back a remembered end is looked for.
const MAX_NEW = 24;

/** A message's compared fields in a row; `undefined` when the message holds something that cannot be compared cheaply. */
type Snapshot = readonly (string | boolean | undefined)[];

interface Remembered<Value> {
  readonly snapshots: readonly Snapshot[];
  readonly value: Value;
  /** Characters of all messages, those shared with a shorter prefix included. */
  readonly size: number;
}

/** A bounded map from conversations to what was worked out about them, found by their longest remembered prefix. */
export class Recall<Value> {
  private readonly byEnd: BoundedMap<string, Remembered<Value>>;

  /** `maxSize` bounds the cache as a whole. */
  constructor(maxSize: number = Number.POSITIVE_INFINITY) {
    this.byEnd = new BoundedMap({ maxEntries: CAPACITY, maxSize: Math.min(MAX_SIZE, maxSize * SHARE) }, { sizeOf: ({ size }) => size });
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

  /** Remembers a value for `messages`; `before` is the find it grew from. Messages are copied, never kept. */
  keep(tag: string, messages: readonly Message[], before: number, value: Value): void {
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
  const content = typeof last?.content === "string" ? last.content : "";
  const role = typeof last?.role === "string" ? last.role : "";
  const call = typeof last?.tool_call_id === "string" ? last.tool_call_id : "";
  return `${tag} ${length} ${role} ${content.length} ${content.slice(-24)} ${call}`;
}

const PLAIN_FIELDS = new Set(["role", "content", "name", "tool_call_id", "is_error", "tool_calls", "refusal"]);

function snapshotOf(message: Message): Snapshot | undefined {
  const fields: (string | boolean | undefined)[] = [];
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

/** Hands over every compared field of a message until `take` says no; false also for a message with other fields. */
function visit(message: Message, take: (field: string | boolean | undefined) => boolean): boolean {
  if (typeof message !== "object" || message === null) return false;
  for (const field in message) if (!PLAIN_FIELDS.has(field) && message[field] !== undefined && message[field] !== null) return false;
  if (typeof message.refusal === "string") return false;
  if (!take(message.role) || !take(message.name) || !take(message.tool_call_id) || !take(message.is_error)) return false;
  const { content, tool_calls: calls } = message;
  if (typeof content === "string") {
    if (!take(true) || !take(content)) return false;
  } else if (Array.isArray(content)) {
    for (const part of content as readonly ContentPart[]) {
      if ((part?.type !== "text" && part?.type !== "reasoning") || typeof part.text !== "string") return false;
      if (!take(false) || !take(part.type) || !take(part.text)) return false;
    }
  } else if ((content !== undefined && content !== null) || !take(undefined)) return false;
  if (calls === undefined || calls === null) return true;
  if (!Array.isArray(calls)) return false;
  for (const call of calls as readonly (Partial<ToolCall> | null | undefined)[]) {
    // A marker before each kind of field: no content can be taken for a call.
    if (!take(undefined) || !take(call?.id) || !take(call?.function?.name) || !take(call?.function?.arguments)) return false;
  }
  return true;
}
