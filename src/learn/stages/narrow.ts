/** Drops the ways into a tool's result that a reply has shown to be wrong: where they part, the model's word decides. */
import { evaluate } from "../../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import { equalJson, type Json } from "../../template/json.js";
import type { EachPattern, Hole, Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { mapReply } from "../../template/visit.js";
import { versionsOf } from "../flow/versions.js";
import type { Stage, Workshop } from "../stage.js";
import { proposalsFor } from "../trial/predictions.js";
import { readReply } from "../trial/read-reply.js";
import { keepIfSound } from "../trial/trial.js";

/**
 * A template whose hypotheses part, or fail, says nothing; what the model then says tells which of them hold. The
 * template of those is kept, and the one with all of them retired: it has been proven wrong. Only where a value stands
 * in a result: elsewhere a doubt is worth more than what it costs (measured).
 */
export const narrow: Stage = {
  name: "narrow",
  async run(observation, workshop) {
    const { exchange } = observation;
    for (const { learnt, captured, reply } of proposalsFor(observation, workshop)) {
      if (learnt.origin !== "induced" || reply !== "derivation") continue;
      const template = narrowed(learnt.template, captured, exchange.said, workshop);
      const isKept = template !== undefined && (await keepIfSound(template, [exchange], workshop)) !== undefined;
      // Of a list, every way to read it was a guess about how many are meant: if all were wrong, so is the template.
      if (isKept || versionsOf(learnt.template).length > 0) workshop.contradict(learnt, exchange.id);
    }
  },
};

/** The template with the hypotheses alone that give what was said; `undefined` if a hole is left with none, or all stay. */
function narrowed(template: Template, bindings: Bindings, said: Turn, { evaluation }: Workshop): Template | undefined {
  const values = readReply(template.reply, said);
  if (!values) return undefined;
  const gives = (expression: Expression, known: Bindings, value: Json): boolean => {
    const result = evaluate(expression, known, evaluation);
    return result.ok && equalJson(result.value, value);
  };
  const left = new Map<Hole, readonly Expression[]>();
  for (const [hole, value] of values.once) {
    left.set(
      hole,
      hole.hypotheses.filter((expression) => gives(expression, bindings, value)),
    );
  }
  for (const [part, rounds] of values.each) {
    const isRight = (hole: Hole, expression: Expression, items: readonly Json[]): boolean =>
      rounds.every((round, index) => gives(expression, within(bindings, part, items[index] as Json), round.get(hole) as Json));
    const holes = [...(rounds[0]?.keys() ?? [])];
    // 1. Lists as long as the reply, whose items lead to everything in it.
    const lists = part.list.hypotheses.flatMap((expression) => {
      const result = evaluate(expression, bindings, evaluation);
      const items = result.ok && Array.isArray(result.value) ? result.value : [];
      const fits = items.length === rounds.length && holes.every((hole) => hole.hypotheses.some((way) => isRight(hole, way, items)));
      return fits ? [{ expression, items }] : [];
    });
    left.set(
      part.list,
      lists.map(({ expression }) => expression),
    );
    // 2. Of what is made of an item, the ways that hold in all of these.
    for (const hole of holes)
      left.set(
        hole,
        hole.hypotheses.filter((way) => lists.every(({ items }) => isRight(hole, way, items))),
      );
  }
  const repeated = new Set([...values.each].flatMap(([part, rounds]) => [part.list, ...(rounds[0]?.keys() ?? [])]));
  let dropped = 0;
  for (const [hole, hypotheses] of left) {
    const isLess = hypotheses.length < hole.hypotheses.length;
    const isList = repeated.has(hole) || Array.isArray(values.once.get(hole));
    if (hypotheses.length === 0 || (isLess && !isList && !hole.hypotheses.every(readsIntoResult))) return undefined;
    if (isLess) dropped++;
  }
  const narrow = (hole: Hole): Hole => ({ hypotheses: left.get(hole) ?? hole.hypotheses });
  return dropped === 0 ? undefined : { ...template, reply: mapReply<Hole, Hole>(template.reply, narrow) };
}

function within(bindings: Bindings, { item }: EachPattern<Hole>, value: Json): Bindings {
  return new Map(bindings).set(item, value);
}

function readsIntoResult(expression: Expression): boolean {
  return expression.kind === "call" && (expression.name === "get" || expression.args.some(readsIntoResult));
}
