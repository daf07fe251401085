/**
 * Which calls of a reply are one call made for each item of a list, and what of the item each of their
 * arguments holds.
 */
import { evaluate } from "../../template/derivation/evaluate.js";
import { callOf, type Expression, variable } from "../../template/derivation/expression.js";
import { printExpression } from "../../template/derivation/print.js";
import { equalJson, type Json, Numeral, scalarText } from "../../template/json.js";
import type { Hole } from "../../template/template.js";
import type { Part, Turn } from "../../template/turn.js";
import { isBoundary } from "./bind-values.js";
import { Spans } from "./forms.js";
import { commonPaths } from "./lists.js";
import { type Path, pathFrom, valueAt } from "./result-paths.js";
import type { Claim } from "./sites.js";

/** Calls of one tool, one after the other, with the same arguments but for their values. */
export interface Run {
  /** Where the first of them stands in the reply. */
  readonly first: number;
  readonly count: number;
  /** The arguments that are not the same in all of them. */
  readonly varying: readonly Column[];
  /** Those that are. */
  readonly constant: readonly Column[];
}

/** What the calls of a run have at one place of their arguments: a scalar for each. */
export interface Column {
  readonly path: Path;
  readonly values: readonly Json[];
}

/** The runs of two calls and more in a reply. */
export function runsOf(said: Turn): Run[] {
  const runs: Run[] = [];
  for (let first = 0; first < said.parts.length; ) {
    const part = said.parts[first] as Part;
    if (part.kind !== "call") {
      first++;
      continue;
    }
    const all: Json[] = [];
    for (
      let next = said.parts[first];
      next?.kind === "call" && next.tool === part.tool;
      next = said.parts[first + all.length]
    )
      all.push(next.args);
    const columns = all.length > 1 ? columnsOf(all) : undefined;
    if (columns) {
      const isConstant = ({ values }: Column): boolean =>
        values.every((value) => equalJson(value, values[0] as Json));
      const varying = columns.filter((column) => !isConstant(column));
      if (varying.length > 0)
        runs.push({ first, count: all.length, varying, constant: columns.filter(isConstant) });
    }
    first += all.length;
  }
  return runs;
}

/** The scalars of values of one structure, side by side; `undefined` if they differ in more than scalars. */
function columnsOf(values: readonly Json[], path: Path = []): Column[] | undefined {
  const [first] = values;
  if (first instanceof Map) {
    if (!values.every((value) => value instanceof Map && value.size === first.size)) return undefined;
    return joined([...first.keys()], (key) => {
      const inner = values.map((value) => valueAt(value, [key]));
      return inner.includes(undefined) ? undefined : columnsOf(inner as Json[], [...path, key]);
    });
  }
  if (Array.isArray(first)) {
    if (!values.every((value) => Array.isArray(value) && value.length === first.length)) return undefined;
    return joined([...first.keys()], (index) =>
      columnsOf(
        values.map((value) => (value as Json[])[index] as Json),
        [...path, index],
      ),
    );
  }
  return values.some((value) => value instanceof Map || Array.isArray(value))
    ? undefined
    : [{ path, values }];
}

function joined<Step>(
  steps: readonly Step[],
  columnsAt: (step: Step) => Column[] | undefined,
): Column[] | undefined {
  const all: Column[] = [];
  for (const step of steps) {
    const columns = columnsAt(step);
    if (!columns) return undefined;
    all.push(...columns);
  }
  return all;
}

/** A part of an item under a path, as text for each item. */
interface Field {
  readonly path: readonly string[];
  readonly texts: readonly string[];
}

/**
 * What the arguments of a run hold of the items, as places in the first call; `undefined` if an argument does
 * not follow from them.
 */
export function claimsOf(
  columns: readonly Column[],
  items: readonly Json[],
  item: string,
): Map<Column, Claim<Hole>[]> | undefined {
  const claims = new Map<Column, Claim<Hole>[]>();
  for (const column of columns) {
    const found =
      wholeClaim(column, items, item) ?? insideClaims(column, items, item) ?? formClaim(column, items, item);
    if (!found) return undefined;
    claims.set(column, found);
  }
  return claims;
}

/** The argument is a value of the item, as a number or as text. */
export function wholeClaim(
  { values }: Column,
  items: readonly Json[],
  item: string,
): Claim<Hole>[] | undefined {
  const paths = commonPaths(items, (found) =>
    found.every((value, index) => sameScalar(value, values[index] as Json)),
  );
  if (paths.length === 0) return undefined;
  const hypotheses = paths.slice(0, MAX_WAYS).map((path) => {
    const read = pathFrom(variable(item), path);
    const source = valueAt(items[0] as Json, path) as Json;
    if (equalJson(source, values[0] as Json)) return read;
    return callOf(values[0] instanceof Numeral ? "from_json" : "text", read);
  });
  return [{ start: 0, end: lengthOf(values[0] as Json), place: { hypotheses } }];
}

const MAX_WAYS = 4;

function sameScalar(left: Json, right: Json): boolean {
  if (equalJson(left, right)) return left !== null;
  const isNumeral = left instanceof Numeral || right instanceof Numeral;
  return isNumeral && scalarText(left) !== undefined && scalarText(left) === scalarText(right);
}

function lengthOf(value: Json): number {
  return scalarText(value)?.length ?? "null".length;
}

/** The argument is a text with values of the item in it, and the same text around them each time. */
function insideClaims({ values }: Column, items: readonly Json[], item: string): Claim<Hole>[] | undefined {
  if (!values.every((value) => typeof value === "string")) return undefined;
  const fields = fieldsOf(items).sort((left, right) => lengthIn(right) - lengthIn(left));
  const cuts = (values as string[]).map((text, index) => cutsOf(text, fields, index));
  const [first] = cuts;
  if (
    !first ||
    first.length === 0 ||
    cuts.some(
      (cut, index) => formAround(cut, values[index] as string) !== formAround(first, values[0] as string),
    )
  )
    return undefined;
  return first.map(({ start, end, field }) => {
    const read = pathFrom(variable(item), field.path);
    return { start, end, place: { hypotheses: [read] } };
  });
}

const lengthIn = ({ texts }: Field): number => texts.reduce((sum, text) => sum + text.length, 0);

/** The fields whose texts tell one item from another. */
function fieldsOf(items: readonly Json[]): Field[] {
  const paths = commonPaths(items, (found) => found.every((value) => (scalarText(value) ?? "").length > 1));
  return paths
    .map((path) => ({ path, texts: items.map((each) => scalarText(valueAt(each, path) as Json) as string) }))
    .filter(({ texts }) => new Set(texts).size > 1);
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly field: Field;
}

/** Where the fields of one item stand in a text, those that are longest first. */
function cutsOf(text: string, fields: readonly Field[], index: number): Cut[] {
  const cuts: Cut[] = [];
  for (const field of fields) {
    const sought = field.texts[index] as string;
    for (let start = text.indexOf(sought); start >= 0; start = text.indexOf(sought, start + sought.length)) {
      const end = start + sought.length;
      const isFree = cuts.every((cut) => end <= cut.start || cut.end <= start);
      if (isFree && isBoundary(text, start) && isBoundary(text, end)) cuts.push({ start, end, field });
    }
  }
  return cuts.sort((left, right) => left.start - right.start);
}

/** Equal for texts that differ in what is cut out of them alone. */
function formAround(cuts: readonly Cut[], text: string): string {
  let at = 0;
  const form = cuts.map(({ start, end, field }) => {
    const before = text.slice(at, start);
    at = end;
    return [before, field.path];
  });
  return JSON.stringify([...form, text.slice(at)]);
}

/** The argument is a value of the item in another form: another case, a date in words. */
function formClaim({ values }: Column, items: readonly Json[], item: string): Claim<Hole>[] | undefined {
  for (const { path, texts } of fieldsOf(items)) {
    const ways = formsBetween(texts, values, pathFrom(variable(item), path));
    if (ways.length > 0) return [{ start: 0, end: lengthOf(values[0] as Json), place: { hypotheses: ways } }];
  }
  return undefined;
}

function formsBetween(texts: readonly string[], values: readonly Json[], read: Expression): Expression[] {
  const [source] = texts;
  const wanted = scalarText(values[0] as Json);
  if (source === undefined || wanted === undefined || source.length > MAX_SOURCE) return [];
  const forms =
    new Spans([source]).saying(wanted, values[0] instanceof Numeral).filter(({ span }) => span === source)[0]
      ?.forms ?? [];
  const ways = new Map(forms.map((form) => [printExpression(form(read)), form]));
  return [...ways.values()]
    .filter((form) =>
      values.every((value, index) => {
        const result = evaluate(form(variable("x")), new Map([["x", texts[index] as string]]));
        return result.ok && equalJson(result.value, value);
      }),
    )
    .map((form) => form(read));
}

// Longer texts are not one value.
const MAX_SOURCE = 120;
