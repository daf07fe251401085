/** What a flow with a doubt about its lists becomes once that doubt has been settled elsewhere. */

import type { Hole, Template } from "../template/template.js";
import { mapReply, placesOf } from "../template/visit.js";
import { isDoubt } from "./lists.js";

/**
 * From one example it is open whether all items of a list are meant or the first so many. The versions of a template in
 * which it is decided, each in one way; none where there is no such doubt.
 */
export function settledOf(template: Template): Template[] {
  const doubtful = new Set<Hole>(placesOf(template.reply).filter(({ hypotheses }) => hypotheses.some(isDoubt)));
  const count = Math.max(0, ...[...doubtful].map(({ hypotheses }) => hypotheses.length));
  return Array.from({ length: count }, (_, index) => {
    const settle = (hole: Hole): Hole => (doubtful.has(hole) ? { hypotheses: hole.hypotheses.slice(index, index + 1) } : hole);
    return { ...template, reply: mapReply<Hole, Hole>(template.reply, settle) };
  }).filter(({ reply }) => placesOf(reply).every(({ hypotheses }) => hypotheses.length > 0));
}
