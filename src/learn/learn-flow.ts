/** Learns from one example by data flow, and notes what the reply's places held. */
import { formOf as derivationForm } from "../answer/confidence.js";
import { predict } from "../answer/predict.js";
import { visible } from "../answer/read.js";
import { unanimous } from "../template/derivation/unanimous.js";
import type { Bindings } from "../template/derivation/expression.js";
import { leafText, leavesOf } from "../template/leaves.js";
import type { Hole, TurnPattern } from "../template/template.js";
import { literalTurn, mapPlaces } from "../template/visit.js";
import type { Exchange } from "../tree/knowledge.js";
import { dataFlow, laterFlow, openFlow } from "./flow.js";
import type { Stage, Workshop } from "./index.js";
import { keepIfSound } from "./trial.js";

/** Up to three templates of one exchange: its data flow, the same with idle data left open, and with the question left open. */
export const learnFlow: Stage = {
  name: "flow",
  run({ exchange }, workshop) {
    const turns = exchange.turns.map(visible);
    const { args } = workshop.knowledge.scope(exchange.scope);
    const flow = dataFlow(turns, exchange.said);
    const kept = flow && keepIfSound(flow, [exchange], workshop);
    for (const template of [openFlow(turns, exchange.said, (text) => args.isData(text)), laterFlow(turns, exchange.said)]) {
      if (template) keepIfSound(template, [exchange], workshop);
    }
    notice(exchange, kept && flow, workshop);
  },
};

/** What is known of the scope's arguments grows by this reply: values, derivations, and the words that were wording. */
function notice(exchange: Exchange, flow: ReturnType<typeof dataFlow>, { knowledge, evaluation }: Workshop): void {
  const { args } = knowledge.scope(exchange.scope);
  const own = flow && predict(flow, exchange.turns, evaluation);
  const reply: TurnPattern<Hole> = own && flow ? flow.reply : mapPlaces(literalTurn(exchange.said), (never) => never);
  const bindings: Bindings = own?.bindings ?? new Map();
  for (const { place, content } of leavesOf(reply)) {
    if ("text" in content) continue;
    const value = "literal" in content ? content.literal : unanimous(content.hole.hypotheses, bindings, evaluation);
    const text = value === undefined ? undefined : leafText(value);
    if (text !== undefined) args.add(place, text);
    if (!("hole" in content)) continue;
    for (const expression of content.hole.hypotheses) if (expression.kind === "call") args.addForm(place, derivationForm(expression));
  }
  for (const { parts } of own && flow ? flow.turns : exchange.turns.map((turn) => literalTurn(visible(turn)))) {
    for (const part of parts) {
      if (part.kind === "text") for (const segment of part.text) if (typeof segment === "string") args.addWording(segment);
    }
  }
}
