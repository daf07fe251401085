/**
 * What a reply that was given has at each hole of a template's reply: the way back from a reply to the values
 * in it.
 */

import { MAX_REPEATS } from "../../answer/hydrate.js";
import { bindingsOf } from "../../answer/predict.js";
import { domainOfKinds } from "../../template/domain.js";
import type { Json } from "../../template/json.js";
import type {
  EachPattern,
  Hole,
  JsonPattern,
  PartPattern,
  ReplyPattern,
  Slot,
} from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { mapJson, mapPlaces } from "../../template/visit.js";

/** The values of a reply. */
export interface ReplyValues {
  /** Of each hole that is filled once. */
  readonly once: ReadonlyMap<Hole, Json>;
  /** Of each part that repeats: for every time, the values of its holes. */
  readonly each: ReadonlyMap<EachPattern<Hole>, readonly ReadonlyMap<Hole, Json>[]>;
}

/**
 * Reads a reply by the pattern of another; `undefined` if it is not of that form. How often a part repeats
 * follows from the number of calls, so that one part of a reply may repeat, and no more.
 */
export function readReply(reply: ReplyPattern<Hole>, said: Turn): ReplyValues | undefined {
  const repeating = reply.parts.filter((part) => part.kind === "each");
  const count = said.parts.length - reply.parts.length + 1;
  if (repeating.length > 1 || (repeating.length === 1 && (count < 1 || count > MAX_REPEATS)))
    return undefined;
  const holes: { hole: Hole; round: number | undefined }[] = [];
  const slotFor = (hole: Hole, round?: number): Slot => {
    holes.push({ hole, round });
    return { name: String(holes.length - 1), domain: domainOfKinds("any", "json") };
  };
  const parts = reply.parts.flatMap((part): PartPattern<Slot>[] => {
    if (part.kind !== "each")
      return mapPlaces<Hole, Slot>({ role: "", parts: [part] }, (hole) => slotFor(hole)).parts.slice();
    return Array.from({ length: count }, (_, round) => {
      const args: JsonPattern<Slot> = mapJson<Hole, Slot>(part.args, (hole) => slotFor(hole, round));
      return { kind: "call", tool: part.tool, args };
    });
  });
  const values = bindingsOf([{ ...reply, parts }], [said]);
  if (!values) return undefined;
  const once = new Map<Hole, Json>();
  const rounds = Array.from({ length: count }, () => new Map<Hole, Json>());
  for (const [index, { hole, round }] of holes.entries()) {
    const value = values.get(String(index)) as Json;
    if (round === undefined) once.set(hole, value);
    else rounds[round]?.set(hole, value);
  }
  return { once, each: new Map(repeating.map((part) => [part, rounds])) };
}
