/** Tells how a lookup would go: each step of the walk, each template reached, and what is missing. */

import { printReply, printTurnPattern } from "../template/print.js";
import { literalTurn } from "../template/visit.js";
import type { Learnt, ScopeTree } from "../tree/knowledge.js";
import { labelled } from "../tree/labels.js";
import type { State } from "../tree/walk.js";
import { standingOf } from "../trust/standing.js";
import { type Missing, missingOf, toldOf } from "../trust/verdict.js";
import type { BypassReason, CacheRequest, MissReason, Review } from "../types.js";
import type { AnsweredBefore, AskedBefore } from "./asked.js";
import type { AnswerContext, CheckedTool } from "./context.js";
import { answer } from "./index.js";
import { continuationsOf } from "./last-step.js";
import { isTooLarge } from "./limits.js";
import { type Nearest, nearestTo } from "./nearest.js";
import { type Asking, follow, givenBindings, Reading, readRequest, visible } from "./read.js";
import { Recall } from "./recall.js";
import { type Proposal, propose } from "./select.js";
import { sentenceOf } from "./sentence.js";

/** One message of the walk. */
export interface ExplainedStep {
  /** The message, on one line. */
  readonly message: string;
  /** The places in the tree it led to. */
  readonly paths: number;
  /** Why patterns that have its form refused it. */
  readonly refusals: readonly string[];
}

/** A template that fits the whole conversation. */
export interface ExplainedTemplate {
  readonly template: string;
  readonly standing: "live" | "candidate" | "retired";
  readonly turns: readonly string[];
  readonly reply: string;
  /** What it would say, or why it says nothing. */
  readonly says: string;
  readonly agreements: number;
  /**
   * The share of predictions like this one that is expected to be wrong, from 0 to 1; served up to
   * `maxErrorRate`.
   */
  readonly doubt: number;
  /**
   * So many more agreements are enough, everything else being equal; 0 for what is live, `undefined` if none
   * would be.
   */
  readonly missingAgreements: number | undefined;
  /** What speaks against serving it, the gravest first; empty for what is live. */
  readonly doubts: readonly string[];
  /** What a person has said of it last. */
  readonly review?: Review;
}

/** How a lookup would go. Holds conversation text. */
export interface Explanation {
  /** The whole of it in a sentence. */
  readonly sentence: string;
  readonly outcome: "hit" | "miss" | "bypass";
  readonly match?: "exact" | "template";
  readonly reason?: MissReason | BypassReason;
  /** The last question in the other words in which it was answered. */
  readonly reworded?: string;
  readonly depth: number;
  readonly steps: readonly ExplainedStep[];
  readonly templates: readonly ExplainedTemplate[];
  /** Where nothing fits: what is nearest, and where the conversation leaves it. */
  readonly nearest?: Nearest;
  /** Whether what the store holds of this scope has not been read yet: the next call reads it. */
  readonly isUnread?: true;
  /** What became of the call, where its answer's id was asked for: the rest says how it would go now. */
  readonly before?: AnsweredBefore;
  /** Of a hit: the checks that look at the world before it is served. They are not run here. */
  readonly checks?: readonly CheckedTool[];
}

/** What is known of a scope, and whether there is more of it in the store. */
export interface KnownScope {
  readonly tree: ScopeTree;
  readonly isUnread: boolean;
}

/** Explains a request against what is known of its scope. Throws `Unfit` for what is no conversation. */
export function explain(request: CacheRequest, known: KnownScope, context: AnswerContext): Explanation {
  if (request.read === false) return bypass("read-off");
  if (Array.isArray(request.messages) && isTooLarge(request.messages, context.settings))
    return bypass("too-large");
  const given = givenBindings(request.bindings);
  const { tree, isUnread } = known;
  const reading = readRequest(request, { scope: "", tree, recall: new Recall<Reading>(), walk: true });
  return told(noted(explainReading({ reading, tree, given }, context), isUnread));
}

/** Explains what was asked before, as it would go now. `known` is that of its scope. */
export function explainBefore(
  { question, answered }: AskedBefore,
  known: KnownScope | undefined,
  context: AnswerContext,
): Explanation {
  if (!question || !known) return { ...bypass(answered.reason ?? "fault", answered), before: answered };
  const { tree, isUnread } = known;
  const now = explainReading(
    { reading: new Reading(question, { tree, walk: true }), tree, given: question.given },
    context,
  );
  return told({ ...noted(now, isUnread), before: answered });
}

/** What there is to explain of a call that goes past the cache, for adapters that keep it from there. */
export function explainBypass(reason: BypassReason): Explanation {
  return bypass(reason);
}

function bypass(reason: NonNullable<AnsweredBefore["reason"]>, before?: AnsweredBefore): Explanation {
  return told({ outcome: "bypass", reason, depth: 0, steps: [], templates: [], ...(before && { before }) });
}

function told(explanation: Untold): Explanation {
  return { sentence: sentenceOf(explanation), ...explanation };
}

type Untold = Omit<Explanation, "sentence">;

function noted(explanation: Untold, isUnread: boolean): Untold {
  return isUnread && explanation.outcome === "miss" ? { ...explanation, isUnread } : explanation;
}

function explainReading(asking: Asking, context: AnswerContext): Untold {
  const { reading, tree, given } = asking;
  const answered = answer(asking, context);
  const steps: ExplainedStep[] = [];
  let states: readonly State<Learnt>[] = [{ node: tree.root, bindings: new Map() }];
  for (const turn of reading.turns) {
    const next = follow(states, { turn });
    states = next.states;
    steps.push({
      message: printTurnPattern(literalTurn(turn)),
      paths: states.length,
      refusals: [...next.refusals],
    });
  }
  const { settings, knowledge, evaluation } = context;
  states = [...states, ...continuationsOf(reading.turns.map(visible), tree)];
  const proposed = propose(states, given, { knowledge, trust: settings, evaluation }).map(
    (proposal): ExplainedTemplate => {
      const { learnt, standing, reply, doubt } = proposal;
      const missing = missingFrom(proposal, context);
      const shown = labelled(learnt, knowledge);
      return {
        template: learnt.id,
        standing,
        turns: shown.turns.map(printTurnPattern),
        reply: printReply(shown.reply),
        says: typeof reply === "string" ? reply : printReply(literalTurn(reply)),
        agreements: knowledge.evidence(learnt).agreements.size,
        doubt,
        missingAgreements: missing.agreements,
        doubts: missing.doubts,
        ...reviewOf(learnt, context),
      };
    },
  );
  const templates = [...proposed, ...retiredAmong(states, context)];
  if (answered.status === "hit") {
    const { match, reworded } = answered;
    const checks = context.statesOf(answered.entry, answered.reply);
    return {
      outcome: "hit",
      match,
      ...(reworded && { reworded: reworded.rewording.text }),
      ...(checks.length > 0 && { checks }),
      depth: reading.turns.length,
      steps,
      templates,
    };
  }
  const nearest =
    answered.reason === "unseen" || answered.reason === "ambiguous"
      ? nearestTo(reading.turns, tree)
      : undefined;
  return {
    outcome: "miss",
    reason: answered.reason,
    depth: answered.depth,
    steps,
    templates,
    ...(nearest && { nearest }),
  };
}

/** What fits and says nothing any more, since it was proven wrong. */
function retiredAmong(
  states: readonly State<Learnt>[],
  { knowledge, settings }: AnswerContext,
): ExplainedTemplate[] {
  const fitting = new Set(states.flatMap(({ node }) => node.leaves));
  return [...fitting].flatMap((learnt) => {
    const evidence = knowledge.evidence(learnt);
    if (standingOf(evidence, settings) !== "retired") return [];
    const turns = learnt.template.turns.map(printTurnPattern);
    const reply = printReply(learnt.template.reply);
    const agreements = evidence.agreements.size;
    const isByHand = evidence.review?.verdict === "retire";
    const retired = {
      standing: "retired",
      says: "retired",
      doubt: 1,
      missingAgreements: undefined,
      doubts: [isByHand ? RETIRED_BY_HAND : PROVEN_WRONG],
      ...reviewOf(learnt, { knowledge }),
    } as const;
    return [{ template: learnt.id, turns, reply, agreements, ...retired }];
  });
}

function reviewOf(
  learnt: Learnt,
  { knowledge }: Pick<AnswerContext, "knowledge">,
): { readonly review?: Review } {
  const { review } = knowledge.evidence(learnt);
  return review ? { review: toldOf(review) } : {};
}

const RETIRED_BY_HAND = "a person has retired it";
const PROVEN_WRONG = "the model, or a verdict, has contradicted it";

/** What is missing before a template's proposal is served, if anything is. */
export function missingFrom(proposal: Proposal, { knowledge, settings }: AnswerContext): Missing {
  const { reply } = proposal;
  if (typeof reply === "string") return { agreements: undefined, doubts: [SILENCE[reply]] };
  return missingOf({ ...proposal, reply }, knowledge, settings);
}

const SILENCE: Readonly<Record<Exclude<Proposal["reply"], object>, string>> = {
  bindings: "it reads other values under the names the caller has bound",
  derivation: "a value of its reply cannot be derived here, or in two ways that differ",
  guarded: "a condition of it does not hold",
};
