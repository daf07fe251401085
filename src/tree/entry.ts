/** Makes entries with their content addresses: what they say alone decides how they are known. */

import { ENTRY_SIZE } from "../template/bounded-map.js";
import { encodeSkeleton, encodeTemplate } from "../template/codec.js";
import { chainKey, shortDigest, turnKey } from "../template/digest.js";
import { equalJson, type Json, sizeOfJson } from "../template/json.js";
import { comparing, isHidden, visit } from "../template/parts/index.js";
import type { Visitor } from "../template/parts/kind.js";
import type { Template } from "../template/template.js";
import type { Part, Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";
import type { Exchange, Learnt, Origin } from "./knowledge.js";

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
 * What a reply means: its calls, if it makes any; else all of it but reasoning. Words beside a call are
 * worded anew each time, and what follows depends on the call.
 */
export function meaningOf(reply: Turn): string {
  return turnKey({ role: reply.role, parts: meantParts(reply) });
}

/** Whether two replies mean the same: as equal `meaningOf`, without the hashing. */
export function meansTheSame(left: Turn, right: Turn): boolean {
  const [a, b] = [meantParts(left), meantParts(right)];
  return (
    left.role === right.role &&
    a.length === b.length &&
    a.every((part, index) => equalParts(part, b[index] as Part, undefined))
  );
}

function meantParts(reply: Turn): readonly Part[] {
  const calls = reply.parts.filter((part) => part.kind === "call");
  return calls.length > 0 ? calls : reply.parts.filter((part) => !isHidden(part));
}

const equalParts = comparing<string, Json, string, Json, undefined, boolean>({
  text: (left, right) => left === right,
  json: equalJson,
  nothing: true,
  unlike: false,
});

/** An exchange; its id is the same for the same conversation and meaning, whoever records it. */
export function createExchange(
  parts: Origins & { conversation: string; turns: readonly Turn[]; reply: Reply; said: Turn },
): Exchange {
  const meaning = meaningOf(parts.said);
  const id = exchangeId({ ...parts, meaning });
  const size =
    parts.turns.reduce((sum, turn) => sum + sizeOfTurn(turn), 512) +
    sizeOfTurn(parts.said) +
    JSON.stringify(parts.reply).length;
  // A copy of the turns is as long as they are; a list that was pushed to may have room for many more.
  return { ...parts, turns: parts.turns.slice(), kind: "exchange", meaning, id, size };
}

/** The id of an exchange, from what it is known by. */
export function exchangeId({
  scope,
  conversation,
  meaning,
}: Pick<Exchange, "scope" | "conversation" | "meaning">): string {
  return shortDigest(`exchange ${scope} ${conversation} ${meaning}`);
}

/** Rough: each text and each value of JSON with what holds it. */
function sizeOfTurn(turn: Turn): number {
  return turn.parts.reduce((sum, part) => sum + ENTRY_SIZE + sizeOfPart(part), ENTRY_SIZE);
}

function sizeOfPart(part: Part): number {
  return visit(part, SIZE, undefined);
}

const SIZE: Visitor<string, Json, undefined, number> = {
  text: (text) => text.length,
  json: sizeOfJson,
  nothing: 0,
};

/** A template's entry; its id and skeleton follow from what it says alone. */
export function createLearnt(parts: Origins & { template: Template; origin: Origin }): Learnt {
  const encoded = encodeTemplate(parts.template);
  const text = JSON.stringify(encoded);
  return {
    ...parts,
    kind: "template",
    id: templateId(parts.scope, text),
    skeleton: shortDigest(
      `skeleton ${parts.scope} ${JSON.stringify(encodeSkeleton(parts.template, encoded))}`,
    ),
    size: sizeOfTemplate(text),
  };
}

/** The id of a template, from its encoding as JSON text. */
export function templateId(scope: string, text: string): string {
  return shortDigest(`template ${scope} ${text}`);
}

/** The rough size of a template in memory, from the same text. */
export function sizeOfTemplate(text: string): number {
  return text.length + 512;
}
