/** A conversation as a template sees it that continues from its last step, whatever came before. */
import type { Turn } from "../template/turn.js";
import type { Learnt, ScopeTree } from "../tree/knowledge.js";
import type { State } from "../tree/walk.js";
import { OPENERS, statesOf } from "./read.js";

/** A conversation cut in two at its last step. */
export interface LastStep {
  /**
   * The opening instructions, and the last step as if nothing else had been said: the last calls without the
   * words beside them, and their results; or what the assistant said last, and what the user said to that.
   */
  readonly turns: readonly Turn[];
  /** What came between. */
  readonly before: readonly Turn[];
  /** The step is of words: nothing was called in it. */
  readonly isSpoken: boolean;
}

const RESULTS: ReadonlySet<string> = new Set(["tool", "function"]);

/**
 * The last step of a conversation that ends with the results of calls, or with the user's answer to what the
 * assistant said ("Shall I book the 9:40 for Ann?" – "Yes, please"); `undefined` for any other, and where there
 * was no more than that.
 */
export function lastStepOf(turns: readonly Turn[]): LastStep | undefined {
  const opening = turns.findIndex(({ role }) => !OPENERS.has(role));
  const start = turns.at(-1)?.role === "user" ? turns.length - 2 : lastCall(turns);
  const said = turns[start];
  if (said?.role !== "assistant" || start === turns.length - 1 || start <= opening) return undefined;
  const before = turns.slice(opening, start);
  const calls = said.parts.filter(({ kind }) => kind === "call");
  const isSpoken = start === turns.length - 2 && turns.at(-1)?.role === "user";
  if (isSpoken !== (calls.length === 0)) return undefined;
  if (isSpoken) return { turns: [...turns.slice(0, opening), ...turns.slice(start)], before, isSpoken };
  // Results name their calls by position in the whole conversation; here the first call is that of the step.
  const made = turns
    .slice(0, start)
    .reduce((count, { parts }) => count + parts.filter(({ kind }) => kind === "call").length, 0);
  const results = turns.slice(start + 1).map((turn) => ({
    ...turn,
    parts: turn.parts.map((part) => (part.kind === "result" ? { ...part, call: part.call - made } : part)),
  }));
  return { turns: [...turns.slice(0, opening), { ...said, parts: calls }, ...results], before, isSpoken };
}

function lastCall(turns: readonly Turn[]): number {
  return turns.findLastIndex(({ role }) => !RESULTS.has(role));
}

/** Where a conversation leads among the templates that continue from its last step. */
export function continuationsOf(turns: readonly Turn[], tree: ScopeTree): readonly State<Learnt>[] {
  const step = tree.continuations.literal || tree.continuations.slotted ? lastStepOf(turns) : undefined;
  return step
    ? statesOf(step.turns, tree, { from: [{ node: tree.continuations, bindings: new Map() }] })
    : [];
}
