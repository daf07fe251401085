/** Decides which of the templates that fit may answer, or why none may. */

import { variablesOf } from "../template/derivation/analyse.js";
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import type { Bindings, Expression } from "../template/derivation/expression.js";
import { type Json, scalarText } from "../template/json.js";
import type { Hole, ReplyPattern } from "../template/template.js";
import { contextOf, type Traits } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import { mapReply } from "../template/visit.js";
import { meansTheSame } from "../tree/entry.js";
import { evaluationIn } from "../tree/evaluation.js";
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import { isMoreSpecific } from "../tree/specificity.js";
import type { State } from "../tree/walk.js";
import {
  isDoubtfulSilence,
  isExpired,
  type Standing,
  standingOf,
  type TrustSettings,
} from "../trust/standing.js";
import { type Verdict, verdictOn } from "../trust/verdict.js";
import type { MissReason } from "../types.js";
import { hydrate } from "./hydrate.js";
import { areMet } from "./predict.js";

/** What a template says to a conversation that it fits. */
export interface Proposal extends Verdict {
  readonly learnt: Learnt;
  /** What was read out of the conversation. */
  readonly captured: Bindings;
  /** The same with the caller's values beside it that stand in no message. */
  readonly bindings: Bindings;
  /** What each hole of the reply was filled with. */
  readonly values: ReadonlyMap<Hole, Json>;
  /** The hydrated reply, or why there is none. */
  readonly reply: Turn | Extract<MissReason, "bindings" | "derivation" | "guarded">;
  /** What it would say if its conditions held, where they do not. */
  readonly kept?: () => Turn | undefined;
}

/** What proposals are made with. */
export interface Proposing {
  readonly knowledge: Knowledge;
  readonly trust: TrustSettings;
  readonly evaluation: EvaluateOptions;
  /** The conversation is not the one that was asked, but the same in other words. */
  readonly reworded?: boolean;
  /** Told how long it took to fill replies, in ms. */
  readonly onHydrated?: (took: number) => void;
}

/**
 * What every template that fits says, trusted or not. Learning tests its candidates with this, so it is what
 * is served.
 */
export function propose(
  states: readonly State<Learnt>[],
  given: ReadonlyMap<string, string>,
  { knowledge, trust, evaluation: anywhere, reworded = false, onHydrated }: Proposing,
): Proposal[] {
  const proposals: Proposal[] = [];
  for (const { node, bindings } of states) {
    for (const learnt of node.leaves) {
      const standing = standingOf(knowledge.evidence(learnt), trust);
      if (standing === "retired") continue;
      const callers = knowledge.traits(learnt);
      const evaluation = callers.scoped
        ? {
            ...evaluationIn(learnt.scope, knowledge, anywhere),
            ...(callers.lookedUp && { context: contextOf(learnt.template, bindings) }),
          }
        : anywhere;
      const known = withGiven(bindings, given, callers);
      const values = new Map<Hole, Json>();
      const { unsaid } = callers;
      const filling = { learnt, bindings: known, unsaid, values };
      const began = onHydrated ? performance.now() : 0;
      const reply = contradicts(bindings, given, callers) ? "bindings" : replyTo(filling, evaluation);
      onHydrated?.(performance.now() - began);
      const kept = (): Turn | undefined => hydrate(knowable(learnt, known, unsaid), known, evaluation);
      const proposal = {
        learnt,
        captured: bindings,
        bindings: known,
        values,
        reply,
        ...(reply === "guarded" && { kept }),
      };
      proposals.push(
        typeof reply === "object"
          ? {
              ...proposal,
              ...verdictOn({ learnt, bindings: known, values, reply, reworded }, knowledge, trust),
            }
          : {
              ...proposal,
              doubt: 1,
              standing: learnt.origin === "bound" ? standing : silent(learnt, knowledge, trust),
            },
      );
    }
  }
  return proposals;
}

/**
 * The standing of an induced template that fits and says nothing. As `live` its silence keeps the others from
 * answering, which takes that it was right before; as `candidate` it counts for nothing.
 */
function silent(learnt: Learnt, knowledge: Knowledge, trust: TrustSettings): Standing {
  // A template that takes any question, or looks its values up in a table, fits many conversations that it
  // was not made for: that it says nothing to one of them tells nothing.
  const { loose, tabled } = knowledge.traits(learnt);
  const isProven = !loose && !tabled && knowledge.evidence(learnt).agreements.size >= trust.minAgreements;
  return isProven && isDoubtfulSilence(learnt, knowledge) && trust.policy !== "exact" ? "live" : "candidate";
}

/** Whether a value that was read under a caller's name is not what the caller has bound to it. */
function contradicts(
  bindings: Bindings,
  given: ReadonlyMap<string, string>,
  { given: names }: Traits,
): boolean {
  for (const name of given.size > 0 ? names : []) {
    const [read, bound] = [bindings.get(name), given.get(name)];
    if (read !== undefined && bound !== undefined && scalarText(read) !== bound) return true;
  }
  return false;
}

/** A variable of the caller's that stands nowhere in the conversation is known from the caller. */
export function withGiven(
  bindings: Bindings,
  given: ReadonlyMap<string, string>,
  { unsaid }: Pick<Traits, "unsaid">,
): Bindings {
  if (given.size === 0 || unsaid.size === 0) return bindings;
  return new Map([...[...given].filter(([name]) => unsaid.has(name)), ...bindings]);
}

/** A template in a conversation, and what becomes of it there. */
interface Filling {
  readonly learnt: Learnt;
  readonly bindings: Bindings;
  /** The caller's names that no message holds. */
  readonly unsaid: ReadonlySet<string>;
  /** Takes what each hole is filled with. */
  readonly values: Map<Hole, Json>;
}

function replyTo(
  { learnt, bindings, unsaid, values }: Filling,
  evaluation: EvaluateOptions,
): Proposal["reply"] {
  if (!areMet(learnt.template.guards, bindings, evaluation)) return "guarded";
  return hydrate(knowable(learnt, bindings, unsaid), bindings, { ...evaluation, values }) ?? "derivation";
}

/**
 * A reply without the ways that need a value which the caller alone can say and has not said, where others
 * are left.
 */
function knowable({ template }: Learnt, bindings: Bindings, unsaid: ReadonlySet<string>): ReplyPattern<Hole> {
  const missing = [...unsaid].filter((name) => !bindings.has(name));
  if (missing.length === 0) return template.reply;
  const isKnown = (way: Expression): boolean => !missing.some((name) => variablesOf(way).has(name));
  return mapReply<Hole, Hole>(template.reply, (hole) =>
    hole.hypotheses.some(isKnown) ? { hypotheses: hole.hypotheses.filter(isKnown) } : hole,
  );
}

type Voice = Proposal & { reply: Turn };

/** Whether a proposal has been right before, but is not trusted enough to be served. */
export function isRival({ standing, reply, kind }: Proposal): boolean {
  return standing === "candidate" && typeof reply === "object" && (kind?.agreements ?? 0) > 0;
}

/**
 * What is said by those that may speak; `undefined` where one of them says nothing, which is a doubt about
 * the others. Not so where a template that the caller has bound is silent and an induced one speaks; and an
 * induced one that was never right is not asked where a bound one speaks.
 */
function voicesIn(open: readonly Proposal[]): readonly Voice[] | undefined {
  const isBound = ({ learnt }: Proposal): boolean => learnt.origin === "bound";
  const speaks = (proposal: Proposal): proposal is Voice => typeof proposal.reply === "object";
  const isOwn = open.some((proposal) => isBound(proposal) && speaks(proposal));
  const heard = open.filter(
    (proposal) => isBound(proposal) || !isOwn || (proposal.kind?.agreements ?? 1) > 0,
  );
  const isInduced = heard.some((proposal) => !isBound(proposal) && speaks(proposal));
  const said = heard.filter(speaks);
  return heard.every((proposal) => speaks(proposal) || (isInduced && isBound(proposal))) ? said : undefined;
}

/**
 * The proposal to serve, or the reason for a miss. `proposals` are those that fit; only live ones may answer.
 */
export function select(
  proposals: readonly Proposal[],
  trust: TrustSettings,
  now: number,
): (Proposal & { reply: Turn }) | MissReason {
  const live = proposals.filter((proposal) => proposal.standing === "live");
  // A trusted template has a slot under a name that the caller has bound, and read another value there: what
  // any template says of this conversation is a guess.
  if (live.some((proposal) => proposal.reply === "bindings")) return "bindings";
  if (live.length === 0) return proposals.length > 0 ? "untrusted" : "unseen";
  const fresh = live.filter((proposal) => !isExpired(proposal.learnt, trust, now));
  if (fresh.length === 0) return "expired";
  // A template whose guard is false does not apply. One whose derivation fails does apply and has no answer,
  // which is a doubt about what the others answer.
  const open = fresh.filter((proposal) => proposal.reply !== "guarded");
  if (open.length === 0) return "guarded";
  const said = voicesIn(open);
  if (said === undefined) return "derivation";

  // A template whose condition is false would have given this reply, and does not: one without any condition
  // may not give it either, as it has not seen what decides.
  const blind = said.filter(({ learnt }) => learnt.template.guards.length === 0);
  const kept = blind.length > 0 ? fresh.flatMap((proposal) => proposal.kept?.() ?? []) : [];
  if (blind.some(({ reply }) => kept.some((other) => meansTheSame(other, reply)))) return "guarded";
  // A candidate that was right before and says something else is a doubt, too, though it may not answer.
  const heard = [...said, ...proposals.filter((proposal): proposal is Voice => isRival(proposal))];
  const first = said[0] as Voice;
  if (heard.every((other) => meansTheSame(other.reply, first.reply))) return first;
  const winner = said.find((proposal) =>
    heard.every(
      (other) =>
        meansTheSame(other.reply, proposal.reply) ||
        isMoreSpecific(proposal.learnt.template.turns, other.learnt.template.turns),
    ),
  );
  return winner ?? "disagreement";
}

/**
 * Where templates disagree, those that may speak for each reply that is heard: one that is served for each,
 * so that the state of the world may part them. Empty where a reply is heard that none may serve.
 */
export function sidesOf(
  proposals: readonly Proposal[],
  trust: TrustSettings,
  now: number,
): readonly (Proposal & { reply: Turn })[] {
  const isLive = ({ standing, learnt }: Proposal): boolean =>
    standing === "live" && !isExpired(learnt, trust, now);
  const heard = proposals.filter(
    (proposal): proposal is Voice =>
      typeof proposal.reply === "object" && (isLive(proposal) || isRival(proposal)),
  );
  const sides: Voice[] = [];
  for (const voice of heard.filter(isLive))
    if (!sides.some(({ reply }) => meansTheSame(reply, voice.reply))) sides.push(voice);
  const isServed = (voice: Voice): boolean => sides.some(({ reply }) => meansTheSame(reply, voice.reply));
  return heard.every(isServed) ? sides : [];
}
