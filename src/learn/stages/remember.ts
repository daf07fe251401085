/**
 * Notes what an exchange shows of its scope: the values its arguments hold, how they were derived, which
 * words were wording.
 */
import type { Bindings } from "../../template/derivation/expression.js";
import { unanimous } from "../../template/derivation/unanimous.js";
import { scalarText } from "../../template/json.js";
import { leavesOf } from "../../template/leaves.js";
import { wordsIn } from "../../template/parts/index.js";
import type { Hole, ReplyPattern, Slot, TurnPattern } from "../../template/template.js";
import { formOf } from "../../template/traits.js";
import { literalTurn, mapPlaces } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Fact } from "../../tree/facts.js";
import type { Observation } from "../observation.js";
import type { Stage, Workshop } from "../stage.js";
import { creditEarlier } from "../trial/credit.js";
import { lookupsShown } from "../trial/lookups-shown.js";
import { noticeWording } from "../trial/note-wording.js";
import { proposalsFor } from "../trial/predictions.js";

/** An exchange as one template explains it; without one, as it stands. */
interface Explanation {
  readonly turns: readonly TurnPattern<Slot>[];
  readonly reply: ReplyPattern<Hole>;
  readonly bindings: Bindings;
}

// How many explanations of one exchange are read.
const MAX_EXPLANATIONS = 4;

/**
 * Adds an exchange to what is known of its scope's arguments. Every template that explains it tells what is
 * data in it.
 */
export async function notice(observation: Observation, workshop: Workshop): Promise<void> {
  const { exchange } = observation;
  const explanations: Explanation[] = proposalsFor(observation, workshop)
    .filter(({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning)
    .sort(
      (left, right) =>
        workshop.knowledge.evidence(right.learnt).agreements.size -
        workshop.knowledge.evidence(left.learnt).agreements.size,
    )
    .slice(0, MAX_EXPLANATIONS)
    .map(({ learnt, captured }) => ({
      turns: learnt.template.turns,
      reply: learnt.template.reply,
      bindings: captured,
    }));
  const plain = literalTurn(exchange.said);
  explanations.push({
    turns: observation.turns.map(literalTurn),
    reply: mapPlaces(plain, (never) => never),
    bindings: new Map(),
  });

  workshop.know(exchange.scope, await shownBy(explanations, observation, workshop));
  workshop.know(exchange.scope, lookupsShown(observation, workshop));
  await tellWording(explanations[0]?.turns ?? [], observation, workshop);
}

/**
 * What places of a reply held, and how their values were derived: the same value of the same place was said
 * once, however it is read.
 */
async function shownBy(
  explanations: readonly Explanation[],
  { pace }: Observation,
  { evaluation }: Workshop,
): Promise<Fact[]> {
  const facts = new Map<string, Fact>();
  for (const { reply, bindings } of explanations) {
    for (const { place, content } of leavesOf(reply)) {
      pace.spend(1);
      if (pace.tired) await pace.rest();
      if ("text" in content) continue;
      const value =
        "literal" in content ? content.literal : unanimous(content.hole.hypotheses, bindings, evaluation);
      const text = value === undefined ? undefined : scalarText(value);
      const said: Fact[] = text === undefined ? [] : [{ kind: "value", place, text }];
      for (const fact of [...said, ...("hole" in content ? formsOf(content.hole, place) : [])]) {
        const key = JSON.stringify(fact);
        if (!facts.has(key)) facts.set(key, fact);
      }
    }
  }
  return [...facts.values()];
}

/** The ways in which a hole is filled that are more than a copy. */
function formsOf({ hypotheses }: Hole, place: string): Fact[] {
  return hypotheses.flatMap((expression) =>
    expression.kind === "call" ? [{ kind: "form", place, form: formOf(expression) }] : [],
  );
}

/** Tells the words between the slots of a conversation, in slices: whoever takes them in reads every word. */
async function tellWording(
  turns: readonly TurnPattern<Slot>[],
  { exchange, pace }: Observation,
  workshop: Workshop,
): Promise<void> {
  const facts: Fact[] = [];
  let read = 0;
  for (const words of wordingIn(turns)) {
    pace.spend(1 + words.length / WORD);
    if (pace.tired) await pace.rest();
    facts.push({ kind: "wording", text: words });
    read += words.length;
    if (read < SLICE) continue;
    workshop.know(exchange.scope, facts.splice(0));
    read = 0;
  }
  workshop.know(exchange.scope, facts);
}

function* wordingIn(turns: readonly TurnPattern<Slot>[]): Iterable<string> {
  for (const part of turns.flatMap(({ parts }) => parts)) {
    for (const segment of wordsIn(part) ?? []) if (typeof segment === "string") yield* eachSlice(segment);
  }
}

// About how long a word is, and how much is read at a time, in characters.
const WORD = 6;
const SLICE = 4_096;
const BREAK = /[\s,;:!?"“”()]/;

/** A text in slices that end where a word does; a word that is longer than a slice is cut. */
function* eachSlice(text: string): Iterable<string> {
  for (let start = 0; start < text.length; ) {
    const space = text.slice(start + SLICE, start + 2 * SLICE).search(BREAK);
    const end = start + (space < 0 ? 2 * SLICE : SLICE + space);
    yield text.slice(start, end);
    start = end;
  }
}

/** Keeps the exchange at hand, for templates to come to be tried on. */
export const keepAtHand: Stage = {
  name: "keep-at-hand",
  run({ exchange }, { knowledge, memory }) {
    // Erased while it was learned from: nothing of it may stay.
    if (knowledge.get(exchange.id)) memory.add(exchange);
  },
};

/** The same, and what the exchange shows of its scope. */
export const remember: Stage = {
  name: "remember",
  async run(observation, workshop) {
    await keepAtHand.run(observation, workshop);
    await notice(observation, workshop);
    await noticeWording(observation, workshop);
    await creditEarlier(observation, workshop);
  },
};
