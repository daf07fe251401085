/** The hit path: from a reading to a reply, or to the reason why there is none. */

import type { Settings } from "../options.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import { printJson, scalarText } from "../template/json.js";
import type { Turn } from "../template/turn.js";
import { meaningOf, meansTheSame } from "../tree/entry.js";
import type { Entry, Exchange, Knowledge, ScopeTree } from "../tree/knowledge.js";
import type { Rewording } from "../tree/wordings.js";
import type { Hit, MissReason, Reply } from "../types.js";
import { isBelieved, type Kind } from "./confidence.js";
import { continuationsOf } from "./continuation.js";
import { type Reading, visible } from "./read.js";
import { replyOf } from "./reply.js";
import { reword, type Voice } from "./reword.js";
import { isRival, type Proposal, propose, select } from "./select.js";
import { isExpired } from "./trust.js";

/** What answering needs beside the reading. */
export interface AnswerContext {
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly evaluation: EvaluateOptions;
  /** Tools whose calls are never replayed. */
  readonly never: ReadonlySet<string>;
  readonly onGuardFault: (error: unknown) => void;
}

/** What was decided, before it is given an id. */
export type Answered =
  | {
      readonly status: "hit";
      readonly match: Hit["match"];
      readonly entry: Entry;
      readonly reply: Reply;
      readonly captured: Bindings;
      readonly bindings: Readonly<Record<string, string>>;
      /** In which other words it was answered. */
      readonly reworded?: { readonly kind: Kind; readonly rewording: Rewording };
    }
  | { readonly status: "miss"; readonly reason: MissReason; readonly depth: number; readonly expired?: readonly Entry[] };

/**
 * Answers a reading.
 * 1. The very conversation was seen: its recorded reply.
 * 2. Templates, from the most to the least specific.
 * 3. Where none may answer: the same for the question in other words.
 * 4. Then what follows the last step, whatever came before it.
 * 5. Otherwise the most telling reason for a miss.
 */
export function answer(reading: Reading, tree: ScopeTree, given: ReadonlyMap<string, string>, context: AnswerContext): Answered {
  return exactAnswer(reading, tree, given, context) ?? templateAnswer(reading, tree, given, context);
}

function exactAnswer(reading: Reading, tree: ScopeTree, given: ReadonlyMap<string, string>, context: AnswerContext): Answered | undefined {
  const { settings } = context;
  const known = tree.exact.get(reading.chain.at(-1) ?? "");
  if (!known) return undefined;
  const depth = reading.turns.length;
  const now = settings.now();
  const expired = known.filter((exchange) => isExpired(exchange, settings, now));
  const fresh = known.filter((exchange) => !expired.includes(exchange));
  const [first] = fresh;
  if (!first) return { status: "miss", reason: "expired", depth, expired };
  // The model has said different things here: none of them is known to be right.
  if (fresh.length > 1) return { status: "miss", reason: "volatile", depth };
  if (given.size > 0 && disagrees(first, reading, given, context)) return { status: "miss", reason: "bindings", depth };
  return permitted({ status: "hit", match: "exact", entry: first, reply: first.reply, captured: NONE, bindings: {} }, depth, context);
}

const NONE: Bindings = new Map();

/** Whether a template says something else with the caller's bindings, which may hold what no message does (a date, say). */
function disagrees(exchange: Exchange, reading: Reading, given: ReadonlyMap<string, string>, context: AnswerContext): boolean {
  return propose(reading.states, given, context.knowledge, context.settings, context.evaluation).some(
    ({ learnt, reply }) => learnt.origin === "bound" && typeof reply === "object" && meaningOf(visible(reply)) !== exchange.meaning,
  );
}

function templateAnswer(reading: Reading, tree: ScopeTree, given: ReadonlyMap<string, string>, context: AnswerContext): Answered {
  const { settings, knowledge, evaluation } = context;
  const depth = Math.max(reading.depth, exactDepth(reading, tree));
  if (settings.policy === "exact") return { status: "miss", reason: "unseen", depth };
  if (reading.busy) return { status: "miss", reason: "busy", depth };
  const now = settings.now();
  const all = propose(reading.states, given, knowledge, settings, evaluation);
  // Where what was read contradicts the caller, only templates that know the caller's names may speak.
  const proposals = reading.refusals.has("given") ? all.filter(({ learnt }) => learnt.origin === "bound") : all;
  const chosen = select(proposals, settings, now);
  if (chosen === "expired") {
    const expired = proposals.map(({ learnt }) => learnt).filter((learnt) => isExpired(learnt, settings, now));
    return { status: "miss", reason: "expired", depth, expired };
  }
  if (chosen === "unseen" || chosen === "untrusted") {
    const voice = agreed(
      reword(reading.turns, tree, { knowledge, trust: settings, evaluation, given, states: reading.states, least: STOOD_FOR, now }),
      proposals,
      knowledge,
    );
    if (!voice)
      return (
        continuationAnswer(reading, tree, given, proposals, context) ?? {
          status: "miss",
          reason: chosen === "unseen" ? refusalReason(reading) : chosen,
          depth,
        }
      );
    const { entry, captured, bindings, kind, rewording } = voice;
    const reply = replyOf(voice.reply, settings.generateId);
    const reworded = { kind, rewording };
    const hit = { status: "hit", match: "template", entry, reply, captured, bindings: asText(bindings), reworded } as const;
    return permitted(hit, depth, context);
  }
  if (typeof chosen === "string") return { status: "miss", reason: chosen, depth };
  const { learnt, captured, bindings } = chosen;
  const reply = replyOf(chosen.reply, settings.generateId);
  return permitted({ status: "hit", match: "template", entry: learnt, reply, captured, bindings: asText(bindings) }, depth, context);
}

/** What follows the last step whatever came before it, if nothing that looks at all of it has been right and says otherwise. */
function continuationAnswer(
  reading: Reading,
  tree: ScopeTree,
  given: ReadonlyMap<string, string>,
  proposals: readonly Proposal[],
  context: AnswerContext,
): Answered | undefined {
  const { settings, knowledge, evaluation } = context;
  const states = continuationsOf(reading.turns.map(visible), tree, given);
  const continued = propose(states, given, knowledge, settings, evaluation);
  const chosen = select(
    continued.filter(({ kind }) => kind && isBelieved(kind, knowledge)),
    settings,
    settings.now(),
  );
  if (typeof chosen === "string") return undefined;
  const heard = [...continued, ...proposals].filter(isRival);
  if (!heard.every(({ reply }) => meansTheSame(reply as Turn, chosen.reply))) return undefined;
  const { learnt, captured, bindings } = chosen;
  const reply = replyOf(chosen.reply, settings.generateId);
  return permitted(
    { status: "hit", match: "template", entry: learnt, reply, captured, bindings: asText(bindings) },
    reading.turns.length,
    context,
  );
}

// Under how many different replies words must have stood for each other before one is taken for the other.
const STOOD_FOR = 2;

/** What is said to a question in other words, if nothing that is known says otherwise, and it is believed. */
function agreed(voices: readonly Voice[], proposals: readonly Proposal[], knowledge: Knowledge): Voice | undefined {
  const first = voices.find(({ kind }) => isBelieved(kind, knowledge));
  if (!first) return undefined;
  // What was never right before has no say against it.
  const heard = [...voices.filter(({ kind }) => kind.agreements > 0), ...proposals.filter(isRival)];
  return heard.every(({ reply }) => meansTheSame(reply as Turn, first.reply)) ? first : undefined;
}

/** How many messages, from the first, are a conversation that was seen. */
function exactDepth(reading: Reading, tree: ScopeTree): number {
  for (let length = reading.chain.length; length > 0; length--) if (tree.exact.has(reading.chain[length - 1] as string)) return length;
  return 0;
}

function refusalReason({ refusals }: Reading): MissReason {
  if (refusals.has("given")) return "bindings";
  return refusals.has("ambiguous") ? "ambiguous" : "unseen";
}

function asText(bindings: Bindings): Record<string, string> {
  return Object.fromEntries([...bindings].map(([name, value]) => [name, scalarText(value) ?? printJson(value)]));
}

/** The last word before serving: tools that are never replayed, and the caller's guard. */
function permitted(hit: Answered & { status: "hit" }, depth: number, { never, settings, onGuardFault }: AnswerContext): Answered {
  if (hit.reply.tool_calls?.some((call) => never.has(call.function.name))) return { status: "miss", reason: "never", depth };
  if (!settings.guard) return hit;
  try {
    // A copy: what a guard does to it must not reach what is kept.
    const verdict: unknown = settings.guard(structuredClone(hit.reply), {
      match: hit.match,
      template: hit.entry.id,
      bindings: hit.bindings,
    });
    if (verdict instanceof Promise) verdict.catch(onGuardFault);
    return verdict === true || verdict === undefined ? hit : { status: "miss", reason: "guarded", depth };
  } catch (error) {
    onGuardFault(error);
    return { status: "miss", reason: "guarded", depth };
  }
}
