/** What one template says to a conversation, outside the tree: how a template is tried before it is kept. */
import { type EvaluateOptions, evaluate } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { Binder, matchTurn } from "../template/match.js";
import type { Slot, Template, TurnPattern } from "../template/template.js";
import { contextOf, isLookedUp } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import { hydrate } from "./hydrate.js";
import { lastStepOf } from "./last-step.js";
import { visible } from "./read.js";

/**
 * The bindings under which a conversation fits patterns of turns; `undefined` if it does not, or in two ways.
 */
export function bindingsOf(
  patterns: readonly TurnPattern<Slot>[],
  turns: readonly Turn[],
): Bindings | undefined {
  if (patterns.length !== turns.length) return undefined;
  let bindings: Bindings = new Map();
  for (const [index, pattern] of patterns.entries()) {
    const binder = new Binder(bindings);
    if (matchTurn(pattern, visible(turns[index] as Turn), binder) !== "fits") return undefined;
    bindings = binder.result();
  }
  return bindings;
}

/**
 * What a template says to a conversation; `undefined` if it says nothing. Uses the matcher and hydrator that
 * serve.
 */
export function predict(
  template: Template,
  turns: readonly Turn[],
  evaluation: EvaluateOptions,
): { reply: Turn; bindings: Bindings } | undefined {
  const seen = template.continuation ? lastStepOf(turns.map(visible))?.turns : turns;
  const bindings = seen && bindingsOf(template.turns, seen);
  const reply = bindings && speak(template, bindings, evaluation);
  return reply && { reply, bindings };
}

/** What a template says under bindings; `undefined` if a guard forbids it or a hole cannot be derived. */
export function speak(template: Template, bindings: Bindings, evaluation: EvaluateOptions): Turn | undefined {
  const { guards, reply } = template;
  if (!areMet(guards, bindings, evaluation)) return undefined;
  const context = isLookedUp(reply) ? contextOf(template, bindings) : undefined;
  return hydrate(reply, bindings, context === undefined ? evaluation : { ...evaluation, context });
}

/** Whether all conditions of a template hold. One that cannot be worked out does not. */
export function areMet(guards: Template["guards"], bindings: Bindings, evaluation: EvaluateOptions): boolean {
  return guards.every((guard) => {
    const found = evaluate(guard, bindings, evaluation);
    return found.ok && found.value === true;
  });
}
