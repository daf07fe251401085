/** Drops the ways into a tool's result that a reply has shown to be wrong: where they part, the model's word decides. */
import { bindingsOf } from "../answer/predict.js";
import { evaluate } from "../template/derivation/evaluate.js";
import type { Expression } from "../template/derivation/expression.js";
import { domainOfKinds } from "../template/domain.js";
import { equalJson, type Json } from "../template/json.js";
import type { Hole, Slot, Template } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { mapPlaces, placesOf } from "../template/visit.js";
import { proposalsFor } from "./evidence.js";
import type { Stage, Workshop } from "./index.js";
import { keepIfSound } from "./trial.js";

/**
 * A template whose hypotheses part, or fail, says nothing; what the model then says tells which of them hold. The
 * template of those is kept, and the one with all of them retired: it has been proven wrong. Only where a value stands
 * in a result: elsewhere a doubt is worth more than what it costs (measured).
 */
export const narrow: Stage = {
  name: "narrow",
  run(observation, workshop) {
    const { exchange } = observation;
    for (const { learnt, captured, reply } of proposalsFor(observation, workshop)) {
      if (learnt.origin !== "induced" || reply !== "derivation") continue;
      const template = narrowed(learnt.template, captured, exchange.said, workshop);
      if (template && keepIfSound(template, [exchange], workshop)) workshop.contradict(learnt, exchange.id);
    }
  },
};

/** The template with the hypotheses alone that give what was said; `undefined` if a hole is left with none, or all stay. */
function narrowed(template: Template, bindings: ReadonlyMap<string, Json>, said: Turn, workshop: Workshop): Template | undefined {
  const holes = placesOf(template.reply);
  const named = mapPlaces<Hole, Slot>(template.reply, (hole) => ({ name: String(holes.indexOf(hole)), domain: domainOfKinds("any") }));
  const values = bindingsOf([named], [said]);
  if (!values) return undefined;
  let dropped = 0;
  const left = new Map<Hole, Hole>();
  for (const [index, hole] of holes.entries()) {
    const value = values.get(String(index)) as Json;
    const hypotheses = hole.hypotheses.filter((expression) => {
      const result = evaluate(expression, bindings, workshop.evaluation);
      return result.ok && equalJson(result.value, value);
    });
    if (hypotheses.length === 0 || (hypotheses.length < hole.hypotheses.length && !hole.hypotheses.every(readsIntoResult)))
      return undefined;
    dropped += hole.hypotheses.length - hypotheses.length;
    left.set(hole, { hypotheses });
  }
  return dropped === 0 ? undefined : { ...template, reply: mapPlaces<Hole, Hole>(template.reply, (hole) => left.get(hole) ?? hole) };
}

function readsIntoResult(expression: Expression): boolean {
  return expression.kind === "call" && (expression.name === "get" || expression.args.some(readsIntoResult));
}
