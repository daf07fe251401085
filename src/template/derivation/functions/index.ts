/** The table of built-in functions: everything an expression can call, by name. */
import { CASE_FUNCTIONS } from "./case.js";
import { CLAUSE_FUNCTIONS } from "./clauses.js";
import { COMPARE_FUNCTIONS } from "./compare.js";
import { CUT_FUNCTIONS } from "./cut.js";
import { DATE_FUNCTIONS } from "./date.js";
import type { BuiltIn } from "./define.js";
import { JSON_FUNCTIONS } from "./json.js";
import { LIST_FUNCTIONS } from "./list.js";
import { NUMBER_FUNCTIONS } from "./number.js";
import { NUMBER_WORD_FUNCTIONS } from "./number-words.js";
import { TEXT_FUNCTIONS } from "./text.js";

export type { BuiltIn } from "./define.js";

/** The functions in groups, as documented. */
export const FUNCTION_GROUPS: readonly { readonly title: string; readonly functions: readonly BuiltIn[] }[] =
  [
    { title: "Text", functions: TEXT_FUNCTIONS },
    { title: "Pieces of text", functions: CUT_FUNCTIONS },
    { title: "Case and identifiers", functions: CASE_FUNCTIONS },
    { title: "Numbers", functions: NUMBER_FUNCTIONS },
    { title: "Number words", functions: NUMBER_WORD_FUNCTIONS },
    { title: "Dates and times", functions: DATE_FUNCTIONS },
    { title: "JSON", functions: JSON_FUNCTIONS },
    { title: "Lists", functions: LIST_FUNCTIONS },
    { title: "Repeated clauses and records", functions: CLAUSE_FUNCTIONS },
    { title: "Comparison and decision", functions: COMPARE_FUNCTIONS },
  ];

/**
 * Every built-in function by name. `if`, `and` and `or` are not here: the interpreter evaluates their
 * arguments only as needed; nor are `known` and `held`, which ask what the scope has shown.
 */
export const FUNCTIONS: ReadonlyMap<string, BuiltIn> = new Map(
  FUNCTION_GROUPS.flatMap((group) => group.functions).map((builtIn) => [builtIn.name, builtIn]),
);

/** The names the interpreter itself knows. */
export const SPECIAL_FORMS: ReadonlySet<string> = new Set(["if", "and", "or", "known", "held"]);
