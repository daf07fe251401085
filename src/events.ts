/** What a cache tells while it works: ids, codes, counts and names of models, never content. */
import type { RefusedFor } from "./learn/model/proposal.js";
import type { StoreFault } from "./store/records.js";
import type { BypassReason, MissReason, RefusalReason, Review, Usage } from "./types.js";

/** Each event's name and what its listener gets. */
export interface CacheEvents {
  hit: Asked & {
    readonly match: "exact" | "template";
    readonly template: string;
    readonly saved: Usage | undefined;
  };
  miss: Asked & { readonly reason: MissReason; readonly depth: number };
  bypass: Asked & { readonly reason: BypassReason };
  /**
   * A reply that would have been served was compared with what the model said (see `shadow` in the adapters'
   * options).
   */
  compared: { readonly agreed: boolean };
  /**
   * An exchange was recorded, or refused with the reason why. `answer` is the id that the caller gave it,
   * `exchange` the one by which `learn` finds it, in this process or another.
   */
  observed: {
    readonly recorded: boolean;
    readonly refusal?: RefusalReason;
    readonly answer?: string;
    readonly exchange?: string;
  };
  /** A template was learned. */
  learned: { readonly template: string; readonly origin: "bound" | "induced" };
  /**
   * Learning from an exchange was given up in a stage, after so many steps: it was too much. Its exact record
   * is kept.
   */
  curtailed: { readonly stage: string; readonly steps: number };
  /**
   * A model was asked about what learning could not explain: what came of it, and the calls and tokens it
   * took. `noted`: about a template, whether what it leaves aside decides or what to call its variables.
   * `reason` says why a proposal was refused.
   */
  consulted: {
    readonly outcome: "kept" | "refused" | "nothing" | "noted" | "failed";
    readonly reason?: RefusedFor;
    readonly calls: number;
    readonly tokens: number;
  };
  /** What one answer of a model took that helps to learn. */
  paid: Spent;
  /** A template is served from now on. */
  promoted: { readonly template: string };
  /** A template was proven wrong and is served no more. */
  retired: { readonly template: string; readonly by: "observation" | "feedback" | "review" };
  /** A person has approved or retired a template: see `Cache.approve`. */
  reviewed: { readonly template: string; readonly verdict: Review["verdict"] };
  /**
   * The model was asked where a hit was served: whether it said the same. If not, the template is corrected
   * or retired. With what that call took, as far as it was told to `observe`.
   */
  audited: { readonly template: string; readonly agreed: boolean } & Partial<Spent>;
  /**
   * Entries left memory to stay within bounds, because their time had passed, or because nobody had asked
   * about their scope for long.
   */
  evicted: { readonly count: number; readonly why: "bounds" | "ttl" | "idle" };
  forgotten: { readonly count: number };
  /** Something inside failed and was survived. */
  fault: Fault;
}

/** What a model was asked for, and the tokens it took. */
export interface Spent {
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
}

/** What is said of every lookup. */
export interface Asked {
  /** The model that was asked for, where the request names one. */
  readonly model: string | undefined;
  /** A digest: equal for requests of one scope. Absent where the request was not read. */
  readonly scope: string | undefined;
  /** Milliseconds that the lookup took. */
  readonly took: number;
}

/**
 * What an adapter tells of a call that `lookup` or `observe` have not seen. `answer`: the id under which
 * `explain` takes it.
 */
export type Report =
  | {
      readonly bypass: BypassReason;
      readonly model?: string | undefined;
      readonly answer?: string | undefined;
    }
  | { readonly refusal: RefusalReason; readonly answer?: string | undefined }
  | { readonly compared: "agreed" | "differed" }
  /** What was thrown; only its class is told on. */
  | { readonly fault: unknown };

/**
 * What failed: a stage of the cache, or the store. `error` names the class of what was thrown, not its
 * message.
 */
export type Fault =
  | {
      readonly where:
        | "lookup"
        | "observe"
        | "induction"
        | "model"
        | "worker"
        | "guard"
        | "check"
        | "listener"
        | "adapter"
        | "read";
      readonly error: string;
    }
  | ({ readonly where: "store" } & StoreFault)
  | { readonly where: "queue"; readonly dropped: number };

/** Tells an event. */
export type Emit = <Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]) => void;

type Listener<Name extends keyof CacheEvents> = (event: CacheEvents[Name]) => unknown;

/**
 * A typed emitter whose listeners cannot break the cache: what one throws, or rejects with, goes to
 * `onThrown`.
 */
export class Events {
  // A listener that is added twice is called twice, as Node's emitters do.
  private readonly listeners = new Map<keyof CacheEvents, readonly Listener<never>[]>();

  constructor(private readonly onThrown: (error: unknown, during: keyof CacheEvents) => void) {}

  on<Name extends keyof CacheEvents>(name: Name, listener: Listener<Name>): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  off<Name extends keyof CacheEvents>(name: Name, listener: Listener<Name>): void {
    const known = this.listeners.get(name) ?? [];
    const index = known.lastIndexOf(listener);
    if (index >= 0) this.listeners.set(name, known.toSpliced(index, 1));
  }

  emit<Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        const result = (listener as Listener<Name>)(event);
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
