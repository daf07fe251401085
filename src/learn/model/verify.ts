/** The verifier: what a model proposes is tried by what serves, and by what mechanical templates are tried by. */
import { predict } from "../../answer/predict.js";
import type { Template } from "../../template/template.js";
import { createLearnt, meaningOf } from "../../tree/entry.js";
import { formOf } from "../../tree/form.js";
import type { Exchange, Learnt } from "../../tree/knowledge.js";
import { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { guardedBy } from "../stages/guards.js";
import { proposalsFor } from "../trial/predictions.js";
import { keepIfSound } from "../trial/trial.js";
import { build } from "./build.js";
import { type Outcome, type Proposal, type RefusedFor, refusable } from "./proposal.js";

/** What is verified: a proposal, the exchange it was made of, and others that it must explain. */
export interface Claimed {
  readonly exchange: Exchange;
  readonly together: readonly Exchange[];
  readonly proposal: Proposal;
}

/**
 * Keeps the templates of a proposal that reproduce the exchange, and say of no other known exchange of their
 * wording anything but what the model said there. They are candidates like any other. Says why where none is
 * kept.
 */
export async function verify(claimed: Claimed, workshop: Workshop): Promise<Outcome> {
  const { exchange, together, proposal } = claimed;
  const built = refusable(() => build(exchange, proposal, workshop.evaluation));
  if ("refused" in built) return built;
  const kept: Learnt[] = [];
  let refused: RefusedFor = "contradicted";
  for (const template of built.made) {
    const verdict = await tried(template, [exchange, ...together], workshop);
    if (typeof verdict === "object") kept.push(verdict);
    else if (kept.length === 0) refused = verdict;
  }
  return kept.length > 0
    ? { kept: kept.map(({ id }) => id), skeletons: [...new Set(kept.map(({ skeleton }) => skeleton))] }
    : { refused };
}

async function tried(
  template: Template,
  origins: readonly Exchange[],
  workshop: Workshop,
): Promise<Learnt | RefusedFor> {
  const [exchange] = origins as readonly [Exchange, ...Exchange[]];
  for (const [index, { turns, meaning }] of origins.entries()) {
    const said = predict(template, turns, workshop.evaluation);
    if (!said || meaningOf(said.reply) !== meaning) return index === 0 ? "not-reproduced" : "contradicted";
  }
  if (isKnownAlready(template, exchange, workshop)) return "known";
  const learnt = await keepIfSound(template, origins, workshop);
  if (learnt) return learnt;
  // Wrong of others of its wording: a condition may tell them apart, as for any template.
  const guarded = template.guards.length === 0 ? await guardedBy(template, exchange, workshop) : undefined;
  return (guarded && (await keepIfSound(guarded, origins, workshop))) ?? "contradicted";
}

/** Whether a template reads and says the same already, by whatever names. */
function isKnownAlready(template: Template, exchange: Exchange, workshop: Workshop): boolean {
  const { scope, at, model, details } = exchange;
  const form = formOf(createLearnt({ template, origin: "induced", scope, at, model, details }));
  return proposalsFor(new Observation(exchange), workshop).some(({ learnt }) => formOf(learnt) === form);
}
