/** Learns a template from values the caller has bound. */
import { hydrate } from "../../answer/hydrate.js";
import { bindingsOf } from "../../answer/predict.js";
import { visible } from "../../answer/read.js";
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
import { bindValues } from "../flow/bind-values.js";
import { boundFlow, holdsSomethingOf } from "../flow/bound-flow.js";
import { Claims } from "../flow/sites.js";
import { targetsOf } from "../flow/targets.js";
import type { Observation, Stage, Workshop } from "../stage.js";
import { judge, proposalsFor } from "../trial/predictions.js";
import { witnessesFor } from "../trial/trial.js";
import { narrowed } from "./narrow.js";

/**
 * The caller's word makes a template at once, if it gives back the exchange it was made from; that counts as one
 * agreement. Where the model has answered one conversation in two ways there is nothing to learn.
 */
export const learnBound: Stage = {
  name: "bound",
  async run(observation, workshop) {
    const { exchange, given } = observation;
    if (given.size === 0) return;
    const answers = workshop.knowledge.scope(exchange.scope).exact.get(exchange.conversation) ?? [];
    if (answers.length > 1) return;
    const own = proposalsFor(observation, workshop).filter(({ learnt }) => learnt.origin === "bound");
    const right = own.filter(({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning).map(({ learnt }) => learnt);
    const refined = own.flatMap((proposal) => refine(proposal, observation, workshop) ?? []);
    for (const template of await templatesOf(observation, workshop)) {
      // What was learned of these turns before has been decided by more than this one example.
      if ([...right, ...refined].some((learnt) => formOfTurns(learnt.template) === formOfTurns(template))) return;
      if (!isSound(template, observation, workshop)) continue;
      keep(template, observation, workshop);
      await learnEarlier(template, observation, workshop);
      return;
    }
  },
};

/**
 * What a later step makes use of was data all along: "Book a table on July 8" is looked up first, and booked for the 8th
 * then. So the steps before it are learned once more, with what is a slot of the user's words now.
 */
async function learnEarlier(template: Template, { exchange, given }: Observation, workshop: Workshop): Promise<void> {
  const turns = exchange.turns.map(visible);
  const data = dataIn(template, turns, given);
  if (data.size === 0) return;
  const { exact } = workshop.knowledge.scope(exchange.scope);
  const chain = chainOf(exchange.turns);
  for (const [length, turn] of turns.entries()) {
    const [earlier, other] = turn.role === "assistant" ? (exact.get(chain[length - 1] ?? "") ?? []) : [];
    if (!earlier || other) continue;
    const observation = { exchange: earlier, given };
    const flow = await boundFlow({
      turns: turns.slice(0, length),
      said: earlier.said,
      given,
      functions: workshop.evaluation.functions,
      data,
    });
    const isKnown = flow && proposalsFor(observation, workshop).some(({ learnt }) => formOfTurns(learnt.template) === formOfTurns(flow));
    if (flow && !isKnown && isSound(flow, observation, workshop)) keep(flow, observation, workshop);
  }
}

/** What a template reads out of the user's words under names of its own. */
function dataIn({ turns: patterns }: Template, turns: readonly Turn[], given: ReadonlyMap<string, string>): Map<string, string> {
  const captured = bindingsOf(patterns, turns);
  const slots = patterns.flatMap((pattern) => (pattern.role === "user" ? placesOf(pattern) : []));
  const texts = slots.map(({ name }): [string, string] => [name, scalarText(captured?.get(name) ?? null) ?? ""]);
  return new Map(texts.filter(([name, text]) => !given.has(name) && text !== ""));
}

/** What an exchange suggests, the more general first: data flow under the caller's names; then its values alone, all else as it stands. */
async function templatesOf({ exchange, given }: Observation, { evaluation }: Workshop): Promise<Template[]> {
  const turns = exchange.turns.map(visible);
  const flow = await boundFlow({ turns, said: exchange.said, given, functions: evaluation.functions });
  const plain = bindValues(turns, exchange.said, given);
  // A constant that has something of a bound value would be said of other values too.
  const isOpen = targetsOf(exchange.said, new Claims()).some(({ text }) => !isGiven(text, given) && holdsSomethingOf(text, given));
  return [...(flow ? [flow] : []), ...(typeof plain === "string" || isOpen ? [] : [plain])];
}

function isGiven(text: string, given: ReadonlyMap<string, string>): boolean {
  return [...given.values()].includes(text);
}

/** A template that left open how its own values are made, with the ways alone that the model's reply has shown to be right. */
function refine({ learnt, bindings, reply }: Proposal, observation: Observation, workshop: Workshop): Learnt | undefined {
  const { exchange } = observation;
  if (reply !== "derivation") return undefined;
  const template = narrowed(learnt.template, { bindings, said: exchange.said, evaluation: workshop.evaluation, mayDrop: () => true });
  if (!template || !isSound(template, observation, workshop)) return undefined;
  const { agreements } = workshop.knowledge.evidence(learnt);
  const kept = keep(template, observation, workshop);
  // Where all of its ways agreed and were right, those that are left were right too.
  for (const witness of agreements) workshop.agree(kept, witness);
  workshop.contradict(learnt, exchange.id);
  return kept;
}

/** Whether a template says to its own conversation what was said there, and of no other that is known anything else. */
function isSound(template: Template, { exchange, given }: Observation, workshop: Workshop): boolean {
  const traits = traitsOf(template, true);
  const captured = bindingsOf(template.turns, exchange.turns);
  const reply = captured && hydrate(template.reply, withGiven(captured, given, traits), workshop.evaluation);
  if (!reply || meaningOf(reply) !== exchange.meaning) return false;
  // What the caller alone can say is not remembered with an exchange.
  return traits.unsaid.size > 0 || witnessesFor(template, [exchange], workshop) !== undefined;
}

function keep(template: Template, observation: Observation, workshop: Workshop): Learnt {
  const kept = workshop.keep(template, "bound", observation.exchange);
  for (const proposal of proposalsFor(observation, workshop)) if (proposal.learnt === kept) judge(proposal, observation, workshop);
  return kept;
}

/** Equal for templates of the same turns, whatever their slots take and whatever they reply. */
function formOfTurns({ turns }: Template): string {
  return JSON.stringify(turns.map((turn) => encodeTurnPattern(mapPlaces(turn, ({ name }) => ({ name, domain: domainOfKinds("any") })))));
}
