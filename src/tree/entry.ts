/** Makes entries with their content addresses, and turns them into store records and back. */
import * as z from "zod";
import { decodeTemplate, decodeTurn, type EncodedTemplate, encodeSkeleton, encodeTemplate, encodeTurn } from "../template/codec.js";
import { chainKey, shortDigest, turnKey } from "../template/digest.js";
import { equalJson, type Json, scalarText } from "../template/json.js";
import type { Template } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";
import type { Entry, Exchange, Learnt, Origin } from "./knowledge.js";

/** What both kinds of entry are told at birth. */
interface Origins {
  readonly scope: string;
  readonly at: number;
  readonly model: string | undefined;
  readonly details: ReplyDetails;
}

const START = "start";

/** The key of a conversation, and of each of its prefixes. */
export function chainOf(turns: readonly Turn[]): string[] {
  const chain: string[] = [];
  for (const turn of turns) chain.push(extendChain(chain.at(-1), turnKey(turn)));
  return chain;
}

/** The next key of a chain. */
export function extendChain(previous: string | undefined, key: string): string {
  return chainKey(previous ?? START, key);
}

/**
 * What a reply means: its calls, if it makes any; else all of it but reasoning. Words beside a call are worded anew each
 * time, and what follows depends on the call.
 */
export function meaningOf(reply: Turn): string {
  return turnKey({ role: reply.role, parts: meantParts(reply) });
}

/** Whether two replies mean the same: as equal `meaningOf`, without the hashing. */
export function meansTheSame(left: Turn, right: Turn): boolean {
  const [a, b] = [meantParts(left), meantParts(right)];
  return left.role === right.role && a.length === b.length && a.every((part, index) => equalPart(part, b[index] as Part));
}

function meantParts(reply: Turn): readonly Part[] {
  const calls = reply.parts.filter((part) => part.kind === "call");
  return calls.length > 0 ? calls : reply.parts.filter((part) => part.kind !== "reasoning");
}

function equalPart(left: Part, right: Part): boolean {
  if (left.kind === "call") return right.kind === "call" && left.tool === right.tool && equalJson(left.args, right.args);
  if (left.kind === "json") return right.kind === "json" && equalJson(left.value, right.value);
  if (left.kind === "result") return right.kind === "result" && left.call === right.call && left.error === right.error;
  if (left.kind === "opaque") return right.kind === "opaque" && left.type === right.type && left.digest === right.digest;
  return left.kind === right.kind && left.text === right.text;
}

/** An exchange; its id is the same for the same conversation and meaning, whoever records it. */
export function createExchange(parts: Origins & { conversation: string; turns: readonly Turn[]; reply: Reply; said: Turn }): Exchange {
  const meaning = meaningOf(parts.said);
  const id = shortDigest(`exchange ${parts.scope} ${parts.conversation} ${meaning}`);
  const size = parts.turns.reduce((sum, turn) => sum + sizeOfTurn(turn), 512) + sizeOfTurn(parts.said) + JSON.stringify(parts.reply).length;
  return { ...parts, kind: "exchange", meaning, id, size };
}

// Rough: each text and each value of JSON with what holds it.
const OVERHEAD = 64;

function sizeOfTurn(turn: Turn): number {
  return turn.parts.reduce((sum, part) => sum + OVERHEAD + sizeOfPart(part), OVERHEAD);
}

function sizeOfPart(part: Part): number {
  if (part.kind === "json") return sizeOfJson(part.value);
  if (part.kind === "call") return sizeOfJson(part.args);
  return "text" in part ? part.text.length : 0;
}

function sizeOfJson(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOfJson(item), OVERHEAD);
  if (value instanceof Map) return [...value].reduce((sum, [key, item]) => sum + key.length + sizeOfJson(item), OVERHEAD);
  return OVERHEAD + (scalarText(value)?.length ?? 0);
}

/** A template's entry; its id and skeleton follow from what it says alone. `encoded` is given where it is at hand. */
export function createLearnt(parts: Origins & { template: Template; origin: Origin }, encoded = encodeTemplate(parts.template)): Learnt {
  const text = JSON.stringify(encoded);
  return {
    ...parts,
    kind: "template",
    id: shortDigest(`template ${parts.scope} ${text}`),
    skeleton: shortDigest(`skeleton ${parts.scope} ${JSON.stringify(encodeSkeleton(parts.template, encoded))}`),
    size: text.length + 512,
  };
}

const usage = z.object({ inputTokens: z.number(), outputTokens: z.number() });
const details = z.object({ finishReason: z.string().optional(), usage: usage.optional() });
const common = { scope: z.string(), model: z.string().optional(), details };
const body = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("exchange"),
    ...common,
    turns: z.array(z.unknown()),
    reply: z.looseObject({ role: z.string() }),
    said: z.unknown(),
  }),
  z.object({ kind: z.literal("template"), ...common, origin: z.enum(["bound", "induced"]), template: z.unknown() }),
]);

/** An entry as a record's body. */
export function encodeEntry(entry: Entry): unknown {
  const { kind, scope, model, details } = entry;
  if (entry.kind === "template") return { kind, scope, model, details, origin: entry.origin, template: encodeTemplate(entry.template) };
  return { kind, scope, model, details, turns: entry.turns.map(encodeTurn), reply: entry.reply, said: encodeTurn(entry.said) };
}

/** An entry from a record's body. Throws if the body is not one, or not the one its id names. */
export function decodeEntry(id: string, at: number, encoded: unknown): Entry {
  const { scope, model, details, ...rest } = body.parse(encoded);
  const origins = { scope, at, model, details };
  let entry: Entry;
  if (rest.kind === "template") {
    const template = decodeTemplate(rest.template);
    // It was read without a fault; the id names this very text, which need not be written anew.
    entry = createLearnt({ ...origins, template, origin: rest.origin }, rest.template as EncodedTemplate);
  } else {
    const turns = rest.turns.map(decodeTurn);
    const conversation = chainOf(turns).at(-1) ?? "";
    entry = createExchange({ ...origins, conversation, turns, reply: rest.reply as Reply, said: decodeTurn(rest.said) });
  }
  if (entry.id !== id) throw new TypeError("a record does not hold what its id names");
  return entry;
}
