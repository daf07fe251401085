/** Notes how an exchange's question was worded: what is data in it left out, it is compared with the others of its scope. */
import { visible } from "../../answer/read.js";
import { encodeTemplate } from "../../template/codec.js";
import { shortDigest } from "../../template/digest.js";
import { piecesOf } from "../../template/pieces.js";
import type { Slot, TextPattern } from "../../template/template.js";
import { chainOf } from "../../tree/entry.js";
import { DATUM } from "../../tree/stretches.js";
import { dataFlow } from "../flow/data-flow.js";
import type { Observation, Workshop } from "../stage.js";

/** Adds a question to the wordings of its scope. Later steps of a conversation say nothing new about it. */
export function noticeWording({ exchange }: Observation, { knowledge }: Workshop): void {
  const turns = exchange.turns.map(visible);
  const [part, more] = turns.at(-1)?.parts ?? [];
  if (turns.at(-1)?.role !== "user" || part?.kind !== "text" || more) return;
  const { wordings } = knowledge.scope(exchange.scope);
  const context = chainOf(turns.slice(0, -1)).at(-1) ?? "";
  wordings.add(context, piecesOf(part.text), exchange.meaning, exchange.meaning);
  const flow = dataFlow(turns, exchange.said);
  const pattern = flow?.turns.at(-1)?.parts[0];
  if (!flow || pattern?.kind !== "text") return;
  const meaning = shortDigest(JSON.stringify(encodeTemplate(flow).reply));
  wordings.add(`${context} flow`, piecesIn(pattern.text), meaning, exchange.meaning);
}

function piecesIn(pattern: TextPattern<Slot>): string[] {
  return pattern.flatMap((segment) => (typeof segment === "string" ? piecesOf(segment) : [`${DATUM}${segment.name}`]));
}
