/** Follows a conversation down the tree, turn by turn, along every path that fits. */
import type { Bindings } from "../template/derivation/expression.js";
import { Binder, type Fit, matchTurn } from "../template/match.js";
import type { Slot, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import type { Edge, Node } from "./node.js";

/** A place in the tree reached by the turns so far, with what they bound. */
export interface State<Leaf> {
  readonly node: Node<Leaf>;
  readonly bindings: Bindings;
}

/** A conversation's turn beside its key. */
export interface KeyedTurn {
  readonly turn: Turn;
  readonly key: string;
}

export interface WalkLimits {
  /** Paths followed at once. */
  readonly maxStates: number;
  /** Patterns tried for one turn. */
  readonly maxTries: number;
  /** Only slotted patterns that this holds for are tried. */
  readonly isMeant?: (pattern: TurnPattern<Slot>) => boolean;
}

export interface Step<Leaf> {
  readonly states: readonly State<Leaf>[];
  /** The outcomes of the patterns that did not fit, without `differs`. */
  readonly refusals: ReadonlySet<Exclude<Fit, "fits" | "differs">>;
  /** A limit was hit: there may be paths that were not followed. */
  readonly busy: boolean;
}

/**
 * One step down: every state, through every edge that fits.
 * 1. The literal edge, found by the turn's key.
 * 2. Slotted edges, those the index names.
 */
export function step<Leaf>(
  states: readonly State<Leaf>[],
  { turn, key }: KeyedTurn,
  limits: WalkLimits,
): Step<Leaf> {
  const next: State<Leaf>[] = [];
  const refusals = new Set<Exclude<Fit, "fits" | "differs">>();
  let tries = 0;
  for (const state of states) {
    const literal = state.node.literal?.get(key);
    if (literal) next.push({ node: literal.node, bindings: state.bindings });
    for (const edge of candidates(state.node, turn)) {
      if (limits.isMeant && !limits.isMeant(edge.pattern)) continue;
      if (++tries > limits.maxTries || next.length > limits.maxStates)
        return { states: [], refusals, busy: true };
      const binder = new Binder(state.bindings);
      const fit = matchTurn(edge.pattern, turn, binder);
      if (fit === "fits") next.push({ node: edge.node, bindings: binder.result() });
      else if (fit !== "differs") refusals.add(fit);
    }
  }
  return { states: next, refusals, busy: false };
}

function candidates<Leaf>(node: Node<Leaf>, turn: Turn): Iterable<Edge<Leaf>> {
  return node.slotted ? node.slotted.candidates(turn) : [];
}
