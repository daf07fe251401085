/** A conversation as a template sees it that continues from its last step, whatever came before. */
import type { Turn } from "../template/turn.js";
import type { Learnt, ScopeTree } from "../tree/knowledge.js";
import type { State } from "../tree/walk.js";
import { OPENERS, statesOf } from "./read.js";

/** A conversation cut in two at its last step. */
export interface LastStep {
  /**
   * The opening instructions, the last calls without the words beside them, and their results, as if nothing
   * else had been said.
   */
  readonly turns: readonly Turn[];
  /** What came between. */
  readonly before: readonly Turn[];
}

const RESULTS: ReadonlySet<string> = new Set(["tool", "function"]);

/**
 * The last step of a conversation that ends with the results of calls; `undefined` for any other, and where
 * there was no more than that.
 */
export function lastStepOf(turns: readonly Turn[]): LastStep | undefined {
  const start = turns.findLastIndex(({ role }) => !RESULTS.has(role));
  const opening = turns.findIndex(({ role }) => !OPENERS.has(role));
  const calling = turns[start];
  if (!calling || start === turns.length - 1 || start <= opening) return undefined;
  const calls = calling.parts.filter(({ kind }) => kind === "call");
  if (calls.length === 0) return undefined;
  const before = turns.slice(opening, start);
  // Results name their calls by position in the whole conversation; here the first call is that of the step.
  const made = turns
    .slice(0, start)
    .reduce((count, { parts }) => count + parts.filter(({ kind }) => kind === "call").length, 0);
  const results = turns.slice(start + 1).map((turn) => ({
    ...turn,
    parts: turn.parts.map((part) => (part.kind === "result" ? { ...part, call: part.call - made } : part)),
  }));
  return { turns: [...turns.slice(0, opening), { ...calling, parts: calls }, ...results], before };
}

/** Where a conversation leads among the templates that continue from its last step. */
export function continuationsOf(turns: readonly Turn[], tree: ScopeTree): readonly State<Learnt>[] {
  const step = tree.continuations.literal || tree.continuations.slotted ? lastStepOf(turns) : undefined;
  return step
    ? statesOf(step.turns, tree, { from: [{ node: tree.continuations, bindings: new Map() }] })
    : [];
}
