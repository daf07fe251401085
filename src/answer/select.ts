/** Decides which of the templates that fit may answer, or why none may. */
import type { EvaluateOptions } from "../template/derivation/evaluate.js";
import { evaluate } from "../template/derivation/evaluate.js";
import type { Bindings } from "../template/derivation/expression.js";
import type { Json } from "../template/json.js";
import type { Hole } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { meansTheSame } from "../tree/entry.js";
import type { Knowledge, Learnt } from "../tree/knowledge.js";
import { isMoreSpecific } from "../tree/specificity.js";
import type { State } from "../tree/walk.js";
import { isDoubtfulSilence, isExpired, type Standing, standingOf, type TrustSettings } from "../trust/standing.js";
import { type Verdict, verdictOn } from "../trust/verdict.js";
import type { MissReason } from "../types.js";
import { hydrate } from "./hydrate.js";

/** What a template says to a conversation that it fits. */
export interface Proposal extends Verdict {
  readonly learnt: Learnt;
  /** What was read out of the conversation. */
  readonly captured: Bindings;
  /** The same with what the caller has bound beside it. */
  readonly bindings: Bindings;
  /** The hydrated reply, or why there is none. */
  readonly reply: Turn | Extract<MissReason, "derivation" | "guarded">;
}

/**
 * What every template that fits says, trusted or not. Learning tests its candidates with this, so it is what is served.
 * `reworded` where the conversation is not the one that was asked, but the same in other words.
 */
export function propose(
  states: readonly State<Learnt>[],
  given: ReadonlyMap<string, string>,
  knowledge: Knowledge,
  trust: TrustSettings,
  evaluation: EvaluateOptions,
  reworded = false,
): Proposal[] {
  const proposals: Proposal[] = [];
  for (const { node, bindings } of states) {
    for (const learnt of node.leaves) {
      const standing = standingOf(knowledge.evidence(learnt), trust);
      if (standing === "retired") continue;
      const known = withGiven(bindings, given);
      const values = new Map<Hole, Json>();
      const reply = replyTo(learnt, known, evaluation, values);
      const proposal = { learnt, captured: bindings, bindings: known, reply };
      proposals.push(
        typeof reply === "object"
          ? { ...proposal, ...verdictOn({ learnt, bindings: known, values, reply, reworded }, knowledge, trust) }
          : { ...proposal, doubt: 1, standing: learnt.origin === "bound" ? standing : silent(learnt, knowledge, trust) },
      );
    }
  }
  return proposals;
}

/** What an induced template that says nothing counts for: it is a doubt only if it has said something right before. */
function silent(learnt: Learnt, knowledge: Knowledge, trust: TrustSettings): Standing {
  // What takes any question whatever, or speaks by a table, fits only where it has something to say.
  const { loose, tabled } = knowledge.traits(learnt);
  const isProven = !loose && !tabled && knowledge.evidence(learnt).agreements.size >= trust.minAgreements;
  return isProven && isDoubtfulSilence(learnt, knowledge) && trust.policy !== "exact" ? "live" : "candidate";
}

/** A variable that stands nowhere in the conversation may still be known from the caller. */
function withGiven(bindings: Bindings, given: ReadonlyMap<string, string>): Bindings {
  return given.size === 0 ? bindings : new Map([...given, ...bindings]);
}

function replyTo(learnt: Learnt, bindings: Bindings, evaluation: EvaluateOptions, values: Map<Hole, Json>): Proposal["reply"] {
  for (const guard of learnt.template.guards) {
    const verdict = evaluate(guard, bindings, evaluation);
    if (!verdict.ok || verdict.value !== true) return "guarded";
  }
  return hydrate(learnt.template.reply, bindings, evaluation, values) ?? "derivation";
}

type Said = Proposal & { reply: Turn };

/** Whether a proposal has been right before, but is not trusted enough to be served. */
export function isRival({ standing, reply, kind }: Proposal): boolean {
  return standing === "candidate" && typeof reply === "object" && (kind?.agreements ?? 0) > 0;
}

/** The proposal to serve, or the reason for a miss. `proposals` are those that fit; only live ones may answer. */
export function select(proposals: readonly Proposal[], trust: TrustSettings, now: number): (Proposal & { reply: Turn }) | MissReason {
  const live = proposals.filter((proposal) => proposal.standing === "live");
  if (live.length === 0) return proposals.length > 0 ? "untrusted" : "unseen";
  const fresh = live.filter((proposal) => !isExpired(proposal.learnt, trust, now));
  if (fresh.length === 0) return "expired";
  // A guard that says no takes its template out; a derivation that fails is a doubt about what the others say.
  const open = fresh.filter((proposal) => proposal.reply !== "guarded");
  if (open.length === 0) return "guarded";
  const said = open.filter((proposal): proposal is Proposal & { reply: Turn } => typeof proposal.reply === "object");
  if (said.length < open.length) return "derivation";

  // What has been right before and says otherwise is a doubt too, though it is not trusted enough to answer.
  const heard = [...said, ...proposals.filter((proposal): proposal is Said => isRival(proposal))];
  const first = said[0] as Said;
  if (heard.every((other) => meansTheSame(other.reply, first.reply))) return first;
  const winner = said.find((proposal) =>
    heard.every(
      (other) => meansTheSame(other.reply, proposal.reply) || isMoreSpecific(proposal.learnt.template.turns, other.learnt.template.turns),
    ),
  );
  return winner ?? "disagreement";
}
