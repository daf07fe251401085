/**
 * Which entries left memory and are still in the store, so that what is asked for again can be found again.
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Entry } from "../tree/knowledge.js";

/** What is still known of an entry. */
export interface Stub {
  readonly id: string;
  readonly at: number;
  readonly scope: string;
  /** The conversation of an exchange; a template has none. */
  readonly conversation: string | undefined;
}

// Entries that are fetched together.
const TOGETHER = 50;

/** The stubs of entries, at most `limit`; those let go of first are dropped first. */
export class LetGo {
  private readonly stubs: BoundedMap<string, Stub>;
  private readonly exchanges = new Map<string, Set<string>>();
  private readonly templates = new Map<string, BoundedMap<string, true>>();

  constructor(limit: number) {
    const sizeOf = ({ id, conversation = "" }: Stub): number =>
      4 * ENTRY_SIZE + id.length + conversation.length;
    this.stubs = new BoundedMap(
      { maxEntries: limit },
      { sizeOf, onDropped: (_id, stub) => this.unlist(stub) },
    );
  }

  /** What it holds, for `stats()`. */
  get holding(): Holding {
    return this.stubs.holding;
  }

  /** Takes note of an entry. */
  note(entry: Entry): void {
    const { id, at, scope } = entry;
    this.keep({ id, at, scope, conversation: entry.kind === "exchange" ? entry.conversation : undefined });
  }

  /** Takes note of a stub again. */
  keep(stub: Stub): void {
    this.drop(stub.id);
    const { id, scope, conversation } = stub;
    if (conversation === undefined) {
      const ids =
        this.templates.get(scope) ?? new BoundedMap<string, true>({ maxEntries: Number.POSITIVE_INFINITY });
      this.templates.set(scope, ids);
      ids.set(id, true);
    } else {
      const key = keyOf(scope, conversation);
      this.exchanges.set(key, (this.exchanges.get(key) ?? new Set()).add(id));
    }
    this.stubs.set(id, stub);
  }

  /** Forgets an entry: it is in memory again, or gone. */
  drop(id: string): void {
    const stub = this.stubs.peek(id);
    if (!stub) return;
    this.stubs.delete(id);
    this.unlist(stub);
  }

  /**
   * What may answer a conversation: its exchanges, and the templates of its scope that were let go of last.
   */
  wanted(scope: string, conversation: string): Stub[] {
    const ids = [...(this.exchanges.get(keyOf(scope, conversation)) ?? [])];
    for (const id of this.templates.get(scope)?.newestKeys() ?? []) if (ids.push(id) >= TOGETHER) break;
    return ids.flatMap((id) => this.stubs.peek(id) ?? []);
  }

  /** All of a scope. */
  of(scope: string): Stub[] {
    return [...this.stubs.values()].filter((stub) => stub.scope === scope);
  }

  private unlist({ id, scope, conversation }: Stub): void {
    const [lists, key] =
      conversation === undefined ? [this.templates, scope] : [this.exchanges, keyOf(scope, conversation)];
    const ids = lists.get(key);
    ids?.delete(id);
    if (ids?.size === 0) lists.delete(key);
  }
}

function keyOf(scope: string, conversation: string): string {
  return `${scope} ${conversation}`;
}
