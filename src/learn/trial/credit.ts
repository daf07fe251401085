/**
 * Credits templates of earlier steps: a value that they read and left aside was no accident where a later
 * step uses it.
 */
import { variablesOf } from "../../template/derivation/analyse.js";
import { scalarText, scalarTextsIn } from "../../template/json.js";
import { dataIn } from "../../template/parts/index.js";
import { piecesOf } from "../../template/pieces.js";
import { placesOf } from "../../template/visit.js";
import { meaningOf } from "../../tree/entry.js";
import type { Fact } from "../../tree/facts.js";
import type { Learnt } from "../../tree/knowledge.js";
import { type State, step } from "../../tree/walk.js";
import type { Observation } from "../observation.js";
import type { Workshop } from "../stage.js";
import { proposalsFor } from "./predictions.js";

// How many ways through the earlier steps are followed, and how many patterns are tried for one of them.
const LIMITS = { maxStates: 32, maxTries: 200 };

/**
 * "I am Ann (ann@x.example). Where is A-7?" is answered with `find_customer("ann@x.example")`, which leaves
 * the order aside; two steps later `get_order("A-7")` uses it. So the order was not what decided the first
 * step: it was for later.
 */
export async function creditEarlier(observation: Observation, workshop: Workshop): Promise<void> {
  const { exchange, turns, keys, pace } = observation;
  if (!turns.some(({ role }) => role === "assistant")) return;
  const { knowledge } = workshop;
  const used = usedIn(observation, workshop);
  const facts: Fact[] = [];
  let states: readonly State<Learnt>[] = [
    { node: knowledge.scope(exchange.scope).root, bindings: new Map() },
  ];
  for (const [index, turn] of turns.entries()) {
    if (turn.role === "assistant") {
      for (const { node, bindings } of states) {
        for (const learnt of node.leaves) {
          for (const { name } of knowledge.traits(learnt).unused) {
            pace.spend(1);
            const value = scalarText(bindings.get(name) ?? null);
            if (value !== undefined && isCovered(value, used))
              facts.push({ kind: "used", skeleton: learnt.skeleton, slot: name });
          }
        }
      }
    }
    if (states.length === 0) break;
    states = step(states, { turn, key: keys[index] as string }, LIMITS).states;
    if (pace.overdue) await pace.rest();
  }
  if (facts.length > 0) workshop.know(exchange.scope, facts);
}

/** The words of what the reply says, and of what templates that are right about it have made it from. */
function usedIn(observation: Observation, workshop: Workshop): ReadonlySet<string> {
  const { exchange, pace } = observation;
  const words = new Set<string>();
  const add = (text: string): void => {
    for (const word of wordsOf(text)) words.add(word);
    pace.spend(1 + text.length / TEXT);
  };
  for (const part of exchange.said.parts) {
    const data = dataIn(part);
    if (data) for (const text of "text" in data ? [data.text] : scalarTextsIn(data.json)) add(text);
  }
  for (const { learnt, bindings, reply } of proposalsFor(observation, workshop)) {
    if (typeof reply !== "object" || meaningOf(reply) !== exchange.meaning) continue;
    const names = placesOf(learnt.template.reply).flatMap(({ hypotheses }) =>
      hypotheses.flatMap((way) => [...variablesOf(way)]),
    );
    for (const name of new Set(names)) {
      const text = scalarText(bindings.get(name) ?? null);
      if (text !== undefined) add(text);
    }
  }
  return words;
}

// About how much text is read in the time of a step, in characters.
const TEXT = 16;

function isCovered(value: string, used: ReadonlySet<string>): boolean {
  const words = wordsOf(value);
  return words.length > 0 && words.every((word) => used.has(word));
}

function wordsOf(text: string): readonly string[] {
  return piecesOf(text).filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}
