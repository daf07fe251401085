/** Terms: the values that a search over arithmetic goes through, quick and inexact. */
import { Numeral } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import type { Candidate } from "./candidate.js";
import { functionCost, literalCost } from "./cost.js";

/**
 * A value under search: JavaScript numbers stand in for decimals, and what fits is computed again exactly.
 */
export interface Term {
  readonly values: readonly number[];
  readonly cost: number;
  readonly from:
    | Candidate
    | { readonly name: string; readonly left: Term; readonly right: Term }
    | { readonly name: string; readonly of: Term };
}

/** What is done with two numbers. */
export interface Operation {
  readonly name: string;
  readonly apply: (left: number, right: number) => number;
}

export const ADD: Operation = { name: "add", apply: (left, right) => left + right };
export const SUBTRACT: Operation = { name: "subtract", apply: (left, right) => left - right };
export const MULTIPLY: Operation = { name: "multiply", apply: (left, right) => left * right };
export const DIVIDE: Operation = { name: "divide", apply: (left, right) => left / right };

const OPERATIONS: readonly Operation[] = [MULTIPLY, ADD, SUBTRACT, DIVIDE];
const COMMUTES: ReadonlySet<Operation> = new Set([ADD, MULTIPLY]);

/**
 * What a number costs that stands in none of the inputs, on top of its digits: an expression that needs none
 * is preferred.
 */
const CONSTANT_COST = 0.5;

/** A constant as a term. */
export function constant(value: number, examples: number): Term {
  const numeral = new Numeral(String(value));
  const cost = literalCost(numeral) + CONSTANT_COST;
  const values = Array.from({ length: examples }, () => value);
  return {
    values,
    cost,
    from: { expression: { kind: "literal", value: numeral }, values: values.map(() => numeral), cost },
  };
}

/** All results of one operation, cheapest operands first, without commuted twins and what changes nothing. */
export async function combine(
  lefts: readonly Term[],
  rights: readonly Term[],
  { pace, limit }: { readonly pace: Pace; readonly limit: number },
): Promise<Term[]> {
  const terms: Term[] = [];
  const add = (term: Term | undefined) => term && terms.push(term);
  const same = lefts === rights;
  for (const [i, left] of lefts.entries()) {
    if (pace.spent || terms.length >= limit) break;
    if (pace.overdue) await pace.rest();
    for (const [j, right] of rights.entries()) {
      if (isConstant(left) && isConstant(right)) continue;
      pace.spend(0.5);
      for (const operation of OPERATIONS) {
        const commutes = COMMUTES.has(operation);
        if (same && commutes && j < i) continue;
        add(applied(operation, left, right));
        if (!same && !commutes) add(applied(operation, right, left));
      }
    }
  }
  return terms.sort((left, right) => left.cost - right.cost);
}

/** The result of an operation. */
export function operate({ name, apply }: Operation, left: Term, right: Term): Term {
  return {
    values: left.values.map((value, index) => apply(value, right.values[index] as number)),
    cost: left.cost + right.cost + functionCost(name),
    from: { name, left, right },
  };
}

/** The same; `undefined` where it is no number or the operation changes nothing. */
export function applied(operation: Operation, left: Term, right: Term): Term | undefined {
  if (left === right && operation !== MULTIPLY) return undefined;
  // a / (b / c) is a * c / b, with a rounding on the way.
  if (operation === DIVIDE && isQuotient(right)) return undefined;
  const term = operate(operation, left, right);
  const { values } = term;
  // x * 1, x + 0, x - x and x / x compute nothing.
  const isNothing =
    !values.every(Number.isFinite) || sameValues(values, left.values) || sameValues(values, right.values);
  return isNothing ? undefined : term;
}

function isQuotient({ from }: Term): boolean {
  if (!("left" in from)) return false;
  return (
    from.name === "divide" || (from.name === "multiply" && (isQuotient(from.left) || isQuotient(from.right)))
  );
}

function sameValues(left: readonly number[], right: readonly number[]): boolean {
  return left.every((value, index) => value === right[index]);
}

function isConstant(term: Term): boolean {
  return "expression" in term.from && term.from.expression.kind === "literal";
}
