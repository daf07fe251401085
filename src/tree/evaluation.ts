/** Expressions in a scope: beside their bindings they may ask what the scope has shown. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Knowledge } from "./knowledge.js";

/**
 * The same evaluation where `known(text, place)` gives what a text stands for in this scope, and
 * `held(text, place)` whether it has been a value there.
 */
export function evaluationIn(
  scope: string,
  knowledge: Knowledge,
  evaluation: EvaluateOptions,
): EvaluateOptions {
  return {
    ...evaluation,
    known: (place, text, context) => knowledge.scope(scope).args.lookup(place, text, context),
    held: (place, text) => knowledge.scope(scope).args.familiarity(place, text) === "seen",
  };
}
