/** Computes the value of an expression under bindings, or says why it has none. */
import { type Json, Numeral } from "../json.js";
import { readDecimal } from "./decimal.js";
import type { Bindings, Expression } from "./expression.js";
import { EvaluationFault, type EvaluationFaultCode, type Meter } from "./fault.js";
import { FUNCTIONS, SPECIAL_FORMS } from "./functions/index.js";

/**
 * A pure function that a user adds to the language. `undefined` means it has no value for these arguments.
 */
export type UserFunction = (args: readonly Json[]) => Json | undefined;

export interface EvaluateOptions {
  /** The user's functions, by name. Built-in functions of the same name go first. */
  readonly functions?: ReadonlyMap<string, UserFunction> | undefined;
  /**
   * What a text has stood for at a place, wherever that was seen: what `known(text, place)` gives. `undefined`
   * for one that was never seen there, or stood for several things. Default: nothing is known.
   */
  readonly known?: ((place: string, text: string, context?: string) => Json | undefined) | undefined;
  /**
   * Whether a text has been a value of an argument, wherever that was seen, and of no other of its tool: what
   * `held(text, place)` gives. Default: nothing is known.
   */
  readonly held?: ((place: string, text: string) => boolean) | undefined;
  /** What is said around that text: there it may stand for something of its own. Given on to `known`. */
  readonly context?: string | undefined;
  /**
   * How many steps an evaluation may take: one for every node, and one for every 256 characters or items
   * handed to a function. Default 10,000.
   */
  readonly maxSteps?: number | undefined;
  /** How long a text (in UTF-16 units) or list may be that is not a part of the bindings. Default 65,536. */
  readonly maxSize?: number | undefined;
}

export type Evaluation =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly fault: EvaluationFaultCode };

const MAX_DEPTH = 200;
const STEP_SIZE = 256;

/**
 * Evaluates an expression. Never throws, and always ends: a type error, an index past the end, a missing key,
 * a division by zero or a spent limit is a fault. The value depends on the arguments alone: there is no
 * clock, no randomness and no locale.
 */
export function evaluate(
  expression: Expression,
  bindings: Bindings,
  options: EvaluateOptions = {},
): Evaluation {
  const { functions, known, held, maxSteps = 10_000, maxSize = 65_536 } = options;
  let left = maxSteps;
  const meter: Meter = {
    maxSize,
    spend(steps) {
      left -= steps;
      if (left < 0) throw new EvaluationFault("steps");
    },
  };

  function value(node: Expression, depth: number): Json {
    meter.spend(1);
    if (node.kind === "literal") return node.value;
    if (node.kind === "variable") return bindings.get(node.name) ?? unbound(node.name);
    if (depth > MAX_DEPTH) throw new EvaluationFault("steps");
    if (SPECIAL_FORMS.has(node.name)) return specialForm(node.name, node.args, depth);
    const args = node.args.map((arg) => value(arg, depth + 1));
    for (const arg of args) meter.spend(Math.floor(extent(arg) / STEP_SIZE));
    const builtIn = FUNCTIONS.get(node.name);
    const result = builtIn ? builtIn.apply(args, meter) : callUser(functions?.get(node.name), args, meter);
    // What is cut out of a larger binding may be large itself; what was made may not.
    if (node.name !== "get" && extent(result) > maxSize) throw new EvaluationFault("size");
    return result;
  }

  function unbound(name: string): Json {
    if (bindings.has(name)) return null;
    throw new EvaluationFault("unbound");
  }

  // if, and, or: an argument that is not needed is not evaluated, so that a condition can guard a fault.
  function specialForm(name: string, args: readonly Expression[], depth: number): Json {
    const [first, second, third] = args;
    if (!first || !second || args.length !== (name === "if" ? 3 : 2)) throw new EvaluationFault("arguments");
    if (name === "known") return looked(value(first, depth + 1), value(second, depth + 1));
    if (name === "held") return isHeld(value(first, depth + 1), value(second, depth + 1));
    const condition = truth(value(first, depth + 1));
    if (name === "if") return value(condition ? second : (third as Expression), depth + 1);
    if (condition === (name === "or")) return condition;
    return truth(value(second, depth + 1));
  }

  // A list is looked up item by item.
  function looked(texts: Json, place: Json): Json {
    meter.spend(1);
    if (Array.isArray(texts)) return texts.map((text) => looked(text, place));
    if (typeof texts !== "string" || typeof place !== "string") throw new EvaluationFault("type");
    const found = known?.(place, texts, options.context);
    if (found === undefined) throw new EvaluationFault("missing");
    return found;
  }

  function isHeld(text: Json, place: Json): boolean {
    if (typeof text !== "string" || typeof place !== "string") throw new EvaluationFault("type");
    return held?.(place, text) === true;
  }

  try {
    return { ok: true, value: value(expression, 0) };
  } catch (error) {
    // Anything else comes from a value of absurd depth, or from a malformed tree: the limits are what it hit.
    return { ok: false, fault: error instanceof EvaluationFault ? error.code : "steps" };
  }
}

function truth(value: Json): boolean {
  if (typeof value !== "boolean") throw new EvaluationFault("type");
  return value;
}

function extent(value: Json): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}

function callUser(call: UserFunction | undefined, args: readonly Json[], meter: Meter): Json {
  if (!call) throw new EvaluationFault("unknown-function");
  let result: Json | undefined;
  try {
    result = call(args);
  } catch {
    throw new EvaluationFault("user-function");
  }
  if (!isJson(result, meter)) throw new EvaluationFault("user-function");
  return result;
}

// A user's function may hand back anything, a JavaScript number included; it must not get further.
function isJson(value: unknown, meter: Meter): value is Json {
  meter.spend(1);
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (value instanceof Numeral) return readDecimal(value.raw) !== undefined;
  if (Array.isArray(value)) return value.every((item) => isJson(item, meter));
  return (
    value instanceof Map && [...value].every(([key, item]) => typeof key === "string" && isJson(item, meter))
  );
}
