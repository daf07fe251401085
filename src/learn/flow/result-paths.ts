/** Ways into a tool's JSON result, as expressions. */
import { callOf, constantOf, type Expression, variable } from "../../template/derivation/expression.js";
import type { Json } from "../../template/json.js";

/** A tool's JSON result, bound whole under a name. */
export interface Result {
  readonly name: string;
  readonly value: Json;
}

export type Path = readonly (string | number)[];

/** What stands under a path of what an expression gives. */
export function pathFrom(start: Expression, path: Path): Expression {
  return path.reduce<Expression>((object, step) => callOf("get", object, constantOf(step)), start);
}

/**
 * The ways to what stands under a path of a result: counted from the front, and from the end where it is the
 * last of several.
 */
export function waysTo(result: Result, path: Path): Expression[] {
  const last = lastPath(result, path);
  return [path, ...(last ? [last] : [])].map((each) => pathFrom(variable(result.name), each));
}

function lastPath(result: Result, path: Path): Path | undefined {
  let value: Json | undefined = result.value;
  for (const [index, step] of path.entries()) {
    if (Array.isArray(value)) {
      if (value.length > 1 && step === value.length - 1)
        return [...path.slice(0, index), -1, ...path.slice(index + 1)];
      value = value[step as number];
    } else if (value instanceof Map) value = value.get(String(step));
  }
  return undefined;
}

/** What stands under a path of keys; `undefined` if nothing does. */
export function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const key of path) at = at instanceof Map ? at.get(key) : undefined;
  return at;
}
