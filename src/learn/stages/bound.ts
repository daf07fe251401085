/** Learns a template from values the caller has bound. */
import { hydrate } from "../../answer/hydrate.js";
import { bindingsOf } from "../../answer/predict.js";
import { type Proposal, withGiven } from "../../answer/select.js";
import { encodeTurnPattern } from "../../template/codec.js";
import { domainOfKinds } from "../../template/domain.js";
import { scalarText } from "../../template/json.js";
import type { Template } from "../../template/template.js";
import { traitsOf } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { mapPlaces, placesOf } from "../../template/visit.js";
import { chainOf, meaningOf } from "../../tree/entry.js";
import type { Learnt } from "../../tree/knowledge.js";
import { isExpired } from "../../trust/standing.js";
import { bindValues } from "../flow/bind-values.js";
import { boundFlow, isDatum, type Suggestion } from "../flow/bound-flow.js";
import { Relatives } from "../flow/given-forms.js";
import { Claims } from "../flow/sites.js";
import { targetsOf } from "../flow/targets.js";
import { Observation } from "../observation.js";
import type { Stage, Workshop } from "../stage.js";
import { judge, proposalsFor } from "../trial/predictions.js";
import { witnessesFor } from "../trial/trial.js";
import { narrowed } from "./narrow.js";

/**
 * The caller's word makes a template at once, if it gives back the exchange it was made from; that counts as
 * one agreement. Where the model has answered one conversation in two ways there is nothing to learn.
 */
export const learnBound: Stage = {
  name: "bound",
  async run(observation, workshop) {
    const { exchange, given } = observation;
    if (given.size === 0) return;
    const answers = workshop.knowledge.scope(exchange.scope).exact.get(exchange.conversation) ?? [];
    if (answers.length > 1) return;
    // What is past its time is learned anew.
    const isOwn = ({ learnt }: Proposal): boolean =>
      learnt.origin === "bound" && !isExpired(learnt, workshop.trust, exchange.at);
    const own = proposalsFor(observation, workshop).filter(isOwn);
    const right = own
      .filter(({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning)
      .map(({ learnt }) => learnt);
    const refined: Learnt[] = [];
    for (const proposal of own) {
      const learnt = await refine(proposal, observation, workshop);
      if (learnt) refined.push(learnt);
    }
    // What was learned of the same turns before has been decided by more than this one example.
    const known = new Set([...right, ...refined].map(({ template }) => formOfTurns(template)));
    for (const suggestion of await suggestionsOf(observation, workshop)) {
      if (known.has(formOfTurns(suggestion.template))) return;
      if (!(await keepIfSound(suggestion, observation, workshop))) continue;
      await learnEarlier(suggestion.template, observation, workshop);
      return;
    }
  },
};

/**
 * A template that left open how its values are made, with the ways alone that the model's reply has shown to
 * be right.
 */
async function refine(
  { learnt, bindings, reply }: Proposal,
  observation: Observation,
  workshop: Workshop,
): Promise<Learnt | undefined> {
  const { exchange } = observation;
  if (reply !== "derivation") return undefined;
  const { evaluation } = workshop;
  const template = narrowed(learnt.template, { bindings, said: exchange.said, evaluation });
  const kept =
    typeof template === "object" && (await keepIfSound({ template, isOpen: false }, observation, workshop));
  if (!kept) return undefined;
  // Where all of its ways agreed and were right, those that are left were right too.
  for (const witness of workshop.knowledge.evidence(learnt).agreements) workshop.agree(kept, witness);
  workshop.contradict(learnt, exchange.id);
  return kept;
}

/**
 * What an exchange suggests, the more general first: data flow under the caller's names; then its values
 * alone, all else as it stands.
 */
async function suggestionsOf(
  { exchange, turns, given, flow: flows }: Observation,
  { evaluation }: Workshop,
): Promise<Suggestion[]> {
  const flow = await boundFlow({
    scene: await flows.scene(),
    said: exchange.said,
    given,
    functions: evaluation.functions,
  });
  const plain = bindValues(turns, exchange.said, given);
  const values = new Set(given.values());
  const constants = targetsOf(exchange.said, new Claims()).filter(({ text }) => !values.has(text));
  // A constant that has something of a bound value would be said of other values too.
  const relatives = new Relatives(given.values());
  const isMade = constants.some(({ text }) => relatives.include(text));
  return [
    ...(flow ? [flow] : []),
    ...(typeof plain === "string" || isMade ? [] : [{ template: plain, isOpen: constants.some(isDatum) }]),
  ];
}

/**
 * Keeps a template if it says to its own conversation what was said there, and of no other that is known
 * anything else; with data in it that nothing explains, if another has shown the same. What it gets right
 * beyond its own is evidence.
 */
async function keepIfSound(
  { template, isOpen }: Suggestion,
  observation: Observation,
  workshop: Workshop,
): Promise<Learnt | undefined> {
  const { exchange, given } = observation;
  const traits = traitsOf(template, true);
  const captured = bindingsOf(template.turns, exchange.turns);
  const reply = captured && hydrate(template.reply, withGiven(captured, given, traits), workshop.evaluation);
  if (!reply || meaningOf(reply) !== exchange.meaning) return undefined;
  // What the caller alone can say is not remembered with an exchange.
  const witnesses =
    traits.unsaid.size > 0 ? new Set<string>() : await witnessesFor(template, [exchange], workshop);
  if (!witnesses || (isOpen && witnesses.size === 0)) return undefined;
  const kept = workshop.keep(template, "bound", exchange);
  for (const proposal of proposalsFor(observation, workshop))
    if (proposal.learnt === kept) judge(proposal, observation, workshop);
  for (const witness of witnesses) workshop.agree(kept, witness);
  return kept;
}

/**
 * What a later step makes use of was data all along: "Book a table on July 8" is looked up first, and booked
 * for the 8th then. So the steps before it are learned once more, with what is a slot of the user's words
 * now.
 */
async function learnEarlier(
  template: Template,
  { exchange, turns, given, pace }: Observation,
  workshop: Workshop,
): Promise<void> {
  const data = dataIn(template, turns, given);
  if (data.size === 0) return;
  const { functions } = workshop.evaluation;
  const { exact } = workshop.knowledge.scope(exchange.scope);
  const chain = chainOf(exchange.turns);
  for (const [length, turn] of turns.entries()) {
    const [earlier, other] = turn.role === "assistant" ? (exact.get(chain[length - 1] ?? "") ?? []) : [];
    if (!earlier || other) continue;
    const observation = new Observation(earlier, { given, pace });
    const flow = await boundFlow({
      scene: await observation.flow.scene(),
      said: earlier.said,
      given,
      functions,
      data,
    });
    if (!flow) continue;
    const form = formOfTurns(flow.template);
    const isKnown = proposalsFor(observation, workshop).some(
      ({ learnt }) => formOfTurns(learnt.template) === form,
    );
    if (!isKnown) await keepIfSound(flow, observation, workshop);
  }
}

/** What a template reads out of the user's words under names of its own. */
function dataIn(
  { turns: patterns }: Template,
  turns: readonly Turn[],
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  const captured = bindingsOf(patterns, turns);
  const slots = patterns.flatMap((pattern) => (pattern.role === "user" ? placesOf(pattern) : []));
  const texts = slots.map(({ name }): [string, string] => [
    name,
    scalarText(captured?.get(name) ?? null) ?? "",
  ]);
  return new Map(texts.filter(([name, text]) => !given.has(name) && text !== ""));
}

/** Equal for templates of the same turns, whatever their slots take and whatever they reply. */
function formOfTurns({ turns }: Template): string {
  return JSON.stringify(
    turns.map((turn) =>
      encodeTurnPattern(mapPlaces(turn, ({ name }) => ({ name, domain: domainOfKinds("any") }))),
    ),
  );
}
