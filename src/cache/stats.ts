/** Counts what a cache has done since it was created. */
import type { CacheEvents } from "../events.js";
import type { Prices } from "../options.js";
import type { Holding } from "../template/bounded-map.js";
import type { AuditFigures } from "../trust/audits.js";
import type { Usage } from "../types.js";
import type { ModelFigures } from "./consultant.js";
import { type Money, Purse } from "./money.js";
import { type Phase, type Spell, Times } from "./times.js";

/** A cache in figures. Counts are since creation, sizes are now. */
export interface Stats {
  readonly lookups: number;
  readonly hits: { readonly exact: number; readonly template: number };
  /** Shares of all lookups, from 0 to 1; 0 where there were none. */
  readonly rates: { readonly hit: number; readonly miss: number; readonly bypass: number };
  /** Misses by reason. */
  readonly misses: Readonly<Record<string, number>>;
  /** Bypasses by reason. */
  readonly bypasses: Readonly<Record<string, number>>;
  /** Tokens of the model calls that hits stood for, as far as they were told to `observe`. */
  readonly saved: Usage;
  /** Tokens that audits and a model that helps to learn took, as far as they were told. */
  readonly spent: { readonly audits: Usage; readonly induction: Usage };
  /** The same in money, where the option `prices` is given. */
  readonly money?: Money;
  readonly observed: number;
  /** Exchanges that were not kept, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of replies that shadow mode would have served: how often the model said the same. */
  readonly shadow: { readonly agreed: number; readonly differed: number };
  readonly evicted: number;
  /** Exchanges that learning gave up on, by the stage in which it did. */
  readonly curtailed: Readonly<Record<string, number>>;
  /** Survived failures, by where they happened. */
  readonly faults: Readonly<Record<string, number>>;
  readonly exchanges: number;
  readonly templates: { readonly live: number; readonly candidate: number; readonly retired: number };
  readonly audits: AuditFigures;
  readonly queue: { readonly waiting: number; readonly dropped: number };
  /** What asking a model has cost and brought; absent where none is asked. */
  readonly model?: ModelFigures;
  /**
   * With a store: how many events it has not recorded yet, and for how many milliseconds the oldest of them has
   * waited.
   */
  readonly store?: { readonly waiting: number; readonly lag: number };
  /** What is kept in memory, by name: entries and roughly bytes, beside how many there may be. */
  readonly memory: Readonly<Record<string, Holding>>;
  /** How long lookups took, and of that checks and filling replies; and learning, in the background. */
  readonly times: Readonly<Record<Phase, Spell>>;
}

/** The running counts. */
export class Counts {
  lookups = 0;
  observed = 0;
  evicted = 0;
  readonly times = new Times();
  readonly hits = { exact: 0, template: 0 };
  readonly shadow = { agreed: 0, differed: 0 };
  readonly misses = new Map<string, number>();
  readonly bypasses = new Map<string, number>();
  readonly refused = new Map<string, number>();
  readonly curtailed = new Map<string, number>();
  readonly faults = new Map<string, number>();
  private readonly purse = new Purse();

  /** Counts an event. */
  note<Name extends keyof CacheEvents>(name: Name, event: CacheEvents[Name]): void {
    const handle = HANDLERS[name] as ((counts: Counts, event: CacheEvents[Name]) => void) | undefined;
    handle?.(this, event);
  }

  snapshot(
    prices?: Prices,
  ): Omit<Stats, "exchanges" | "templates" | "queue" | "audits" | "store" | "memory" | "model"> {
    return {
      lookups: this.lookups,
      observed: this.observed,
      evicted: this.evicted,
      hits: { ...this.hits },
      rates: {
        hit: this.share(this.hits.exact + this.hits.template),
        miss: this.share(sum(this.misses)),
        bypass: this.share(sum(this.bypasses)),
      },
      shadow: { ...this.shadow },
      saved: this.purse.tokens("saved"),
      spent: { audits: this.purse.tokens("audits"), induction: this.purse.tokens("induction") },
      ...(prices && { money: this.purse.money(prices) }),
      misses: Object.fromEntries(this.misses),
      bypasses: Object.fromEntries(this.bypasses),
      refused: Object.fromEntries(this.refused),
      curtailed: Object.fromEntries(this.curtailed),
      faults: Object.fromEntries(this.faults),
      times: this.times.snapshot(),
    };
  }

  /** Counts what a model call took, or would have. */
  paid(...call: Parameters<Purse["note"]>): void {
    this.purse.note(...call);
  }

  private share(count: number): number {
    return this.lookups === 0 ? 0 : count / this.lookups;
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

const HANDLERS: {
  readonly [Name in keyof CacheEvents]?: (counts: Counts, event: CacheEvents[Name]) => void;
} = {
  hit(counts, { match, model, saved, took }) {
    counts.lookups++;
    counts.times.note("lookup", took);
    counts.hits[match]++;
    counts.paid("saved", model, saved);
  },
  miss(counts, { reason, took }) {
    counts.lookups++;
    counts.times.note("lookup", took);
    increase(counts.misses, reason);
  },
  bypass(counts, { reason, took }) {
    counts.lookups++;
    counts.times.note("lookup", took);
    increase(counts.bypasses, reason);
  },
  observed(counts, { recorded, refusal }) {
    if (recorded) counts.observed++;
    else increase(counts.refused, refusal ?? "unknown");
  },
  compared(counts, { agreed }) {
    counts.shadow[agreed ? "agreed" : "differed"]++;
  },
  audited(counts, { model, usage }) {
    counts.paid("audits", model, usage);
  },
  paid(counts, { model, usage }) {
    counts.paid("induction", model, usage);
  },
  evicted(counts, { count }) {
    counts.evicted += count;
  },
  curtailed(counts, { stage }) {
    increase(counts.curtailed, stage);
  },
  fault(counts, fault) {
    increase(
      counts.faults,
      fault.where,
      "count" in fault ? fault.count : "dropped" in fault ? fault.dropped : 1,
    );
  },
};

function increase(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
