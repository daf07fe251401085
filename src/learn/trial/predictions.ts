/** What the known templates would have said to an observed conversation, and what that proves. */
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import { meaningOf } from "../../tree/entry.js";
import { readFact } from "../../tree/facts.js";
import { isYoung, priorDoubt } from "../../trust/belief.js";
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
  const all = propose(statesOf(turns, tree, { keys }), given, knowledge, trust, evaluation);
  observation.proposals = { generation: tree.generation, all };
  return all;
}

/** Counts one prediction for or against its template. */
export function judge({ learnt, captured, reply, kind }: Proposal, { exchange, weight }: Observation, workshop: Workshop): void {
  if (typeof reply !== "object") return;
  const isRight = meaningOf(reply) === exchange.meaning;
  if (kind) {
    for (const id of [kind.id, kind.nearId]) workshop.note(isRight, id, exchange.id);
    const fate = { young: isYoung(kind), wrong: isRight ? 0 : weight, expected: weight * priorDoubt(kind) };
    workshop.know(exchange.scope, [{ kind: "fate", ...fate }]);
  }
  if (!isRight) workshop.contradict(learnt, exchange.id);
  else {
    workshop.agree(learnt, witnessOf(learnt.template, captured, exchange));
    workshop.know(exchange.scope, [readFact(learnt.skeleton, captured)]);
  }
}

/** Notes what the templates that are right about an exchange read in it: of one that was learned from before. */
export function noteSeen(observation: Observation, workshop: Workshop): void {
  for (const { learnt, captured, reply } of proposalsFor(observation, workshop))
    if (typeof reply === "object" && meaningOf(reply) === observation.exchange.meaning)
      workshop.know(observation.exchange.scope, [readFact(learnt.skeleton, captured)]);
}
