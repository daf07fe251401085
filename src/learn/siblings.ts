/** Learns from several examples: exchanges of one form with replies of one form are aligned, and what differs becomes slots. */
import { predict } from "../answer/predict.js";
import { visible } from "../answer/read.js";
import { type Json, scalarText } from "../template/json.js";
import type { Hole, Slot, Template } from "../template/template.js";
import { variablesOf } from "../template/derivation/analyse.js";
import { mapPlaces, placesOf } from "../template/visit.js";
import { meaningOf } from "../tree/entry.js";
import type { Exchange } from "../tree/knowledge.js";
import { copied, type Difference, type Generalised, generaliseReplies, generaliseTurns, templateOf } from "./anti-unify.js";
import { proposalsFor } from "./evidence.js";
import type { Stage, Workshop } from "./index.js";
import { formOf, keepIfSound } from "./trial.js";
import { synthesise } from "./synthesis/index.js";

// How many exchanges a new one is aligned with, and how many differences a reply may have.
const PARTNERS = 3;
const MAX_HOLES = 24;

/** Merges an exchange that nothing proven predicts with the ones most like it. */
export const learnSiblings: Stage = {
  name: "siblings",
  async run(observation, workshop) {
    const { exchange } = observation;
    const reply = replyForm(exchange);
    const known = workshop.memory.of(formOf(exchange));
    const group = known.filter((other) => other.conversation !== exchange.conversation && replyForm(other) === reply);
    if (group.length === 0 || isPredicted(observation, workshop)) return;
    for (const partner of nearest(exchange, group)) {
      const template = await merge(exchange, partner, workshop);
      if (template && keepIfSound(listed(template, [...known, exchange], workshop), [exchange, partner], workshop)) return;
    }
  },
};

/** Equal for replies of one kind: the tools they call and the names of the arguments. */
function replyForm({ said }: Exchange): string {
  return JSON.stringify(said.parts.map((part) => (part.kind === "call" ? [part.tool, keysOf(part.args)] : part.kind)));
}

function keysOf(value: Json): unknown {
  return value instanceof Map ? [...value].map(([key, item]) => [key, keysOf(item)]).sort() : null;
}

/** Whether some template that has been right before had this reply right. */
function isPredicted(observation: Parameters<Stage["run"]>[0], workshop: Workshop): boolean {
  return proposalsFor(observation, workshop).some(
    ({ learnt, reply }) =>
      typeof reply === "object" &&
      meaningOf(reply) === observation.exchange.meaning &&
      workshop.knowledge.evidence(learnt).agreements.size > 1,
  );
}

/** The exchanges whose words are most like this one's. */
function nearest(exchange: Exchange, group: readonly Exchange[]): Exchange[] {
  const words = wordsOf(exchange);
  return group
    .map((other, index) => ({ other, index, likeness: likeness(words, wordsOf(other)) }))
    .filter(({ likeness }) => likeness > 0.3)
    .sort((left, right) => right.likeness - left.likeness || right.index - left.index)
    .slice(0, PARTNERS)
    .map(({ other }) => other);
}

function wordsOf(exchange: Exchange): Set<string> {
  const words = new Set<string>();
  for (const turn of [...exchange.turns, exchange.said]) {
    for (const part of turn.parts)
      if (part.kind === "text") for (const word of part.text.slice(0, 4_000).match(/[\p{L}\p{N}]+/gu) ?? []) words.add(word);
  }
  return words;
}

function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 && right.size === 0) return 1;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared++;
  return shared / Math.max(left.size, right.size);
}

/** The template of two exchanges, if every difference of their replies can be derived from those of the conversations. */
async function merge(left: Exchange, right: Exchange, workshop: Workshop): Promise<Template | undefined> {
  const replies = generaliseReplies(left.said, right.said);
  if (!replies || replies.differences.length > MAX_HOLES) return undefined;
  const generalised = generaliseTurns(left.turns.map(visible), right.turns.map(visible));
  if (!generalised) return undefined;
  const holes = new Map<Difference, Hole>();
  for (const difference of replies.differences) {
    const hole = await explain(difference, generalised, workshop);
    if (!hole) return undefined;
    holes.set(difference, hole);
  }
  return templateOf(generalised.turns, replies.pattern, (difference) => holes.get(difference) as Hole);
}

async function explain(difference: Difference, generalised: Generalised, workshop: Workshop): Promise<Hole | undefined> {
  const copy = copied(difference, generalised);
  if (copy) return { hypotheses: [copy] };
  const examples = [
    { inputs: generalised.left, output: difference.left },
    { inputs: generalised.right, output: difference.right },
  ];
  const found = await synthesise(examples, {
    functions: workshop.evaluation.functions,
    budget: { maxNodes: 10_000, maxCandidates: 2_000 },
  });
  const general = found.filter((hypothesis) => !hypothesis.table);
  return general.length > 0 ? { hypotheses: general.map((hypothesis) => hypothesis.expression) } : undefined;
}

/** Lists, in the slots that never reach the reply, the values seen there: another one is not known to be noise. */
function listed(template: Template, known: readonly Exchange[], workshop: Workshop): Template {
  const used = new Set(placesOf(template.reply).flatMap((hole) => hole.hypotheses.flatMap((expression) => [...variablesOf(expression)])));
  const seen = new Map<string, Set<string>>();
  for (const exchange of known) {
    const said = predict(template, exchange.turns, workshop.evaluation);
    if (!said) continue;
    for (const [name, value] of said.bindings) {
      const text = scalarText(value);
      if (text !== undefined) seen.set(name, (seen.get(name) ?? new Set()).add(text));
    }
  }
  return {
    ...template,
    turns: template.turns.map((turn) =>
      mapPlaces<Slot, Slot>(turn, (slot) => {
        const values = seen.get(slot.name);
        return used.has(slot.name) || !values ? slot : { name: slot.name, domain: { ...slot.domain, values: [...values].sort() } };
      }),
    ),
  };
}
