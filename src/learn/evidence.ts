/** Tests what is known against what the model has just said, before anything is learned from it. */

import { continuationsOf } from "../answer/continuation.js";
import { statesOf } from "../answer/read.js";
import { reword } from "../answer/reword.js";
import { type Proposal, propose } from "../answer/select.js";
import type { Bindings } from "../template/derivation/expression.js";
import { shortDigest, turnKey } from "../template/digest.js";
import { canonicalJson, scalarText } from "../template/json.js";
import type { Template } from "../template/template.js";
import { isLoose } from "../template/traits.js";
import { chainOf, meaningOf } from "../tree/entry.js";
import type { Exchange } from "../tree/knowledge.js";
import type { Observation, Stage, Workshop } from "./index.js";

/**
 * Every template that fits predicts the reply by the answer path itself. Agreement is evidence, once for each set of
 * bindings; disagreement is a contradiction. A prediction that cannot be made is neither.
 */
export const testPredictions: Stage = {
  name: "test",
  run(observation, workshop) {
    // Said again, it proves nothing: what is known was learned from it, or has been tested on it.
    if (workshop.memory.has(observation.exchange)) return;
    for (const proposal of proposalsFor(observation, workshop)) judge(proposal, observation, workshop);
    for (const proposal of continuationsFor(observation, workshop)) judge(proposal, observation, workshop);
    judgeRewordings(observation, workshop);
  },
};

/** What would have been said to the question in other words counts for its kind alone: whoever said it was not asked. */
function judgeRewordings({ exchange, given }: Observation, workshop: Workshop): void {
  if (given.size > 0) return;
  const { knowledge, trust, evaluation } = workshop;
  const tree = knowledge.scope(exchange.scope);
  const { turns } = exchange;
  const states = statesOf(turns, tree, given);
  const voices = reword(turns, tree, { knowledge, trust, evaluation, chain: chainOf(turns), states, least: 1, now: exchange.at });
  for (const { reply, kind } of voices) {
    for (const id of [kind.id, kind.nearId]) workshop.note(meaningOf(reply) === exchange.meaning, id, exchange.id);
  }
}

/** Counts one prediction for or against its template. */
export function judge({ learnt, captured, reply, kind }: Proposal, { exchange }: Observation, workshop: Workshop): void {
  if (typeof reply !== "object") return;
  const isRight = meaningOf(reply) === exchange.meaning;
  if (kind) for (const id of [kind.id, kind.nearId]) workshop.note(isRight, id, exchange.id);
  if (isRight) workshop.agree(learnt, witnessOf(learnt.template, captured, exchange));
  else workshop.contradict(learnt, exchange.id);
}

/** What each known template, trusted or not, would have said to an observed conversation. */
export function proposalsFor({ exchange, given }: Observation, { knowledge, trust, evaluation }: Workshop): Proposal[] {
  const states = statesOf(exchange.turns, knowledge.scope(exchange.scope), given);
  return propose(states, given, knowledge, trust, evaluation);
}

/** What the templates that continue from the last step would have said. */
function continuationsFor({ exchange, given }: Observation, { knowledge, trust, evaluation }: Workshop): Proposal[] {
  return propose(continuationsOf(exchange.turns, knowledge.scope(exchange.scope), given), given, knowledge, trust, evaluation);
}

/**
 * What tells one agreement of a template from another: its bindings. Where what the user asked is left open, or what came
 * before the last step, the question alone: one question in a hundred conversations says nothing about another.
 */
export function witnessOf(template: Template, captured: Bindings, { turns }: Exchange): string {
  if (!template.continuation && !isLoose(template)) return bindingsWitness(captured);
  return shortDigest(`asked ${turns.flatMap((turn) => (turn.role === "user" ? [turnKey(turn)] : [])).join(" ")}`);
}

/** Equal for equal bindings: what tells one piece of evidence from another. A number is the same as its text. */
export function bindingsWitness(captured: Bindings): string {
  const values = new Map([...captured].map(([name, value]) => [name, scalarText(value) ?? value]));
  return shortDigest(`bindings ${canonicalJson(values)}`);
}
