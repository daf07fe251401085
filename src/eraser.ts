/** Carries out an erasure in this process: whatever holds what was erased goes, wherever it is kept. */
import type { Erasure } from "./erasures.js";
import { type Criteria, isEverything, meets } from "./forget.js";
import type { Keeper } from "./keeper.js";
import { breath } from "./learn/schedule/jobs.js";
import type { Persistence } from "./persistence.js";
import type { Entry, Knowledge, Learnt } from "./tree/knowledge.js";
import { wordsOf } from "./words.js";

/** Who made an erasure: this process, or another that it has been heard of from. */
export type By = "here" | "elsewhere";

interface Parts {
  readonly knowledge: Knowledge;
  readonly keeper: Keeper;
  readonly persistence: Persistence;
  /** Forgets what was learned from these scopes, and learns it again from what is left; nothing half-learned is kept. */
  relearn(scopes: ReadonlySet<string>): void;
  /** Forgets conversations and answers that are remembered beside what is known. */
  unremember(): void;
}

/** Milliseconds of work after which the event loop gets a turn. */
const SLICE = 4;

/** Carries out erasures one after another. */
export class Eraser {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: Parts) {}

  /** Erases what is known now and meant. Resolves with how many entries went, when the store has been told. */
  run(erasure: Erasure, by: By): Promise<number> {
    const known = [...this.parts.knowledge.all()];
    return this.inTurn(() => this.erase(known, erasure, by));
  }

  /** Erases what was learned of entries that were erased elsewhere, and are gone from what is known. */
  follow(entries: readonly Entry[]): Promise<number> {
    if (entries.length > 0) this.parts.relearn(scopesOf(entries));
    return this.inTurn(() => this.purge(entries));
  }

  private inTurn(work: () => Promise<number>): Promise<number> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async erase(known: readonly Entry[], erasure: Erasure, by: By): Promise<number> {
    const { knowledge, keeper, persistence } = this.parts;
    const { criteria, at } = erasure;
    const meant: Entry[] = [];
    await sliced(known, (entry) => {
      // What was learned elsewhere after the erasure is not meant by it; here everything that was known is.
      if ((by === "here" || entry.at <= at) && knowledge.get(entry.id) === entry && meets(entry, criteria)) meant.push(entry);
    });
    const erased = keeper.erase(meant, "briefly");
    if (isEverything(criteria)) knowledge.dropAllEvidence();
    this.parts.relearn(scopesOf(meant));
    const stored = by === "here" ? await this.stored(criteria) : [];
    const tainted = await this.purge([...meant, ...stored]);
    persistence.vouch(erasure, by);
    await erased;
    return meant.length + stored.length + tainted;
  }

  /** Erases what is meant and stands in the store alone: memory holds less than that. */
  private async stored(criteria: Criteria): Promise<Entry[]> {
    const { keeper, persistence } = this.parts;
    const meant: Entry[] = [];
    for await (const page of persistence.unknown()) {
      const found = page.filter((entry) => meets(entry, criteria));
      meant.push(...found);
      await keeper.erase(found, "briefly");
    }
    return meant;
  }

  /** Erases the templates that hold words of what was erased, and evidence that is about nothing any more. Resolves with how many went. */
  private async purge(erased: readonly Entry[]): Promise<number> {
    const { knowledge, keeper } = this.parts;
    const words = await wordsByScope(erased);
    const tainted = await this.tainted(words);
    const done = keeper.erase(tainted);
    this.parts.unremember();
    const emptied = [...scopesOf(erased)].filter((scope) => !knowledge.scopes.has(scope));
    await Promise.all([done, keeper.eraseEvidence(emptied.flatMap((scope) => knowledge.kindsOf(scope)))]);
    return tainted.length;
  }

  /** Templates that hold a word of what was erased which nothing that is left in their scope holds. */
  private async tainted(erased: ReadonlyMap<string, ReadonlySet<string>>): Promise<Learnt[]> {
    const { knowledge } = this.parts;
    const suspects: { readonly learnt: Learnt; readonly words: ReadonlySet<string> }[] = [];
    const open = new Map<string, Set<string>>();
    const entries = [...knowledge.all()].filter(({ scope }) => erased.has(scope));
    await sliced(entries, (entry) => {
      if (entry.kind !== "template") return;
      const words = new Set([...wordsOf(entry)].filter((word) => erased.get(entry.scope)?.has(word)));
      if (words.size === 0) return;
      suspects.push({ learnt: entry, words });
      const wanted = open.get(entry.scope) ?? new Set();
      open.set(entry.scope, wanted);
      for (const word of words) wanted.add(word);
    });
    await sliced(entries, (entry) => {
      const wanted = open.get(entry.scope);
      if (entry.kind !== "exchange" || !wanted || wanted.size === 0) return;
      for (const word of wordsOf(entry)) wanted.delete(word);
    });
    return suspects
      .filter(({ learnt, words }) => [...words].some((word) => open.get(learnt.scope)?.has(word)) && knowledge.get(learnt.id) === learnt)
      .map(({ learnt }) => learnt);
  }
}

function scopesOf(entries: readonly Entry[]): Set<string> {
  return new Set(entries.map(({ scope }) => scope));
}

async function wordsByScope(entries: readonly Entry[]): Promise<Map<string, Set<string>>> {
  const words = new Map<string, Set<string>>();
  await sliced(entries, (entry) => {
    const known = words.get(entry.scope) ?? new Set();
    words.set(entry.scope, known);
    if (entry.kind === "exchange") for (const word of wordsOf(entry)) known.add(word);
  });
  return words;
}

async function sliced<Item>(items: readonly Item[], work: (item: Item) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - since < SLICE) continue;
    await breath();
    since = performance.now();
  }
}
