/**
 * Numbers computed from numbers: sums, products, quotients and powers of the inputs and of a few constants.
 */

import type { Pace } from "../schedule/pace.js";
import { type Candidate, invoke } from "./candidate.js";
import { floatsOf } from "./conversions.js";
import { functionCost } from "./cost.js";
import { completions, type Sorted, sortTerms } from "./meet.js";
import {
  ADD,
  applied,
  combine,
  constant,
  DIVIDE,
  MULTIPLY,
  type Operation,
  operate,
  SUBTRACT,
  type Term,
} from "./terms.js";
import { finish, type WrittenNumbers } from "./written-number.js";

const CONSTANTS = [100, 2, 1, 10, 12, 60, 1000];
const MAX_LEAVES = 12;
const MAX_TERMS = 8_000;
const MAX_FITS = 48;
const EPSILON = 1e-9;
/**
 * Digits that outputs must show for so many operations: each more multiplies what fits by chance, each digit
 * divides it by ten.
 */
const ENOUGH = { once: 3, twice: 5, often: 7 };

/** The values of one operation on two of the numbers: what a text that shows its working is made of. */
export async function singleOperations(
  numbers: readonly Candidate[],
  pace: Pace,
): Promise<readonly Candidate[]> {
  const leaves = leavesOf(numbers, 8);
  const terms = await combine(leaves, leaves, { pace, limit: 400 });
  // The next number and the one before.
  const one = constant(1, leaves[0]?.values.length ?? 0);
  const beside = leaves.flatMap((leaf) => [
    applied(ADD, leaf, one) ?? [],
    applied(SUBTRACT, leaf, one) ?? [],
  ]);
  return [...terms, ...beside.flat()].flatMap((term) => build(term, pace) ?? []);
}

/**
 * Expressions over the numbers that give the written outputs, by up to four operations (five for compound
 * growth). How far the search goes depends on how much the outputs say: few digits fit many expressions.
 */
export async function arithmetic(
  numbers: readonly Candidate[],
  written: WrittenNumbers,
  pace: Pace,
): Promise<readonly Candidate[]> {
  const examples = written.values.length;
  const leaves = leavesOf(numbers, examples === 1 ? 8 : MAX_LEAVES);
  // A mean divides by how many there are.
  const meanOf = leaves.length > 2 && examples > 1 ? [leaves.length] : [];
  const constants = [...new Set([...(examples === 1 ? CONSTANTS.slice(0, 1) : CONSTANTS), ...meanOf])].map(
    (value): Term => constant(value, examples),
  );
  const inputs = leaves.length;
  if (inputs === 0) return [];
  const fits: Term[] = [];
  const tolerance = toleranceOf(written);
  const check = (term: Term): void => {
    if (term.values.every((value, index) => near(value, written.values[index] as number, tolerance)))
      fits.push(term);
  };

  // A constant that follows from the examples explains one of them by itself.
  if (examples > 2 || (examples > 1 && written.digits >= ENOUGH.once + 1))
    for (const term of inferredConstants(leaves, written)) check(term);
  for (const term of leaves) check(term);
  if (written.digits < ENOUGH.once) return exactly(fits, written, pace);
  const ground = [...leaves, ...constants];
  const once = await combine(ground, ground, { pace, limit: MAX_TERMS });
  const grown = written.digits < ENOUGH.twice ? [] : growths(leaves);
  for (const term of [...once, ...grown, ...(await combine(grown, leaves, { pace, limit: MAX_TERMS }))])
    check(term);

  if (fits.length === 0 && examples > 2) for (const term of divisions(leaves, constants)) check(term);
  if (written.digits >= ENOUGH.twice) await complete(once, sortTerms(ground));
  if (written.digits >= ENOUGH.often && examples > 1 && fits.length === 0) {
    const twice = await combine(once.slice(0, 600), ground, { pace, limit: MAX_TERMS });
    await complete([...once, ...twice], sortTerms([...ground, ...once]));
  }
  return exactly(fits, written, pace);

  async function complete(terms: readonly Term[], others: Sorted): Promise<void> {
    for (const term of terms) {
      if (pace.spent || fits.length >= MAX_FITS) return;
      if (pace.tired) await pace.rest();
      pace.spend(1);
      completions(term, others, { result: written.values[0] as number, tolerance }).forEach(check);
    }
  }
}

const MODULO: Operation = { name: "modulo", apply: (left, right) => left % right };
const POWER: Operation = { name: "power", apply: Math.pow };

/** How often one whole number goes into another, and what is left over. */
function divisions(leaves: readonly Term[], constants: readonly Term[]): Term[] {
  const areWhole = ({ values }: Term): boolean =>
    values.every((value) => Number.isInteger(value) && value > 0);
  return leaves.filter(areWhole).flatMap((left) =>
    [...leaves, ...constants]
      .filter((right) => right !== left && areWhole(right))
      .flatMap((right): Term[] => {
        const quotient = operate(DIVIDE, left, right);
        const rounded = (name: string, round: (value: number) => number): Term => ({
          values: quotient.values.map(round),
          cost: quotient.cost + functionCost(name),
          from: { name, of: quotient },
        });
        return [operate(MODULO, left, right), rounded("floor", Math.floor), rounded("ceil", Math.ceil)];
      }),
  );
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

/** The likeliest numbers, with one alternative where two always were the same. */
function leavesOf(numbers: readonly Candidate[], limit: number): Term[] {
  const leaves: Term[] = [];
  const seen = new Map<string, number>();
  for (const candidate of [...numbers].sort((left, right) => left.cost - right.cost)) {
    const values = floatsOf(candidate.values);
    const key = values?.join() ?? "";
    const times = seen.get(key) ?? 0;
    if (!values || times > 1 || leaves.length >= limit) continue;
    seen.set(key, times + 1);
    leaves.push({ values, cost: candidate.cost, from: candidate });
  }
  return leaves;
}

/** (1 + r) ^ n and (1 + r / n) ^ (n * t): compound growth, too deep to be met by chance. */
function growths(leaves: readonly Term[]): Term[] {
  const found: Term[] = [];
  const one = constant(1, leaves[0]?.values.length ?? 0);
  for (const rate of leaves) {
    if (!rate.values.every((value) => value > 0 && value < 1)) continue;
    for (const times of leaves) {
      if (times === rate || !times.values.every((value) => value > 0 && value <= 1_000)) continue;
      found.push(operate(POWER, operate(ADD, one, rate), times));
      const periodic = operate(ADD, one, operate(DIVIDE, rate, times));
      for (const years of leaves) {
        if (years === rate || years === times || !years.values.every((value) => value > 0 && value <= 1_000))
          continue;
        found.push(operate(POWER, periodic, operate(MULTIPLY, times, years)));
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
  /** A term with something done by a constant, if that is anything. */
  const by = (operation: Operation, term: Term | undefined, value: number): Term | undefined =>
    term && applied(operation, term, constant(value, count));
  const shifted = (term: Term | undefined, shift: number): Term | undefined =>
    by(shift > 0 ? ADD : SUBTRACT, term, Math.abs(shift));
  const add = (term: Term | undefined) => term && found.push(term);
  for (const leaf of leaves) {
    const [x0 = 0, x1 = 0] = leaf.values;
    if (x0 === x1) continue;
    const shift = short(y0 - x0);
    if (shift !== undefined && shift !== 0) add(shifted(leaf, shift));
    const factor = short(y0 / x0);
    if (factor !== undefined) add(by(MULTIPLY, leaf, factor));
    const inverse = short((x1 - x0) / (y1 - y0));
    const origin = inverse === undefined ? undefined : short(x0 - y0 * inverse);
    if (count > 2 && inverse !== undefined && origin !== undefined && origin !== 0 && Math.abs(inverse) > 1)
      add(by(DIVIDE, shifted(leaf, -origin), inverse));
    const slope = short((y1 - y0) / (x1 - x0));
    const rest = slope === undefined ? undefined : short(y0 - slope * x0);
    if (count < 3 || slope === undefined || rest === undefined || rest === 0) continue;
    add(shifted(by(MULTIPLY, leaf, slope), rest));
  }
  return found;
}

/** A constant of at most four digits, if the number is one. */
function short(value: number): number | undefined {
  const rounded = Number(value.toPrecision(10));
  return Number.isFinite(rounded) &&
    String(Math.abs(rounded)).replace(/[.]|^0\.?0*|0+$/g, "").length <= 4 &&
    !String(rounded).includes("e")
    ? rounded
    : undefined;
}

// Rounding to whole numbers hides too much to be assumed of small ones.
function toleranceOf(written: WrittenNumbers): number {
  const rounded = written.places > 0 || written.values.every((value) => Math.abs(value) >= 100);
  return rounded ? 0.5 * 10 ** -written.places : 0;
}

function near(value: number, target: number, tolerance: number): boolean {
  return Math.abs(value - target) <= tolerance + EPSILON * Math.max(1, Math.abs(target));
}

/** The exact value of a term; `undefined` when the exact computation faults. */
function build(term: Term, pace: Pace): Candidate | undefined {
  if ("expression" in term.from) return term.from;
  if ("of" in term.from) {
    const inner = build(term.from.of, pace);
    const result = inner && invoke(pace, term.from.name, inner);
    return result && { ...result, cost: term.cost };
  }
  const left = build(term.from.left, pace);
  const right = build(term.from.right, pace);
  const result = left && right && invoke(pace, term.from.name, left, right);
  return result && { ...result, cost: term.cost };
}
