/** Everything one process knows: exchanges and templates by scope, bounded, least recently used first out. */

import { BoundedMap, type Holding, type MapBounds } from "../template/bounded-map.js";
import { type Traits, traitsOf } from "../template/traits.js";
import type { Entry, Fate, Learnt, ScopeTree } from "./known.js";
import { Ledger } from "./ledger.js";
import { ProseSeen } from "./prose-seen.js";
import { Reviews, reviewedId } from "./reviews.js";
import { ScopeTrees } from "./scope-trees.js";
import { SeenValues } from "./seen-values.js";
import { Sightings, sightedId } from "./sightings.js";
import type { Evidence, Verb } from "./witnesses.js";

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
  /** `by`: the same was recorded again, and takes its place. */
  removed?(entry: Entry, by?: Entry): void;
  /** A witness told something new about an id. */
  noted?(verb: Verb, id: string, witness: string): void;
  /** The evidence under an id went; with `asWrong` it stays known that something spoke against it. */
  dropped?(id: string, asWrong: boolean): void;
  /**
   * What is known of the arguments and wordings of scopes went; with `wasErased` because something was erased
   * there.
   */
  unlearned?(scopes: ReadonlySet<string>, wasErased: boolean): void;
  /** Two stretches of words no longer stand for each other. */
  parted?(scope: string, from: string, to: string): void;
}

// The share of `maxSize` for what the arguments and wordings of all scopes are, and for what people have said.
const LEARNED_SHARE = 1 / 4;
const REVIEWS_SHARE = 1 / 32;
const SIGHTINGS_SHARE = 1 / 32;
const UNBOUNDED: MapBounds = { maxEntries: Number.POSITIVE_INFINITY };

/**
 * The state of a cache in memory: the trees of its scopes (`ScopeTrees`), what speaks for and against
 * templates (`Ledger`), and the order in which entries were used. Adding and removing keep them together, and
 * all changes are told.
 */
export class Knowledge {
  /** How far the values reach that templates have read. */
  readonly seen = new SeenValues();
  /** Beside which running text templates were right. */
  readonly prose = new ProseSeen();
  readonly scopes: ScopeTrees;
  /** What people have said of templates. */
  readonly reviews: Reviews;
  /** What checks saw of the world when exchanges were observed. */
  readonly sightings: Sightings;
  // What is above their bounds is taken out by `add`, which tells.
  private readonly entries = new BoundedMap<string, Entry>(UNBOUNDED, { sizeOf: ({ size }) => size });
  private readonly ledger: Ledger;
  private readonly traitsByEntry = new WeakMap<Learnt, Traits>();
  private readonly watchers: Watcher[] = [];

  constructor(private readonly bounds: Bounds) {
    this.scopes = new ScopeTrees(
      { maxLearned: bounds.maxSize * LEARNED_SHARE, isCopy: bounds.isCopy },
      (scope) => this.tell((watcher) => watcher.unlearned?.(new Set([scope]), false)),
    );
    this.ledger = new Ledger(bounds, (id) => this.entries.has(id));
    this.reviews = new Reviews(bounds.maxSize * REVIEWS_SHARE);
    this.sightings = new Sightings(bounds.maxSize * SIGHTINGS_SHARE);
  }

  get count(): number {
    return this.entries.size;
  }

  /** What it holds, by name. */
  get holdings(): Readonly<Record<string, Holding>> {
    const { maxEntries, maxSize } = this.bounds;
    const ledger = this.ledger.holdings;
    return {
      entries: {
        entries: this.entries.size,
        bytes: this.entries.holding.bytes,
        maxEntries,
        maxBytes: maxSize,
      },
      ...this.scopes.holdings,
      ...ledger,
      // Of a template and of its skeleton.
      evidence: { ...(ledger.evidence as Holding), maxEntries: 2 * maxEntries, maxBytes: maxSize },
      seen: this.seen.holding,
      prose: this.prose.holding,
      reviews: this.reviews.holding,
      sightings: this.sightings.holding,
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

  /**
   * The tree of a scope, which counts as used. One of which nothing is known is not kept: asking costs no
   * memory.
   */
  scope(key: string): ScopeTree {
    return this.scopes.of(key);
  }

  /**
   * Forgets what was learned of exchanges in scopes where something was erased: arguments, wordings, what
   * templates have read.
   */
  unlearn(scopes: ReadonlySet<string>): void {
    for (const scope of scopes) this.scopes.unlearn(scope);
    for (const skeleton of this.ledger.skeletonsIn(scopes)) {
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

  /**
   * Adds an entry, unless it is known from the same time or later, and returns what had to go to stay within
   * bounds.
   */
  add(entry: Entry): readonly Entry[] {
    const known = this.entries.peek(entry.id);
    if (known && known.at >= entry.at) return [];
    if (known) this.remove(known.id, entry);
    this.entries.set(entry.id, entry);
    this.scopes.add(entry);
    if (entry.kind === "template") this.ledger.hold(entry);
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
    return this.entries.holding.bytes + this.ledger.size + this.scopes.learnedSize;
  }

  evidence(entry: Learnt): Evidence {
    const review = this.reviews.latest(entry);
    return review ? { ...this.ledger.of(entry), review } : this.ledger.of(entry);
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

  /**
   * The ids under which the fates of a kind of prediction are counted: in its scope, and there among the same
   * tools.
   */
  kindIds(scope: string, features: string, tools: string): { id: string; nearId: string } {
    return this.ledger.kindIds(scope, features, tools);
  }

  /** The evidence under an id that stands for both: a kind of prediction. */
  evidenceOf(id: string): Evidence {
    return this.ledger.under(id);
  }

  /**
   * How predictions have fared in a scope, those of templates that had hardly been tried (`young`) apart from
   * the others.
   */
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
    const isReview = verb === "agree" && reviewedId(id) !== undefined;
    const sighted = verb === "agree" ? sightedId(id) : undefined;
    const isNew = isReview
      ? this.reviews.note(id, witness)
      : sighted !== undefined
        ? this.sightings.note(sighted, witness)
        : this.ledger.note(verb, id, witness);
    if (isNew) this.tell((watcher) => watcher.noted?.(verb, id, witness));
    return isNew;
  }

  /** Whether a template with this skeleton is known. */
  hasSkeleton(skeleton: string): boolean {
    return this.ledger.sharersOf(skeleton).length > 0;
  }

  /** The templates that an id stands for: one by its own id, all that share a skeleton by that; so do reviews' ids. */
  templatesOf(id: string): readonly Learnt[] {
    const about = reviewedId(id) ?? id;
    const entry = this.entries.peek(about);
    return entry?.kind === "template" ? [entry] : this.ledger.sharersOf(about);
  }

  /** Drops the evidence under an id: a skeleton's agreements or a template's contradictions. */
  dropEvidence(id: string): void {
    const sighted = sightedId(id);
    if (sighted !== undefined) this.sightings.drop(sighted);
    else if (reviewedId(id) === undefined) this.ledger.drop(id);
    else this.reviews.drop(id);
    this.tell((watcher) => watcher.dropped?.(id, false));
  }

  /**
   * Drops the evidence under an id, and keeps that something spoke against it: learned again, it is still
   * wrong.
   */
  loseEvidence(id: string): void {
    this.ledger.lose(id);
    this.tell((watcher) => watcher.dropped?.(id, true));
  }

  /** Drops all evidence, of templates and of kinds. */
  dropAllEvidence(): void {
    for (const id of this.ledger.ids()) this.dropEvidence(id);
    for (const [id] of [...this.reviews.all(), ...this.sightings.all()]) this.dropEvidence(id);
    this.ledger.clearKinds();
  }

  /** All evidence, piece by piece: how a prediction went, what it is counted under, and the witness. */
  *allEvidence(): Iterable<readonly [Verb, string, string]> {
    yield* this.ledger.all();
    for (const [id, witness] of this.reviews.all()) yield ["agree", id, witness];
    for (const [id, witness] of this.sightings.all()) yield ["agree", id, witness];
  }

  /** The ids under which the kinds of a scope have evidence, as far as they were asked for. */
  kindsOf(scope: string): string[] {
    return this.ledger.kindsOf(scope);
  }

  /** Marks an entry as just used. */
  touch(entry: Entry): void {
    this.entries.get(entry.id);
  }

  /**
   * Takes an entry out; what is known for and against it stays until `dropEvidence`, or as long as there is
   * room.
   */
  remove(id: string, by?: Entry): Entry | undefined {
    const entry = this.entries.peek(id);
    if (!entry) return undefined;
    this.entries.delete(id);
    if (entry.kind === "template" && this.ledger.release(entry)) {
      this.seen.drop(entry.skeleton);
      this.prose.drop(entry.skeleton);
    }
    this.scopes.remove(entry);
    this.tell((watcher) => watcher.removed?.(entry, by));
    return entry;
  }

  private tell(how: (watcher: Watcher) => void): void {
    for (const watcher of this.watchers) how(watcher);
  }
}
