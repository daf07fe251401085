/** What a cache tells while it works: ids, codes and counts, never content. */
import { EventEmitter } from "node:events";
import type { StoreFault } from "./store/records.js";
import type { BypassReason, MissReason, Usage } from "./types.js";

/** Each event's name and what its listener gets. */
export interface CacheEvents {
  hit: { readonly match: "exact" | "template"; readonly template: string; readonly saved: Usage | undefined };
  miss: { readonly reason: MissReason; readonly depth: number };
  bypass: { readonly reason: BypassReason };
  /** An exchange was recorded, or refused with the reason why. */
  observed: { readonly recorded: boolean; readonly refusal?: RefusalReason };
  /** A template was learned. */
  learned: { readonly template: string; readonly origin: "bound" | "induced" };
  /** A template is served from now on. */
  promoted: { readonly template: string };
  /** A template was proven wrong and is served no more. */
  retired: { readonly template: string; readonly by: "observation" | "feedback" };
  /** Entries were dropped to stay within bounds, or because their time had passed. */
  evicted: { readonly count: number; readonly why: "bounds" | "ttl" };
  forgotten: { readonly count: number };
  /** Something inside failed and was survived. */
  fault: Fault;
}

/** Why `observe` kept nothing. */
export type RefusalReason = "finish-reason" | "empty" | "invalid-arguments" | "invalid" | "too-large" | "write-off" | "redacted" | "closed";

/** What failed: a stage of the cache, or the store. `error` names the class of what was thrown, not its message. */
export type Fault =
  | { readonly where: "lookup" | "observe" | "induction" | "guard" | "listener" | "read"; readonly error: string }
  | ({ readonly where: "store" } & StoreFault)
  | { readonly where: "queue"; readonly dropped: number };

/** A typed emitter whose listeners cannot break the cache: what one throws, or rejects with, goes to `onThrown`. */
export class Events {
  private readonly emitter = new EventEmitter<{ [Name in keyof CacheEvents]: [CacheEvents[Name]] }>();

  constructor(private readonly onThrown: (error: unknown, during: keyof CacheEvents) => void) {
    // Node would warn on stderr from the eleventh listener on.
    this.emitter.setMaxListeners(0);
  }

  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): void {
    this.emitter.on(name, listener as never);
  }

  off<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): void {
    this.emitter.off(name, listener as never);
  }

  emit<Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]): void {
    for (const listener of this.emitter.listeners(name)) {
      try {
        const result = (listener as (event: CacheEvents[Name]) => unknown)(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.onThrown(error, name));
      } catch (error) {
        this.onThrown(error, name);
      }
    }
  }
}

/** The class of a thrown value: safe to show, where its message may hold content. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
