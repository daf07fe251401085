/**
 * Learns what follows a step whatever came before it, so that a conversation finds its way back to known
 * work.
 */
import { lastStepOf } from "../../answer/last-step.js";
import { OPENERS } from "../../answer/read.js";
import type { Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { literalTurn, mapPlaces } from "../../template/visit.js";
import { DataFlow } from "../flow/data-flow.js";
import type { Stage } from "../stage.js";
import { partedByOthers } from "../trial/parted.js";
import { keepIfSound, witnessesFor } from "../trial/trial.js";

/**
 * The data flow of the last step alone, what came before it left open. Kept only where another conversation
 * has shown the same, and never where the reply says something that only what came before explains.
 */
export const learnContinuation: Stage = {
  name: "continuation",
  async run(observation, workshop) {
    const { exchange, turns: all, flow, pace } = observation;
    const step = lastStepOf(all);
    if (!step) return;
    const opening = all.findIndex(({ role }) => !OPENERS.has(role));
    if (await flow.repeatsBefore({ opening, step: opening + step.before.length, isSpoken: step.isSpoken }))
      return;
    const last = new DataFlow(step.turns, exchange.said, pace);
    const found = [
      () => last.sent(),
      async () => (await last.closed()) ?? literal(step.turns, exchange.said),
    ];
    for (const find of found) {
      const template = await find();
      if (pace.overdue) await pace.rest();
      if (!template) continue;
      const { turns, reply, guards } = partedByOthers(template, observation, workshop);
      const continued: Template = { turns, reply, guards, continuation: true };
      if (!(await witnessesFor(continued, [exchange], workshop))?.size) continue;
      await keepIfSound(continued, [exchange], workshop);
      return;
    }
  },
};

/** The step as it is. Words beside a call are left out: they may speak of what came before. */
function literal(turns: readonly Turn[], said: Turn): Template {
  const calls = said.parts.filter(({ kind }) => kind === "call");
  const reply = mapPlaces(literalTurn(calls.length > 0 ? { ...said, parts: calls } : said), (never) => never);
  return { turns: turns.map(literalTurn), reply, guards: [] };
}
