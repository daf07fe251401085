/** How unlikely a part of an expression is: the prior by which hypotheses are ranked. */
import { type Json, Numeral } from "../../template/json.js";

/** The cost of reading an input. */
export const VARIABLE_COST = 1;

/** Functions that people ask for often cost less; those that fit by accident cost more. */
const FUNCTION_COSTS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    get: 0.3,
    text: 0.1,
    number: 0.2,
    concat: 0.3,
    first_word: 0.6,
    last_word: 0.6,
    split: 0.5,
    before: 0.9,
    after: 0.9,
    before_last: 1.1,
    after_last: 1.1,
    lower: 0.6,
    upper: 0.7,
    title: 0.7,
    snake_case: 0.7,
    kebab_case: 0.7,
    unquote: 0.6,
    from_words: 0.5,
    parse_date: 0.5,
    resolve_date: 0.6,
    parse_time: 0.5,
    percent: 0.4,
    numbers: 0.9,
    count: 0.6,
    map: 0.6,
    sum: 0.8,
    sort: 2.2,
    unique: 1.6,
    spaced: 1.8,
    tokens: 2.4,
    reverse: 1.6,
    minutes: 0.6,
    seconds: 0.8,
    add_days: 2.2,
    camel_case: 1.6,
    pascal_case: 1.6,
    join: 0.6,
    round: 0.4,
    fixed: 0.4,
    fixed_number: 0.4,
    float: 0.3,
    thousands: 0.4,
    max_by: 0.9,
    min_by: 0.9,
    find: 0.8,
    slice: 1.2,
    replace: 1.6,
    strip_prefix: 1.2,
    strip_suffix: 1.2,
    power: 1.4,
    negate: 1.2,
    lookup: 5,
  }),
);

/** The cost of calling a function, without its arguments. */
export function functionCost(name: string): number {
  return FUNCTION_COSTS.get(name) ?? 1;
}

const COMMON_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["0", 0.1],
  ["-1", 0.1],
  ["-2", 1.3],
  ["1", 0.3],
  ["2", 0.4],
  ["100", 0.3],
  ["10", 0.6],
  ["12", 0.7],
  ["7", 0.9],
]);

/** The cost of a constant: what it would take to guess it. */
export function literalCost(value: Json): number {
  if (typeof value === "string") return textCost(value);
  if (value instanceof Numeral)
    return COMMON_NUMBERS.get(value.raw) ?? 0.6 + 0.3 * value.raw.replace(/\D/g, "").length;
  return 0.5;
}

// Separators are few and likely; each letter or digit is one of many.
function textCost(text: string): number {
  const telling = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return 0.1 + 0.12 * telling + 0.04 * (text.length - telling);
}
