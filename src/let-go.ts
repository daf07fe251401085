/** Which entries left memory and are still in the store, so that what is asked for again can be found again. */
import type { Entry } from "./tree/knowledge.js";

/** What is still known of an entry. */
export interface Stub {
  readonly id: string;
  readonly at: number;
  /** Under what it is looked for: its conversation, or for a template its scope. */
  readonly key: string;
  /** The ids of the evidence that is kept for it. */
  readonly evidence: readonly string[];
}

/** Templates of a scope that are fetched together. */
const TOGETHER = 50;

/** The stubs of entries, bounded; those let go of first are dropped first. */
export class LetGo {
  private readonly stubs = new Map<string, Stub>();
  private readonly byKey = new Map<string, Set<string>>();

  constructor(private readonly limit: number) {}

  /** Takes note of an entry. Returns the stubs that went for it. */
  note(entry: Entry): Stub[] {
    const isTemplate = entry.kind === "template";
    const key = isTemplate ? entry.scope : keyOf(entry.scope, entry.conversation);
    return this.keep({ id: entry.id, at: entry.at, key, evidence: isTemplate ? [entry.id, entry.skeleton] : [] });
  }

  /** Takes note of a stub again. Returns those that went for it. */
  keep(stub: Stub): Stub[] {
    this.drop(stub.id);
    this.stubs.set(stub.id, stub);
    const ids = this.byKey.get(stub.key) ?? new Set();
    this.byKey.set(stub.key, ids.add(stub.id));
    const dropped: Stub[] = [];
    for (const oldest of this.stubs.values()) {
      if (this.stubs.size <= this.limit) break;
      this.drop(oldest.id);
      dropped.push(oldest);
    }
    return dropped;
  }

  /** Forgets an entry: it is in memory again, or gone. */
  drop(id: string): void {
    const stub = this.stubs.get(id);
    if (!stub) return;
    this.stubs.delete(id);
    const ids = this.byKey.get(stub.key);
    ids?.delete(id);
    if (ids?.size === 0) this.byKey.delete(stub.key);
  }

  /** What may answer a conversation: its exchanges, and the templates of its scope that were let go of last. */
  wanted(scope: string, conversation: string): Stub[] {
    const exact = [...(this.byKey.get(keyOf(scope, conversation)) ?? [])];
    const templates = [...(this.byKey.get(scope) ?? [])].slice(-TOGETHER);
    return [...exact, ...templates].flatMap((id) => this.stubs.get(id) ?? []);
  }
}

function keyOf(scope: string, conversation: string): string {
  return `${scope} ${conversation}`;
}
