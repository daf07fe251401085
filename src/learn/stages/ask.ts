/** Decides whether a model could add something to what the stages before have found, and asks it. */
import { bindingsOf } from "../../answer/predict.js";
import { statesOf } from "../../answer/read.js";
import { type Proposal, propose } from "../../answer/select.js";
import { scalarText } from "../../template/json.js";
import { leavesOf } from "../../template/leaves.js";
import { toolsIn } from "../../template/traits.js";
import type { Turn } from "../../template/turn.js";
import { replyWordsIn } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Exchange } from "../../tree/knowledge.js";
import { namelessIn } from "../../tree/labels.js";
import { doubtOf } from "../../trust/belief.js";
import { weighedId } from "../../trust/familiar.js";
import { mentionsOf, tokensOf } from "../flow/mentions.js";
import { askedId, labellingId, stateOf } from "../model/question.js";
import type { Observation } from "../observation.js";
import type { Stage, Workshop } from "../stage.js";
import { proposalsFor } from "../trial/predictions.js";

// A longer conversation is not shown to a model, in characters.
const MAX_SIZE = 64_000;
// How many exchanges like one are looked at, and how much of the words two have in common that are like.
const LOOKED_AT = 33;
const LIKE = 0.4;
// How often a constant must have been said at its place, one that looks like data and one that is a word.
const KNOWN_DATA = 12;
const KNOWN_WORD = 3;
// From so many agreements on, a template that waits is one that waits for what it leaves aside.
const WAITING = 2;

/**
 * Asks about an exchange that no template explains: none is right about it, or only one that says a value as
 * if it were always the same. And about a template that would be served if what it reads and leaves aside
 * were known not to decide. Without a model it does nothing.
 */
export const askModel: Stage = {
  name: "ask",
  async run(observation, workshop) {
    const { ask } = workshop;
    const { exchange } = observation;
    if (!ask || exchange.size > MAX_SIZE) return;
    const right = proposalsFor(observation, workshop).filter(
      ({ reply }) => typeof reply === "object" && meaningOf(reply) === exchange.meaning,
    );
    weigh(right, observation, workshop);
    if (workshop.labels) label(right, observation, workshop);
    if (right.some((proposal) => explains(proposal, workshop))) return;
    if (stateOf(workshop.knowledge.evidenceOf(askedId(exchange.id)).agreements).state !== "new") return;
    const alike = await shownBeside(observation, workshop);
    if (!alike) return;
    ask({
      kind: "induce",
      exchange: exchange.id,
      alike: alike.map(({ id }) => id),
      inherited: inheritedBy(observation, workshop),
    });
  },
};

/**
 * Whether a template that was right accounts for all that was said. One that takes any question does not, nor
 * a text that is always the same; nor what says a value as if it were always the same and is not known for it.
 */
function explains({ learnt }: Proposal, { knowledge }: Workshop): boolean {
  if (knowledge.evidence(learnt).agreements.size > 1) return true;
  const { args } = knowledge.scope(learnt.scope);
  const { said, loose, fixedText } = knowledge.traits(learnt);
  if (loose || fixedText) return false;
  const isAccounted = said.every(
    (each) => !("constant" in each) || args.count(each.place, each.constant) >= leastFor(each.constant),
  );
  if (!isAccounted) return false;
  const { reply } = learnt.template;
  const words = [
    ...leavesOf(reply).flatMap(({ content }) => ("text" in content ? content.text : [])),
    // Words beside a call are worded anew each time.
    ...(toolsIn(reply).length > 0 ? [] : reply.parts).flatMap((part) => replyWordsIn(part) ?? []),
  ];
  return !words.some((segment) => typeof segment === "string" && mentionsOf(segment).length > 0);
}

/** How often a constant must have been said at its place to be no value of one exchange. */
function leastFor(constant: string): number {
  return /[\p{N}\p{Lu}]/u.test(constant) ? KNOWN_DATA : KNOWN_WORD;
}

/**
 * The exchanges like this one that are to be shown beside it: none for the first two that nothing explains,
 * and the likest when there are 2, 4, 8, 16 or 32. `undefined` if a model is not to be asked: what it says of
 * another one is still to come, or as many as now were shown to it.
 */
async function shownBeside(
  { exchange, pace }: Observation,
  { memory, knowledge }: Workshop,
): Promise<readonly Exchange[] | undefined> {
  const words = wordsOf(exchange);
  const like = (await memory.nearest(exchange, LOOKED_AT, pace)).filter(
    (other) => shareOf(words, wordsOf(other)) >= LIKE,
  );
  const states = like.map((other) => stateOf(knowledge.evidenceOf(askedId(other.id)).agreements).state);
  if (states.includes("pending")) return undefined;
  if (states.filter((state) => state === "done").length < 2) return [];
  const count = like.length;
  return count < LOOKED_AT && (count & (count - 1)) === 0 ? like.slice(0, SHOWN) : undefined;
}

// As many as are shown beside another.
const SHOWN = 4;

function wordsOf({ turns }: Exchange): ReadonlySet<string> {
  const asked = turns.findLast(({ role }) => role === "user") ?? turns.at(-1);
  const texts = asked?.parts.flatMap((part) => ("text" in part ? [part.text.slice(0, 2_000)] : [])) ?? [];
  return new Set(texts.flatMap((text) => tokensOf(text).map((token) => token.text.toLowerCase())));
}

function shareOf(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const both = [...left].filter((word) => right.has(word)).length;
  return both / Math.max(1, left.size + right.size - both);
}

/** What templates that were right about earlier steps of the conversation have named. */
function inheritedBy(
  { exchange, turns, keys }: Observation,
  { knowledge, trust, evaluation }: Workshop,
): readonly (readonly [string, string])[] {
  const tree = knowledge.scope(exchange.scope);
  const names = new Map<string, string>();
  for (const [index, turn] of turns.entries()) {
    if (turn.role !== "assistant" || index === 0 || names.size >= MAX_INHERITED) continue;
    const before = turns.slice(0, index);
    const meant = meaningOf(turn as Turn);
    const states = statesOf(before, tree, { keys: keys.slice(0, index) });
    for (const { learnt, reply } of propose(states, new Map(), { knowledge, trust, evaluation })) {
      if (typeof reply !== "object" || meaningOf(reply) !== meant) continue;
      for (const [name, value] of bindingsOf(learnt.template.turns, before) ?? []) {
        const text = scalarText(value);
        if (text !== undefined && text.length <= MAX_VALUE && !names.has(name)) names.set(name, text);
      }
      break;
    }
  }
  return [...names].slice(0, MAX_INHERITED);
}

const MAX_INHERITED = 24;
const MAX_VALUE = 300;

/** Asks about the template that has earned most, if only what it leaves aside keeps it from being served. */
function weigh(
  right: readonly Proposal[],
  { exchange }: Observation,
  { ask, knowledge, trust }: Workshop,
): void {
  for (const { learnt, kind, standing, bindings } of right) {
    if (standing !== "candidate" || kind?.idle !== "novel" || kind.agreements < WAITING) continue;
    if (knowledge.evidenceOf(weighedId(learnt)).agreements.size > 0) continue;
    if (doubtOf({ ...kind, idle: "weighed" }, knowledge) > trust.maxErrorRate) continue;
    const unused = knowledge.traits(learnt).unused.flatMap(({ name }) => {
      const value = scalarText(bindings.get(name) ?? null);
      return value === undefined ? [] : [[name, value] as const];
    });
    if (unused.length > 0)
      ask?.({ kind: "weigh", template: learnt.id, exchange: exchange.id, unused: unused.slice(0, 16) });
    return;
  }
}

/** Asks what to call the variables of the template that has earned most, once it has been right. */
function label(right: readonly Proposal[], { exchange }: Observation, { ask, knowledge }: Workshop): void {
  for (const { learnt, bindings } of right) {
    if (learnt.origin === "bound" || knowledge.evidence(learnt).agreements.size === 0) continue;
    if (stateOf(knowledge.evidenceOf(labellingId(learnt.id)).agreements).state !== "new") continue;
    const variables = namelessIn(learnt.template).flatMap((name) => {
      const value = scalarText(bindings.get(name) ?? null);
      return value === undefined ? [] : [[name, value] as const];
    });
    if (variables.length === 0) continue;
    ask?.({ kind: "label", template: learnt.id, exchange: exchange.id, variables: variables.slice(0, 32) });
    return;
  }
}
