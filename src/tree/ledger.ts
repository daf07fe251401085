/** What speaks for and against templates and kinds of predictions, by the ids under which it is counted. */
import { BoundedMap, type Holding } from "../template/bounded-map.js";
import { shortDigest } from "../template/digest.js";
import type { Learnt } from "./known.js";
import { type Evidence, type Verb, Witnesses } from "./witnesses.js";

/** How much is kept of evidence that no template stands behind. */
export interface LedgerBounds {
  readonly maxEntries: number;
  /** Of the whole cache, in characters. */
  readonly maxSize: number;
}

const LOOSE_SHARE = 1 / 4;
const LEAST_LOOSE = 1_000;
const MAX_STEMS = 10_000;
const STEMS_SHARE = 1 / 64;

/**
 * Agreements are counted under a template's skeleton, contradictions under its id, and those of a kind of
 * prediction both under its own.
 */
export class Ledger {
  private readonly witnesses: Witnesses;
  // The templates that share a skeleton, and with it their agreements.
  private readonly skeletons = new Map<string, Learnt[]>();
  // What the ids of all kinds of one scope begin with.
  private readonly stems: BoundedMap<string, string>;

  /** `isKnown` says whether an entry of this id is known: its evidence stays. */
  constructor({ maxEntries, maxSize }: LedgerBounds, isKnown: (id: string) => boolean) {
    this.stems = new BoundedMap({ maxEntries: MAX_STEMS, maxSize: maxSize * STEMS_SHARE });
    this.witnesses = new Witnesses(
      { maxLoose: Math.max(LEAST_LOOSE, 2 * maxEntries), maxSize: maxSize * LOOSE_SHARE },
      (id) => isKnown(id) || this.skeletons.has(id),
    );
  }

  /** Roughly in characters, of what a template stands behind. */
  get size(): number {
    return this.witnesses.size;
  }

  /** What it holds, by name. `evidence` is bounded by that of the templates. */
  get holdings(): Readonly<Record<string, Holding>> {
    return { evidence: this.witnesses.holding, ...this.witnesses.looseHoldings, stems: this.stems.holding };
  }

  /** A template stands behind its evidence from now on. */
  hold(learnt: Learnt): void {
    const sharers = this.skeletons.get(learnt.skeleton);
    if (sharers) sharers.push(learnt);
    else this.skeletons.set(learnt.skeleton, [learnt]);
    for (const id of [learnt.id, learnt.skeleton]) this.witnesses.hold(id);
  }

  /** It does so no more. Returns whether no other template has its skeleton. */
  release(learnt: Learnt): boolean {
    const sharers = this.skeletons.get(learnt.skeleton)?.filter((other) => other !== learnt) ?? [];
    if (sharers.length > 0) this.skeletons.set(learnt.skeleton, sharers);
    else this.skeletons.delete(learnt.skeleton);
    this.witnesses.release(learnt.id);
    if (sharers.length === 0) this.witnesses.release(learnt.skeleton);
    return sharers.length === 0;
  }

  /** The templates of a skeleton; none if none is known. */
  sharersOf(skeleton: string): readonly Learnt[] {
    return this.skeletons.get(skeleton) ?? [];
  }

  /** The skeletons of the templates in some scopes. */
  *skeletonsIn(scopes: ReadonlySet<string>): Iterable<string> {
    for (const [skeleton, [learnt]] of this.skeletons) if (learnt && scopes.has(learnt.scope)) yield skeleton;
  }

  /** What speaks for and against a template. */
  of({ id, skeleton }: Learnt): Evidence {
    return {
      agreements: this.witnesses.of(skeleton).agreements,
      contradictions: this.witnesses.of(id).contradictions,
    };
  }

  /** The evidence under one id. */
  under(id: string): Evidence {
    return this.witnesses.of(id);
  }

  /** Notes a witness. Returns whether it told something new. */
  note(verb: Verb, id: string, witness: string): boolean {
    return this.witnesses.note(verb, id, witness);
  }

  /** Drops the evidence under an id. */
  drop(id: string): void {
    this.witnesses.drop(id);
  }

  /** Drops the evidence under an id, and keeps that something spoke against it. */
  lose(id: string): void {
    this.witnesses.lose(id);
  }

  /** All ids that anything is known of. */
  ids(): readonly string[] {
    return [...this.witnesses.ids()];
  }

  /** All evidence, piece by piece: how a prediction went, what it is counted under, and the witness. */
  all(): Iterable<readonly [Verb, string, string]> {
    return this.witnesses.all();
  }

  /** The ids under which a kind of prediction is counted: in its scope, and there among the same tools. */
  kindIds(scope: string, features: string, tools: string): { id: string; nearId: string } {
    return { id: `${this.stem(scope)}-${features}`, nearId: `${this.stem(`${scope} ${tools}`)}-${features}` };
  }

  /** The ids under which the kinds of a scope have evidence, as far as they were asked for. */
  kindsOf(scope: string): string[] {
    const stems = new Set([this.stem(scope)]);
    for (const [of, stem] of this.stems) if (of.startsWith(`${scope} `)) stems.add(stem);
    return this.ids().filter((id) => stems.has(id.slice(0, id.indexOf("-"))));
  }

  /** Forgets which kinds were asked for. */
  clearKinds(): void {
    this.stems.clear();
  }

  private stem(of: string): string {
    let stem = this.stems.get(of);
    if (stem === undefined) {
      stem = shortDigest(`kind ${of}`);
      this.stems.set(of, stem);
    }
    return stem;
  }
}
