/** What trust looks at in a template: worked out once, since every prediction asks for it. */
import { variablesOf } from "./derivation/analyse.js";
import { type Bindings, type Expression, variable } from "./derivation/expression.js";
import { printExpression } from "./derivation/print.js";
import { shortDigest } from "./digest.js";
import { scalarText } from "./json.js";
import { leavesOf } from "./leaves.js";
import { wordsIn } from "./parts/index.js";
import type { Hole, PartPattern, ReplyPattern, Slot, Template, TurnPattern } from "./template.js";
import { onePlaceIn, placesOf } from "./visit.js";

/** A hole of the reply, or a constant in a call, under the name of its place. */
export type ReplyPlace =
  | {
      readonly place: string;
      readonly hole: Hole;
      /** How its value is made, without the variables' names; `undefined` when it is copied. */
      readonly forms: readonly string[] | undefined;
      /** `each`: filled once for each item of a list. `list`: that list, of which nothing is said itself. */
      readonly extent: "once" | "each" | "list";
    }
  | { readonly place: string; readonly constant: string };

export interface Traits {
  readonly said: readonly ReplyPlace[];
  /**
   * Slots of messages that play no part in the reply; those of earlier calls follow from the rest and do not
   * count.
   */
  readonly unused: readonly Slot[];
  /** The variables that were sent to a tool on the way: they are data, and have played their part. */
  readonly sent: ReadonlySet<string>;
  /** A user's message is one slot with no words around it. */
  readonly loose: boolean;
  /** The reply holds no data at all, and calls nothing. */
  readonly fixedText: boolean;
  /** Nothing of the reply depends on what was read. */
  readonly fixed: boolean;
  /**
   * The slots of a user's message with nothing but a space between them: where the one ends and the other
   * begins is a guess.
   */
  readonly beside: ReadonlySet<string>;
  /**
   * The slots of a user's message with a quotation mark beside them: such a value ends where the quotation
   * does.
   */
  readonly quoted: ReadonlySet<string>;
  readonly guarded: boolean;
  /** Some value is looked up in a table: the template speaks for the keys in it, and for no others. */
  readonly tabled: boolean;
  /** Some value is what a text is known to stand for in the scope. */
  readonly lookedUp: boolean;
  /** Some value or condition asks what the scope has shown. */
  readonly scoped: boolean;
  /**
   * One tool is called several times, with what results hold: which of a list are meant shows in no single
   * example.
   */
  readonly several: boolean;
  /** The tools that the reply calls. */
  readonly calls: readonly string[];
  /** A turn holds what a tool has given. */
  readonly informed: boolean;
  /** The tools that the reply calls and the one called last before it. */
  readonly tools: string;
  /** The variables that carry the caller's names. */
  readonly given: ReadonlySet<string>;
  /** Those of them that no message holds: only the caller can say them. */
  readonly unsaid: ReadonlySet<string>;
}

/** `isBound` marks a template of a caller's bindings. */
export function traitsOf(template: Template, isBound = false): Traits {
  const { turns, reply, guards } = template;
  const given = namesGiven(template, isBound);
  const slots = new Set(turns.flatMap((turn) => placesOf(turn).map(({ name }) => name)));
  const expressions = placesOf(reply).flatMap((hole) => hole.hypotheses);
  const used = variablesIn(reply);
  const calls = toolsIn(reply);
  return {
    said: leavesOf(reply).flatMap(({ place, content, extent }): ReplyPlace[] => {
      if ("hole" in content) {
        const copied = content.hole.hypotheses.some(isCopy);
        return [
          {
            place,
            hole: content.hole,
            forms: copied ? undefined : content.hole.hypotheses.map(formOf),
            extent: extent ?? "once",
          },
        ];
      }
      const constant = "literal" in content ? scalarText(content.literal) : undefined;
      return constant === undefined ? [] : [{ place, constant }];
    }),
    unused: turns.flatMap((turn) =>
      turn.role === "assistant" || turn.parts.some(isOpen)
        ? []
        : placesOf(turn).filter((slot) => !used.has(slot.name)),
    ),
    sent: setOf(turns.flatMap((turn) => (turn.role === "assistant" ? sentIn(turn) : []))),
    loose: isLoose({ turns }),
    fixedText: expressions.length === 0 && calls.length === 0,
    fixed: expressions.length === 0,
    beside: setOf(turns.flatMap((turn) => (turn.role === "user" ? turn.parts.flatMap(besideIn) : []))),
    quoted: setOf(turns.flatMap((turn) => (turn.role === "user" ? turn.parts.flatMap(quotedIn) : []))),
    guarded: guards.length > 0,
    tabled: expressions.some((expression) => isMadeBy(expression, "lookup")),
    lookedUp: expressions.some(asksScope),
    scoped: expressions.some(asksScope) || guards.some(asksHeld),
    several:
      new Set(calls).size < calls.length && expressions.some((expression) => isMadeBy(expression, "get")),
    calls,
    informed: turns.some(isResult),
    tools: toolsBetween(turns, reply),
    given,
    unsaid: setOf([...given].filter((name) => !slots.has(name))),
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Most are empty, and there are four of them for each template: those are one set. */
function setOf(names: readonly string[]): ReadonlySet<string> {
  return names.length > 0 ? new Set(names) : NONE;
}

/**
 * The variables that carry the caller's names. A record of the first format does not list them: there all of
 * a bound template do.
 */
function namesGiven({ turns, reply, guards, given }: Template, isBound: boolean): ReadonlySet<string> {
  if (given) return setOf(given);
  if (!isBound) return NONE;
  const slots = turns.flatMap((turn) => placesOf(turn).map(({ name }) => name));
  return new Set([...slots, ...variablesIn(reply), ...guards.flatMap((guard) => [...variablesOf(guard)])]);
}

/** Whether a turn holds what a tool has given. */
export function isResult({
  role,
  parts,
}: {
  readonly role: string;
  readonly parts: readonly { readonly kind: string }[];
}): boolean {
  return role === "tool" || role === "function" || parts.some(({ kind }) => kind === "result");
}

/** Whether a user's message is one slot with no words around it. */
export function isLoose({ turns }: Pick<Template, "turns">): boolean {
  return turns.some((turn) => turn.role === "user" && turn.parts.some(isOpen));
}

/** Anything with calls in it: a turn, or a pattern of one. */
interface Calling {
  readonly parts: readonly { readonly kind: string; readonly tool?: string }[];
}

/** The tools that a reply calls and the one called last before it, as one text. */
export function toolsBetween(turns: readonly Calling[], reply: Calling): string {
  return JSON.stringify([toolsIn(reply), turns.flatMap(toolsIn).at(-1) ?? ""]);
}

/** The variables that a reply is made from. */
export function variablesIn(reply: ReplyPattern<Hole>): ReadonlySet<string> {
  return new Set(
    placesOf(reply).flatMap((hole) => hole.hypotheses.flatMap((expression) => [...variablesOf(expression)])),
  );
}

function sentIn(turn: TurnPattern<Slot>): string[] {
  return placesOf({ ...turn, parts: turn.parts.filter((part) => part.kind === "call") }).map(
    ({ name }) => name,
  );
}

function besideIn(part: PartPattern<Slot>): string[] {
  const words = wordsIn(part) ?? [];
  return words.flatMap((segment, index) => {
    const next = words[index + 2];
    const isBeside =
      typeof segment === "object" && typeof next === "object" && String(words[index + 1]).trim() === "";
    return isBeside ? [segment.name, next.name] : [];
  });
}

const QUOTE_BEFORE = /["“”„«»‹›`]\s?$/u;
const QUOTE_AFTER = /^\s?["“”„«»‹›`]/u;

function quotedIn(part: PartPattern<Slot>): string[] {
  const words = wordsIn(part) ?? [];
  return words.flatMap((segment, index) => {
    if (typeof segment === "string") return [];
    const [before, after] = [words[index - 1], words[index + 1]];
    const isQuoted =
      (typeof before === "string" && QUOTE_BEFORE.test(before)) ||
      (typeof after === "string" && QUOTE_AFTER.test(after));
    return isQuoted ? [segment.name] : [];
  });
}

function isOpen(part: PartPattern<Slot>): boolean {
  return onePlaceIn(wordsIn(part) ?? []) !== undefined;
}

/** The tools that a turn calls. */
export function toolsIn({ parts }: Calling): string[] {
  return parts.flatMap(({ kind, tool }) =>
    (kind === "call" || kind === "each") && tool !== undefined ? [tool] : [],
  );
}

/** An expression without the names of its variables: equal for the same derivation in different templates. */
export function formOf(expression: Expression): string {
  return printExpression(withoutNames(expression));
}

function withoutNames(expression: Expression): Expression {
  if (expression.kind === "variable") return variable("x");
  return expression.kind === "call" ? { ...expression, args: expression.args.map(withoutNames) } : expression;
}

/** Whether anything of a reply is what a text is known to stand for in the scope. */
export function isLookedUp(reply: ReplyPattern<Hole>): boolean {
  return placesOf(reply).some(({ hypotheses }) => hypotheses.some(asksScope));
}

/**
 * What the user says around the values that a reply is made of: equal for all templates that read the same
 * conversation so.
 */
export function contextOf({ turns, reply }: Pick<Template, "turns" | "reply">, bindings: Bindings): string {
  const used = variablesIn(reply);
  const said = turns.flatMap((turn) =>
    turn.role === "user" ? turn.parts.flatMap((part) => [...(wordsIn(part) ?? []), "\n"]) : [],
  );
  return shortDigest(
    said
      .map((segment) => {
        if (typeof segment === "string") return segment;
        return used.has(segment.name) ? "\u0000" : (scalarText(bindings.get(segment.name) ?? null) ?? "");
      })
      .join(""),
  );
}

/** Whether an expression asks what a text stands for in the scope. */
export function asksScope(expression: Expression): boolean {
  return isMadeBy(expression, "known");
}

/** Whether a condition asks where a text has been a value in the scope. */
export function asksHeld(guard: Expression): boolean {
  return isMadeBy(guard, "held");
}

function isMadeBy(expression: Expression, name: string): boolean {
  return (
    expression.kind === "call" &&
    (expression.name === name || expression.args.some((arg) => isMadeBy(arg, name)))
  );
}

function isCopy(expression: Expression): boolean {
  return (
    expression.kind === "variable" ||
    (expression.kind === "call" && expression.name === "from_json" && expression.args[0]?.kind === "variable")
  );
}
