/** Learns from one example by data flow. */
import { visible } from "../answer/read.js";
import { unanimous } from "../template/derivation/unanimous.js";
import { leafText, leavesOf } from "../template/leaves.js";
import { literalTurn } from "../template/visit.js";
import { proposalsFor } from "./evidence.js";
import { dataFlow, laterFlow } from "./flow.js";
import type { Stage } from "./index.js";

export const learnFlow: Stage = {
  name: "flow",
  run(observation, workshop) {
    const { exchange } = observation;
    const { args } = workshop.knowledge.scope(exchange.scope);
    const template = dataFlow(exchange.turns.map(visible), exchange.said);
    const later = laterFlow(exchange.turns.map(visible), exchange.said);
    if (later) workshop.keep(later, "induced", exchange);
    const kept = template && workshop.keep(template, "induced", exchange);
    const own = kept && proposalsFor({ exchange, given: new Map() }, workshop).find((proposal) => proposal.learnt === kept);
    for (const { place, content } of leavesOf(template && own ? template.reply : literalTurn(exchange.said))) {
      const value =
        "literal" in content
          ? content.literal
          : "hole" in content && own
            ? unanimous(content.hole.hypotheses, own.bindings, workshop.evaluation)
            : undefined;
      const text = value === undefined ? undefined : leafText(value);
      if (text !== undefined) args.add(place, text);
    }
    for (const pattern of own ? own.learnt.template.turns : exchange.turns.map(visible).map(literalTurn)) {
      for (const part of pattern.parts)
        if (part.kind === "text") for (const segment of part.text) if (typeof segment === "string") args.addWording(segment);
    }
  },
};
