/** What the known templates would have said to an observed conversation, and what that proves. */
import { continuationsOf } from "../../answer/last-step.js";
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import type { Bindings } from "../../template/derivation/expression.js";
import { meaningOf } from "../../tree/entry.js";
import { type Fact, readFact } from "../../tree/facts.js";
import type { Learnt } from "../../tree/knowledge.js";
import { isYoung, priorDoubt } from "../../trust/belief.js";
import { proseFacts } from "../../trust/provenance.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { witnessOf } from "./witness.js";

/**
 * What each known template, trusted or not, would have said to an observed conversation. Worked out again
 * when the tree has changed; how far each is trusted is as it was then.
 */
export function proposalsFor(
  observation: Observation,
  { knowledge, trust, evaluation }: Workshop,
): readonly Proposal[] {
  const { exchange, given, turns, keys, proposals } = observation;
  const tree = knowledge.scope(exchange.scope);
  if (proposals?.generation === tree.generation) return proposals.all;
  const all = propose(statesOf(turns, tree, { keys }), given, { knowledge, trust, evaluation });
  observation.proposals = { generation: tree.generation, all };
  return all;
}

/** What the templates that continue from the last step would have said. */
export function continuationsFor(
  { exchange, given }: Observation,
  { knowledge, trust, evaluation }: Workshop,
): Proposal[] {
  return propose(continuationsOf(exchange.turns, knowledge.scope(exchange.scope)), given, {
    knowledge,
    trust,
    evaluation,
  });
}

/**
 * Counts one prediction for or against its template. One that belongs to another state of the world than the
 * exchange was seen in is neither.
 */
export function judge(
  { learnt, captured, reply, kind }: Proposal,
  { exchange, weight }: Observation,
  workshop: Workshop,
): void {
  if (typeof reply !== "object") return;
  const meaning = meaningOf(reply);
  const isRight = meaning === exchange.meaning;
  if (!isRight && workshop.knowledge.sightings.isApart(exchange.id, meaning)) return;
  if (kind) {
    for (const id of [kind.id, kind.nearId]) workshop.note(isRight, id, exchange.id);
    const fate = { young: isYoung(kind), wrong: isRight ? 0 : weight, expected: weight * priorDoubt(kind) };
    workshop.know(exchange.scope, [{ kind: "fate", ...fate }]);
  }
  if (!isRight) workshop.contradict(learnt, exchange.id);
  else {
    workshop.agree(learnt, witnessOf(learnt.template, captured, exchange));
    workshop.know(exchange.scope, factsOf(learnt, captured, workshop));
  }
}

/** What a template that was right shows: what it has read, and beside which running text. */
export function factsOf(learnt: Learnt, captured: Bindings, { knowledge }: Workshop): Fact[] {
  return [readFact(learnt.skeleton, captured), ...proseFacts(learnt, captured, knowledge)];
}

/**
 * Notes what the templates that are right about an exchange read in it: of one that was learned from before.
 */
export function noteSeen(observation: Observation, workshop: Workshop): void {
  for (const { learnt, captured, reply } of proposalsFor(observation, workshop))
    if (typeof reply === "object" && meaningOf(reply) === observation.exchange.meaning)
      workshop.know(observation.exchange.scope, factsOf(learnt, captured, workshop));
}
