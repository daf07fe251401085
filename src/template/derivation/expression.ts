/** The derivation language's syntax tree: variables, literals, function calls, and nothing else. */
import { type Json, Numeral } from "../json.js";

/**
 * A small pure expression over bindings. Sugar such as `a * b` or `result[0].email` parses to calls of named
 * functions (`multiply(a, b)`, `get(get(result, 0), "email")`).
 */
export type Expression =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** The value of each variable, by name. */
export type Bindings = ReadonlyMap<string, Json>;

/** The expression that reads a variable as it is. */
export function variable(name: string): Expression {
  return { kind: "variable", name };
}

/** The expression of a call of a built-in function. */
export function callOf(name: string, ...args: Expression[]): Expression {
  return { kind: "call", name, args };
}

/** The expression of a constant; a JavaScript number stands for an integer. */
export function constantOf(value: Json | number): Expression {
  return { kind: "literal", value: typeof value === "number" ? new Numeral(String(value)) : value };
}
