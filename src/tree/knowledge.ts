/** Everything one process knows: exchanges and templates by scope, bounded, least recently used first out. */

import { BoundedMap, type Holding, type MapBounds } from "../template/bounded-map.js";
import { shortDigest } from "../template/digest.js";
import { type Traits, traitsOf } from "../template/traits.js";
import { insert, remove } from "./insert.js";
import type { Entry, Fate, Learnt, ScopeTree } from "./known.js";
import { isBare, type Node } from "./node.js";
import { ProseSeen } from "./prose-seen.js";
import { ScopeTrees } from "./scope-trees.js";
import { SeenValues } from "./seen-values.js";
import { type Evidence, type Verb, Witnesses } from "./witnesses.js";

export type { Entry, Exchange, Learnt, Origin, ScopeTree } from "./known.js";
export type { Evidence, Verb } from "./witnesses.js";

export interface Bounds {
  readonly maxEntries: number;
  /** In characters, over all entries and what is known beside them. */
  readonly maxSize: number;
  /** It is a copy: the original decides which entries and scopes go, and tells. */
  readonly isCopy?: boolean;
}

/** Told of every change of what is known, after it. */
export interface Watcher {
  added?(entry: Entry): void;
  removed?(entry: Entry): void;
  /** A witness told something new about an id. */
  noted?(verb: Verb, id: string, witness: string): void;
  /** The evidence under an id went; with `asWrong` it stays known that something spoke against it. */
  dropped?(id: string, asWrong: boolean): void;
  /** What is known of the arguments and wordings of scopes went; with `wasErased` because something was erased there. */
  unlearned?(scopes: ReadonlySet<string>, wasErased: boolean): void;
  /** Two stretches of words no longer stand for each other. */
  parted?(scope: string, from: string, to: string): void;
}

// The share of `maxSize` for what the arguments and wordings of all scopes are, and for evidence that no entry stands behind.
const LEARNED_SHARE = 1 / 4;
const LOOSE_SHARE = 1 / 4;
const LEAST_LOOSE = 1_000;
const UNBOUNDED: MapBounds = { maxEntries: Number.POSITIVE_INFINITY };
const MAX_STEMS = 10_000;
const STEMS_SHARE = 1 / 64;

/** The state of a cache in memory. Adding and removing keep the trees, the counts and the recency order together. */
export class Knowledge {
  /** How far the values reach that templates have read. */
  readonly seen = new SeenValues();
  /** Beside which running text templates were right. */
  readonly prose = new ProseSeen();
  readonly scopes: ScopeTrees;
  // What is above their bounds is taken out by `add`, which tells.
  private readonly entries = new BoundedMap<string, Entry>(UNBOUNDED, { sizeOf: ({ size }) => size });
  private readonly witnesses: Witnesses;
  private readonly traitsByEntry = new WeakMap<Learnt, Traits>();
  private readonly stems: BoundedMap<string, string>;
  // The templates that share a skeleton, and with it their agreements.
  private readonly skeletons = new Map<string, Learnt[]>();
  private readonly watchers: Watcher[] = [];

  constructor(private readonly bounds: Bounds) {
    this.scopes = new ScopeTrees({ maxLearned: bounds.maxSize * LEARNED_SHARE, isCopy: bounds.isCopy }, (scope) =>
      this.tell((watcher) => watcher.unlearned?.(new Set([scope]), false)),
    );
    this.stems = new BoundedMap({ maxEntries: MAX_STEMS, maxSize: bounds.maxSize * STEMS_SHARE });
    this.witnesses = new Witnesses(
      { maxLoose: Math.max(LEAST_LOOSE, 2 * bounds.maxEntries), maxSize: bounds.maxSize * LOOSE_SHARE },
      (id) => this.entries.has(id) || this.skeletons.has(id),
    );
  }

  get count(): number {
    return this.entries.size;
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    const { maxEntries, maxSize } = this.bounds;
    return {
      entries: { entries: this.entries.size, bytes: this.entries.holding.bytes, maxEntries, maxBytes: maxSize },
      ...this.scopes.holdings,
      // Of a template and of its skeleton.
      evidence: { ...this.witnesses.holding, maxEntries: 2 * maxEntries, maxBytes: maxSize },
      ...this.witnesses.looseHoldings,
      stems: this.stems.holding,
      seen: this.seen.holding,
      prose: this.prose.holding,
    };
  }

  /** Has changes told from now on. Returns how to end that. */
  watch(watcher: Watcher): () => void {
    this.watchers.push(watcher);
    return () => {
      const index = this.watchers.indexOf(watcher);
      if (index >= 0) this.watchers.splice(index, 1);
    };
  }

  get(id: string): Entry | undefined {
    return this.entries.peek(id);
  }

  /** Least recently used first. */
  *all(): Iterable<Entry> {
    for (const [, entry] of this.entries) yield entry;
  }

  /** All that is known now, in no order of use: may be gone through while other things happen. */
  *each(): Iterable<Entry> {
    let left = this.entries.size;
    for (const entry of this.entries.values()) {
      if (left-- === 0) return;
      yield entry;
    }
  }

  /** The tree of a scope, which counts as used. One of which nothing is known is not kept: asking costs no memory. */
  scope(key: string): ScopeTree {
    return this.scopes.of(key);
  }

  /** Forgets what was learned of exchanges in scopes where something was erased: arguments, wordings, what templates have read. */
  unlearn(scopes: ReadonlySet<string>): void {
    for (const scope of scopes) this.scopes.unlearn(scope);
    for (const [skeleton, [learnt]] of this.skeletons) {
      if (!learnt || !scopes.has(learnt.scope)) continue;
      this.seen.drop(skeleton);
      this.prose.drop(skeleton);
    }
    this.tell((watcher) => watcher.unlearned?.(scopes, true));
  }

  /** Takes two stretches of words of a scope for each other no more. */
  part(scope: string, from: string, to: string): void {
    this.scope(scope).wordings.part(from, to);
    this.tell((watcher) => watcher.parted?.(scope, from, to));
  }

  /** Adds an entry, unless it is known from the same time or later, and returns what had to go to stay within bounds. */
  add(entry: Entry): readonly Entry[] {
    const known = this.entries.peek(entry.id);
    if (known && known.at >= entry.at) return [];
    if (known) this.remove(known.id);
    this.entries.set(entry.id, entry);
    const tree = this.scope(entry.scope);
    this.scopes.keep(entry.scope, tree);
    if (entry.kind === "template") {
      insert(rootOf(tree, entry), entry.template.turns, entry);
      const sharers = this.skeletons.get(entry.skeleton);
      if (sharers) sharers.push(entry);
      else this.skeletons.set(entry.skeleton, [entry]);
      for (const id of [entry.id, entry.skeleton]) this.witnesses.hold(id);
      tree.generation = this.scopes.nextGeneration();
    } else {
      const known = tree.exact.get(entry.conversation);
      if (known) known.push(entry);
      else tree.exact.set(entry.conversation, [entry]);
      tree.meanings.set(entry.meaning, (tree.meanings.get(entry.meaning) ?? 0) + 1);
      tree.exchanges++;
    }
    this.tell((watcher) => watcher.added?.(entry));
    const evicted: Entry[] = [];
    if (this.bounds.isCopy) return evicted;
    for (const [id, oldest] of this.entries) {
      if (this.entries.size <= this.bounds.maxEntries && this.size <= this.bounds.maxSize) break;
      if (oldest === entry) break;
      this.remove(id);
      evicted.push(oldest);
    }
    return evicted;
  }

  /** Everything there is to keep within `maxSize`. */
  private get size(): number {
    return this.entries.holding.bytes + this.witnesses.size + this.scopes.learnedSize;
  }

  evidence(entry: Learnt): Evidence {
    return { agreements: this.witnesses.of(entry.skeleton).agreements, contradictions: this.witnesses.of(entry.id).contradictions };
  }

  /** What trust looks at in a template. */
  traits(learnt: Learnt): Traits {
    let traits = this.traitsByEntry.get(learnt);
    if (!traits) {
      traits = traitsOf(learnt.template, learnt.origin === "bound");
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
      this.stems.set(of, stem);
    }
    return stem;
  }

  /** The evidence under an id that stands for both: a kind of prediction. */
  evidenceOf(id: string): Evidence {
    return this.witnesses.of(id);
  }

  /** How predictions have fared in a scope, those of templates that had hardly been tried (`young`) apart from the others. */
  fate(scope: string, young: boolean): Fate {
    const { fates } = this.scopes.of(scope);
    return young ? fates.young : fates.proven;
  }

  /** The share of a scope's recorded replies with this meaning, from 0 to 1; 1 where nothing is recorded. */
  rateOf(scope: string, meaning: string): number {
    const tree = this.scopes.of(scope);
    return tree.exchanges > 0 ? (tree.meanings.get(meaning) ?? 0) / tree.exchanges : 1;
  }

  /** Notes a right prediction. Returns whether it told something new. */
  agree(skeleton: string, witness: string): boolean {
    return this.note("agree", skeleton, witness);
  }

  /** Notes a wrong prediction. Returns whether it told something new. */
  contradict(id: string, witness: string): boolean {
    return this.note("contradict", id, witness);
  }

  private note(verb: Verb, id: string, witness: string): boolean {
    const isNew = this.witnesses.note(verb, id, witness);
    if (isNew) this.tell((watcher) => watcher.noted?.(verb, id, witness));
    return isNew;
  }

  /** Whether a template with this skeleton is known. */
  hasSkeleton(skeleton: string): boolean {
    return this.skeletons.has(skeleton);
  }

  /** The templates that an id stands for: one by its own id, all that share a skeleton by that. */
  templatesOf(id: string): readonly Learnt[] {
    const entry = this.entries.peek(id);
    return entry?.kind === "template" ? [entry] : (this.skeletons.get(id) ?? []);
  }

  /** Drops the evidence under an id: a skeleton's agreements or a template's contradictions. */
  dropEvidence(id: string): void {
    this.witnesses.drop(id);
    this.tell((watcher) => watcher.dropped?.(id, false));
  }

  /** Drops the evidence under an id, and keeps that something spoke against it: learned again, it is still wrong. */
  loseEvidence(id: string): void {
    this.witnesses.lose(id);
    this.tell((watcher) => watcher.dropped?.(id, true));
  }

  /** Drops all evidence, of templates and of kinds. */
  dropAllEvidence(): void {
    for (const id of [...this.witnesses.ids()]) this.dropEvidence(id);
    this.stems.clear();
  }

  /** All evidence, piece by piece: how a prediction went, what it is counted under, and the witness. */
  allEvidence(): Iterable<readonly [Verb, string, string]> {
    return this.witnesses.all();
  }

  /** The ids under which the kinds of a scope have evidence, as far as they were asked for. */
  kindsOf(scope: string): string[] {
    const stems = new Set([this.stem(scope)]);
    for (const [of, stem] of this.stems) if (of.startsWith(`${scope} `)) stems.add(stem);
    return [...this.witnesses.ids()].filter((id) => stems.has(id.slice(0, id.indexOf("-"))));
  }

  /** Marks an entry as just used. */
  touch(entry: Entry): void {
    this.entries.get(entry.id);
  }

  /** Takes an entry out; what is known for and against it stays until `dropEvidence`, or as long as there is room. */
  remove(id: string): Entry | undefined {
    const entry = this.entries.peek(id);
    if (!entry) return undefined;
    this.entries.delete(id);
    const tree = this.scope(entry.scope);
    if (entry.kind === "template") {
      remove(rootOf(tree, entry), entry.template.turns, entry);
      const sharers = this.skeletons.get(entry.skeleton)?.filter((other) => other !== entry) ?? [];
      if (sharers.length > 0) this.skeletons.set(entry.skeleton, sharers);
      else {
        this.skeletons.delete(entry.skeleton);
        this.seen.drop(entry.skeleton);
        this.prose.drop(entry.skeleton);
      }
      this.witnesses.release(id);
      if (sharers.length === 0) this.witnesses.release(entry.skeleton);
      tree.generation = this.scopes.nextGeneration();
    } else {
      const left = tree.exact.get(entry.conversation)?.filter((other) => other !== entry) ?? [];
      if (left.length > 0) tree.exact.set(entry.conversation, left);
      else tree.exact.delete(entry.conversation);
      const alike = (tree.meanings.get(entry.meaning) ?? 0) - 1;
      if (alike > 0) tree.meanings.set(entry.meaning, alike);
      else tree.meanings.delete(entry.meaning);
      tree.exchanges--;
    }
    if (tree.exact.size === 0 && isBare(tree.root) && isBare(tree.continuations)) this.scopes.drop(entry.scope);
    this.tell((watcher) => watcher.removed?.(entry));
    return entry;
  }

  private tell(how: (watcher: Watcher) => void): void {
    for (const watcher of this.watchers) how(watcher);
  }
}

function rootOf(tree: ScopeTree, { template }: Learnt): Node<Learnt> {
  return template.continuation ? tree.continuations : tree.root;
}
