/**
 * A word of a reply that equals a value may be one or the other ("The fan …" after `device: "fan"`). What was
 * learned elsewhere of the same reply tells which.
 */
import { encodeTemplate } from "../../template/codec.js";
import type { Hole, ReplyPattern, Template } from "../../template/template.js";
import { mapReply, placesOf } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { continuationsFor, proposalsFor } from "./predictions.js";

/**
 * A template of an exchange without the constants in place of which a template that was right about this very
 * reply copies a value: that was made of another value, so it has parted the two.
 */
export function partedByOthers(template: Template, observation: Observation, workshop: Workshop): Template {
  if (!placesOf(template.reply).some(isOpenWord)) return template;
  const frame = frameOf(template.reply);
  const decided = new Set<number>();
  for (const { learnt, reply } of [
    ...proposalsFor(observation, workshop),
    ...continuationsFor(observation, workshop),
  ]) {
    if (typeof reply !== "object" || meaningOf(reply) !== observation.exchange.meaning) continue;
    if (frameOf(learnt.template.reply) !== frame) continue;
    for (const [index, hole] of placesOf(learnt.template.reply).entries())
      if (!hole.hypotheses.some(isConstant)) decided.add(index);
  }
  if (decided.size === 0) return template;
  let index = 0;
  return {
    ...template,
    reply: mapReply<Hole, Hole>(template.reply, (hole) =>
      decided.has(index++) && isOpenWord(hole)
        ? { hypotheses: hole.hypotheses.filter((way) => !isConstant(way)) }
        : hole,
    ),
  };
}

/** Whether a hole may be filled with a value or with a word that is always the same. */
function isOpenWord({ hypotheses }: Hole): boolean {
  return hypotheses.some(isConstant) && hypotheses.some((way) => !isConstant(way));
}

function isConstant({ kind }: Hole["hypotheses"][number]): boolean {
  return kind === "literal";
}

/** Equal for replies that say the same around their holes. */
function frameOf(reply: ReplyPattern<Hole>): string {
  const blank = mapReply<Hole, Hole>(reply, () => ({ hypotheses: [] }));
  return JSON.stringify(encodeTemplate({ turns: [], reply: blank, guards: [] }));
}
