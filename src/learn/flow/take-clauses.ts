/** Makes slots of the clauses in a user's words that arguments of the reply are made of. */

import { substitute } from "../../template/derivation/analyse.js";
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { domainOfKinds } from "../../template/domain.js";
import type { Json } from "../../template/json.js";
import { madeOfClauses } from "./clauses.js";
import type { Sources } from "./sources.js";

/**
 * The ways to an argument, a list or an object, out of clauses that the user has said. Their stretch becomes a
 * slot, the same for all arguments that are made of it. `place` names the argument.
 */
export function takeClauses(value: Json, place: string, { scene, slots }: Sources): Expression[] {
  for (const { site, start, end, frame, rows } of scene.clauses()) {
    const stretch = site.text.slice(start, end);
    const known = slots.known.get(stretch);
    if (known === undefined && !slots.isFree(site, start, end)) continue;
    const list = callOf("clauses", variable("clauses"), constantOf([...frame]));
    const ways = madeOfClauses(value, { rows, list, place });
    if (ways.length === 0) continue;
    const name = known ?? slots.names.take("clauses");
    if (known === undefined) {
      slots.claim(site.key, { start, end, place: { name, domain: domainOfKinds("any") } });
      slots.know(stretch, name);
    }
    return ways.map((way) => substitute(way, new Map([["clauses", variable(name)]])));
  }
  return [];
}
