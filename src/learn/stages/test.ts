/** Tests what is known against what the model has just said, before anything is learned from it. */

import { statesOf } from "../../answer/read.js";
import { reword } from "../../answer/reword.js";
import { meaningOf } from "../../tree/entry.js";
import type { Observation } from "../observation.js";
import type { Stage, Workshop } from "../stage.js";
import { continuationsFor, judge, proposalsFor } from "../trial/predictions.js";

/**
 * Every template that fits predicts the reply by the answer path itself. Agreement is evidence, once for each
 * set of bindings; disagreement is a contradiction. A prediction that cannot be made is neither.
 */
export const testPredictions: Stage = {
  name: "test",
  async run(observation, workshop) {
    // Said again, it proves nothing: what is known was learned from it, or has been tested on it.
    if (workshop.memory.has(observation.exchange)) return;
    for (const proposalsOf of [proposalsFor, continuationsFor]) {
      for (const proposal of proposalsOf(observation, workshop)) {
        judge(proposal, observation, workshop);
        workshop.pace.spend(1);
        if (workshop.pace.overdue) await workshop.pace.rest();
      }
    }
    judgeRewordings(observation, workshop);
  },
};

/**
 * What would have been said to the question in other words counts for its kind alone: whoever said it was not
 * asked.
 */
function judgeRewordings(observation: Observation, workshop: Workshop): void {
  const { exchange, turns, keys } = observation;
  const { knowledge, trust, evaluation } = workshop;
  const tree = knowledge.scope(exchange.scope);
  if (tree.wordings.isEmpty) return;
  const states = statesOf(turns, tree, { keys });
  const { chain } = observation;
  const voices = reword(exchange.turns, tree, {
    knowledge,
    trust,
    evaluation,
    chain,
    states,
    least: 1,
    now: exchange.at,
  });
  for (const { reply, kind } of voices) {
    for (const id of [kind.id, kind.nearId])
      workshop.note(meaningOf(reply) === exchange.meaning, id, exchange.id);
  }
}
