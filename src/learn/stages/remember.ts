/** Notes what an exchange shows of its scope: the values its arguments hold, how they were derived, which words were wording. */
import { lastStepOf } from "../../answer/continuation.js";
import { visible } from "../../answer/read.js";
import type { Bindings } from "../../template/derivation/expression.js";
import { unanimous } from "../../template/derivation/unanimous.js";
import { scalarText } from "../../template/json.js";
import { leavesOf } from "../../template/leaves.js";
import type { Hole, ReplyPattern, Slot, TurnPattern } from "../../template/template.js";
import { formOf } from "../../template/traits.js";
import { literalTurn, mapPlaces } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Observation, Stage, Workshop } from "../stage.js";
import { noticeWording } from "../trial/note-wording.js";
import { proposalsFor } from "../trial/predictions.js";
import { formOf as formOfExchange, stepFormOf } from "../trial/trial.js";

/** An exchange as one template explains it; without one, as it stands. */
interface Reading {
  readonly turns: readonly TurnPattern<Slot>[];
  readonly reply: ReplyPattern<Hole>;
  readonly bindings: Bindings;
}

// How many explanations of one exchange are read.
const MAX_READINGS = 4;

/** Adds an exchange to what is known of its scope's arguments. Every template that explains it tells what is data in it. */
export function notice(observation: Observation, workshop: Workshop): void {
  const { exchange } = observation;
  const { args } = workshop.knowledge.scope(exchange.scope);
  const readings: Reading[] = proposalsFor(observation, workshop)
    .filter(({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning)
    .sort(
      (left, right) => workshop.knowledge.evidence(right.learnt).agreements.size - workshop.knowledge.evidence(left.learnt).agreements.size,
    )
    .slice(0, MAX_READINGS)
    .map(({ learnt, captured }) => ({ turns: learnt.template.turns, reply: learnt.template.reply, bindings: captured }));
  const plain = literalTurn(exchange.said);
  readings.push({
    turns: exchange.turns.map((turn) => literalTurn(visible(turn))),
    reply: mapPlaces(plain, (never) => never),
    bindings: new Map(),
  });

  const values = new Set<string>();
  const forms = new Set<string>();
  for (const { reply, bindings } of readings) {
    for (const { place, content } of leavesOf(reply)) {
      if ("text" in content) continue;
      const value = "literal" in content ? content.literal : unanimous(content.hole.hypotheses, bindings, workshop.evaluation);
      const text = value === undefined ? undefined : scalarText(value);
      // The same value of the same argument, read in two ways, was still said once.
      if (text !== undefined && !values.has(`${place}\u0000${text}`)) {
        values.add(`${place}\u0000${text}`);
        args.add(place, text);
      }
      if (!("hole" in content)) continue;
      for (const expression of content.hole.hypotheses) {
        const form = formOf(expression);
        if (expression.kind !== "call" || forms.has(`${place}\u0000${form}`)) continue;
        forms.add(`${place}\u0000${form}`);
        args.addForm(place, form);
      }
    }
  }
  for (const { parts } of readings[0]?.turns ?? []) {
    for (const part of parts)
      if (part.kind === "text") for (const segment of part.text) if (typeof segment === "string") args.addWording(segment);
  }
}

/** Keeps the exchange at hand, for templates to come to be tried on. */
export const remember: Stage = {
  name: "remember",
  run(observation, workshop) {
    const { exchange } = observation;
    // Erased while it was learned from: nothing of it may stay.
    if (!workshop.knowledge.get(exchange.id)) return;
    workshop.memory.add(formOfExchange(exchange), exchange);
    if (lastStepOf(exchange.turns)) workshop.steps.add(stepFormOf(exchange), exchange);
    notice(observation, workshop);
    noticeWording(observation, workshop);
  },
};
