/**
 * Learns from several examples: exchanges of one form with replies of one form are aligned, and what differs
 * becomes slots.
 */
import { bindingsOf, speak } from "../../answer/predict.js";
import { visible } from "../../answer/read.js";
import { substitute, variablesOf } from "../../template/derivation/analyse.js";
import { type Bindings, type Expression, variable } from "../../template/derivation/expression.js";
import { equalJson, type Json, printJson, scalarText } from "../../template/json.js";
import { wordsIn } from "../../template/parts/index.js";
import { printTurnPattern } from "../../template/print.js";
import type { Hole, PartPattern, Slot, Template } from "../../template/template.js";
import { variablesIn } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { mapPlaces, onePlaceIn } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange } from "../../tree/knowledge.js";
import { type Generalised, generaliseTurns } from "../align/anti-unify.js";
import { Pieces } from "../align/data-pieces.js";
import {
  type Difference,
  type GeneralisedReplies,
  generaliseReplies,
  templateOf,
  valuesAt,
} from "../align/replies.js";
import type { Stage, Workshop } from "../stage.js";
import { type Example, synthesise } from "../synthesis/index.js";
import { tablesOf } from "../synthesis/table.js";
import { proposalsFor } from "../trial/predictions.js";
import { keepIfSound } from "../trial/trial.js";
import { guardedBy, SIDE } from "./guards.js";

// How many exchanges a new one is aligned with, and how many differences a reply may have.
const PARTNERS = 3;
const MAX_HOLES = 24;
// How many exchanges a derivation is looked for in, and how hard.
const MAX_SAMPLES = 6;
// How many exchanges a table is made of.
const MAX_ROWS = 48;
const BUDGET = { maxNodes: 10_000, maxCandidates: 2_000 };

/** Merges an exchange that nothing proven predicts with the ones most like it. */
export const learnSiblings: Stage = {
  name: "siblings",
  async run(observation, workshop) {
    const { exchange, pace } = observation;
    const partners = await workshop.memory.nearest(exchange, MAX_SAMPLES, pace);
    if (partners.length === 0 || isPredicted(observation, workshop)) return;
    const [closest] = partners;
    const tried = new Set<string>();
    const pieces = new Pieces(pace);
    // 1. With all of them in view, so that no coincidence of two passes for wording. 2. Two by two.
    for (const [partner, others] of [
      [closest, partners.slice(1)] as const,
      ...partners.slice(0, PARTNERS).map((each) => [each, []] as const),
    ]) {
      const template = partner && (await merge(exchange, partner, { others, tried, workshop, pieces }));
      if (!template) continue;
      const origins = [exchange, partner];
      if (await keepIfSound(await listed(template, exchange, workshop), origins, workshop)) return;
      // Wrong about others of its wording: something that was read may decide.
      const guarded = await guardedBy(template, exchange, workshop);
      if (guarded && (await keepIfSound(await listed(guarded, exchange, workshop), origins, workshop)))
        return;
    }
  },
};

/** Whether some template that has been right before had this reply right. */
function isPredicted(observation: Parameters<Stage["run"]>[0], workshop: Workshop): boolean {
  return proposalsFor(observation, workshop).some(
    ({ learnt, reply }) =>
      typeof reply === "object" &&
      meaningOf(reply) === observation.exchange.meaning &&
      workshop.knowledge.evidence(learnt).agreements.size > 1,
  );
}

/** What two exchanges are merged in view of. */
interface Circle {
  /** Of the same form and kind of reply, and like them: they tell wording from coincidence. */
  readonly others: readonly Exchange[];
  /** Generalisations that were tried before: another try would end the same. */
  readonly tried: Set<string>;
  readonly workshop: Workshop;
  readonly pieces: Pieces;
}

/**
 * The template of two exchanges, if every difference of their replies can be derived from those of the
 * conversations.
 */
async function merge(
  left: Exchange,
  right: Exchange,
  { others, tried, workshop, pieces }: Circle,
): Promise<Template | undefined> {
  const visibly = ({ turns }: Exchange): Turn[] => turns.map(visible);
  const generalised = await generaliseTurns(visibly(left), visibly(right), {
    others: others.map(visibly),
    pieces,
  });
  if (!generalised) return undefined;
  const fitting = others.filter((other) => bindingsOf(generalised.turns, other.turns));
  const replies = await generaliseReplies(left.said, right.said, {
    others: fitting.map(({ said }) => said),
    pieces,
  });
  if (!replies || replies.differences.length > MAX_HOLES) return undefined;
  // What always gets the same reply may do so because of the very words that the others do not share.
  if (
    others.length > 0 &&
    replies.differences.every((difference) => equalJson(difference.left, difference.right))
  )
    return undefined;
  const key = JSON.stringify([
    right.id,
    generalised.turns.map(printTurnPattern),
    replies.differences.map((difference) => printJson([difference.left, difference.right])),
  ]);
  if (tried.has(key)) return undefined;
  tried.add(key);
  const samples = await samplesOf({ generalised, replies }, left, workshop);
  const holes = await explainAll(replies.differences, samples, {
    byRote: others.length === 0,
    pieces,
    workshop,
  });
  const template =
    holes && templateOf(generalised.turns, replies.pattern, (difference) => holes.get(difference) as Hole);
  return template && ignoresAQuestion(template) ? undefined : template;
}

/** Whether a template takes any question whatever without making use of it. */
function ignoresAQuestion({ turns, reply }: Template): boolean {
  const used = variablesIn(reply);
  const isIgnored = (part: PartPattern<Slot>): boolean => {
    const only = onePlaceIn(wordsIn(part) ?? []);
    return only !== undefined && !used.has(only.name);
  };
  return turns.some((turn) => turn.role === "user" && turn.parts.some(isIgnored));
}

/**
 * An exchange under a generalisation: what its conversation binds, and what its reply has at each difference.
 */
interface Sample {
  readonly inputs: Bindings;
  readonly outputs: readonly Json[];
}

/** What two exchanges have in common. */
interface Common {
  readonly generalised: Generalised;
  readonly replies: GeneralisedReplies;
}

/** The two that were generalised, and as many others of the same form as are of use. */
async function samplesOf(
  { generalised, replies: { pattern, differences } }: Common,
  { scope, conversation }: Exchange,
  { memory, pace }: Workshop,
): Promise<Sample[]> {
  const samples: Sample[] = [
    { inputs: generalised.left, outputs: differences.map((difference) => difference.left) },
    { inputs: generalised.right, outputs: differences.map((difference) => difference.right) },
  ];
  for (const { exchange, bindings: inputs } of await memory.fitting(generalised, scope, pace)) {
    if (samples.length === MAX_ROWS) break;
    if (exchange.conversation === conversation) continue;
    pace.spend(1);
    if (pace.overdue) await pace.rest();
    const outputs = valuesAt(pattern, differences, exchange.said);
    if (outputs && !samples.some((sample) => sameInputs(sample.inputs, inputs)))
      samples.push({ inputs, outputs });
  }
  return samples;
}

function sameInputs(left: Bindings, right: Bindings): boolean {
  return [...left].every(([name, value]) => equalJson(value, right.get(name) ?? null));
}

/** What differences are explained with. */
interface Explaining extends Pick<Circle, "pieces" | "workshop"> {
  /** Whether a table of what was seen may explain them. */
  readonly byRote: boolean;
}

/**
 * A hole for every difference, or `undefined` if one cannot be derived. What stands earlier in the reply may
 * explain what comes later: a reply that shows its working is a chain of small derivations.
 */
async function explainAll(
  differences: readonly Difference[],
  samples: readonly Sample[],
  how: Explaining,
): Promise<Map<Difference, Hole> | undefined> {
  const holes = new Map<Difference, Hole>();
  const earlier = new Map<string, Expression>();
  for (const [index, difference] of differences.entries()) {
    const examples = samples.map(({ inputs, outputs }) => ({
      inputs: new Map([
        ...inputs,
        ...[...earlier.keys()].map((name): [string, Json] => [
          name,
          outputs[Number(name.slice(EARLIER.length))] as Json,
        ]),
      ]),
      output: outputs[index] as Json,
    }));
    const hypotheses = await explain(examples, how);
    const [first] = hypotheses;
    if (!first) return undefined;
    const unfolded = hypotheses.map((hypothesis) => substitute(hypothesis, earlier));
    holes.set(difference, { hypotheses: unfolded });
    const isNumber = examples.every(({ output }) => /^[-$]?[\d.,]+%?$/.test(scalarText(output) ?? ""));
    if (isNumber && first.kind === "call") earlier.set(`${EARLIER}${index}`, unfolded[0] as Expression);
  }
  return holes;
}

// No slot is called so: names of slots come from keys, and these have a space.
const EARLIER = "earlier ";

async function explain(
  examples: readonly Example[],
  { byRote, pieces, workshop }: Explaining,
): Promise<readonly Expression[]> {
  const [first] = examples;
  // 1. Copied: a variable that has this value in every sample.
  for (const name of first?.inputs.keys() ?? []) {
    if (examples.every(({ inputs, output }) => equalJson(inputs.get(name) as Json, output)))
      return [variable(name)];
  }
  // 2. Derived. A condition that separates one case from the others is easily found: each side must be there
  // several times.
  const decides = examples.every(({ output }) => typeof output === "boolean");
  if (decides && [true, false].some((side) => examples.filter(({ output }) => output === side).length < SIDE))
    return [];
  const found = await synthesise(decides ? examples : examples.slice(0, MAX_SAMPLES), {
    functions: workshop.evaluation.functions,
    budget: BUDGET,
    whole: pieces.pace,
  });
  const rules = found.filter((hypothesis) => !hypothesis.table).map((hypothesis) => hypothesis.expression);
  // 3. A lookup table: it answers for the keys that were seen, and for no others.
  return rules.length > 0 || !byRote ? rules : tablesOf(examples);
}

/**
 * Lists, in the slots that never reach the reply, the values seen there: another one is not known to be
 * noise.
 */
async function listed(template: Template, exchange: Exchange, workshop: Workshop): Promise<Template> {
  const used = new Set([
    ...variablesIn(template.reply),
    ...template.guards.flatMap((guard) => [...variablesOf(guard)]),
  ]);
  const seen = new Map<string, Set<string>>();
  const own = bindingsOf(template.turns, exchange.turns);
  const known: Bindings[] = own ? [own] : [];
  for (const { bindings } of await workshop.memory.fitting(template, exchange.scope, workshop.pace)) {
    workshop.pace.spend(1);
    if (workshop.pace.overdue) await workshop.pace.rest();
    if (speak(template, bindings, workshop.evaluation)) known.push(bindings);
  }
  for (const bindings of known) {
    for (const [name, value] of bindings) {
      const text = scalarText(value);
      if (text !== undefined) seen.set(name, (seen.get(name) ?? new Set()).add(text));
    }
  }
  return {
    ...template,
    turns: template.turns.map((turn) =>
      mapPlaces<Slot, Slot>(turn, (slot) => {
        const values = seen.get(slot.name);
        return used.has(slot.name) || !values
          ? slot
          : { name: slot.name, domain: { ...slot.domain, values: [...values].sort() } };
      }),
    ),
  };
}
