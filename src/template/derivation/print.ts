/** Writes an expression as text that parses to the same expression. */
import { type Json, Numeral } from "../json.js";
import type { Expression } from "./expression.js";
import { isIdentifier, LEVELS, OPERATORS, RESERVED } from "./syntax.js";

/**
 * The text of an expression, with operators and paths where the language has them, and no bracket too many.
 */
export function printExpression(expression: Expression): string {
  return print(expression, LEVELS.or);
}

/** Prints for a place that takes nothing looser than `level`. */
function print(expression: Expression, level: number): string {
  if (expression.kind === "variable") return printName(expression.name);
  if (expression.kind === "literal") {
    const text = printLiteral(expression.value);
    // A sign before `.`, `[` or `^` would be read otherwise.
    return wrap(text, expression.value instanceof Numeral && text.startsWith("-") && LEVELS.sign < level);
  }
  const { name, args } = expression;
  const [first, second, ...more] = args;
  if (first && second && more.length === 0) {
    const operator = OPERATORS.get(name);
    if (operator) {
      const left = print(first, operator.groups === "left" ? operator.level : operator.level + 1);
      const right = print(second, operator.groups === "right" ? LEVELS.sign : operator.level + 1);
      return wrap(`${left} ${operator.sign} ${right}`, operator.level < level);
    }
    if (name === "get") return print(first, LEVELS.postfix) + printKey(second);
  }
  if (first && !second) {
    if (name === "not") return wrap(`not ${print(first, LEVELS.not)}`, LEVELS.not < level);
    if (name === "negate" && !isPositive(first))
      return wrap(`-${print(first, LEVELS.sign)}`, LEVELS.sign < level);
  }
  const items = args.map((arg) => print(arg, LEVELS.or)).join(", ");
  if (name === "list" && args.some((arg) => arg.kind !== "literal")) return `[${items}]`;
  return `${printName(name)}(${items})`;
}

function printKey(key: Expression): string {
  return key.kind === "literal" && typeof key.value === "string" && isIdentifier(key.value)
    ? `.${key.value}`
    : `[${print(key, LEVELS.or)}]`;
}

// `-5` is the number; the call is then written `negate(5)`.
function isPositive(expression: Expression): boolean {
  return (
    expression.kind === "literal" &&
    expression.value instanceof Numeral &&
    !expression.value.raw.startsWith("-")
  );
}

function printName(name: string): string {
  if (isIdentifier(name) && !RESERVED.has(name)) return name;
  return `\`${quote(name).slice(1, -1).replaceAll("`", "\\`")}\``;
}

function printLiteral(value: Json): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(printLiteral).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value].map(([key, item]) => `${quote(key)}: ${printLiteral(item)}`).join(", ")}}`;
  return value instanceof Numeral ? value.raw : String(value);
}

// JSON.stringify leaves these line breaks and controls alone; an expression stays on one line.
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function wrap(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}
