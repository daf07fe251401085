/** Decides whether several derivations of one value agree. */
import { equalJson, type Json } from "../json.js";
import { type EvaluateOptions, evaluate } from "./evaluate.js";
import type { Bindings, Expression } from "./expression.js";

/**
 * The value that all expressions give, the same in type and text; `undefined` when there is no expression,
 * one of them faults, or two differ.
 */
export function unanimous(
  expressions: readonly Expression[],
  bindings: Bindings,
  options?: EvaluateOptions,
): Json | undefined {
  let agreed: Json | undefined;
  for (const expression of expressions) {
    const result = evaluate(expression, bindings, options);
    if (!result.ok || (agreed !== undefined && !equalJson(agreed, result.value))) return undefined;
    agreed = result.value;
  }
  return agreed;
}
