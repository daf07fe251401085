/** What synthesis is given, and what it gives back. */
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import type { Json } from "../../template/json.js";

/** One observation: with these inputs, the output was this. */
export interface Example {
  readonly inputs: Bindings;
  readonly output: Json;
}

/** An expression that gives the output of every example. */
export interface Hypothesis {
  readonly expression: Expression;
  /**
   * How unlikely it is before any example is seen: the sum of the costs of its parts. Smaller is likelier.
   */
  readonly cost: number;
  /** Whether it is a table of the keys seen: it faults on every other key. */
  readonly table: boolean;
}
