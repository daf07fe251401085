/** Where what a reply says and does comes from, and what is not served for it: nothing acts on prose. */
import { evaluate } from "../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../template/derivation/expression.js";
import { type Json, scalarTextsIn } from "../template/json.js";
import { wordsIn } from "../template/parts/index.js";
import type { Hole, ReplyPattern, Slot, TurnPattern } from "../template/template.js";
import { isResult, toolsIn } from "../template/traits.js";
import { literalTurn, placesOf } from "../template/visit.js";
import type { Fact } from "../tree/facts.js";
import type { Exchange, Knowledge, Learnt } from "../tree/knowledge.js";
import type { Policy } from "../types.js";
import type { Prediction } from "./kind.js";
import { filled, isProse, type Prose, proseIn, proseOf, saysWord, sketchOf, wordsOfName } from "./prose.js";

/**
 * Why a prediction is not served, however often it was right.
 * - `change`: it would change something, and does not depend on what the user asked.
 * - `prose`: a value of it comes from running text in a tool's result, and does not depend on what the user
 *   asked.
 * - `told`: running text in a tool's result asks for it, and the user has not.
 * - `unproven`: it would change something after running text in a tool's result, and was not right after
 *   enough others.
 */
export type Objection = "change" | "prose" | "told" | "unproven";

// Beside so many different texts a call must have been right, where the user asked for it and where nobody
// did.
const PROVEN: Readonly<Record<Policy, { readonly asked: number; readonly unasked: number }>> = {
  verified: { asked: 2, unasked: 8 },
  eager: { asked: 1, unasked: 2 },
  exact: { asked: 2, unasked: 8 },
};
// A constant that so many replies held at its place is known from many conversations.
const KNOWN = 12;

/** What speaks against serving a prediction; `undefined` where nothing does. */
export function objectionTo(
  { learnt, bindings, values }: Prediction,
  knowledge: Knowledge,
  policy: Policy,
): Objection | undefined {
  const { template } = learnt;
  const { informed, calls, loose } = knowledge.traits(learnt);
  const isOpen = template.continuation === true || loose;
  if (changesUnsaid(learnt, knowledge)) return "change";
  if (!informed || (!isOpen && calls.length === 0)) return undefined;
  const changing = calls.filter(changes);
  if (isOpen && changing.length > 0) return "change";
  const prose = proseIn(template.turns, bindings);
  if (prose.texts.length === 0) return undefined;
  const asked = wordsAsked(template.turns, bindings);
  const heard = { prose, asked, changing };
  if (isTold(learnt, heard, knowledge)) return "told";
  if (isOpen) return sendsProse(template.reply, prose, { bindings, values }) ? "prose" : undefined;
  return changing.length === 0 || isProven(learnt, heard, { knowledge, policy }) ? undefined : "unproven";
}

/**
 * What speaks against serving a template whatever it reads; `undefined` where nothing does, or only what it
 * reads can tell.
 */
export function standingObjection(
  learnt: Learnt,
  knowledge: Knowledge,
  policy: Policy,
): Objection | undefined {
  const { template, skeleton } = learnt;
  if (changesUnsaid(learnt, knowledge)) return "change";
  const changing = changingIn(learnt);
  if (changing.length === 0) return undefined;
  if (template.continuation === true || knowledge.traits(learnt).loose) return "change";
  const seen = knowledge.prose.countOf(skeleton);
  const asked = wordsAsked(template.turns, new Map());
  return seen > 0 && seen < leastProven(changing, asked, policy) ? "unproven" : undefined;
}

/**
 * Whether a recorded reply changes something after running text in a tool's result: then it belongs to its
 * very conversation.
 */
export function isActAfterProse({ turns, said }: Pick<Exchange, "turns" | "said">): boolean {
  return toolsIn(said).some(changes) && proseIn(turns.map(literalTurn), new Map()).texts.length > 0;
}

/**
 * What a template was right beside, as a fact: nothing where no running text was left open, or where that
 * asked for the reply.
 */
export function proseFacts(learnt: Learnt, bindings: Bindings, knowledge: Knowledge): Fact[] {
  const { turns } = learnt.template;
  const changing = changingIn(learnt);
  if (changing.length === 0) return [];
  const prose = proseIn(turns, bindings);
  if (
    prose.texts.length === 0 ||
    isTold(learnt, { prose, asked: wordsAsked(turns, bindings), changing }, knowledge)
  )
    return [];
  return [{ kind: "prose", skeleton: learnt.skeleton, ...sketchOf(prose.open) }];
}

/**
 * Whether a template that continues from a last step would change something of which that step says nothing:
 * "Shall I go on?" – "Yes" means another thing in every conversation.
 */
function changesUnsaid(learnt: Learnt, knowledge: Knowledge): boolean {
  const { template } = learnt;
  return (
    template.continuation === true && toolsIn(template.reply).some(changes) && knowledge.traits(learnt).fixed
  );
}

/** The tools a reply calls that may change something, of a template that has read a tool's result. */
function changingIn({ template }: Learnt): readonly string[] {
  // Asked of every template that is loaded, most of which nobody asks anything else.
  return template.turns.some(isResult) ? toolsIn(template.reply).filter(changes) : [];
}

// Tools whose names begin with one of these only read, and those that end with one of the last. Any other may
// change something.
const READING = new Set(
  (
    "get list search find read fetch lookup look query check show view count describe retrieve select browse calculate compute " +
    "convert compare inspect is has can"
  ).split(" "),
);
const SEARCHING = new Set(["search", "lookup"]);
const PARTICLES = new Set(["in", "out", "off"]);

/** Whether a tool may change something, by its name. */
export function changes(tool: string): boolean {
  const words = wordsOfName(tool);
  const isReading = READING.has(words[0] ?? "") && !PARTICLES.has(words[1] ?? "");
  return !isReading && !SEARCHING.has(words.at(-1) ?? "");
}

/** The running text of a conversation, what the user has said in it, and what a reply to it would do. */
interface Heard {
  readonly prose: Prose;
  /** In small letters. */
  readonly asked: string;
  /** The tools it calls that may change something. */
  readonly changing: readonly string[];
}

function wordsAsked(turns: readonly TurnPattern<Slot>[], bindings: Bindings): string {
  const asked = turns.filter(({ role }) => role === "user").flatMap(({ parts }) => parts);
  return asked
    .map((part) => filled(wordsIn(part) ?? [], bindings))
    .join("")
    .toLowerCase();
}

/**
 * Whether running text names a tool that changes something, or what is sent to any tool, and nobody else
 * does.
 */
function isTold(learnt: Learnt, { prose, asked, changing }: Heard, knowledge: Knowledge): boolean {
  const texts = prose.texts.map((text) => text.toLowerCase());
  const isNamed = (tool: string): boolean => {
    const words = wordsOfName(tool);
    return words.length > 0 && texts.some((text) => words.every((word) => saysWord(text, word)));
  };
  if (changing.some((tool) => isNamed(tool) && !isAskedFor(tool, asked))) return true;
  const { args } = knowledge.scope(learnt.scope);
  return knowledge.traits(learnt).said.some((said) => {
    if (!("constant" in said) || said.constant.length < LEAST_CONSTANT) return false;
    const constant = said.constant.toLowerCase();
    const isInProse = texts.some((text) => text.includes(constant)) && !asked.includes(constant);
    return isInProse && args.count(said.place, said.constant) < KNOWN;
  });
}

// A shorter constant stands in running text by chance.
const LEAST_CONSTANT = 4;

/** Whether the user says what a tool does: the first word of its name. */
function isAskedFor(tool: string, asked: string): boolean {
  return saysWord(asked, wordsOfName(tool)[0] ?? tool.toLowerCase());
}

function isAsked(changing: readonly string[], asked: string): boolean {
  return changing.every((tool) => isAskedFor(tool, asked));
}

function leastProven(changing: readonly string[], asked: string, policy: Policy): number {
  return PROVEN[policy][isAsked(changing, asked) ? "asked" : "unasked"];
}

/**
 * Whether a template that changes something was right beside enough different texts, and this one has what
 * they had in common.
 */
function isProven(
  learnt: Learnt,
  { prose, asked, changing }: Heard,
  { knowledge, policy }: { readonly knowledge: Knowledge; readonly policy: Policy },
): boolean {
  const least = leastProven(changing, asked, policy);
  // Text that a template demands word by word is the same in all that speaks for it.
  if (prose.open.length === 0) return knowledge.evidence(learnt).agreements.size >= least;
  if (knowledge.prose.countOf(learnt.skeleton) < least) return false;
  if (isAsked(changing, asked)) return true;
  const present = new Set(sketchOf(prose.open).runs);
  return knowledge.prose.commonOf(learnt.skeleton).every((run) => present.has(run));
}

/** What a reply is filled with. */
interface Filled {
  readonly bindings: Bindings;
  readonly values: ReadonlyMap<Hole, Json>;
}

/** Whether a hole of a reply is filled from running text. */
function sendsProse(reply: ReplyPattern<Hole>, prose: Prose, { bindings, values }: Filled): boolean {
  return placesOf(reply).some((hole) => {
    const value = values.get(hole);
    const reads = hole.hypotheses.some((expression) => readsProse(expression, prose, bindings));
    return reads && !isField(value, bindings);
  });
}

function readsProse(expression: Expression, prose: Prose, bindings: Bindings): boolean {
  if (expression.kind === "literal") return false;
  if (expression.kind === "variable" && prose.slots.has(expression.name)) return true;
  const value = isPath(expression) ? valueOf(expression, bindings) : undefined;
  if (value !== undefined) return proseOf(value).length > 0;
  return expression.kind === "call" && expression.args.some((arg) => readsProse(arg, prose, bindings));
}

/** Whether an expression says where in a variable a value stands, and nothing else. */
function isPath(expression: Expression): boolean {
  if (expression.kind !== "call") return expression.kind === "variable";
  const [of, key] = expression.args;
  return expression.name === "get" && of !== undefined && key?.kind === "literal" && isPath(of);
}

function valueOf(expression: Expression, bindings: Bindings): Json | undefined {
  const found = evaluate(expression, bindings);
  return found.ok ? found.value : undefined;
}

/** Whether all of a value are whole fields of results, none of them running text. */
function isField(value: Json | undefined, bindings: Bindings): boolean {
  const parts = value === undefined ? [] : scalarTextsIn(value);
  if (parts.length === 0 || parts.some(isProse)) return false;
  const fields = new Set(
    [...bindings.values()]
      .filter((bound) => typeof bound === "object")
      .flatMap((bound) => scalarTextsIn(bound as Json)),
  );
  return parts.every((part) => fields.has(part));
}
