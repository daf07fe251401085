/**
 * The scopes that something is known of, and whose arguments and wordings are forgotten when all of them know
 * too much.
 */
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import { Arguments } from "./arguments.js";
import { insert, remove } from "./insert.js";
import type { Entry, Learnt, ScopeTree } from "./known.js";
import { createNode, isBare, type Node } from "./node.js";
import { Wordings } from "./wordings.js";

// Most of one scope, roughly in characters.
const MAX_ARGUMENTS = 8 * 1024 * 1024;
const MAX_WORDINGS = 16 * 1024 * 1024;

/**
 * Trees by scope, the one used longest ago first. `maxLearned` bounds the arguments and wordings of all,
 * roughly in characters.
 */
export class ScopeTrees {
  // As many as entries have; each goes with the last of its entries.
  private readonly trees = new BoundedMap<string, ScopeTree>({ maxEntries: Number.POSITIVE_INFINITY });
  private readonly learned = { arguments: 0, wordings: 0 };
  private generations = 0;

  constructor(
    private readonly bounds: { readonly maxLearned: number; readonly isCopy?: boolean | undefined },
    /** Told whose arguments and wordings were forgotten for want of room. */
    private readonly onUnlearned: (scope: string) => void,
  ) {}

  get size(): number {
    return this.trees.size;
  }

  /** Of arguments and wordings, roughly in characters. */
  get learnedSize(): number {
    return this.learned.arguments + this.learned.wordings;
  }

  /** What they hold, by name. */
  get holdings(): Readonly<Record<"arguments" | "wordings", Holding>> {
    const common = { entries: this.trees.size, maxBytes: this.bounds.maxLearned };
    return {
      arguments: { ...common, bytes: this.learned.arguments },
      wordings: { ...common, bytes: this.learned.wordings },
    };
  }

  keys(): Iterable<string> {
    return this.trees.keys();
  }

  has(scope: string): boolean {
    return this.trees.has(scope);
  }

  /** The tree of a scope, which counts as used; a bare one, not kept, if nothing is known of it. */
  of(scope: string): ScopeTree {
    return this.trees.get(scope) ?? this.bare(scope);
  }

  /** Adds an entry to the tree of its scope, which counts as used. */
  add(entry: Entry): void {
    const tree = this.of(entry.scope);
    if (!this.trees.has(entry.scope)) this.trees.set(entry.scope, tree);
    if (entry.kind === "template") {
      insert(rootOf(tree, entry), entry.template.turns, entry);
      tree.generation = this.nextGeneration();
      return;
    }
    const known = tree.exact.get(entry.conversation);
    if (known) known.push(entry);
    else tree.exact.set(entry.conversation, [entry]);
    tree.meanings.set(entry.meaning, (tree.meanings.get(entry.meaning) ?? 0) + 1);
    tree.exchanges++;
  }

  /** Takes an entry out of the tree of its scope, which goes with the last of them. */
  remove(entry: Entry): void {
    const tree = this.of(entry.scope);
    if (entry.kind === "template") {
      remove(rootOf(tree, entry), entry.template.turns, entry);
      tree.generation = this.nextGeneration();
    } else {
      const left = tree.exact.get(entry.conversation)?.filter((other) => other !== entry) ?? [];
      if (left.length > 0) tree.exact.set(entry.conversation, left);
      else tree.exact.delete(entry.conversation);
      const alike = (tree.meanings.get(entry.meaning) ?? 0) - 1;
      if (alike > 0) tree.meanings.set(entry.meaning, alike);
      else tree.meanings.delete(entry.meaning);
      tree.exchanges--;
    }
    if (tree.exact.size === 0 && isBare(tree.root) && isBare(tree.continuations)) this.drop(entry.scope);
  }

  private drop(scope: string): void {
    const tree = this.trees.peek(scope);
    if (!this.trees.delete(scope)) return;
    this.learned.arguments -= tree?.args.size ?? 0;
    this.learned.wordings -= tree?.wordings.size ?? 0;
  }

  /** Forgets what is known of a scope's arguments and wordings. */
  unlearn(scope: string): void {
    const tree = this.trees.peek(scope);
    tree?.args.clear();
    tree?.wordings.clear();
  }

  /** A number that no tree has had. */
  private nextGeneration(): number {
    return ++this.generations;
  }

  private bare(scope: string): ScopeTree {
    const onResized = (kind: "arguments" | "wordings") => (by: number) => {
      if (this.trees.peek(scope) === tree) this.resize(tree, kind, by);
    };
    // Others keep their half whatever one scope learns.
    const most = this.bounds.maxLearned / 4;
    const tree: ScopeTree = {
      root: createNode(),
      continuations: createNode(),
      exact: new Map(),
      args: new Arguments({ maxSize: Math.min(MAX_ARGUMENTS, most), onResized: onResized("arguments") }),
      wordings: new Wordings({ maxSize: Math.min(MAX_WORDINGS, most), onResized: onResized("wordings") }),
      fates: { young: { wrong: 0, expected: 0 }, proven: { wrong: 0, expected: 0 } },
      exchanges: 0,
      meanings: new Map(),
      generation: this.nextGeneration(),
    };
    return tree;
  }

  /**
   * Counts what a scope has learned. If that is too much, what others know goes, that of the one used longest
   * ago first.
   */
  private resize(tree: ScopeTree, kind: "arguments" | "wordings", by: number): void {
    this.learned[kind] += by;
    if (by <= 0 || this.bounds.isCopy) return;
    for (const [scope, other] of this.trees) {
      if (this.learnedSize <= this.bounds.maxLearned) return;
      if (other === tree || other.args.size + other.wordings.size === 0) continue;
      this.unlearn(scope);
      this.onUnlearned(scope);
    }
  }
}

function rootOf(tree: ScopeTree, { template }: Learnt): Node<Learnt> {
  return template.continuation ? tree.continuations : tree.root;
}
