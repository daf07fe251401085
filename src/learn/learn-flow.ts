/** Learns from one example by data flow. */
import { visible } from "../answer/read.js";
import { dataFlow, laterFlow, openFlow } from "./flow.js";
import type { Stage } from "./index.js";
import { keepIfSound } from "./trial.js";

/** Up to three templates of one exchange: its data flow, the same with idle data left open, and with the question left open. */
export const learnFlow: Stage = {
  name: "flow",
  run({ exchange }, workshop) {
    const turns = exchange.turns.map(visible);
    const { args } = workshop.knowledge.scope(exchange.scope);
    for (const template of [
      dataFlow(turns, exchange.said),
      openFlow(turns, exchange.said, (text) => args.isData(text)),
      laterFlow(turns, exchange.said),
    ]) {
      if (template) keepIfSound(template, [exchange], workshop);
    }
  },
};
