/**
 * Learns when a template holds: one wording, two kinds of reply, and a condition on the bindings that tells
 * them apart.
 */
import { bindingsOf, speak } from "../../answer/predict.js";
import { type EvaluateOptions, evaluate } from "../../template/derivation/evaluate.js";
import type { Expression } from "../../template/derivation/expression.js";
import { printExpression } from "../../template/derivation/print.js";
import { leavesOf } from "../../template/leaves.js";
import type { Template } from "../../template/template.js";
import { placesOf } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange } from "../../tree/knowledge.js";
import { versionsOf } from "../flow/versions.js";
import type { Stage, Workshop } from "../stage.js";
import { type Example, synthesise } from "../synthesis/index.js";
import { keepIfSound } from "../trial/trial.js";

/** From each side this many exchanges, or a condition that fits proves nothing. */
export const SIDE = 3;
const BUDGET = { maxNodes: 8_000, maxCandidates: 1_500 };

/**
 * The data flow of an exchange may be right of some conversations of its wording and wrong of others. Where a
 * condition on the bindings separates the ones it is right of, the template is kept under that condition. All
 * conditions that separate them must hold, so that a value between the two sides is a miss.
 */
export const learnGuards: Stage = {
  name: "guards",
  async run({ exchange, flow, pace }, workshop) {
    const { args } = workshop.knowledge.scope(exchange.scope);
    // What decides may be said in the reply, or be read alone.
    for (const find of [() => flow.closed(), () => flow.open((text) => args.isData(text))]) {
      const found = await find();
      if (pace.overdue) await pace.rest();
      // Of a list, all items are meant: where they are not is for the condition to say.
      const template = found && (versionsOf(found)[0] ?? found);
      if (!template) continue;
      const guarded = await guardedBy(template, exchange, workshop);
      if (guarded) await keepIfSound(guarded, [exchange], workshop);
    }
  },
};

/**
 * A template under all conditions that tell the known exchanges of its wording that it is right of from the
 * others; `undefined` if none does.
 */
export async function guardedBy(
  template: Template,
  exchange: Exchange,
  workshop: Workshop,
): Promise<Template | undefined> {
  const { examples, right } = await sidesOf(template, exchange, workshop);
  const held = right < examples.length ? heldBy(template, examples, workshop.evaluation) : [];
  if (held.length > 0) return { ...template, guards: held };
  if (right < SIDE || examples.length - right < SIDE) return undefined;
  const conditions = await synthesise(examples, {
    functions: workshop.evaluation.functions,
    budget: BUDGET,
    whole: workshop.pace,
    computed: computedBy(template),
  });
  const guards = conditions
    .filter((hypothesis) => !hypothesis.table)
    .map((hypothesis) => hypothesis.expression);
  return guards.length > 0 ? { ...template, guards } : undefined;
}

/**
 * Conditions on where values have been said before: a text that has been a city in other wordings is one here, and
 * no country. They tell apart all that the template is wrong of, and hold of the exchange that comes first.
 */
function heldBy(
  { reply }: Template,
  examples: readonly Example[],
  evaluation: EvaluateOptions,
): readonly Expression[] {
  const conditions = new Map<string, Expression>();
  for (const { place, content } of leavesOf(reply)) {
    const copied = "hole" in content && content.hole.hypotheses.find(({ kind }) => kind === "variable");
    if (!copied || place.startsWith("text ")) continue;
    const held: Expression = {
      kind: "call",
      name: "held",
      args: [copied, { kind: "literal", value: place }],
    };
    conditions.set(printExpression(held), held);
  }
  const holds = (condition: Expression, { inputs }: Example): boolean => {
    const found = evaluate(condition, inputs, evaluation);
    return found.ok && found.value === true;
  };
  const [own, ...others] = examples;
  const wrong = others.filter(({ output }) => output === false);
  const parting = [...conditions.values()].filter(
    (condition) => own && holds(condition, own) && wrong.some((example) => !holds(condition, example)),
  );
  return wrong.every((example) => parting.some((condition) => !holds(condition, example))) ? parting : [];
}

/** What the reply says that is computed: a total may be what decides, where none of its parts does. */
function computedBy(template: Template): Expression[] {
  const computed = new Map<string, Expression>();
  for (const { hypotheses } of placesOf(template.reply)) {
    const [first] = hypotheses;
    const inner = first && unwritten(first);
    if (inner?.kind === "call") computed.set(printExpression(inner), inner);
  }
  return [...computed.values()].slice(0, MAX_COMPUTED);
}

/** A number without how it is written. */
function unwritten(expression: Expression): Expression {
  const isWritten = expression.kind === "call" && expression.name === "text";
  return isWritten ? (expression.args[0] ?? expression) : expression;
}

const MAX_COMPUTED = 16;

/**
 * Of the known exchanges that have a template's wording: what each binds, and whether the template is right
 * of it.
 */
async function sidesOf(
  template: Template,
  exchange: Exchange,
  workshop: Workshop,
): Promise<{ examples: Example[]; right: number }> {
  const { memory, evaluation, pace } = workshop;
  const examples: Example[] = [];
  let right = 0;
  const own = bindingsOf(template.turns, exchange.turns);
  for (const { exchange: other, bindings } of [
    ...(own ? [{ exchange, bindings: own }] : []),
    ...(await memory.fitting(template, exchange.scope, pace)),
  ]) {
    if (examples.length === MAX_EXAMPLES) break;
    pace.spend(1);
    if (pace.overdue) await pace.rest();
    const reply = speak(template, bindings, evaluation);
    const isRight = reply !== undefined && meaningOf(reply) === other.meaning;
    if (isRight) right++;
    examples.push({ inputs: bindings, output: isRight });
  }
  return { examples, right };
}

// A condition is looked for in so many exchanges, the latest; that it holds for all others is for the trial
// to say.
const MAX_EXAMPLES = 64;
