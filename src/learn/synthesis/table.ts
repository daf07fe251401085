/** The last resort: a table of what was seen. */

import { type Expression, variable } from "../../template/derivation/expression.js";
import type { Json } from "../../template/json.js";
import { canonicalJson, equalJson } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Candidate, invoke, scalarTexts } from "./candidate.js";
import type { Example } from "./example.js";

const MAX_KEYS = 200;

/**
 * A table from an input to the outputs, where the same key always came with the same output, and keys came
 * back more often than chance explains. It answers for the keys seen and faults on every other.
 */
export function tables(
  atoms: readonly Candidate[],
  outputs: readonly Json[],
  pace: Pace,
): readonly Candidate[] {
  const found: Candidate[] = [];
  const told = toldApart(outputs);
  for (const atom of atoms) {
    pace.spend(1 + outputs.length / KEYS);
    const table = tableOf(atom, outputs, told);
    const result = table && invoke(pace, "lookup", atom, { constant: table });
    if (result) found.push(result);
  }
  return found;
}

// How many keys are looked at in the time of a step.
const KEYS = 8;

/**
 * For each output the position of the first that equals it. Outputs may be large, and are asked for by every
 * atom.
 */
function toldApart(outputs: readonly Json[]): readonly number[] {
  const firsts = new Map<string, number>();
  return outputs.map((output, index) => {
    const text = canonicalJson(output);
    const first = firsts.get(text) ?? index;
    firsts.set(text, first);
    return first;
  });
}

function tableOf(
  atom: Pick<Candidate, "values">,
  outputs: readonly Json[],
  told: readonly number[] = toldApart(outputs),
): Map<string, Json> | undefined {
  const keys = scalarTexts(atom.values);
  if (!keys) return undefined;
  const table = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const output = told[index] as number;
    const known = table.get(key);
    if (known !== undefined && known !== output) return undefined;
    table.set(key, output);
  }
  if (
    table.size < 2 ||
    table.size > MAX_KEYS ||
    chanceOf([...table.values()], keys.length - table.size) > MAX_CHANCE
  )
    return undefined;
  return new Map([...table].map(([key, output]) => [key, outputs[output] as Json]));
}

// How likely it may be that all keys that came back did so with the same output by chance.
const MAX_CHANCE = 0.2;

/**
 * The chance that keys which came back so often got the same output again, if the outputs had nothing to do
 * with them.
 */
function chanceOf(outputs: readonly number[], returns: number): number {
  const counts = new Map<number, number>();
  for (const output of outputs) counts.set(output, (counts.get(output) ?? 0) + 1);
  return (Math.max(...counts.values()) / outputs.length) ** returns;
}

/** The same over whole examples: one table for each input that determines the output, as far as was seen. */
export function tablesOf(examples: readonly Example[]): Expression[] {
  const outputs = examples.map(({ output }) => output);
  // A value that mostly stands in the inputs was chosen among them: to know the choices made is not to know
  // the next.
  const chosen = examples.filter(({ inputs, output }) =>
    [...inputs.values()].some((value) => equalJson(value, output)),
  );
  if (chosen.length * 2 > examples.length) return [];
  const names = [...(examples[0]?.inputs.keys() ?? [])];
  const told = toldApart(outputs);
  return names.flatMap((name): Expression[] => {
    const table = tableOf({ values: examples.map(({ inputs }) => inputs.get(name) ?? null) }, outputs, told);
    return table
      ? [{ kind: "call", name: "lookup", args: [variable(name), { kind: "literal", value: table }] }]
      : [];
  });
}
