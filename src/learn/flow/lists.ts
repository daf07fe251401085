/** Lists in tools' results: which there are, and which of their items a list of values takes. */

import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import { equalJson, type Json, Numeral, scalarText } from "../../template/json.js";
import { shapeOf } from "../../template/shape.js";
import { type Path, pathFrom, type Result, valueAt } from "./result-paths.js";

/** A list and the expression that gives it. */
export interface List {
  readonly expression: Expression;
  readonly items: readonly Json[];
}

// Bounds: on the lists of one result, on the items of one, on the keys of an item that are looked at.
const MAX_LISTS = 100;
const MAX_ITEMS = 500;
const MAX_KEYS = 24;
const MAX_DEPTH = 3;

/**
 * The lists of at least `least` items in a result: arrays, keys and values of objects, and the lists of a
 * list joined.
 */
export function listsIn({ name, value }: Result, least: number): List[] {
  const lists: List[] = [];
  const add = (expression: Expression, items: readonly Json[]): void => {
    if (items.length >= least && items.length <= MAX_ITEMS && lists.length < MAX_LISTS)
      lists.push({ expression, items });
  };
  const visit = (at: Json, path: Path): void => {
    if (lists.length === MAX_LISTS) return;
    const here = pathFrom(variable(name), path);
    if (Array.isArray(at)) {
      add(here, at);
      for (const key of sharedKeys(at)) {
        const inner = at.map((item) => valueAt(item, [key]));
        if (inner.every((each) => Array.isArray(each)))
          add(callOf("flatten", callOf("map", here, constantOf(key))), inner.flat());
      }
      for (const [index, item] of at.slice(0, MAX_ITEMS).entries()) visit(item, [...path, index]);
    } else if (at instanceof Map) {
      add(callOf("keys", here), [...at.keys()]);
      add(callOf("values", here), [...at.values()]);
      for (const [key, item] of at) visit(item, [...path, key]);
    }
  };
  visit(value, []);
  return lists;
}

/** The keys that every item of a list has; none if an item is no object. */
function sharedKeys(items: readonly Json[]): string[] {
  const [first, ...rest] = items;
  if (!(first instanceof Map)) return [];
  return [...first.keys()]
    .slice(0, MAX_KEYS)
    .filter((key) => rest.every((item) => item instanceof Map && item.has(key)));
}

/** The paths of keys to a value in every item, the empty one first where the items are values themselves. */
export function commonPaths(
  items: readonly Json[],
  isWanted: (values: readonly Json[]) => boolean,
): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const visit = (values: readonly Json[], path: readonly string[]): void => {
    if (isWanted(values)) found.push(path);
    if (path.length === MAX_DEPTH) return;
    for (const key of sharedKeys(values))
      visit(
        values.map((item) => valueAt(item, [key]) as Json),
        [...path, key],
      );
  };
  visit(items, []);
  return found;
}

/** The items of a list that are sought. */
export interface Sought {
  readonly count: number;
  /** Whether items, in this order, are those. */
  readonly fits: (items: readonly Json[]) => boolean;
  /** Names the value of a key: a variable, if the user has said it. */
  readonly constantFor: (value: Json) => Expression;
}

/**
 * The ways to take items of a list that are sought: all of them, or where there are too many those whose key
 * has one value. Another order is no way: of so few items as one example has, every order has a name by chance.
 */
export function selectionsOf(list: List, { count, fits, constantFor }: Sought): List[] {
  if (list.items.length < count) return [];
  const filtered = (groups: readonly Group[]): List[] =>
    groups.map(({ key, value, items }) => ({
      expression: callOf("filter", list.expression, constantOf(key), constantFor(value)),
      items,
    }));
  const groups = groupsOf(list.items).filter(({ items }) => items.length === count);
  if (list.items.length > count) return filtered(groups.filter(({ items }) => fits(items)));
  if (!fits(list.items)) return [];
  // That all items have one value may be why all of them were taken. What is part of the shape is the same
  // each time.
  return [list, ...filtered(groups.filter(({ value }) => !isShape(value)).slice(0, MAX_SHARED))];
}

// Of the values that all items share, this many are taken for a reason.
const MAX_SHARED = 3;

/** The items of a list that have one value under a key. */
interface Group {
  readonly key: string;
  readonly value: Json;
  readonly items: readonly Json[];
}

function groupsOf(items: readonly Json[]): Group[] {
  return sharedKeys(items).flatMap((key) => {
    const groups = new Map<string, { key: string; value: Json; items: Json[] }>();
    for (const item of items) {
      const value = valueAt(item, [key]) as Json;
      const id = scalarId(value);
      if (id === undefined) return [];
      const group = groups.get(id);
      if (group) group.items.push(item);
      else groups.set(id, { key, value, items: [item] });
    }
    return [...groups.values()];
  });
}

/** Equal for equal scalars; `undefined` of a list or an object. */
function scalarId(value: Json): string | undefined {
  const text = value === null ? "null" : scalarText(value);
  return text === undefined ? undefined : `${value instanceof Numeral ? "number" : typeof value} ${text}`;
}

/** Whether a value is part of the shape of the list it stands in. */
function isShape(value: Json): boolean {
  return shapeOf(value) !== "number" && shapeOf(value) !== "text";
}

/**
 * The expressions that give a list of values out of a list: the items, or what stands under one path in each.
 */
export function derivationsOf(
  list: List,
  wanted: readonly Json[],
  constantFor: (value: Json) => Expression,
): Expression[] {
  const areWanted: Sought["fits"] = (values) =>
    values.length === wanted.length &&
    values.every((value, index) => equalJson(value, wanted[index] as Json));
  const found = selectionsOf(list, {
    count: wanted.length,
    fits: (items) => commonPaths(items, areWanted).length > 0,
    constantFor,
  }).flatMap(({ expression, items }) =>
    commonPaths(items, areWanted).map((path) => mapped(expression, path)),
  );
  if (found.length > 0 || list.items.length <= wanted.length) return found;
  // More items than values: some may have stood there twice.
  return commonPaths(list.items, (values) => areWanted(uniqueOf(values))).map((path) =>
    callOf("unique", mapped(list.expression, path)),
  );
}

function uniqueOf(values: readonly Json[]): Json[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const id = scalarId(value);
    if (id === undefined || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function mapped(list: Expression, path: readonly string[]): Expression {
  return path.reduce<Expression>((items, key) => callOf("map", items, constantOf(key)), list);
}

/** Whether values are all that stands under some path in a list's items, in whatever order. */
export function isReordered({ items }: List, values: readonly Json[]): boolean {
  if (items.length !== values.length || values.length < 2) return false;
  const wanted = idsOf(values);
  return wanted !== undefined && commonPaths(items, (found) => idsOf(found) === wanted).length > 0;
}

function idsOf(values: readonly Json[]): string | undefined {
  const ids = values.map(scalarId);
  return ids.includes(undefined) ? undefined : JSON.stringify(ids.sort());
}
