/** Decides how records become strings and which strings are believed when they come back. */
import { sha256 } from "../template/sha256.js";
import type { StoreEvent } from "./records.js";

const VERSION = "1";
const SEALED = /^(\d{1,6})\.([\w-]{12})\./;
const ID = /^[0-9a-z-]{1,100}$/;
// In this order for ever: a stored event names its kind by its place here.
const KINDS = ["put", "forget", "agree", "contradict", "erase", "use"] as const;

/** Why a string is not a record. */
export type Flaw = "damaged" | "unknown-version";

/** A record's JSON value, or why it cannot be believed. */
export type Opened =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly flaw: Flaw };

/**
 * Wraps JSON text for storage: format version, checksum, text. The checksum covers the key as well, so that a
 * record found at another record's key is damage. It guards against accidents, not against someone who can
 * write to the store.
 */
export function seal(key: string, json: string): string {
  return `${VERSION}.${checksum(key, json)}.${json}`;
}

/** The reverse of {@link seal}; never throws. */
export function open(key: string, text: string): Opened {
  const sealed = SEALED.exec(text);
  if (!sealed) return { ok: false, flaw: "damaged" };
  if (sealed[1] !== VERSION) return { ok: false, flaw: "unknown-version" };
  const json = text.slice(sealed[0].length);
  if (sealed[2] !== checksum(key, json)) return { ok: false, flaw: "damaged" };
  try {
    return { ok: true, value: JSON.parse(json) };
  } catch {
    return { ok: false, flaw: "damaged" };
  }
}

function checksum(key: string, json: string): string {
  return sha256(`${key}\n${json}`, "base64url").slice(0, 12);
}

/** Whether an event may be stored. */
export function isEvent(event: StoreEvent): boolean {
  return (
    KINDS.includes(event.kind) &&
    isId(event.id) &&
    Number.isFinite(event.at) &&
    (event.witness === undefined || typeof event.witness === "string") &&
    (event.scope === undefined || typeof event.scope === "string")
  );
}

/** Whether a text can be a record's or a writer's id. */
export function isId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}

/**
 * An event as JSON text, `[kind, id, at, witness?, scope?]`: the unit of which a segment is a list. Where there
 * is a scope and no witness, that is empty.
 */
export function encodeEvent({ kind, id, at, witness, scope }: StoreEvent): string {
  const tuple = [KINDS.indexOf(kind), id, at];
  if (scope !== undefined) tuple.push(witness ?? "", scope);
  else if (witness !== undefined) tuple.push(witness);
  return JSON.stringify(tuple);
}

/** The events of a segment, or `undefined` if any is not an event. */
export function decodeEvents(value: unknown): StoreEvent[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const events: StoreEvent[] = [];
  for (const tuple of value as unknown[]) {
    if (!Array.isArray(tuple)) return undefined;
    const [code, id, at, witness, scope] = tuple as unknown[];
    const kind = KINDS[code as number];
    if (kind === undefined) return undefined;
    const event = { kind, id, at } as Writable<StoreEvent>;
    if (witness !== undefined && (witness !== "" || scope === undefined)) event.witness = witness as string;
    if (scope !== undefined) event.scope = scope as string;
    if (!isEvent(event)) return undefined;
    events.push(event);
  }
  return events;
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** A record that was about to be put. */
export interface Intended {
  readonly id: string;
  readonly at: number;
}

/** What is about to be put, as JSON text. */
export function encodeIntent(puts: readonly Intended[]): string {
  return JSON.stringify(puts.map(({ id, at }) => [id, at]));
}

/** What was about to be put, or `undefined`. */
export function decodeIntent(value: unknown): Intended[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const puts: Intended[] = [];
  for (const put of value as unknown[]) {
    if (!Array.isArray(put) || !isId(put[0]) || !Number.isFinite(put[1])) return undefined;
    puts.push({ id: put[0], at: put[1] as number });
  }
  return puts;
}

/** Where a writer's log stands. */
export interface Head {
  /** The first segment still there. */
  readonly from: number;
  /** The segment being filled. */
  readonly to: number;
  /** Grows with every write of the head. */
  readonly revision: number;
  /** When the head was written, in milliseconds since the epoch by the writer's clock. */
  readonly at: number;
  /** Whether its writer has closed it, and will write no more. */
  readonly isClosed: boolean;
}

/** A head as JSON text. */
export function encodeHead({ from, to, revision, at, isClosed }: Head): string {
  return JSON.stringify(isClosed ? [from, to, revision, at, 1] : [from, to, revision, at]);
}

/**
 * A head that claims more segments than this is no head: each of them would be asked for. Enough for 16
 * million events.
 */
const MAX_SEGMENTS = 65_536;

/** The head in a JSON value, or `undefined`. */
export function decodeHead(value: unknown): Head | undefined {
  if (!Array.isArray(value) || value.length < 4 || value.length > 5) return undefined;
  if (!value.every((part) => Number.isSafeInteger(part) && part >= 0)) return undefined;
  const [from, to, revision, at, closed] = value as [number, number, number, number, number?];
  return from <= to && to - from < MAX_SEGMENTS
    ? { from, to, revision, at, isClosed: closed === 1 }
    : undefined;
}

/** The writers of a bucket and when each registered, or `undefined`. */
export function decodeBucket(value: unknown): Map<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const writers = new Map<string, number>();
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry) || !isId(entry[0]) || !Number.isFinite(entry[1])) return undefined;
    writers.set(entry[0], entry[1] as number);
  }
  return writers;
}

/** A bucket as JSON text. */
export function encodeBucket(writers: ReadonlyMap<string, number>): string {
  return JSON.stringify([...writers]);
}
