/**
 * Notes how an exchange's question was worded: what is data in it left out, it is compared with the others of
 * its scope.
 */
import { encodeTemplate } from "../../template/codec.js";
import { shortDigest } from "../../template/digest.js";
import { fewPiecesOf } from "../../template/pieces.js";
import type { Slot, TextPattern } from "../../template/template.js";
import { extendChain } from "../../tree/entry.js";
import type { Fact } from "../../tree/facts.js";
import { DATUM } from "../../tree/stretches.js";
import { MAX_PIECES } from "../../tree/wordings.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";

/** Adds a question to the wordings of its scope. Later steps of a conversation say nothing new about it. */
export async function noticeWording(
  { exchange, turns, keys, flow: flows }: Observation,
  workshop: Workshop,
): Promise<void> {
  const [part, more] = turns.at(-1)?.parts ?? [];
  if (turns.at(-1)?.role !== "user" || part?.kind !== "text" || more) return;
  if (part.text.length > MAX_LENGTH) return;
  const facts: Fact[] = [];
  const asked = (context: string, pieces: readonly string[], meaning: string): void => {
    if (pieces.length > 0) facts.push({ kind: "asked", context, pieces, meaning, witness: exchange.meaning });
  };
  const context = keys.slice(0, -1).reduce<string | undefined>(extendChain, undefined) ?? "";
  asked(context, fewPiecesOf(part.text, MAX_PIECES) ?? [], exchange.meaning);
  const flow = await flows.closed();
  const pattern = flow?.turns.at(-1)?.parts[0];
  if (flow && pattern?.kind === "text") {
    asked(`${context} flow`, piecesIn(pattern.text), shortDigest(JSON.stringify(encodeTemplate(flow).reply)));
  }
  workshop.know(exchange.scope, facts);
}

// Longer questions are not kept, in characters.
const MAX_LENGTH = 4_000;

/** The pieces of a pattern, each slot one; none of one that is too long to be kept. */
function piecesIn(pattern: TextPattern<Slot>): string[] {
  const pieces: string[] = [];
  for (const segment of pattern) {
    const more =
      typeof segment === "string"
        ? fewPiecesOf(segment, MAX_PIECES - pieces.length)
        : [`${DATUM}${segment.name}`];
    if (!more) return [];
    pieces.push(...more);
  }
  return pieces;
}
