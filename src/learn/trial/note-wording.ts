/** Notes how an exchange's question was worded: what is data in it left out, it is compared with the others of its scope. */
import { visible } from "../../answer/read.js";
import { encodeTemplate } from "../../template/codec.js";
import { shortDigest } from "../../template/digest.js";
import { piecesOf } from "../../template/pieces.js";
import type { Slot, TextPattern } from "../../template/template.js";
import { chainOf } from "../../tree/entry.js";
import type { Fact } from "../../tree/facts.js";
import { DATUM } from "../../tree/stretches.js";
import { dataFlow } from "../flow/data-flow.js";
import type { Observation, Workshop } from "../stage.js";

/** Adds a question to the wordings of its scope. Later steps of a conversation say nothing new about it. */
export function noticeWording({ exchange }: Observation, workshop: Workshop): void {
  const turns = exchange.turns.map(visible);
  const [part, more] = turns.at(-1)?.parts ?? [];
  if (turns.at(-1)?.role !== "user" || part?.kind !== "text" || more) return;
  const facts: Fact[] = [];
  const asked = (context: string, pieces: readonly string[], meaning: string): void => {
    facts.push({ kind: "asked", context, pieces, meaning, witness: exchange.meaning });
  };
  const context = chainOf(turns.slice(0, -1)).at(-1) ?? "";
  asked(context, piecesOf(part.text), exchange.meaning);
  const flow = dataFlow(turns, exchange.said);
  const pattern = flow?.turns.at(-1)?.parts[0];
  if (flow && pattern?.kind === "text") {
    asked(`${context} flow`, piecesIn(pattern.text), shortDigest(JSON.stringify(encodeTemplate(flow).reply)));
  }
  workshop.know(exchange.scope, facts);
}

function piecesIn(pattern: TextPattern<Slot>): string[] {
  return pattern.flatMap((segment) => (typeof segment === "string" ? piecesOf(segment) : [`${DATUM}${segment.name}`]));
}
