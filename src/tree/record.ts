/**
 * Turns entries into store records and back: what a load must know stands by itself, everything else is text.
 */
import { BoundedMap } from "../template/bounded-map.js";
import { decodeMarks, decodeTemplate, decodeTurn, encodeTemplate, encodeTurn } from "../template/codec.js";
import { list, record, string } from "../template/fields.js";
import type { Slot, Template, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";
import { chainOf, exchangeId, meaningOf, sizeOfTemplate, templateId } from "./entry.js";
import type { Entry, Exchange, Origin } from "./knowledge.js";

/**
 * An entry as a record's body. Each turn is a text of its own, so that what loads it can share those that are
 * equal.
 */
export function encodeEntry(entry: Entry): unknown {
  const { kind, scope, model, details } = entry;
  const common = { kind, scope, model, details };
  if (entry.kind === "template") {
    const { turns, reply, guards, ...marks } = encodeTemplate(entry.template);
    const texts = { turns: turns.map(text), reply: text(reply), guards: text(guards) };
    return { ...common, origin: entry.origin, skeleton: entry.skeleton, ...texts, ...marks };
  }
  const texts = (entry instanceof StoredExchange ? entry.unread : undefined) ?? {
    turns: entry.turns.map((turn) => text(encodeTurn(turn))),
    reply: text(entry.reply),
    said: text(encodeTurn(entry.said)),
  };
  return { ...common, conversation: entry.conversation, meaning: entry.meaning, size: entry.size, ...texts };
}

const text = (value: unknown): string => JSON.stringify(value);

/**
 * What entries that are read together have in common: the system prompt of all, the turns of a conversation
 * step after step. Lives no longer than the reading: what is forgotten must not stay here.
 */
export interface Pool {
  readonly texts: BoundedMap<string, string>;
  readonly patterns: BoundedMap<string, TurnPattern<Slot>>;
}

export function createPool(): Pool {
  return { texts: new BoundedMap(POOLED), patterns: new BoundedMap(POOLED) };
}

// Only a saving: what is dropped is kept once more.
const POOLED = { maxEntries: 10_000, maxSize: 32 * 1024 * 1024 };

function keep<Value>(pool: BoundedMap<string, Value>, key: string, value: Value): Value {
  pool.set(key, value);
  return value;
}

/** An entry as it is stored: what it is known by, when it was recorded, and its body. */
export interface EntryRecord {
  readonly id: string;
  readonly at: number;
  readonly body: unknown;
}

/** An entry from its record. Throws if the body is not one, or not the one its id names. */
export function decodeEntry({ id, at, body: encoded }: EntryRecord, pool: Pool = createPool()): Entry {
  const body = record(encoded);
  const turns = list(body.turns).map(string);
  const reply = string(body.reply);
  const scope = string(body.scope);
  const model = body.model === undefined ? undefined : string(body.model);
  const head = { id, at, scope, model, details: detailsOf(body.details) };
  if (body.kind === "exchange") {
    const known = { conversation: string(body.conversation), meaning: string(body.meaning) };
    if (exchangeId({ scope, ...known }) !== id) throw new TypeError(NOT_NAMED);
    const texts = {
      turns: turns.map((turn, index) =>
        isLast(turns, index) ? turn : (pool.texts.get(turn) ?? keep(pool.texts, turn, turn)),
      ),
      reply,
      said: string(body.said),
    };
    return new StoredExchange({ ...head, ...known, size: sizeOf(body.size) }, texts);
  }
  if (body.kind !== "template") throw new TypeError("no kind of entry");
  const guards = string(body.guards);
  const marks = decodeMarks(body);
  // As JSON.stringify writes what encodeTemplate makes: the id was made of that.
  const marked = Object.entries(marks).map(([name, mark]) => `,"${name}":${text(mark)}`);
  const whole = `{"turns":[${turns.join(",")}],"reply":${reply},"guards":${guards}${marked.join("")}}`;
  if (templateId(scope, whole) !== id) throw new TypeError(NOT_NAMED);
  const beside = {
    size: sizeOfTemplate(whole),
    origin: originOf(body.origin),
    skeleton: string(body.skeleton),
  };
  return {
    kind: "template",
    ...head,
    ...beside,
    template: { ...templateOf({ turns, reply, guards }, pool), ...marks },
  };
}

const NOT_NAMED = "a record does not hold what its id names";

function templateOf(
  texts: { turns: readonly string[]; reply: string; guards: string },
  pool: Pool,
): Template {
  const known = texts.turns.map((turn, index) =>
    isLast(texts.turns, index) ? undefined : pool.patterns.get(turn),
  );
  const { turns, reply, guards } = decodeTemplate({
    turns: texts.turns.filter((_, index) => !known[index]).map((turn): unknown => JSON.parse(turn)),
    reply: JSON.parse(texts.reply),
    guards: JSON.parse(texts.guards),
  });
  const fresh = turns.values();
  const patterns = texts.turns.map((turn, index) => {
    const pattern = known[index] ?? (fresh.next().value as TurnPattern<Slot>);
    return known[index] || isLast(texts.turns, index) ? pattern : keep(pool.patterns, turn, pattern);
  });
  return { turns: patterns, reply, guards };
}

// The last turn is what a conversation has for itself, and to look for it costs as much as to read it.
function isLast(turns: readonly string[], index: number): boolean {
  return index === turns.length - 1;
}

interface Texts {
  readonly turns: readonly string[];
  readonly reply: string;
  readonly said: string;
}

interface Content {
  readonly turns: readonly Turn[];
  readonly reply: Reply;
  readonly said: Turn;
}

/**
 * An exchange as it was stored. Most of those that are loaded are never asked for, and as text they take less
 * memory and no time: content is read, and compared with what the exchange is known by, when it is first
 * used. Content that is not what it should be throws then, each time; the seal of its record was checked
 * before.
 */
class StoredExchange implements Exchange {
  readonly kind = "exchange";
  readonly id: string;
  readonly scope: string;
  readonly at: number;
  readonly model: string | undefined;
  readonly details: ReplyDetails;
  readonly size: number;
  readonly conversation: string;
  readonly meaning: string;
  private content: Texts | Content;

  constructor(head: Omit<Exchange, keyof Content | "kind">, content: Texts) {
    this.id = head.id;
    this.scope = head.scope;
    this.at = head.at;
    this.model = head.model;
    this.details = head.details;
    this.size = head.size;
    this.conversation = head.conversation;
    this.meaning = head.meaning;
    this.content = content;
  }

  /** The content as it was stored, until it is first used. */
  get unread(): Texts | undefined {
    return typeof this.content.said === "string" ? (this.content as Texts) : undefined;
  }

  get turns(): readonly Turn[] {
    return this.read().turns;
  }

  get reply(): Reply {
    return this.read().reply;
  }

  get said(): Turn {
    return this.read().said;
  }

  private read(): Content {
    const { content } = this;
    if (typeof content.said !== "string") return content as Content;
    const decoded = decodeContent(content as Texts);
    if (
      (chainOf(decoded.turns).at(-1) ?? "") !== this.conversation ||
      meaningOf(decoded.said) !== this.meaning
    ) {
      throw new TypeError("a record does not hold what it is known by");
    }
    this.content = decoded;
    return decoded;
  }
}

function decodeContent(texts: Texts): Content {
  const reply = record(JSON.parse(texts.reply));
  string(reply.role);
  return {
    turns: texts.turns.map((turn) => decodeTurn(JSON.parse(turn))),
    reply: reply as unknown as Reply,
    said: decodeTurn(JSON.parse(texts.said)),
  };
}

function sizeOf(encoded: unknown): number {
  if (!Number.isSafeInteger(encoded) || (encoded as number) < 0) throw new TypeError("not a size");
  return encoded as number;
}

function originOf(encoded: unknown): Origin {
  if (encoded !== "bound" && encoded !== "induced") throw new TypeError("no origin");
  return encoded;
}

const NO_DETAILS: ReplyDetails = {};

function detailsOf(encoded: unknown): ReplyDetails {
  const { finishReason, usage, notes } = record(encoded);
  if (finishReason === undefined && usage === undefined && notes === undefined) return NO_DETAILS;
  return {
    ...(finishReason !== undefined && { finishReason: string(finishReason) }),
    ...(usage !== undefined && { usage: usageOf(usage) }),
    ...(notes !== undefined && { notes: record(notes) }),
  };
}

function usageOf(encoded: unknown): NonNullable<ReplyDetails["usage"]> {
  const { inputTokens, outputTokens } = record(encoded);
  if (!Number.isFinite(inputTokens) || !Number.isFinite(outputTokens))
    throw new TypeError("usage is two numbers");
  return { inputTokens: inputTokens as number, outputTokens: outputTokens as number };
}
