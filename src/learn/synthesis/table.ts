/** The last resort: a table of what was seen. */

import { type Expression, variable } from "../../template/derivation/expression.js";
import type { Json } from "../../template/json.js";
import { equalJson } from "../../template/json.js";
import { type Candidate, invoke, scalarTexts } from "./candidate.js";
import type { Example } from "./example.js";
import type { Pace } from "./pace.js";

const MAX_KEYS = 200;

/**
 * A table from an input to the outputs, where the same key always came with the same output, and did so at least twice
 * for some key. It answers for the keys seen and faults on every other.
 */
export function tables(atoms: readonly Candidate[], outputs: readonly Json[], pace: Pace): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const atom of atoms) {
    const table = tableOf(atom, outputs);
    const result = table && invoke(pace, "lookup", atom, { constant: table });
    if (result) found.push(result);
  }
  return found;
}

function tableOf(atom: Pick<Candidate, "values">, outputs: readonly Json[]): Map<string, Json> | undefined {
  const keys = scalarTexts(atom.values);
  if (!keys) return undefined;
  const table = new Map<string, Json>();
  for (const [index, key] of keys.entries()) {
    const output = outputs[index] as Json;
    const known = table.get(key);
    if (known !== undefined && !equalJson(known, output)) return undefined;
    table.set(key, output);
  }
  // One key is no table, and keys that never came back prove nothing.
  return table.size > 1 && table.size < keys.length && table.size <= MAX_KEYS ? table : undefined;
}

/** The same over whole examples: one table for each input that determines the output, as far as was seen. */
export function tablesOf(examples: readonly Example[]): Expression[] {
  const outputs = examples.map(({ output }) => output);
  const names = [...(examples[0]?.inputs.keys() ?? [])];
  return names.flatMap((name): Expression[] => {
    const table = tableOf({ values: examples.map(({ inputs }) => inputs.get(name) ?? null) }, outputs);
    return table ? [{ kind: "call", name: "lookup", args: [variable(name), { kind: "literal", value: table }] }] : [];
  });
}
