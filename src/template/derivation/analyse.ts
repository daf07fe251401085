/** What can be said of expressions without evaluating them: their variables, their size, their order. */
import type { Expression } from "./expression.js";

/** The names of the variables an expression reads, in the order of their first use. */
export function variablesOf(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  function visit(node: Expression): void {
    if (node.kind === "variable") names.add(node.name);
    if (node.kind === "call") node.args.forEach(visit);
  }
  visit(expression);
  return names;
}

/** How many nodes an expression has. */
export function sizeOf(expression: Expression): number {
  return expression.kind === "call" ? expression.args.reduce((size, arg) => size + sizeOf(arg), 1) : 1;
}

/** The expression with some variables replaced, all at once: what is put in is not looked at again. */
export function substitute(
  expression: Expression,
  replacements: ReadonlyMap<string, Expression>,
): Expression {
  if (expression.kind === "variable") return replacements.get(expression.name) ?? expression;
  if (expression.kind === "literal") return expression;
  return { ...expression, args: expression.args.map((arg) => substitute(arg, replacements)) };
}

/** An order of evaluation, or the names that go in a circle. */
export type Order =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly cycle: readonly string[] };

/**
 * Orders definitions so that each stands after those it reads (topological order, depth first; otherwise as
 * given). Variables without a definition are taken as given from outside.
 */
export function order(definitions: ReadonlyMap<string, Expression>): Order {
  const state = new Map<string, "open" | "done">();
  const names: string[] = [];
  for (const start of definitions.keys()) {
    // An explicit stack: a chain of definitions may be longer than the call stack is deep.
    const path: { name: string; reads: string[] }[] = [];
    const enter = (name: string): void => {
      const definition = definitions.get(name);
      if (!definition || state.get(name) === "done") return;
      state.set(name, "open");
      path.push({ name, reads: [...variablesOf(definition)].reverse() });
    };
    enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.reads.pop();
      if (next === undefined) {
        state.set(top.name, "done");
        names.push(top.name);
        path.pop();
      } else if (state.get(next) === "open") {
        const trail = path.map((entry) => entry.name);
        return { ok: false, cycle: trail.slice(trail.indexOf(next)) };
      } else {
        enter(next);
      }
    }
  }
  return { ok: true, names };
}
