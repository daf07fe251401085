/**
 * Short ways to write the turns of a conversation as the core sees them, patterns of turns, and exchanges.
 */
import { parseExpression } from "../../src/template/derivation/parse.js";
import { type Json, parseJson } from "../../src/template/json.js";
import { parsePattern, parseText } from "../../src/template/notation.js";
import type { Hole, Slot, Template, TextPattern, TurnPattern } from "../../src/template/template.js";
import type { Part, Turn } from "../../src/template/turn.js";
import { chainOf, createExchange, createLearnt } from "../../src/tree/entry.js";
import type { Exchange, Learnt, Origin } from "../../src/tree/knowledge.js";

/** JSON as it is written: its digits stay. */
export function written(text: string): Json {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new TypeError(`no JSON: ${text}`);
  return parsed.value;
}
export const json = (value: unknown): Json => written(JSON.stringify(value));
export const text = (content: string): Part => ({ kind: "text", text: content });
export const user = (content: string): Turn => ({ role: "user", parts: [text(content)] });
export const system = (content: string): Turn => ({ role: "system", parts: [text(content)] });
export const says = (content: string): Turn => ({ role: "assistant", parts: [text(content)] });
export const calls = (tool: string, args: unknown, words?: string): Turn => ({
  role: "assistant",
  parts: [...(words === undefined ? [] : [text(words)]), { kind: "call", tool, args: json(args) }],
});
/** Calls of one tool, one for each set of arguments. */
export const callsEach = (tool: string, all: readonly unknown[], words?: string): Turn => ({
  role: "assistant",
  parts: [
    ...(words === undefined ? [] : [text(words)]),
    ...all.map((args): Part => ({ kind: "call", tool, args: json(args) })),
  ],
});
export const gives = (value: unknown, call = 0): Turn => ({
  role: "tool",
  parts: [
    { kind: "result", call, error: false },
    typeof value === "string" ? text(value) : { kind: "json", value: json(value) },
  ],
});

/** What a user says, with slots as the notation has them: "Find {{name}}". */
export const like = (notation: string): TurnPattern<Slot> => ({
  role: "user",
  parts: [{ kind: "text", text: parseText(notation) }],
});

/** An exchange as the cache would make it. */
export function exchangeOf(
  turns: readonly Turn[],
  said: Turn,
  more: { scope?: string; at?: number } = {},
): Exchange {
  return createExchange({
    scope: "s",
    at: 1,
    ...more,
    model: undefined,
    details: {},
    conversation: chainOf(turns).at(-1) ?? "",
    turns,
    reply: {
      role: "assistant",
      content: JSON.stringify(said.parts.map((part) => ("text" in part ? part.text : part.kind))),
    },
    said,
  });
}

/** What an assistant says, with holes: "Hello {{title(name) ≡ name}}". */
export const holes = (notation: string): TextPattern<Hole> =>
  parsePattern<Hole>(notation, (inner) => ({ hypotheses: inner.split(" ≡ ").map(parseExpression) }));

/** A template of one question and the words it is answered with. */
export const templateOf = (asked: string, said = "ok", guards: readonly string[] = []): Template => ({
  turns: [like(asked)],
  reply: { role: "assistant", parts: [{ kind: "text", text: holes(said) }] },
  guards: guards.map(parseExpression),
});

/** A template as the cache would keep it. */
export const learntOf = (
  template: Template,
  more: { scope?: string; at?: number; origin?: Origin } = {},
): Learnt =>
  createLearnt({ scope: "s", at: 1, origin: "bound", model: undefined, details: {}, ...more, template });
