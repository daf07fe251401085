/**
 * What can be read out of the inputs as it stands: variables, paths into JSON, and questions asked of lists.
 */
import { type Json, type JsonObject, Numeral } from "../../template/json.js";
import type { Pace } from "../schedule/pace.js";
import { type Bank, type Candidate, invoke, quoted, scalarTexts, whole } from "./candidate.js";
import { literalCost, VARIABLE_COST } from "./cost.js";
import type { Example } from "./example.js";

const MAX_DEPTH = 5;
const MAX_KEYS = 24;
const MAX_CONSTANTS = 4;
/** Functions that give a part or another order of a list: one of them is enough in a path. */
const SELECTING: ReadonlySet<string> = new Set([
  "filter",
  "find",
  "sort_by",
  "max_by",
  "min_by",
  "sort",
  "unique",
]);
const SEPARATORS = [", ", ",", " ", "; ", " and ", "\n", " | ", "-", "/"];

/**
 * Fills the bank with the inputs that every example has, and what lies inside those that are lists or
 * objects.
 */
export async function collectAtoms(examples: readonly Example[], bank: Bank, pace: Pace): Promise<void> {
  const [first, ...rest] = examples;
  const names = [...(first?.inputs.keys() ?? [])].filter((name) =>
    rest.every((example) => example.inputs.has(name)),
  );
  const variables = names.map(
    (name): Candidate => ({
      expression: { kind: "variable", name },
      values: examples.map((example) => example.inputs.get(name) ?? null),
      cost: VARIABLE_COST,
    }),
  );
  // Plain inputs first: they are what an item of a list may be found by.
  const isPlain = (candidate: Candidate): boolean => scalarTexts(candidate.values) !== undefined;
  const plain = variables.filter(isPlain);
  for (const candidate of plain) bank.add(candidate);
  const queue = variables
    .filter((candidate) => !isPlain(candidate))
    .map((candidate) => ({ candidate, depth: 0 }));
  for (let item = queue.shift(); item && !pace.spent; item = queue.shift()) {
    if (!bank.add(item.candidate) || item.depth >= MAX_DEPTH) continue;
    for (const inner of await insideOf(item.candidate, plain, pace)) {
      if (!SELECTING.has(lastCall(inner)) || !SELECTING.has(lastCall(item.candidate)))
        queue.push({ candidate: inner, depth: item.depth + 1 });
    }
    if (pace.tired) await pace.rest();
  }
}

async function insideOf(
  candidate: Candidate,
  plain: readonly Candidate[],
  pace: Pace,
): Promise<readonly Candidate[]> {
  const found: (Candidate | undefined)[] = [];
  const ask = (name: string, ...args: Parameters<typeof invoke>[2][]): Candidate | undefined => {
    const result = invoke(pace, name, candidate, ...args);
    found.push(result);
    return result;
  };

  if (candidate.values.every((value) => value instanceof Map)) {
    for (const key of sharedKeys(candidate.values)) ask("get", quoted(key));
    return present(found);
  }
  if (!candidate.values.every((value) => Array.isArray(value))) return [];

  const lists = candidate.values as readonly Json[][];
  for (const index of [0, -1, 1, 2]) ask("get", whole(index));
  ask("count");
  const items = lists.flat();
  if (items.length === 0) return present(found);
  if (items.every((item) => item instanceof Map)) {
    const keys = sharedKeys(items);
    for (const key of keys) {
      if (pace.spent) break;
      if (pace.overdue) await pace.rest();
      const values = items.map((item) => (item as JsonObject).get(key) as Json);
      const texts = scalarTexts(values);
      ask("map", quoted(key));
      if (!texts) continue;
      if (lists.some((list) => list.length > 1)) {
        ask("max_by", quoted(key));
        ask("min_by", quoted(key));
        ask("sort_by", quoted(key));
      }
      for (const wanted of plain) {
        ask("find", quoted(key), wanted);
        ask("filter", quoted(key), wanted);
      }
      for (const value of recurring(values, texts)) {
        ask("filter", quoted(key), { constant: value });
        ask("find", quoted(key), { constant: value });
      }
    }
  } else if (scalarTexts(items)) {
    for (const separator of SEPARATORS) ask("join", quoted(separator));
    ask("unique");
    ask("sort");
    if (items.every((item) => item instanceof Numeral)) for (const name of ["sum", "average"]) ask(name);
  }
  return present(found);
}

/** The keys that every object has, in the order of the first. */
function sharedKeys(objects: readonly Json[]): readonly string[] {
  const [first, ...rest] = objects as readonly JsonObject[];
  return [...(first?.keys() ?? [])]
    .filter((key) => rest.every((object) => object.has(key)))
    .slice(0, MAX_KEYS);
}

/** Status-like values of a key: short, and seen again or a boolean. The likeliest first. */
function recurring(values: readonly Json[], texts: readonly string[]): readonly Json[] {
  const counts = new Map<string, { value: Json; count: number }>();
  values.forEach((value, index) => {
    const text = texts[index] as string;
    const entry = counts.get(text);
    if (entry) entry.count++;
    else if (text.length <= 24) counts.set(text, { value, count: 1 });
  });
  if (counts.size > 12) return [];
  return [...counts.values()]
    .filter(({ value, count }) => count > 1 || typeof value === "boolean")
    .sort((left, right) => right.count - left.count || literalCost(left.value) - literalCost(right.value))
    .slice(0, MAX_CONSTANTS)
    .map((entry) => entry.value);
}

function lastCall({ expression }: Candidate): string {
  return expression.kind === "call" ? expression.name : "";
}

function present(candidates: readonly (Candidate | undefined)[]): readonly Candidate[] {
  return candidates.filter((candidate) => candidate !== undefined);
}
