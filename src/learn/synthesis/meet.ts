/** Finds the second operand when the first and the result are known (meet in the middle). */
import { ADD, applied, DIVIDE, MULTIPLY, type Operation, SUBTRACT, type Term } from "./terms.js";

/** How the second operand of an operation is found. */
interface Inverse {
  readonly operation: Operation;
  /** The operand that is not known, from the result and the one that is. */
  readonly other: (result: number, known: number) => number;
  /** Whether what is found is the first of the two. */
  readonly first: boolean;
}

const INVERSES: readonly Inverse[] = [
  { operation: ADD, other: (result, x) => result - x, first: false },
  { operation: SUBTRACT, other: (result, x) => x - result, first: false },
  { operation: SUBTRACT, other: (result, x) => result + x, first: true },
  { operation: MULTIPLY, other: (result, x) => result / x, first: false },
  { operation: DIVIDE, other: (result, x) => x / result, first: false },
  { operation: DIVIDE, other: (result, x) => result * x, first: true },
];
const EPSILON = 1e-9;

/** Terms in the order of their value in the first example. */
export interface Sorted {
  readonly terms: readonly Term[];
  readonly values: Float64Array;
}

export function sortTerms(terms: readonly Term[]): Sorted {
  const sorted = [...terms].sort((left, right) => (left.values[0] as number) - (right.values[0] as number));
  return { terms: sorted, values: Float64Array.from(sorted, (term) => term.values[0] as number) };
}

/**
 * Every operation on `term` and one of `others` whose result in the first example is within `tolerance` of
 * `result`. The caller checks them in the other examples, and in this one too if the tolerance reaches across
 * zero.
 */
export function completions(
  term: Term,
  others: Sorted,
  { result, tolerance }: { readonly result: number; readonly tolerance: number },
): readonly Term[] {
  const found: Term[] = [];
  const x = term.values[0] as number;
  for (const { operation, other, first } of INVERSES) {
    const one = other(result - tolerance, x);
    const two = other(result + tolerance, x);
    const [low, high] = one <= two ? [one, two] : [two, one];
    if (!Number.isFinite(low) || !Number.isFinite(high)) continue;
    const slack = EPSILON * Math.max(1, Math.abs(low));
    for (
      let at = lowerBound(others.values, low - slack);
      at < others.values.length && (others.values[at] as number) <= high + slack;
      at++
    ) {
      const match = others.terms[at] as Term;
      const completed = first ? applied(operation, match, term) : applied(operation, term, match);
      if (completed) found.push(completed);
    }
  }
  return found;
}

function lowerBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
