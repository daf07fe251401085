/** What the known templates would have said to an observed conversation, and what that proves. */
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import { meaningOf } from "../../tree/entry.js";
import type { Observation, Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/** What each known template, trusted or not, would have said to an observed conversation. */
export function proposalsFor({ exchange, given }: Observation, { knowledge, trust, evaluation }: Workshop): Proposal[] {
  const states = statesOf(exchange.turns, knowledge.scope(exchange.scope));
  return propose(states, given, knowledge, trust, evaluation);
}

/** Counts one prediction for or against its template. */
export function judge({ learnt, captured, reply, kind }: Proposal, { exchange }: Observation, workshop: Workshop): void {
  if (typeof reply !== "object") return;
  const isRight = meaningOf(reply) === exchange.meaning;
  if (kind) for (const id of [kind.id, kind.nearId]) workshop.note(isRight, id, exchange.id);
  if (isRight) workshop.agree(learnt, witnessOf(learnt.template, captured, exchange));
  else workshop.contradict(learnt, exchange.id);
}
