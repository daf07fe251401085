/** Learns a template from values the caller has bound. */
import { visible } from "../answer/read.js";
import { bindValues } from "./bind-values.js";
import { judge, proposalsFor } from "./evidence.js";
import type { Stage } from "./index.js";

/** The caller's word makes a template at once. It counts as one agreement, if the template does reproduce its origin. */
export const learnBound: Stage = {
  name: "bound",
  run(observation, workshop) {
    const { exchange, given } = observation;
    if (given.size === 0) return;
    const template = bindValues(exchange.turns.map(visible), exchange.said, given);
    if (typeof template === "string") return;
    const kept = workshop.keep(template, "bound", exchange);
    for (const proposal of proposalsFor(observation, workshop)) if (proposal.learnt === kept) judge(proposal, observation, workshop);
  },
};
