/** From the derivations that an agent proposes to expressions over what is read. */
import { order, sizeOf, substitute, variablesOf } from "../../template/derivation/analyse.js";
import { type EvaluateOptions, evaluate } from "../../template/derivation/evaluate.js";
import { type Bindings, callOf, type Expression, variable } from "../../template/derivation/expression.js";
import { FUNCTIONS, SPECIAL_FORMS } from "../../template/derivation/functions/index.js";
import { parseExpression } from "../../template/derivation/parse.js";
import { type Json, scalarText } from "../../template/json.js";
import { type Proposal, Refused } from "./proposal.js";
import type { Variables } from "./variables.js";

// How many nodes an expression may have.
const MAX_NODES = 200;

/** A value that the reply says, over the variables that are read. */
export interface Made {
  readonly expression: Expression;
  /** It gives a text, and no number or boolean. */
  readonly isText: boolean;
}

/** What was derived: how each value is made that only the reply says, and the conditions. */
export interface Derived {
  readonly said: ReadonlyMap<string, Made>;
  readonly guards: readonly Expression[];
}

/** Reads the text of an expression. Throws `Refused` for what is not in the language, or too large. */
export function readExpression(text: string, { functions }: EvaluateOptions): Expression {
  let expression: Expression;
  try {
    expression = parseExpression(text);
  } catch {
    throw new Refused("not-in-language");
  }
  if (sizeOf(expression) > MAX_NODES) throw new Refused("too-large");
  const isKnown = (name: string): boolean =>
    FUNCTIONS.has(name) || SPECIAL_FORMS.has(name) || functions?.has(name) === true;
  if (!callsIn(expression).every(isKnown)) throw new Refused("not-in-language");
  return expression;
}

function callsIn(expression: Expression): string[] {
  return expression.kind === "call" ? [expression.name, ...expression.args.flatMap(callsIn)] : [];
}

/**
 * Checks what was arranged and derived, and tries it on the exchange. Throws `Refused`: for what reads more
 * than was arranged, or nothing; for a cycle; for what does not give the value that was said.
 */
export function derive(
  { derivations, conditions }: Pick<Proposal, "derivations" | "conditions">,
  { read, given, said }: Variables,
  evaluation: EvaluateOptions,
): Derived {
  const isKnown = (name: string): boolean => read.has(name) || given.has(name) || said.has(name);
  const definitions = new Map<string, Expression>();
  for (const { variable: name, expression: text, on } of derivations) {
    if (definitions.has(name)) throw new Refused("name-clash");
    if (!(read.has(name) || said.has(name)) || !on.every(isKnown)) throw new Refused("unknown-variable");
    const expression = readExpression(text, evaluation);
    const reads = variablesOf(expression);
    if (reads.size === 0) throw new Refused("constant");
    for (const each of reads) {
      if (!isKnown(each)) throw new Refused("unknown-variable");
      if (!on.includes(each)) throw new Refused("not-arranged");
    }
    definitions.set(name, expression);
  }
  const ordered = order(definitions);
  if (!ordered.ok) throw new Refused("cyclic");
  const bindings: Bindings = new Map<string, Json>([...read, ...given]);
  const whole = new Map<string, Expression>();
  const made = new Map<string, Made>();
  const guards: Expression[] = [];
  for (const name of ordered.names) {
    const expression = substitute(definitions.get(name) as Expression, whole);
    if (said.has(name)) {
      // What is put together of others may grow fast.
      if (sizeOf(expression) > MAX_NODES) throw new Refused("too-large");
      const value = valueOf(expression, bindings, evaluation);
      if (scalarText(value) !== said.get(name)) throw new Refused("not-derived");
      whole.set(name, expression);
      made.set(name, { expression, isText: typeof value === "string" });
    } else guards.push(callOf("equal", variable(name), expression));
  }
  // What a model had to write does not follow from anything.
  for (const name of said.keys()) if (!whole.has(name)) throw new Refused("not-derived");
  for (const condition of conditions) guards.push(substitute(readExpression(condition, evaluation), whole));
  for (const guard of guards) {
    const reads = variablesOf(guard);
    if (reads.size === 0) throw new Refused("constant");
    for (const each of reads) if (!bindings.has(each)) throw new Refused("unknown-variable");
    if (valueOf(guard, bindings, evaluation) !== true) throw new Refused("not-derived");
  }
  return { said: made, guards };
}

function valueOf(expression: Expression, bindings: Bindings, evaluation: EvaluateOptions): Json {
  const found = evaluate(expression, bindings, evaluation);
  if (found.ok) return found.value;
  if (found.fault === "arguments" || found.fault === "unknown-function") throw new Refused("not-in-language");
  throw new Refused(found.fault === "size" || found.fault === "steps" ? "too-large" : "not-derived");
}
