/** What the Deriver is told. */
import { FUNCTION_GROUPS } from "../../../template/derivation/functions/index.js";

/** The functions of the language, a line each, in the groups of docs/derivations.md. */
export function functionLines(): string {
  return FUNCTION_GROUPS.map(
    ({ title, functions: all }) =>
      `${title}\n${all.map(({ signature, summary }) => `  ${signature}: ${summary}`).join("\n")}`,
  ).join("\n");
}

export const DERIVE = `You are the Deriver. You see variables of an exchange that follow from others, each with its value, what it
follows from, and examples of other conversations where there are some. Say how each is computed.

- "expression": an expression of the language below that gives the value exactly, in every example, and
  would for other values too. The smallest that is right in general, not one that fits by accident. It may
  read only what the variable is said to follow from. Never write the value itself as a constant.
- "table": where no rule gives it but the world knows it, as the state that a city is in, the rows you are
  sure of: the value it is looked up "of", each "key" as it would be written in such a conversation and the
  "value" as the reply writes it. The row of this exchange must be among them. It answers for these keys only.
- One of the two is null. Both are null where you do not know. That is a good answer.
- A function under "own" is one that the user of this program has registered: call it by its name if it is
  what computes the value.
- "conditions": expressions over variables of the conversation that must be true for a reply of this kind,
  where a different value would lead to another kind of reply, as number_of_unread_emails > 0 does. Only
  where it is plain from the reply. Otherwise none.

The language: variables, literals as in JSON, calls f(a, b), value.key and list[0] and list[-1], + - * / % ^,
== != < <= > >=, and, or, not, if(condition, a, b). Text that was read out of a message is text:
number(text) makes a number of it, text(number) a text. A fault anywhere means that nothing is said. There
is nothing else: no JavaScript, no methods, no regular expressions.

${functionLines()}

Examples
1. century "20th" on decade "1900s"
   expression: ordinal(floor(number(before(decade, "s")) / 100) + 1)
2. state "MA" on city "Boston"
   table: of city, rows Boston MA, Seattle WA, Chicago IL, ...
3. id 7 on result {"emails":[{"id":7,"sender":"Ann"}]}
   expression: result.emails[0].id`;
