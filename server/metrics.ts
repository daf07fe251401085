/** What is measured of the proxy and its cache, as Prometheus reads it. No label holds what a client may choose. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Cache, CacheEvents, Stats } from "reprise";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";

/** The measurements of one proxy. */
export interface Metrics {
  /** Counts a call that was answered. */
  note(metadata: RepriseMetadata): void;
  /** Counts how long the provider took to its first byte, in milliseconds. */
  asked(took: number, outcome: "answered" | "failed"): void;
  readonly contentType: string;
  /** All of it as text. */
  print(): Promise<string>;
  stop(): void;
}

const LOOKUP_SECONDS = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.01, 0.1, 1];
const UPSTREAM_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Measures a cache from now on. */
export function createMetrics(cache: Cache): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const requests = new Counter({
    name: "reprise_requests_total",
    help: "Calls by what became of them",
    labelNames: ["outcome"],
    registers,
  });
  const lookups = new Histogram({
    name: "reprise_lookup_seconds",
    help: "How long a lookup took",
    labelNames: ["outcome"],
    buckets: LOOKUP_SECONDS,
    registers,
  });
  const upstream = new Histogram({
    name: "reprise_upstream_seconds",
    help: "How long the provider took to its first byte",
    labelNames: ["outcome"],
    buckets: UPSTREAM_SECONDS,
    registers,
  });
  readings(cache, registers);

  const seen =
    (outcome: "hit" | "miss" | "bypass") =>
    ({ took }: CacheEvents["hit" | "miss" | "bypass"]): void =>
      lookups.observe({ outcome }, took / 1_000);
  const [hit, miss, bypass] = [seen("hit"), seen("miss"), seen("bypass")];
  cache.on("hit", hit).on("miss", miss).on("bypass", bypass);

  return {
    note: ({ status, reason }) => requests.inc({ outcome: reason === "in-flight" ? "shared" : status }),
    asked: (took, outcome) => upstream.observe({ outcome }, took / 1_000),
    contentType: registry.contentType,
    print: () => registry.metrics(),
    stop: () => void cache.off("hit", hit).off("miss", miss).off("bypass", bypass),
  };
}

type Figures = Readonly<Record<string, number>>;

/** A figure of the cache: one value, or one for each value of a label, none of which a client can make up. */
interface Reading {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly of: (stats: Stats) => number | Figures | undefined;
}

const READINGS: readonly Reading[] = [
  { name: "hits_total", help: "Hits by kind", label: "match", of: ({ hits }) => hits },
  { name: "misses_total", help: "Misses by reason", label: "reason", of: ({ misses }) => misses },
  { name: "bypasses_total", help: "Bypasses by reason", label: "reason", of: ({ bypasses }) => bypasses },
  { name: "observed_total", help: "Exchanges recorded", of: ({ observed }) => observed },
  {
    name: "refused_total",
    help: "Exchanges not kept, by reason",
    label: "reason",
    of: ({ refused }) => refused,
  },
  {
    name: "saved_tokens_total",
    help: "Tokens of the model calls that hits stood for",
    label: "type",
    of: ({ saved }) => ({ input: saved.inputTokens, output: saved.outputTokens }),
  },
  { name: "saved_dollars_total", help: "What hits saved, in US dollars", of: ({ money }) => money?.saved },
  {
    name: "spent_tokens_total",
    help: "Tokens that audits and a model that helps to learn took",
    label: "on",
    of: ({ spent: { audits, induction } }) => ({ audits: totalOf(audits), induction: totalOf(induction) }),
  },
  {
    name: "spent_dollars_total",
    help: "What audits and a model that helps to learn cost, in US dollars",
    label: "on",
    of: ({ money }) => money && { audits: money.audits, induction: money.induction },
  },
  {
    name: "unpriced_calls_total",
    help: "Calls whose price is not known",
    of: ({ money }) => money?.unpriced,
  },
  {
    name: "audits_total",
    help: "Hits that were checked, by what was found",
    label: "result",
    of: ({ audits }) => ({ right: audits.answered - audits.disagreed, wrong: audits.disagreed }),
  },
  { name: "wrong_hits_total", help: "Wrong hits that audits found", of: ({ audits }) => audits.disagreed },
  {
    name: "expected_error_rate",
    help: "The share of hits that is expected to be wrong",
    of: ({ audits }) => audits.expectedErrorRate,
  },
  { name: "templates", help: "Templates by state", label: "standing", of: ({ templates }) => templates },
  { name: "exchanges", help: "Recorded exchanges in memory", of: ({ exchanges }) => exchanges },
  { name: "queue_waiting", help: "Exchanges waiting to be learned from", of: ({ queue }) => queue.waiting },
  {
    name: "queue_dropped_total",
    help: "Exchanges given up before learning",
    of: ({ queue }) => queue.dropped,
  },
  {
    name: "store_waiting",
    help: "Events that the store has not recorded yet",
    of: ({ store }) => store?.waiting,
  },
  {
    name: "store_lag_seconds",
    help: "How long the oldest of them has waited",
    of: ({ store }) => store && store.lag / 1_000,
  },
  { name: "faults_total", help: "Survived failures by place", label: "where", of: ({ faults }) => faults },
];

function totalOf({ inputTokens, outputTokens }: Stats["saved"]): number {
  return inputTokens + outputTokens;
}

/** Gauges and counters that are read from `stats()` when somebody asks: once for all of them. */
function readings(cache: Cache, registers: Registry[]): void {
  let read: { readonly stats: Stats; readonly at: number } | undefined;
  const statsNow = (): Stats => {
    const at = performance.now();
    if (!read || at - read.at > TOGETHER) read = { stats: cache.stats(), at };
    return read.stats;
  };
  for (const { name, help, label, of } of READINGS) {
    // The cache counts itself: what stood here gives way to what it says now.
    const collect = (metric: Counter | Gauge): void => {
      metric.reset();
      const value = of(statsNow());
      if (typeof value === "number") metric.inc(value);
      else if (value && label !== undefined)
        for (const [key, count] of Object.entries(value)) metric.inc({ [label]: key }, count);
      else if (label === undefined) metric.remove();
    };
    const labelNames = label === undefined ? [] : [label];
    const options = { name: `reprise_${name}`, help, labelNames, registers };
    if (name.endsWith("_total"))
      new Counter({
        ...options,
        collect() {
          collect(this);
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          collect(this);
        },
      });
  }
}

// One scrape reads all of them.
const TOGETHER = 50;
