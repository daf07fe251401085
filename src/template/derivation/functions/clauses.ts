/** Reads a clause that is said again and again: `a value of "Erik" for field "Name" and a value of …`. */
import type { Json } from "../../json.js";
import { EvaluationFault, type Meter } from "../fault.js";
import { type BuiltIn, define } from "./define.js";

/** What stands between two clauses: a line break, a comma, an "and". */
export const BETWEEN_CLAUSES = /^(?:\n|, and |; and |, | and |; |,\n|;\n)/;

/** Functions that read repeated clauses, and make records of lists. */
export const CLAUSE_FUNCTIONS: readonly BuiltIn[] = [
  define("clauses", {
    names: "text frame",
    takes: ["text", "list"],
    gives: "list",
    summary:
      'The values in a clause that is said any number of times, with a line break, a comma or "and" between: a list of lists. The frame is what stands before, between and behind the values; behind `""` a value ends with its line. Faults on any other text.',
    example: [
      'clauses("\\"3\\" for \\"a\\" and \\"4\\" for \\"b\\"", ["\\"", "\\" for \\"", "\\""])',
      '[["3", "a"], ["4", "b"]]',
    ],
    apply: ([text, frame], meter) => clausesIn(text, frame, meter),
  }),
  define("object", {
    names: "keys values",
    takes: ["list", "list"],
    gives: "object",
    summary: "An object of as many keys and values. Faults where a key is no text or comes twice.",
    example: ['object(["a", "b"], [1, 2])', '{"a": 1, "b": 2}'],
    apply: ([keys, values]) => {
      const made = new Map<string, Json>();
      for (const [index, key] of keys.entries()) {
        if (typeof key !== "string") throw new EvaluationFault("type");
        made.set(key, values[index] ?? null);
      }
      if (keys.length !== values.length || made.size !== keys.length) throw new EvaluationFault("range");
      return made;
    },
  }),
  define("records", {
    names: "keys columns",
    takes: ["list", "list"],
    gives: "list",
    summary:
      "A list of objects, from a list of values for each key. Faults where these are not equally long.",
    example: ['records(["a", "b"], [[1, 2], ["x", "y"]])', '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'],
    apply: ([keys, columns], meter) => {
      const lists = columns.map((column) => (Array.isArray(column) ? column : fail("type")));
      const [first = []] = lists;
      meter.spend(keys.length * first.length);
      if (keys.length !== lists.length || lists.some(({ length }) => length !== first.length))
        return fail("range");
      return first.map(
        (_, row) =>
          new Map(
            keys.map((key, at): [string, Json] => [
              typeof key === "string" ? key : fail("type"),
              (lists[at]?.[row] ?? null) as Json,
            ]),
          ),
      );
    },
  }),
];

function clausesIn(text: string, frame: readonly Json[], meter: Meter): Json[] {
  const [open, ...rest] = frame.map((literal) => (typeof literal === "string" ? literal : fail("type")));
  if (open === undefined || rest.length === 0) return fail("range");
  const rows: string[][] = [];
  for (let at = 0; ; ) {
    meter.spend(rest.length);
    const row: string[] = [];
    if (!text.startsWith(open, at)) return fail("unreadable");
    at += open.length;
    for (const literal of rest) {
      const end = literal === "" ? lineEnd(text, at) : text.indexOf(literal, at);
      const value = text.slice(at, end);
      if (end < 0 || value === "" || value.trim() !== value || value.includes("\n"))
        return fail("unreadable");
      row.push(value);
      at = end + literal.length;
    }
    rows.push(row);
    if (at === text.length) return rows;
    const between = BETWEEN_CLAUSES.exec(text.slice(at, at + LONGEST))?.[0] ?? fail("unreadable");
    at += between.length;
  }
}

// The longest that may stand between two clauses has so many characters.
const LONGEST = 6;

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function fail(code: "type" | "range" | "unreadable"): never {
  throw new EvaluationFault(code);
}
