/** The tree of templates by turn: plain records, one verb a file beside this one. */
import type { Slot, TurnPattern } from "../template/template.js";
import type { SiblingIndex } from "./sibling-index.js";

/**
 * Where the templates of one scope that begin alike part ways. Edges whose pattern is literal are found by
 * the turn's key, the others through an index. `leaves` are the templates whose conversation ends here.
 */
export interface Node<Leaf> {
  literal: Map<string, Edge<Leaf>> | undefined;
  slotted: SiblingIndex<Edge<Leaf>> | undefined;
  leaves: Leaf[];
}

export interface Edge<Leaf> {
  readonly pattern: TurnPattern<Slot>;
  /** Equal for equal patterns, among siblings. */
  readonly key: string;
  readonly node: Node<Leaf>;
}

export function createNode<Leaf>(): Node<Leaf> {
  return { literal: undefined, slotted: undefined, leaves: [] };
}

export function isBare(node: Node<unknown>): boolean {
  return node.leaves.length === 0 && !node.literal?.size && !node.slotted?.size;
}
