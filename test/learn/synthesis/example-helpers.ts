/** Writes examples as plain JavaScript values in the tests of synthesis. */
import {
  type Example,
  type Hypothesis,
  type SynthesisOptions,
  synthesise,
} from "../../../src/learn/synthesis/index.js";
import { printExpression } from "../../../src/template/derivation/print.js";
import { unanimous } from "../../../src/template/derivation/unanimous.js";
import { fromJavaScript, type Json, printJson } from "../../../src/template/json.js";

/** Inputs by name, and the output. Numbers keep the digits JavaScript prints; for others, hand in `Json`. */
export type Row = readonly [inputs: Readonly<Record<string, unknown>>, output: unknown];

export function json(value: unknown): Json {
  return fromJavaScript(value) ?? null;
}

export function inputsOf(inputs: Readonly<Record<string, unknown>>): Map<string, Json> {
  return new Map(Object.entries(inputs).map(([name, value]) => [name, json(value)]));
}

export function examplesOf(rows: readonly Row[]): Example[] {
  return rows.map(([inputs, output]) => ({ inputs: inputsOf(inputs), output: json(output) }));
}

export async function learn(
  rows: readonly Row[],
  options?: SynthesisOptions,
): Promise<readonly Hypothesis[]> {
  return synthesise(examplesOf(rows), options);
}

export function printed(hypotheses: readonly Hypothesis[]): string[] {
  return hypotheses.map((hypothesis) => printExpression(hypothesis.expression));
}

/** What would be served for other inputs: the JSON text on which all hypotheses agree, or `miss`. */
export function served(hypotheses: readonly Hypothesis[], inputs: Readonly<Record<string, unknown>>): string {
  const value = unanimous(
    hypotheses.map((hypothesis) => hypothesis.expression),
    inputsOf(inputs),
  );
  return value === undefined ? "miss" : printJson(value);
}
