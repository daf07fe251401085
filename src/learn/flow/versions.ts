/** Which of the ways to read a list are still open, where one example leaves several. */
import { callOf, constantOf, type Expression } from "../../template/derivation/expression.js";
import type { Hole, Template } from "../../template/template.js";
import { mapReply, placesOf } from "../../template/visit.js";

/**
 * One example does not tell whether all items of a list were taken, or the first so many. Adds the second
 * reading of each list, `take(list, count)`. Another example tells which one holds, if its list is longer:
 *
 *     orders = [1, 2, 3], reply: close(1) close(2) close(3)        orders, or take(orders, 3)?
 *     orders = [4, 5, 6, 7], reply: close(4) close(5) close(6)     take(orders, 3)
 */
export function withDoubt(lists: readonly Expression[], count: number): Expression[] {
  return [...lists, ...lists.map((list) => callOf("take", list, constantOf(count)))];
}

function isDoubt(expression: Expression): boolean {
  return expression.kind === "call" && expression.name === "take" && expression.args[1]?.kind === "literal";
}

/** The versions of a template with one way to read each list; none where there is no doubt about a list. */
export function versionsOf(template: Template): Template[] {
  const count = placesOf(template.reply).reduce(
    (most, hole) => (isDoubtful(hole) ? Math.max(most, hole.hypotheses.length) : most),
    0,
  );
  return Array.from({ length: count }, (_, index) => withVersions(template, [index]));
}

/** A template with some of its ways to read lists, by their positions. */
export function withVersions(template: Template, kept: readonly number[]): Template {
  const choose = (hole: Hole): Hole => {
    if (!isDoubtful(hole)) return hole;
    const left = hole.hypotheses.filter((_, index) => kept.includes(index));
    // Of two lists, one may be read in fewer ways.
    return { hypotheses: left.length > 0 ? left : hole.hypotheses };
  };
  return { ...template, reply: mapReply<Hole, Hole>(template.reply, choose) };
}

function isDoubtful({ hypotheses }: Hole): boolean {
  return hypotheses.length > 1 && hypotheses.some(isDoubt);
}
