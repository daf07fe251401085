/** A value that can be computed from the inputs: an expression and what it gives in each example. */
import type { UserFunction } from "../../template/derivation/evaluate.js";
import { evaluate } from "../../template/derivation/evaluate.js";
import type { Expression } from "../../template/derivation/expression.js";
import { EvaluationFault, type Meter } from "../../template/derivation/fault.js";
import { FUNCTIONS } from "../../template/derivation/functions/index.js";
import { canonicalJson, type Json, Numeral, scalarText } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { functionCost, literalCost } from "./cost.js";
import type { Example } from "./example.js";

export interface Candidate {
  readonly expression: Expression;
  /** One value an example, in their order. */
  readonly values: readonly Json[];
  readonly cost: number;
}

/** An argument of a call under trial: a candidate, or a constant. */
export type Argument = Candidate | { readonly constant: Json };

const METER: Meter = { maxSize: 65_536, spend: () => {} };
const MAX_ALTERNATIVES = 4;
/** How many items or characters cost as much as a call. */
const UNIT = 5;

/** A whole number as a constant argument. */
export function whole(value: number): Argument {
  return { constant: new Numeral(String(value)) };
}

/** A text as a constant argument. */
export function quoted(text: string): Argument {
  return { constant: text };
}

/** Calls a built-in function in every example; `undefined` as soon as it faults in one. */
export function invoke(pace: Pace, name: string, ...args: readonly Argument[]): Candidate | undefined {
  pace.spend(1);
  let count = 0;
  for (const arg of args) {
    if (!("values" in arg)) continue;
    if (count === 0) count = arg.values.length;
    let sum = 0;
    for (const value of arg.values) sum += extent(value);
    pace.spend(sum / UNIT);
  }
  const builtIn = FUNCTIONS.get(name);
  if (!builtIn || count === 0) return undefined;
  const values: Json[] = [];
  try {
    for (let index = 0; index < count; index++) {
      values.push(
        builtIn.apply(
          args.map((arg) => ("values" in arg ? (arg.values[index] as Json) : arg.constant)),
          METER,
        ),
      );
    }
  } catch (error) {
    if (error instanceof EvaluationFault) return undefined;
    throw error;
  }
  return {
    expression: callOf(name, args),
    values,
    cost: args.reduce((sum, arg) => sum + costOf(arg), functionCost(name)),
  };
}

/** Calls a user's function in every example. */
export function invokeUser(
  pace: Pace,
  { name, functions }: { readonly name: string; readonly functions: ReadonlyMap<string, UserFunction> },
  arg: Candidate,
): Candidate | undefined {
  pace.spend(1);
  const expression: Expression = { kind: "call", name, args: [{ kind: "variable", name: "x" }] };
  const values: Json[] = [];
  for (const value of arg.values) {
    const result = evaluate(expression, new Map([["x", value]]), { functions });
    if (!result.ok) return undefined;
    values.push(result.value);
  }
  return { expression: callOf(name, [arg]), values, cost: arg.cost + functionCost(name) };
}

// A function of a long list or text takes longer.
function extent(value: Json): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : 0;
}

function callOf(name: string, args: readonly Argument[]): Expression {
  return {
    kind: "call",
    name,
    args: args.map((arg) => ("values" in arg ? arg.expression : { kind: "literal", value: arg.constant })),
  };
}

function costOf(arg: Argument): number {
  return "values" in arg ? arg.cost : literalCost(arg.constant);
}

/** The values when all are texts. */
export function textsOf(candidate: Candidate): readonly string[] | undefined {
  return candidate.values.every((value) => typeof value === "string")
    ? (candidate.values as readonly string[])
    : undefined;
}

export function allNumbers(candidate: Candidate): boolean {
  return candidate.values.every((value) => value instanceof Numeral);
}

/** The values by their text when all are texts, numbers or booleans. */
export function scalarTexts(values: readonly Json[]): readonly string[] | undefined {
  const texts = values.map(scalarText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/**
 * Candidates by what they give. Those that give the same in every example are alternatives: the likeliest of
 * them are kept, as they may differ elsewhere.
 */
export class Bank {
  readonly all: Candidate[] = [];
  readonly #byValues = new Map<string, number[]>();

  constructor(readonly limit: number) {}

  /**
   * Whether the candidate is kept. It is not when enough likelier ones give the same, or the bank is full.
   */
  add(candidate: Candidate | undefined): candidate is Candidate {
    if (!candidate) return false;
    // Lists and objects are few, and costly to compare.
    const key = scalarTexts(candidate.values) ? valuesKey(candidate.values) : undefined;
    const same = (key === undefined ? undefined : this.#byValues.get(key)) ?? [];
    const costliest = same.reduce(
      (worst, at) => (this.#costAt(at) > this.#costAt(worst) ? at : worst),
      same[0] ?? -1,
    );
    if (same.length >= MAX_ALTERNATIVES) {
      if (candidate.cost >= this.#costAt(costliest)) return false;
      this.all[costliest] = candidate;
      return true;
    }
    if (this.all.length >= this.limit) return false;
    const at = this.all.push(candidate) - 1;
    if (key !== undefined) this.#byValues.set(key, [...same, at]);
    return true;
  }

  #costAt(index: number): number {
    return this.all[index]?.cost ?? Number.POSITIVE_INFINITY;
  }
}

/** A key that is equal for equal lists of values. */
export function valuesKey(values: readonly Json[]): string {
  return values.map(canonicalJson).join("\n");
}

/** The outputs of examples. */
export function outputsOf(examples: readonly Example[]): readonly Json[] {
  return examples.map((example) => example.output);
}
