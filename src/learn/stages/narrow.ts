/** Drops the hypotheses that a reply has shown to be wrong: where they part, the model's word decides. */
import { type EvaluateOptions, evaluate } from "../../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import { equalJson, type Json } from "../../template/json.js";
import type { EachPattern, Hole, Template } from "../../template/template.js";
import type { Turn } from "../../template/turn.js";
import { mapReply } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import { outdoneId, silentId } from "../../trust/standing.js";
import { versionsOf } from "../flow/versions.js";
import type { Stage } from "../stage.js";
import { proposalsFor } from "../trial/predictions.js";
import { readReply } from "../trial/read-reply.js";
import { keepIfSound } from "../trial/trial.js";

/**
 * A template whose hypotheses part, or fail, says nothing; what the model then says tells which of them hold.
 * The template of those is kept, and the one with all of them retired: it has been proven wrong. One that is
 * silent where another is right is noted: its silence is no doubt for long.
 */
export const narrow: Stage = {
  name: "narrow",
  async run(observation, workshop) {
    const { exchange } = observation;
    const proposals = proposalsFor(observation, workshop);
    const isSaid = proposals.some(
      ({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning,
    );
    for (const { learnt, captured, reply } of proposals) {
      if (learnt.origin !== "induced" || reply !== "derivation") continue;
      const template = narrowed(learnt.template, {
        bindings: captured,
        said: exchange.said,
        evaluation: workshop.evaluation,
      });
      const kept =
        typeof template === "object" ? await keepIfSound(template, [exchange], workshop) : undefined;
      // Where all of its ways agreed and were right, those that are left were right too.
      if (kept)
        for (const witness of workshop.knowledge.evidence(learnt).agreements) workshop.agree(kept, witness);
      // Of a list, every way to read it was a guess about how many are meant: if all were wrong, so is the
      // template.
      if (kept || template === "wrong" || versionsOf(learnt.template).length > 0)
        workshop.contradict(learnt, exchange.id);
      else if (isSaid) workshop.note(true, outdoneId(learnt), exchange.id);
      if (workshop.knowledge.traits(learnt).loose) workshop.note(true, silentId(learnt), exchange.id);
    }
  },
};

/** What a template's hypotheses are narrowed by. */
export interface Narrowing {
  readonly bindings: Bindings;
  readonly said: Turn;
  readonly evaluation: EvaluateOptions;
}

/**
 * The template without the hypotheses that give anything but what was said; `wrong` if a hole is left with
 * none. One that fails gives nothing: it is kept where none is right. `undefined` if nothing is known better
 * than before.
 */
export function narrowed(
  template: Template,
  { bindings, said, evaluation }: Narrowing,
): Template | "wrong" | undefined {
  const values = readReply(template.reply, said);
  if (!values) return undefined;
  const gives = (expression: Expression, known: Bindings, value: Json): boolean => {
    const result = evaluate(expression, known, evaluation);
    return result.ok && equalJson(result.value, value);
  };
  const left = new Map<Hole, readonly Expression[]>();
  for (const [hole, value] of values.once) {
    const right = hole.hypotheses.filter((expression) => gives(expression, bindings, value));
    const open = hole.hypotheses.filter((expression) => !evaluate(expression, bindings, evaluation).ok);
    left.set(hole, right.length > 0 ? right : open);
  }
  for (const [part, rounds] of values.each) {
    const isRight = (hole: Hole, expression: Expression, items: readonly Json[]): boolean =>
      rounds.every((round, index) =>
        gives(expression, within(bindings, part, items[index] as Json), round.get(hole) as Json),
      );
    const holes = [...(rounds[0]?.keys() ?? [])];
    // 1. Lists as long as the reply, whose items lead to everything in it.
    const lists = part.list.hypotheses.flatMap((expression) => {
      const result = evaluate(expression, bindings, evaluation);
      const items = result.ok && Array.isArray(result.value) ? result.value : [];
      const fits =
        items.length === rounds.length &&
        holes.every((hole) => hole.hypotheses.some((way) => isRight(hole, way, items)));
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
  let dropped = 0;
  for (const [hole, hypotheses] of left) {
    if (hypotheses.length === 0) return "wrong";
    if (hypotheses.length < hole.hypotheses.length) dropped++;
  }
  const narrow = (hole: Hole): Hole => ({ hypotheses: left.get(hole) ?? hole.hypotheses });
  return dropped === 0 ? undefined : { ...template, reply: mapReply<Hole, Hole>(template.reply, narrow) };
}

function within(bindings: Bindings, { item }: EachPattern<Hole>, value: Json): Bindings {
  return new Map(bindings).set(item, value);
}
