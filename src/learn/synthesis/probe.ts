/** Tells hypotheses apart by what they do on inputs like those seen. */
import { type EvaluateOptions, evaluate } from "../../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../../template/derivation/expression.js";
import { canonicalJson, type Json, Numeral } from "../../template/json.js";
import type { Example } from "./example.js";

/**
 * Inputs made from the examples: other case, more words and fewer, other numbers, longer and shorter lists.
 */
export function probesOf(examples: readonly Example[]): readonly Bindings[] {
  const changes: readonly ((value: Json, depth: number) => Json)[] = [
    onText((text) => (text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase())),
    onText((text) => `${text} zorK 7`),
    onText((text) => /[\p{L}\p{N}]+/u.exec(text)?.[0] ?? text),
    onText((text) =>
      /^\d{4}-\d{2}-\d{2}$/.test(text)
        ? "2031-02-17"
        : text.replace(/\d/g, (digit) => String((Number(digit) * 3 + 7) % 10)),
    ),
    onText((text) => text.replace(/\d{2,}/g, (digits) => `0${digits.slice(1)}`)),
    onNumber((raw) => String(Math.round(Number(raw) * 137 + 1) / 100)),
    onNumber((raw) => String(Math.round(Number(raw)) + 3)),
    onList((list) => list.toReversed()),
    onList((list) => [...list, ...list.slice(0, 2)]),
    onList((list) => list.slice(1)),
  ];
  const [first, second] = examples;
  if (!first) return [];
  const probes: Bindings[] = examples
    .slice(0, 2)
    .flatMap(({ inputs }) => changes.map((change) => changed(inputs, change)));
  // Conditions part beside the examples that stand next to a limit, whichever these are.
  const near = examples.slice(
    0,
    examples.every(({ output }) => typeof output === "boolean") ? MAX_NEAR_LIMIT : MAX_NEAR,
  );
  for (const { inputs } of near)
    for (const step of [-1, 1])
      probes.push(
        changed(
          inputs,
          onNumber((raw) => String(Number(raw) + step)),
        ),
      );
  // One input at a time, to see which of them a hypothesis reads.
  const singly = first.inputs.size > 1 ? [...first.inputs.keys()].slice(0, MAX_SINGLY) : [];
  for (const name of singly) {
    const value = first.inputs.get(name) ?? null;
    const others = [
      second?.inputs.get(name) ?? null,
      ...changes.slice(0, SINGLE_CHANGES).map((change) => change(value, 0)),
    ];
    for (const other of others) probes.push(new Map([...first.inputs, [name, other]]));
  }
  return probes;
}

function changed(inputs: Bindings, change: Change): Bindings {
  return new Map([...inputs].map(([name, value]) => [name, change(value, 0)]));
}

const MAX_NEAR = 4;
const MAX_NEAR_LIMIT = 64;
const MAX_SINGLY = 6;
const SINGLE_CHANGES = 4;

/** What an expression does on probes, as a text that is equal for those that do the same. */
export function behaviour(
  expression: Expression,
  probes: readonly Bindings[],
  options: EvaluateOptions,
): string {
  return probes
    .map((bindings) => {
      const result = evaluate(expression, bindings, options);
      return result.ok ? canonicalJson(result.value) : "!";
    })
    .join("\n");
}

type Change = (value: Json, depth: number) => Json;

function onText(change: (text: string) => string): Change {
  return onLeaves((leaf) => (typeof leaf === "string" ? change(leaf) : leaf));
}

// Numbers written as text are numbers too.
function onNumber(change: (raw: string) => string): Change {
  return onLeaves((leaf) => {
    if (leaf instanceof Numeral)
      return Number.isFinite(Number(leaf.raw)) ? new Numeral(change(leaf.raw)) : leaf;
    return typeof leaf === "string" ? leaf.replace(/\d+(?:\.\d+)?/g, change) : leaf;
  });
}

function onList(change: (list: readonly Json[]) => Json[]): Change {
  const walk: Change = (value) => {
    if (Array.isArray(value)) return change(value);
    return value instanceof Map ? new Map([...value].map(([key, item]) => [key, walk(item, 0)])) : value;
  };
  return walk;
}

function onLeaves(change: (leaf: Json) => Json): Change {
  const walk: Change = (value, depth) => {
    if (depth > 6) return value;
    if (Array.isArray(value)) return value.map((item) => walk(item, depth + 1));
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, walk(item, depth + 1)]));
    return change(value);
  };
  return walk;
}
