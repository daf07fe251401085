/** Adds a template to the tree, and takes it out so that the tree is as it was before. */

import { encodeTurnPattern } from "../template/codec.js";
import { shortDigest, turnKey } from "../template/digest.js";
import type { Slot, TurnPattern } from "../template/template.js";
import { asTurn } from "../template/visit.js";
import { createNode, type Edge, isBare, type Node } from "./node.js";
import { SiblingIndex } from "./sibling-index.js";

/** Adds a leaf at the end of the path its turns make. Returns whether it was new there. */
export function insert<Leaf>(root: Node<Leaf>, turns: readonly TurnPattern<Slot>[], leaf: Leaf): boolean {
  let node = root;
  for (const pattern of turns) node = child(node, pattern).node;
  if (node.leaves.includes(leaf)) return false;
  node.leaves.push(leaf);
  return true;
}

function child<Leaf>(node: Node<Leaf>, pattern: TurnPattern<Slot>): Edge<Leaf> {
  const turn = asTurn(pattern);
  if (turn) {
    const key = turnKey(turn);
    node.literal ??= new Map();
    let edge = node.literal.get(key);
    if (!edge) {
      edge = { pattern, key, node: createNode() };
      node.literal.set(key, edge);
    }
    return edge;
  }
  const key = patternKey(pattern);
  node.slotted ??= new SiblingIndex();
  let edge = node.slotted.get(pattern, key);
  if (!edge) {
    edge = { pattern, key, node: createNode() };
    node.slotted.add(edge);
  }
  return edge;
}

/** Takes a leaf out, and with it every node that nothing else needs. Returns whether it was there. */
export function remove<Leaf>(root: Node<Leaf>, turns: readonly TurnPattern<Slot>[], leaf: Leaf): boolean {
  const path: { node: Node<Leaf>; edge: Edge<Leaf> }[] = [];
  let node = root;
  for (const pattern of turns) {
    const edge = find(node, pattern);
    if (!edge) return false;
    path.push({ node, edge });
    node = edge.node;
  }
  const index = node.leaves.indexOf(leaf);
  if (index < 0) return false;
  node.leaves.splice(index, 1);
  for (const { node: parent, edge } of path.reverse()) {
    if (!isBare(edge.node)) break;
    if (parent.literal?.get(edge.key) === edge) parent.literal.delete(edge.key);
    else parent.slotted?.remove(edge);
  }
  return true;
}

function find<Leaf>(node: Node<Leaf>, pattern: TurnPattern<Slot>): Edge<Leaf> | undefined {
  const turn = asTurn(pattern);
  return turn ? node.literal?.get(turnKey(turn)) : node.slotted?.get(pattern, patternKey(pattern));
}

function patternKey(pattern: TurnPattern<Slot>): string {
  return shortDigest(`pattern ${JSON.stringify(encodeTurnPattern(pattern))}`);
}
