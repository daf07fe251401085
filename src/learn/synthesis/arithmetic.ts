/** Numbers computed from numbers: sums, products, quotients and powers of the inputs and of a few constants. */
import { Numeral } from "../../template/json.js";
import { type Candidate, invoke } from "./candidate.js";
import { floatsOf } from "./conversions.js";
import { functionCost, literalCost } from "./cost.js";
import type { Pace } from "./pace.js";
import { finish, type WrittenNumbers } from "./written-number.js";

/** A value under search: JavaScript numbers stand in for decimals, and what fits is computed again exactly. */
interface Term {
  readonly values: readonly number[];
  readonly cost: number;
  readonly from: Candidate | { readonly name: string; readonly left: Term; readonly right: Term };
}

type Operation = (left: number, right: number) => number;

const OPERATIONS: readonly (readonly [name: string, apply: Operation, commutes: boolean])[] = [
  ["multiply", (left, right) => left * right, true],
  ["add", (left, right) => left + right, true],
  ["subtract", (left, right) => left - right, false],
  ["divide", (left, right) => left / right, false],
];
const CONSTANTS = [100, 2, 1, 10, 12, 1000];
const MAX_LEAVES = 12;
const MAX_TERMS = 12_000;
/** A number that stands nowhere in the inputs must come from somewhere. */
const CONSTANT_COST = 0.5;
const MAX_FITS = 48;
const EPSILON = 1e-9;
/** Digits that outputs must show for so many operations: each more multiplies what fits by chance, each digit divides it by ten. */
const ENOUGH = { once: 3, twice: 5, often: 7 };

/** The values of one operation on two of the numbers: what a text that shows its working is made of. */
export async function singleOperations(numbers: readonly Candidate[], pace: Pace): Promise<readonly Candidate[]> {
  const leaves = leavesOf(numbers, 8);
  const terms = await combine(leaves, leaves, pace, 400);
  return terms.flatMap((term) => build(term, pace) ?? []);
}

/**
 * Expressions over the numbers that give the written outputs, by up to four operations (five for compound growth). How far the search goes depends
 * on how much the outputs say: few digits fit many expressions.
 */
export async function arithmetic(numbers: readonly Candidate[], written: WrittenNumbers, pace: Pace): Promise<readonly Candidate[]> {
  const examples = written.values.length;
  const leaves = leavesOf(numbers, examples === 1 ? 8 : MAX_LEAVES);
  const constants = (examples === 1 ? CONSTANTS.slice(0, 1) : CONSTANTS).map((value): Term => constant(value, examples));
  const inputs = leaves.length;
  if (inputs === 0) return [];
  const fits: Term[] = [];
  const tolerance = toleranceOf(written);
  const check = (term: Term): void => {
    if (term.values.every((value, index) => near(value, written.values[index] as number, tolerance))) fits.push(term);
  };

  // A constant that follows from the examples explains one of them by itself.
  if (examples > 2 || (examples > 1 && written.digits >= ENOUGH.once + 1))
    for (const term of inferredConstants(leaves, written)) check(term);
  for (const term of leaves) check(term);
  if (written.digits < ENOUGH.once) return exactly(fits, written, pace);
  const ground = [...leaves, ...constants];
  const once = await combine(ground, ground, pace, MAX_TERMS);
  const grown = written.digits < ENOUGH.twice ? [] : growths(leaves);
  for (const term of [...once, ...grown, ...(await combine(grown, leaves, pace, MAX_TERMS))]) check(term);

  if (written.digits >= ENOUGH.twice && fits.length < MAX_FITS) {
    if (pace.tired) await pace.rest();
    const twice = await combine(once.slice(0, 600), ground, pace, MAX_TERMS);
    for (const term of twice) check(term);
    if (examples > 1 && written.digits >= ENOUGH.often && fits.length === 0) {
      const rights = [...ground, ...once].sort((left, right) => (left.values[0] as number) - (right.values[0] as number));
      for (const left of [...ground, ...once, ...twice]) {
        if (pace.spent || fits.length >= MAX_FITS) break;
        if (pace.tired) await pace.rest();
        pace.spend(1);
        closeWith(left, rights, written, tolerance, check);
      }
    }
  }
  return exactly(fits, written, pace);
}

/** The likeliest of what fits, computed exactly and written as the outputs are. */
async function exactly(fits: Term[], written: WrittenNumbers, pace: Pace): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  fits.sort((left, right) => left.cost - right.cost);
  for (const term of fits.slice(0, MAX_FITS)) {
    if (pace.tired) await pace.rest();
    const exact = build(term, pace);
    if (exact) found.push(...finish(exact, written, pace));
  }
  return found;
}

function leavesOf(numbers: readonly Candidate[], limit: number): Term[] {
  const leaves: Term[] = [];
  for (const candidate of [...numbers].sort((left, right) => left.cost - right.cost)) {
    const values = floatsOf(candidate.values);
    if (values && leaves.length < limit) leaves.push({ values, cost: candidate.cost, from: candidate });
  }
  return leaves;
}

function constant(value: number, examples: number): Term {
  const numeral = new Numeral(String(value));
  const cost = literalCost(numeral) + CONSTANT_COST;
  const values = Array.from({ length: examples }, () => value);
  return { values, cost, from: { expression: { kind: "literal", value: numeral }, values: values.map(() => numeral), cost } };
}

/** All results of one operation, cheapest operands first, without commuted twins and what changes nothing. */
async function combine(lefts: readonly Term[], rights: readonly Term[], pace: Pace, limit: number): Promise<Term[]> {
  const terms: Term[] = [];
  const same = lefts === rights;
  for (const [i, left] of lefts.entries()) {
    if (pace.spent || terms.length >= limit) break;
    if (pace.overdue) await pace.rest();
    for (const [j, right] of rights.entries()) {
      if (isConstant(left) && isConstant(right)) continue;
      pace.spend(0.5);
      for (const [name, apply, commutes] of OPERATIONS) {
        if (same && commutes && j < i) continue;
        push(terms, name, apply, left, right);
        if (!same && !commutes) push(terms, name, apply, right, left);
      }
    }
  }
  return terms.sort((left, right) => left.cost - right.cost);
}

function push(terms: Term[], name: string, apply: Operation, left: Term, right: Term): void {
  const values = left.values.map((value, index) => apply(value, right.values[index] as number));
  // x * 1, x + 0, x - x and x / x compute nothing.
  if (!values.every(Number.isFinite) || sameValues(values, left.values) || sameValues(values, right.values)) return;
  if (left === right && name !== "multiply") return;
  terms.push({ values, cost: left.cost + right.cost + functionCost(name), from: { name, left, right } });
}

/** (1 + r) ^ n and (1 + r / n) ^ (n * t): compound growth, too deep to be met by chance. */
function growths(leaves: readonly Term[]): Term[] {
  const found: Term[] = [];
  const operate = (name: string, apply: Operation, left: Term, right: Term): Term => ({
    values: left.values.map((value, index) => apply(value, right.values[index] as number)),
    cost: left.cost + right.cost + functionCost(name),
    from: { name, left, right },
  });
  const one = constant(1, leaves[0]?.values.length ?? 0);
  for (const rate of leaves) {
    if (!rate.values.every((value) => value > 0 && value < 1)) continue;
    for (const times of leaves) {
      if (times === rate || !times.values.every((value) => value > 0 && value <= 1_000)) continue;
      found.push(
        operate(
          "power",
          Math.pow,
          operate("add", (left, right) => left + right, one, rate),
          times,
        ),
      );
      const periodic = operate(
        "add",
        (left, right) => left + right,
        one,
        operate("divide", (left, right) => left / right, rate, times),
      );
      for (const years of leaves) {
        if (years === rate || years === times || !years.values.every((value) => value > 0 && value <= 1_000)) continue;
        found.push(
          operate(
            "power",
            Math.pow,
            periodic,
            operate("multiply", (left, right) => left * right, times, years),
          ),
        );
      }
    }
  }
  // The cost says how odd a thing it is, and compound growth is not.
  return found.map((term) => ({ ...term, cost: term.cost * 0.8 }));
}

/** x + c, x * c, and c * x + d, where the constants follow from the examples and are short. */
function inferredConstants(leaves: readonly Term[], written: WrittenNumbers): Term[] {
  const found: Term[] = [];
  const [y0 = 0, y1 = 0] = written.values;
  const count = written.values.length;
  for (const leaf of leaves) {
    const [x0 = 0, x1 = 0] = leaf.values;
    if (x0 === x1) continue;
    const shift = short(y0 - x0);
    if (shift !== undefined && shift !== 0)
      push(found, shift > 0 ? "add" : "subtract", shift > 0 ? (a, b) => a + b : (a, b) => a - b, leaf, constant(Math.abs(shift), count));
    const factor = short(y0 / x0);
    if (factor !== undefined) push(found, "multiply", (a, b) => a * b, leaf, constant(factor, count));
    const inverse = short((x1 - x0) / (y1 - y0));
    const origin = inverse === undefined ? undefined : short(x0 - y0 * inverse);
    if (count > 2 && inverse !== undefined && origin !== undefined && origin !== 0 && Math.abs(inverse) > 1) {
      const moved: Term[] = [];
      push(moved, origin > 0 ? "subtract" : "add", origin > 0 ? (a, b) => a - b : (a, b) => a + b, leaf, constant(Math.abs(origin), count));
      for (const term of moved) push(found, "divide", (a, b) => a / b, term, constant(inverse, count));
    }
    const slope = short((y1 - y0) / (x1 - x0));
    const rest = slope === undefined ? undefined : short(y0 - slope * x0);
    if (count < 3 || slope === undefined || rest === undefined || rest === 0) continue;
    const scaled: Term[] = [];
    push(scaled, "multiply", (a, b) => a * b, leaf, constant(slope, count));
    for (const term of scaled)
      push(found, rest > 0 ? "add" : "subtract", rest > 0 ? (a, b) => a + b : (a, b) => a - b, term, constant(Math.abs(rest), count));
  }
  return found;
}

/** A constant of at most four digits, if the number is one. */
function short(value: number): number | undefined {
  const rounded = Number(value.toPrecision(10));
  return Number.isFinite(rounded) && String(Math.abs(rounded)).replace(/[.]|^0\.?0*|0+$/g, "").length <= 4 && !String(rounded).includes("e")
    ? rounded
    : undefined;
}

/** Tries the operations whose other operand is known once one operand and the output are (meet in the middle). */
function closeWith(left: Term, rights: readonly Term[], written: WrittenNumbers, tolerance: number, check: (term: Term) => void): void {
  const x = left.values[0] as number;
  const y = written.values[0] as number;
  const edges = [y - tolerance, y + tolerance] as const;
  const attempt = (name: string, apply: Operation, bounds: readonly number[], swapped: boolean): void => {
    const [low, high] = (bounds[0] as number) <= (bounds[1] as number) ? bounds : [bounds[1], bounds[0]];
    if (!Number.isFinite(low) || !Number.isFinite(high)) return;
    const slack = EPSILON * Math.max(1, Math.abs(low as number));
    for (let at = lowerBound(rights, (low as number) - slack); at < rights.length; at++) {
      const right = rights[at] as Term;
      if ((right.values[0] as number) > (high as number) + slack) break;
      const [first, second] = swapped ? [right, left] : [left, right];
      const terms: Term[] = [];
      push(terms, name, apply, first, second);
      terms.forEach(check);
    }
  };
  attempt(
    "add",
    (a, b) => a + b,
    edges.map((edge) => edge - x),
    false,
  );
  attempt(
    "subtract",
    (a, b) => a - b,
    edges.map((edge) => x - edge),
    false,
  );
  attempt(
    "subtract",
    (a, b) => a - b,
    edges.map((edge) => edge + x),
    true,
  );
  attempt(
    "multiply",
    (a, b) => a * b,
    edges.map((edge) => edge / x),
    false,
  );
  attempt(
    "divide",
    (a, b) => a / b,
    edges.map((edge) => x / edge),
    false,
  );
  attempt(
    "divide",
    (a, b) => a / b,
    edges.map((edge) => edge * x),
    true,
  );
}

function lowerBound(terms: readonly Term[], value: number): number {
  let [low, high] = [0, terms.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((terms[middle]?.values[0] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Rounding to whole numbers hides too much to be assumed of small ones.
function toleranceOf(written: WrittenNumbers): number {
  const rounded = written.places > 0 || written.values.every((value) => Math.abs(value) >= 100);
  return rounded ? 0.5 * 10 ** -written.places : 0;
}

function near(value: number, target: number, tolerance: number): boolean {
  return Math.abs(value - target) <= tolerance + EPSILON * Math.max(1, Math.abs(target));
}

function sameValues(left: readonly number[], right: readonly number[]): boolean {
  return left.every((value, index) => value === right[index]);
}

function isConstant(term: Term): boolean {
  return "expression" in term.from && term.from.expression.kind === "literal";
}

/** The exact value of a term; `undefined` when the exact computation faults. */
function build(term: Term, pace: Pace): Candidate | undefined {
  if ("expression" in term.from) return term.from;
  const left = build(term.from.left, pace);
  const right = build(term.from.right, pace);
  const result = left && right && invoke(pace, term.from.name, left, right);
  return result && { ...result, cost: term.cost };
}
