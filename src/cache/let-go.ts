/**
 * Which entries stand in the store and not in memory, so that what is asked for can be found.
 */
import { BoundedMap, ENTRY_SIZE, type Holding } from "../template/bounded-map.js";
import type { Entry } from "../tree/knowledge.js";

/** What is still known of an entry. */
export interface Stub {
  readonly id: string;
  readonly at: number;
  readonly scope: string;
  /** The conversation of an exchange that was in memory; a template has none. */
  readonly conversation: string | undefined;
  /** Of one that was never in memory: what its puts say of the erasures that their writers knew. */
  readonly marks?: readonly (string | undefined)[];
}

/** The ids of one scope. */
interface Listing {
  readonly exchanges: Map<string, Set<string>>;
  /** Templates, and what was never in memory. */
  readonly others: BoundedMap<string, Stub>;
}

// Entries that are fetched together.
const TOGETHER = 50;

/** The stubs of entries, at most `limit`; those let go of first are dropped first. */
export class LetGo {
  private readonly stubs: BoundedMap<string, Stub>;
  private readonly listings = new Map<string, Listing>();

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

  /** What is known of an entry. */
  get(id: string): Stub | undefined {
    return this.stubs.peek(id);
  }

  /** Takes note of an entry that leaves memory. */
  note(entry: Entry): void {
    const { id, at, scope } = entry;
    this.keep({ id, at, scope, conversation: entry.kind === "exchange" ? entry.conversation : undefined });
  }

  /** Takes note of an entry that is left in the store, as a put of it told; `mark`: what that put says. */
  leave(id: string, { at, scope, mark }: { at: number; scope: string; mark: string | undefined }): void {
    const known = this.stubs.peek(id);
    const { conversation = undefined, marks = known ? undefined : [] } = known ?? {};
    const told = marks && { marks: [...new Set([...marks, mark])] };
    // One that was in memory has been looked at, and has no marks.
    this.keep({ id, at: Math.max(at, known?.at ?? at), scope, conversation, ...told });
  }

  /** Takes note of a stub again. */
  keep(stub: Stub): void {
    this.drop(stub.id);
    const { id, scope, conversation } = stub;
    const { exchanges, others } = this.listings.get(scope) ?? this.list(scope);
    if (conversation === undefined) others.set(id, stub);
    else exchanges.set(conversation, (exchanges.get(conversation) ?? new Set()).add(id));
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
    const { exchanges, others } = this.listings.get(scope) ?? {};
    const ids = [...(exchanges?.get(conversation) ?? [])];
    for (const id of others?.newestKeys() ?? []) if (ids.push(id) >= TOGETHER) break;
    return ids.flatMap((id) => this.stubs.peek(id) ?? []);
  }

  /** All of a scope, in no order: may be gone through while other things happen. */
  *of(scope: string): Iterable<Stub> {
    const { exchanges, others } = this.listings.get(scope) ?? {};
    for (const ids of exchanges?.values() ?? [])
      for (const id of ids) {
        const stub = this.stubs.peek(id);
        if (stub) yield stub;
      }
    yield* others?.values() ?? [];
  }

  private list(scope: string): Listing {
    const listing: Listing = {
      exchanges: new Map(),
      others: new BoundedMap({ maxEntries: Number.POSITIVE_INFINITY }),
    };
    this.listings.set(scope, listing);
    return listing;
  }

  private unlist({ id, scope, conversation }: Stub): void {
    const listing = this.listings.get(scope);
    if (!listing) return;
    const { exchanges, others } = listing;
    const alike = conversation === undefined ? undefined : exchanges.get(conversation);
    alike?.delete(id);
    if (alike?.size === 0) exchanges.delete(conversation ?? "");
    if (conversation === undefined) others.delete(id);
    if (exchanges.size === 0 && others.size === 0) this.listings.delete(scope);
  }
}
