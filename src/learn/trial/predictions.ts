/** What the known templates would have said to an observed conversation, and what that proves. */
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import { meaningOf } from "../../tree/entry.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/**
 * What each known template, trusted or not, would have said to an observed conversation. Worked out again when the tree has
 * changed; how far each is trusted is as it was then.
 */
export function proposalsFor(observation: Observation, { knowledge, trust, evaluation }: Workshop): readonly Proposal[] {
  const { exchange, given, turns, keys, proposals } = observation;
  const tree = knowledge.scope(exchange.scope);
  if (proposals?.generation === tree.generation) return proposals.all;
  const all = propose(statesOf(turns, tree, given, { keys }), given, knowledge, trust, evaluation);
  observation.proposals = { generation: tree.generation, all };
  return all;
}

/** Counts one prediction for or against its template. */
export function judge({ learnt, captured, reply, kind }: Proposal, { exchange }: Observation, workshop: Workshop): void {
  if (typeof reply !== "object") return;
  const isRight = meaningOf(reply) === exchange.meaning;
  if (kind) for (const id of [kind.id, kind.nearId]) workshop.note(isRight, id, exchange.id);
  if (isRight) workshop.agree(learnt, witnessOf(learnt.template, captured, exchange));
  else workshop.contradict(learnt, exchange.id);
}
