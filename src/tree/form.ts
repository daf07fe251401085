/** What a template says and does, whatever its variables are called and whatever its slots take. */
import { substitute } from "../template/derivation/analyse.js";
import { type Expression, variable } from "../template/derivation/expression.js";
import { printExpression } from "../template/derivation/print.js";
import { shortDigest } from "../template/digest.js";
import { DEFAULT_DOMAIN } from "../template/domain.js";
import { printReply, printTurnPattern } from "../template/print.js";
import { mapPlaces, mapReply, placesOf } from "../template/visit.js";
import type { Learnt } from "./known.js";

const known = new WeakMap<Learnt, string>();

/** A digest that is equal for templates of a scope that read and say the same by the same derivations. */
export function formOf(learnt: Learnt): string {
  let form = known.get(learnt);
  if (form === undefined) {
    form = shortDigest(`form ${learnt.scope} ${textOf(learnt)}`);
    known.set(learnt, form);
  }
  return form;
}

function textOf({ template: { turns, reply, guards, continuation } }: Learnt): string {
  const names = new Map<string, Expression>();
  for (const { name } of turns.flatMap(placesOf))
    if (!names.has(name)) names.set(name, variable(`x${names.size}`));
  const numbered = (name: string): string => {
    const found = names.get(name);
    return found?.kind === "variable" ? found.name : name;
  };
  const renamed = (expression: Expression): Expression => substitute(expression, names);
  return JSON.stringify([
    turns.map((turn) =>
      printTurnPattern(mapPlaces(turn, ({ name }) => ({ name: numbered(name), domain: DEFAULT_DOMAIN }))),
    ),
    printReply(
      mapReply(reply, ({ hypotheses }) => ({
        hypotheses: hypotheses
          .map(renamed)
          .sort((left, right) => (printExpression(left) < printExpression(right) ? -1 : 1)),
      })),
    ),
    guards.map((guard) => printExpression(renamed(guard))).sort(),
    continuation === true,
  ]);
}
