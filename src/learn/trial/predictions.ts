/** What the known templates would have said to an observed conversation, and what that proves. */
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import { meaningOf } from "../../tree/entry.js";
import { readFact } from "../../tree/facts.js";
import { isYoung, priorDoubt } from "../../trust/belief.js";
import type { Observation, Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/** What each known template, trusted or not, would have said to an observed conversation. */
export function proposalsFor({ exchange, given }: Observation, { knowledge, trust, evaluation }: Workshop): Proposal[] {
  const states = statesOf(exchange.turns, knowledge.scope(exchange.scope));
  return propose(states, given, knowledge, trust, evaluation);
}

/** Counts one prediction for or against its template. */
export function judge({ learnt, captured, reply, kind }: Proposal, { exchange, weight = 1 }: Observation, workshop: Workshop): void {
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
