/** The operators of the language, as parser and printer share them. */

/** How tightly each kind of expression binds, loosest first. */
export const LEVELS = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 5,
  product: 6,
  sign: 7,
  power: 8,
  postfix: 9,
} as const;

export interface Operator {
  readonly sign: string;
  readonly level: number;
  readonly groups: "left" | "right" | "none";
}

/** Two-sided operators, by the function they call. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    or: { sign: "or", level: LEVELS.or, groups: "left" },
    and: { sign: "and", level: LEVELS.and, groups: "left" },
    equal: { sign: "==", level: LEVELS.comparison, groups: "none" },
    unequal: { sign: "!=", level: LEVELS.comparison, groups: "none" },
    at_most: { sign: "<=", level: LEVELS.comparison, groups: "none" },
    at_least: { sign: ">=", level: LEVELS.comparison, groups: "none" },
    less: { sign: "<", level: LEVELS.comparison, groups: "none" },
    more: { sign: ">", level: LEVELS.comparison, groups: "none" },
    add: { sign: "+", level: LEVELS.sum, groups: "left" },
    subtract: { sign: "-", level: LEVELS.sum, groups: "left" },
    multiply: { sign: "*", level: LEVELS.product, groups: "left" },
    divide: { sign: "/", level: LEVELS.product, groups: "left" },
    modulo: { sign: "%", level: LEVELS.product, groups: "left" },
    power: { sign: "^", level: LEVELS.power, groups: "right" },
  } satisfies Record<string, Operator>),
);

/** Words that are no variable and no function unless in backticks. */
export const RESERVED: ReadonlySet<string> = new Set(["and", "or", "not", "true", "false", "null"]);

/** How deep an expression may nest. */
export const MAX_DEPTH = 100;

/** How long the text of an expression may be, in UTF-16 units. */
export const MAX_LENGTH = 65_536;

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}
