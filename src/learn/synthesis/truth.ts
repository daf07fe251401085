/** Booleans computed from the inputs: comparisons with a constant, between two inputs, and emptiness. */
import type { Json, Numeral } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Argument, allNumbers, type Candidate, invoke, scalarTexts, textsOf } from "./candidate.js";

const MAX_ATOMS = 60;

/**
 * Conditions that are true exactly where the outputs are. Both `true` and `false` must have been seen. A
 * limit between two numbers is taken at each side of the gap, so that a value inside it has no unanimous
 * answer.
 */
export function truths(
  atoms: readonly Candidate[],
  outputs: readonly Json[],
  pace: Pace,
): readonly Candidate[] {
  if (new Set(outputs).size < 2) return [];
  const found: (Candidate | undefined)[] = [];
  const ask = (name: string, ...args: readonly Argument[]): void => {
    const result = invoke(pace, name, ...args);
    if (result?.values.every((value, index) => value === outputs[index])) found.push(result);
  };
  const negated = outputs.map((output) => !output);
  // Two numbers that are written as text are compared as numbers.
  const tried = atoms.slice(0, MAX_ATOMS).map((atom) => ({ atom, number: numberOf(atom, pace) }));

  for (const [index, { atom, number }] of tried.entries()) {
    if (pace.spent) break;
    if (atom.values.every((value, index) => value === negated[index])) ask("not", atom);
    if (
      atom.values.every((value) => Array.isArray(value) || value instanceof Map || typeof value === "string")
    ) {
      const empty = invoke(pace, "empty", atom);
      ask("empty", atom);
      if (empty) ask("not", empty);
    }
    for (const constant of sharedValue(atom, outputs, true)) ask("equal", atom, { constant });
    for (const constant of sharedValue(atom, outputs, false)) ask("unequal", atom, { constant });
    if (number)
      thresholds(number, outputs).forEach(([name, constant]) => {
        ask(name, number, { constant });
      });
    for (const other of tried.slice(0, index)) {
      for (const name of ["equal", "unequal"]) ask(name, other.atom, atom);
      const [left, right] = number && other.number ? [other.number, number] : [other.atom, atom];
      for (const name of ["less", "more", "at_most", "at_least"]) ask(name, left, right);
      ask("contains", atom, other.atom);
      ask("contains", other.atom, atom);
    }
  }
  return found.filter((candidate) => candidate !== undefined);
}

/** A candidate as numbers, where all its values are some; a text is read as one. */
function numberOf(atom: Candidate, pace: Pace): Candidate | undefined {
  return allNumbers(atom) ? atom : textsOf(atom) && invoke(pace, "number", atom);
}

/** The one value a scalar has wherever the output is `truth`, if it has no other there. */
function sharedValue(atom: Candidate, outputs: readonly Json[], truth: boolean): readonly Json[] {
  const texts = scalarTexts(atom.values);
  if (!texts) return [];
  const where = texts.flatMap((_, index) => (outputs[index] === truth ? [index] : []));
  const [first] = where;
  return first !== undefined && new Set(where.map((index) => texts[index])).size === 1
    ? [atom.values[first] as Json]
    : [];
}

function thresholds(
  number: Candidate,
  outputs: readonly Json[],
): readonly (readonly [name: string, constant: Json])[] {
  const pairs = number.values.map((value, index) => ({
    value: Number((value as Numeral).raw),
    raw: value,
    truth: outputs[index] === true,
  }));
  const whenTrue = pairs.filter((pair) => pair.truth).sort((left, right) => left.value - right.value);
  const whenFalse = pairs.filter((pair) => !pair.truth).sort((left, right) => left.value - right.value);
  const [lowTrue, highTrue, lowFalse, highFalse] = [
    whenTrue[0],
    whenTrue.at(-1),
    whenFalse[0],
    whenFalse.at(-1),
  ];
  if (!lowTrue || !highTrue || !lowFalse || !highFalse) return [];
  if (lowTrue.value > highFalse.value)
    return [
      ["more", highFalse.raw],
      ["at_least", lowTrue.raw],
    ];
  if (highTrue.value < lowFalse.value)
    return [
      ["less", lowFalse.raw],
      ["at_most", highTrue.raw],
    ];
  return [];
}
