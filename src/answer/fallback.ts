/** What may be answered where no template of the whole conversation may answer. */
import type { Bindings } from "../template/derivation/expression.js";
import type { Turn } from "../template/turn.js";
import { meansTheSame } from "../tree/entry.js";
import type { Entry } from "../tree/knowledge.js";
import type { Rewording } from "../tree/stretches.js";
import type { PredictionKind } from "../trust/kind.js";
import type { Verdict } from "../trust/verdict.js";
import type { AnswerContext } from "./context.js";
import { continuationsOf } from "./last-step.js";
import { type Asking, visible } from "./read.js";
import { reword } from "./reword.js";
import { isRival, type Proposal, propose, select } from "./select.js";

/** How a question was read in other words, and the class of predictions that this is one of. */
export interface Reworded {
  readonly kind: PredictionKind;
  readonly rewording: Rewording;
}

/** What is to be served, and by what. */
export interface Served {
  readonly entry: Entry;
  readonly said: Turn;
  /** What was read out of the conversation. */
  readonly captured: Bindings;
  /** The same with what the caller has bound beside it. */
  readonly bindings: Bindings;
  /** In which other words it was answered. */
  readonly reworded?: Reworded;
  /** What is thought of it. */
  readonly verdict: Pick<Verdict, "doubt" | "kind" | "approved">;
}

/** What a proposal that was chosen serves. */
export function spoken({
  learnt,
  reply,
  captured,
  bindings,
  ...verdict
}: Proposal & { readonly reply: Turn }): Served {
  return { entry: learnt, said: reply, captured, bindings, verdict };
}

/**
 * What is served where no template of the whole conversation may answer; `proposals` says what those would
 * have said:
 * 1. what is said to the last question in other words;
 * 2. what follows the last step, whatever came before it.
 * Neither is served where a proposal that was right before gives another reply, though it is not trusted
 * enough to be served itself. What the caller has bound matters to templates with the caller's names alone.
 */
export function fallback(
  asking: Asking,
  proposals: readonly Proposal[],
  context: AnswerContext,
): Served | undefined {
  const rivals = proposals.filter(isRival);
  return inOtherWords(asking, rivals, context) ?? fromLastStep(asking, rivals, context);
}

// Under how many different replies words must have stood for each other before one is taken for the other.
const STOOD_FOR = 2;

function inOtherWords(
  { reading, tree }: Asking,
  rivals: readonly Proposal[],
  context: AnswerContext,
): Served | undefined {
  const { turns, chain, states } = reading;
  const { knowledge, settings, evaluation } = context;
  const voices = reword(turns, tree, {
    knowledge,
    trust: settings,
    evaluation,
    chain,
    states,
    least: STOOD_FOR,
    now: settings.now(),
  });
  const first = voices.find(({ doubt }) => doubt <= settings.maxErrorRate);
  if (!first) return undefined;
  // What was never right before has no say against it.
  const heard = voices.filter(({ kind }) => kind.agreements > 0);
  if (![...heard, ...rivals].every(({ reply }) => meansTheSame(reply as Turn, first.reply))) return undefined;
  const { entry, reply, captured, bindings, kind, doubt, rewording } = first;
  return { entry, said: reply, captured, bindings, reworded: { kind, rewording }, verdict: { kind, doubt } };
}

function fromLastStep(
  { reading, tree, given }: Asking,
  rivals: readonly Proposal[],
  context: AnswerContext,
): Served | undefined {
  const { knowledge, settings, evaluation } = context;
  const continued = propose(continuationsOf(reading.turns.map(visible), tree), given, {
    knowledge,
    trust: settings,
    evaluation,
  });
  // `eager` takes what was said once for right: not here.
  const believed = continued.filter(({ kind, doubt }) => !kind || doubt <= settings.maxErrorRate);
  const chosen = select(believed, settings, settings.now());
  if (typeof chosen === "string") return undefined;
  const heard = [...continued.filter(isRival), ...rivals];
  return heard.every(({ reply }) => meansTheSame(reply as Turn, chosen.reply)) ? spoken(chosen) : undefined;
}
