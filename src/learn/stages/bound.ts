/** Learns a template from values the caller has bound. */
import { hydrate } from "../../answer/hydrate.js";
import { visible } from "../../answer/read.js";
import type { EvaluateOptions } from "../../template/derivation/evaluate.js";
import type { Bindings } from "../../template/derivation/expression.js";
import { Binder, matchTurn } from "../../template/match.js";
import type { Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { meaningOf } from "../../tree/entry.js";
import { bindValues } from "../flow/bind-values.js";
import type { Observation } from "../observation.js";
import type { Stage } from "../stage.js";
import { judge, proposalsFor } from "../trial/predictions.js";

/**
 * The caller's word makes a template at once, if it gives back the exchange it was made from; that counts as one
 * agreement. Where the model has answered one conversation in two ways there is nothing to learn.
 */
export const learnBound: Stage = {
  name: "bound",
  run(observation, workshop) {
    const { exchange, given } = observation;
    if (given.size === 0) return;
    const answers = workshop.knowledge.scope(exchange.scope).exact.get(exchange.conversation) ?? [];
    if (answers.length > 1) return;
    const turns = exchange.turns.map(visible);
    const template = bindValues(turns, exchange.said, given);
    if (typeof template === "string" || !reproduces(template, turns, observation, workshop.evaluation)) return;
    const kept = workshop.keep(template, "bound", exchange);
    for (const proposal of proposalsFor(observation, workshop)) if (proposal.learnt === kept) judge(proposal, observation, workshop);
  },
};

/** Whether a template, matched and filled as it would be to serve, says to its own conversation what was said. */
function reproduces(template: Template, turns: readonly Turn[], { exchange, given }: Observation, evaluation: EvaluateOptions): boolean {
  let bindings: Bindings = new Map();
  for (const [index, pattern] of template.turns.entries()) {
    const binder = new Binder(bindings, given);
    if (matchTurn(pattern, turns[index] as Turn, binder) !== "fits") return false;
    bindings = binder.result();
  }
  const reply = hydrate(template.reply, new Map([...given, ...bindings]), evaluation);
  return reply !== undefined && meaningOf(reply) === exchange.meaning;
}
