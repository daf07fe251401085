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
  const key = literalKey(pattern);
  if (key !== undefined) {
    node.literal ??= new Map();
    let edge = node.literal.get(key);
    if (!edge) {
      edge = { pattern, key, node: createNode() };
      node.literal.set(key, edge);
    }
    return edge;
  }
  const slotted = patternKey(pattern);
  node.slotted ??= new SiblingIndex();
  let edge = node.slotted.get(pattern, slotted);
  if (!edge) {
    edge = { pattern, key: slotted, node: createNode() };
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
  const key = literalKey(pattern);
  return key === undefined ? node.slotted?.get(pattern, patternKey(pattern)) : node.literal?.get(key);
}

// What templates that are loaded together have in common (a system prompt) is one object in all of them.
const literalKeys = new WeakMap<TurnPattern<Slot>, string>();

/** The key of a turn that has no slot; `undefined` for one that has. */
function literalKey(pattern: TurnPattern<Slot>): string | undefined {
  const known = literalKeys.get(pattern);
  const turn = known === undefined ? asTurn(pattern) : undefined;
  if (!turn) return known;
  const key = turnKey(turn);
  literalKeys.set(pattern, key);
  return key;
}

function patternKey(pattern: TurnPattern<Slot>): string {
  return shortDigest(`pattern ${JSON.stringify(encodeTurnPattern(pattern))}`);
}
