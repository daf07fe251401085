/** Learns from one example by data flow. */
import { visible } from "../answer/read.js";
import { dataFlow, laterFlow, openFlow } from "./flow.js";
import type { Stage } from "./index.js";
import { settledOf } from "./settled.js";
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
      if (!template) continue;
      // What has been decided about a list by another example need not be doubted again.
      const known = settledOf(template).filter((settled) => !workshop.isNew(settled, exchange));
      if (known.filter((settled) => keepIfSound(settled, [exchange], workshop)).length === 0) keepIfSound(template, [exchange], workshop);
    }
  },
};
