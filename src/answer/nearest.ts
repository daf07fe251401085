/** What of all that is known is nearest to a conversation that nothing fits, and where that leaves it. */
import { printReply, printTurnPattern } from "../template/print.js";
import { type Stop, stopOf } from "../template/stop.js";
import type { Slot, TurnPattern } from "../template/template.js";
import type { Turn } from "../template/turn.js";
import { literalTurn } from "../template/visit.js";
import type { Exchange, Learnt, ScopeTree } from "../tree/knowledge.js";
import type { Edge, Node } from "../tree/node.js";
import type { State } from "../tree/walk.js";
import { follow, visible } from "./read.js";

/** What is nearest to a conversation. Holds conversation text. */
export interface Nearest {
  /** The id of the template, or of the recorded exchange. */
  readonly id: string;
  readonly kind: "template" | "exchange";
  readonly turns: readonly string[];
  readonly reply: string;
  /**
   * The message at which they part, from 1; one more than there are where the conversation ends too early.
   */
  readonly message: number;
  readonly role: string;
  /** What comes after "message 2 (user) …". */
  readonly stops: string;
}

// Enough for any honest scope; beyond, the nearest of those that were looked at.
const MOST_EDGES = 5_000;
const MOST_EXCHANGES = 1_000;

/** The nearest template or recorded exchange; `undefined` where nothing is known, or one fits to the end. */
export function nearestTo(turns: readonly Turn[], tree: ScopeTree): Nearest | undefined {
  const seen = turns.map(visible);
  const template = nearestTemplate(seen, tree.root);
  if (template === "fits") return undefined;
  const exchange = nearestExchange(turns, tree);
  const isExchange =
    exchange && (!template || exchange.depth + exchange.share > template.depth + template.share);
  const found = isExchange ? exchange : template;
  if (!found) return undefined;
  const { of, depth, words } = found;
  const patterns = of.kind === "template" ? of.template.turns : of.turns.map(literalTurn);
  return {
    id: of.id,
    kind: of.kind,
    turns: patterns.map(printTurnPattern),
    reply: of.kind === "template" ? printReply(of.template.reply) : printReply(literalTurn(of.said)),
    message: depth + 1,
    role: turns[depth]?.role ?? patterns[depth]?.role ?? "",
    stops: words,
  };
}

interface Found<Of> {
  readonly of: Of;
  /** How many turns fit whole. */
  readonly depth: number;
  /** How much of the next one does. */
  readonly share: number;
  readonly words: string;
}

/** The nearest of the templates of whole conversations; `fits` where one ends where the conversation does. */
function nearestTemplate(turns: readonly Turn[], root: Node<Learnt>): Found<Learnt> | "fits" | undefined {
  let states: readonly State<Learnt>[] = [{ node: root, bindings: new Map() }];
  for (const [depth, turn] of turns.entries()) {
    const next = follow(states, { turn }).states;
    if (next.length > 0) {
      states = next;
      continue;
    }
    let best: Found<Edge<Learnt>> | undefined;
    let tried = 0;
    for (const { node, bindings } of states) {
      for (const edge of edgesOf(node)) {
        if (tried++ >= MOST_EDGES) break;
        const stop = stopOf(edge.pattern, turn, bindings);
        if (stop && (!best || stop.share > best.share)) best = { of: edge, depth, ...stop };
      }
    }
    const of = best && firstLeaf(best.of.node);
    if (best && of) return { ...best, of };
    return endingBefore(states, depth, turn);
  }
  if (states.some(({ node }) => node.leaves.length > 0)) return "fits";
  for (const { node } of states) {
    for (const { pattern, node: below } of edgesOf(node)) {
      const of = firstLeaf(below);
      if (of)
        return { of, depth: turns.length, share: 0, words: `is not there yet: ${printTurnPattern(pattern)}` };
    }
  }
  return undefined;
}

/** Templates that end where the conversation goes on. */
function endingBefore(
  states: readonly State<Learnt>[],
  depth: number,
  turn: Turn,
): Found<Learnt> | undefined {
  const of = states.flatMap(({ node }) => node.leaves)[0];
  return (
    of && { of, depth, share: 0, words: `goes on where it ends: ${printTurnPattern(literalTurn(turn))}` }
  );
}

function* edgesOf(node: Node<Learnt>): Iterable<Edge<Learnt>> {
  if (node.slotted) yield* node.slotted.values();
  if (node.literal) yield* node.literal.values();
}

function firstLeaf(node: Node<Learnt>): Learnt | undefined {
  for (let at: Node<Learnt> | undefined = node; at; ) {
    const [leaf] = at.leaves;
    if (leaf) return leaf;
    const [edge]: Edge<Learnt>[] = first(edgesOf(at));
    at = edge?.node;
  }
  return undefined;
}

function first<Item>(items: Iterable<Item>): Item[] {
  for (const item of items) return [item];
  return [];
}

/** The recorded exchange that begins most like the conversation, of those recorded last. */
function nearestExchange(turns: readonly Turn[], tree: ScopeTree): Found<Exchange> | undefined {
  let best: Found<Exchange> | undefined;
  for (const [of] of [...tree.exact.values()].slice(-MOST_EXCHANGES)) {
    const found = of && partingFrom(of, turns);
    if (found && (!best || found.depth + found.share > best.depth + best.share)) best = found;
  }
  return best;
}

function partingFrom(of: Exchange, turns: readonly Turn[]): Found<Exchange> | undefined {
  const patterns: readonly TurnPattern<Slot>[] = of.turns.map(literalTurn);
  for (const [depth, pattern] of patterns.entries()) {
    const turn = turns[depth];
    if (!turn) return { of, depth, share: 0, words: `is not there yet: ${printTurnPattern(pattern)}` };
    const stop: Stop | undefined = stopOf(pattern, turn, NOTHING);
    if (stop) return { of, depth, ...stop };
  }
  const more = turns[patterns.length];
  // As long, and alike in all but its reasoning.
  if (!more) return undefined;
  return {
    of,
    depth: patterns.length,
    share: 0,
    words: `goes on where it ends: ${printTurnPattern(literalTurn(more))}`,
  };
}

const NOTHING = new Map<string, never>();
