/** Everything one process knows: exchanges and templates by scope, bounded, least recently used first out. */

import { shortDigest } from "../template/digest.js";
import type { Template } from "../template/template.js";
import { type Traits, traitsOf } from "../template/traits.js";
import type { Turn } from "../template/turn.js";
import type { Reply, ReplyDetails } from "../types.js";
import { Arguments } from "./arguments.js";
import { insert, remove } from "./insert.js";
import { createNode, isBare, type Node } from "./node.js";
import { Wordings } from "./wordings.js";

interface Learned {
  readonly id: string;
  readonly scope: string;
  /** When it was learned, in ms since the epoch. */
  readonly at: number;
  readonly model: string | undefined;
  readonly details: ReplyDetails;
  /** Rough size in memory, in characters. */
  readonly size: number;
}

/** A recorded exchange: a conversation, and the reply the model gave. */
export interface Exchange extends Learned {
  readonly kind: "exchange";
  /** The key of the conversation's last turn, chained over all before. */
  readonly conversation: string;
  readonly turns: readonly Turn[];
  readonly reply: Reply;
  /** The reply, normalised, without reasoning. */
  readonly said: Turn;
  /** Equal for replies that say the same. */
  readonly meaning: string;
}

/** A template with what speaks for and against it. */
export interface Learnt extends Learned {
  readonly kind: "template";
  readonly template: Template;
  readonly origin: Origin;
  /** Equal for templates that differ in their slots' domains alone; they share their agreements. */
  readonly skeleton: string;
}

/** What was seen of a template's predictions. Sets of witnesses: the same evidence counted twice counts once. */
export interface Evidence {
  /** Of a skeleton: one witness for each set of bindings it predicted right. */
  readonly agreements: ReadonlySet<string>;
  /** Of one template: one witness for each exchange it got wrong. */
  readonly contradictions: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();
// More than anyone asks for; beyond it further witnesses change nothing and are not kept.
const ENOUGH = 512;
const MAX_STEMS = 10_000;

/** Where a template came from: values a caller bound, or induction. */
export type Origin = "bound" | "induced";

export type Entry = Exchange | Learnt;

export interface ScopeTree {
  readonly root: Node<Learnt>;
  /** Templates that continue from a conversation's last step. */
  readonly continuations: Node<Learnt>;
  /** Exchanges by conversation; more than one where the model answered in more than one way. */
  readonly exact: Map<string, Exchange[]>;
  /** What the arguments of replies have held. */
  readonly args: Arguments;
  /** Which words of its questions may stand for each other. */
  readonly wordings: Wordings;
  /** Another one after every change of the tree, and for every tree: what was walked before it may be out of date. */
  generation: number;
}

export interface Bounds {
  readonly maxEntries: number;
  /** In characters, over all entries. */
  readonly maxSize: number;
}

/** The state of a cache in memory. Adding and removing keep the trees, the counts and the recency order together. */
export class Knowledge {
  readonly scopes = new Map<string, ScopeTree>();
  // Insertion order is recency: a touched entry moves to the end.
  private readonly entries = new Map<string, Entry>();
  private readonly agreements = new Map<string, Set<string>>();
  private readonly contradictions = new Map<string, Set<string>>();
  private readonly traitsByEntry = new WeakMap<Learnt, Traits>();
  private readonly stems = new Map<string, string>();
  // How many templates share a skeleton, and with it their agreements.
  private readonly skeletons = new Map<string, number>();
  private size = 0;
  private generations = 0;

  constructor(private readonly bounds: Bounds) {}

  get count(): number {
    return this.entries.size;
  }

  get(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  /** Least recently used first. */
  all(): Iterable<Entry> {
    return this.entries.values();
  }

  /** The tree of a scope. One of which nothing is known is not kept: asking costs no memory. */
  scope(key: string): ScopeTree {
    return (
      this.scopes.get(key) ?? {
        root: createNode(),
        continuations: createNode(),
        exact: new Map(),
        args: new Arguments(),
        wordings: new Wordings(),
        generation: ++this.generations,
      }
    );
  }

  /** Adds an entry, unless it is known from the same time or later, and returns what had to go to stay within bounds. */
  add(entry: Entry): readonly Entry[] {
    const known = this.entries.get(entry.id);
    if (known && known.at >= entry.at) return [];
    if (known) this.remove(known.id);
    this.entries.set(entry.id, entry);
    this.size += entry.size;
    const tree = this.scope(entry.scope);
    this.scopes.set(entry.scope, tree);
    if (entry.kind === "template") {
      insert(rootOf(tree, entry), entry.template.turns, entry);
      this.skeletons.set(entry.skeleton, (this.skeletons.get(entry.skeleton) ?? 0) + 1);
      tree.generation = ++this.generations;
    } else {
      const known = tree.exact.get(entry.conversation);
      if (known) known.push(entry);
      else tree.exact.set(entry.conversation, [entry]);
    }
    const evicted: Entry[] = [];
    for (const oldest of this.entries.values()) {
      if (this.entries.size <= this.bounds.maxEntries && this.size <= this.bounds.maxSize) break;
      if (oldest === entry) break;
      this.remove(oldest.id);
      evicted.push(oldest);
    }
    return evicted;
  }

  evidence(entry: Learnt): Evidence {
    return { agreements: this.agreements.get(entry.skeleton) ?? NONE, contradictions: this.contradictions.get(entry.id) ?? NONE };
  }

  /** What trust looks at in a template. */
  traits(learnt: Learnt): Traits {
    let traits = this.traitsByEntry.get(learnt);
    if (!traits) {
      traits = traitsOf(learnt.template);
      this.traitsByEntry.set(learnt, traits);
    }
    return traits;
  }

  /** The ids under which the fates of a kind of prediction are counted: in its scope, and there among the same tools. */
  kindIds(scope: string, features: string, tools: string): { id: string; nearId: string } {
    return { id: `${this.stem(scope)}-${features}`, nearId: `${this.stem(`${scope} ${tools}`)}-${features}` };
  }

  private stem(of: string): string {
    let stem = this.stems.get(of);
    if (stem === undefined) {
      stem = shortDigest(`kind ${of}`);
      // Only a shortcut: what is dropped is worked out again.
      if (this.stems.size >= MAX_STEMS) this.stems.clear();
      this.stems.set(of, stem);
    }
    return stem;
  }

  /** The evidence under an id that stands for both: a kind of prediction. */
  evidenceOf(id: string): Evidence {
    return { agreements: this.agreements.get(id) ?? NONE, contradictions: this.contradictions.get(id) ?? NONE };
  }

  /** Notes a right prediction. Returns whether it told something new. */
  agree(skeleton: string, witness: string): boolean {
    return note(this.agreements, skeleton, witness);
  }

  /** Notes a wrong prediction. Returns whether it told something new. */
  contradict(id: string, witness: string): boolean {
    return note(this.contradictions, id, witness);
  }

  /** Whether a template with this skeleton is known. */
  hasSkeleton(skeleton: string): boolean {
    return this.skeletons.has(skeleton);
  }

  /** Drops the evidence under an id: a skeleton's agreements or a template's contradictions. */
  dropEvidence(id: string): void {
    this.agreements.delete(id);
    this.contradictions.delete(id);
  }

  /** Drops all evidence, of templates and of kinds. */
  dropAllEvidence(): void {
    for (const known of [this.agreements, this.contradictions, this.stems]) known.clear();
  }

  /** All evidence, piece by piece: how a prediction went, what it is counted under, and the witness. */
  *allEvidence(): Iterable<readonly ["agree" | "contradict", string, string]> {
    for (const [id, witnesses] of this.agreements) for (const witness of witnesses) yield ["agree", id, witness];
    for (const [id, witnesses] of this.contradictions) for (const witness of witnesses) yield ["contradict", id, witness];
  }

  /** The ids under which the kinds of a scope have evidence, as far as they were asked for. */
  kindsOf(scope: string): string[] {
    const stems = [this.stem(scope)];
    for (const [of, stem] of this.stems) if (of.startsWith(`${scope} `)) stems.push(stem);
    return [...this.agreements.keys(), ...this.contradictions.keys()].filter((id) => stems.some((stem) => id.startsWith(`${stem}-`)));
  }

  /** Marks an entry as just used. */
  touch(entry: Entry): void {
    const known = this.entries.get(entry.id);
    if (!known) return;
    this.entries.delete(entry.id);
    this.entries.set(entry.id, known);
  }

  /** Takes an entry out; what is known for and against it stays until `dropEvidence`. */
  remove(id: string): Entry | undefined {
    const entry = this.entries.get(id);
    if (!entry) return undefined;
    this.entries.delete(id);
    this.size -= entry.size;
    const tree = this.scope(entry.scope);
    if (entry.kind === "template") {
      remove(rootOf(tree, entry), entry.template.turns, entry);
      const sharers = (this.skeletons.get(entry.skeleton) ?? 0) - 1;
      if (sharers > 0) this.skeletons.set(entry.skeleton, sharers);
      else this.skeletons.delete(entry.skeleton);
      tree.generation = ++this.generations;
    } else {
      const left = tree.exact.get(entry.conversation)?.filter((other) => other !== entry) ?? [];
      if (left.length > 0) tree.exact.set(entry.conversation, left);
      else tree.exact.delete(entry.conversation);
    }
    if (tree.exact.size === 0 && isBare(tree.root) && isBare(tree.continuations)) this.scopes.delete(entry.scope);
    return entry;
  }
}

function rootOf(tree: ScopeTree, { template }: Learnt): Node<Learnt> {
  return template.continuation ? tree.continuations : tree.root;
}

function note(evidence: Map<string, Set<string>>, id: string, witness: string): boolean {
  let witnesses = evidence.get(id);
  if (!witnesses) {
    witnesses = new Set();
    evidence.set(id, witnesses);
  }
  if (witnesses.has(witness) || witnesses.size >= ENOUGH) return false;
  witnesses.add(witness);
  return true;
}
