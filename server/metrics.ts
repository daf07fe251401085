/** What is measured of the proxy and its cache, as Prometheus reads it. No label holds what a client may choose. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Cache, CacheEvents, Stats } from "reprise";
import type { RepriseMetadata } from "../adapters/shared/metadata.js";
import type { ConfigState } from "./config/watch.js";
import type { HookRun } from "./hooks/run.js";
import type { Attempt } from "./stages.js";

/** The measurements of one proxy. */
export interface Metrics {
  /** Counts a call that was answered. */
  note(metadata: RepriseMetadata): void;
  /** Counts how long the provider took to its first byte, in milliseconds. */
  asked(took: number, outcome: "answered" | "failed"): void;
  /** Counts an attempt at one of several providers. */
  attempted(attempt: Attempt): void;
  /** Measures how the providers of a router are, from now on instead of those before. */
  routed(router: () => RouterFigures): void;
  /** Measures how the configuration stands. */
  configured(state: () => ConfigState): void;
  /** Counts a run of a hook. */
  hook(run: HookRun): void;
  readonly contentType: string;
  /** All of it as text. */
  print(): Promise<string>;
  stop(): void;
}

const LOOKUP_SECONDS = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001, 0.01, 0.1, 1];
const HOOK_SECONDS = [0.000_1, 0.001, 0.01, 0.1, 1, 5];
const UPSTREAM_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** What is measured of a router. */
export interface RouterFigures {
  readonly providers: readonly {
    readonly name: string;
    readonly isOpen: boolean;
    readonly restingKeys: number;
  }[];
  readonly retriesLeft: number;
}

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
  const hooks = new Histogram({
    name: "reprise_hook_seconds",
    help: "How long hooks took, by how they ended",
    labelNames: ["hook", "point", "outcome"],
    buckets: HOOK_SECONDS,
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
    ...gatewayMetrics(registers),
    asked: (took, outcome) => upstream.observe({ outcome }, took / 1_000),
    hook: ({ hook, point, outcome, took }) => hooks.observe({ hook, point, outcome }, took / 1_000),
    contentType: registry.contentType,
    print: () => registry.metrics(),
    stop: () => void cache.off("hit", hit).off("miss", miss).off("bypass", bypass),
  };
}

/** What only a gateway measures; its names stand there once something of it has been told. */
function gatewayMetrics(registers: Registry[]): Pick<Metrics, "attempted" | "routed" | "configured"> {
  const attempts = new Counter({
    name: "reprise_provider_attempts_total",
    help: "Attempts at each provider, by its reply's status or by what went wrong",
    labelNames: ["provider", "outcome"],
    registers,
  });
  let router: (() => RouterFigures) | undefined;
  const gauge = (name: string, help: string, label?: string) => (read: (set: Set) => void) =>
    new Gauge({
      ...{ name: `reprise_${name}`, help, registers, labelNames: label === undefined ? [] : [label] },
      collect() {
        this.reset();
        if (label === undefined) this.remove();
        read((value, which) =>
          label === undefined || which === undefined ? this.set(value) : this.set({ [label]: which }, value),
        );
      },
    });
  gauge(
    "provider_open",
    "1 where a provider is left alone after failures",
    "provider",
  )((set) => {
    for (const { name, isOpen } of router?.().providers ?? []) set(isOpen ? 1 : 0, name);
  });
  gauge(
    "provider_keys_resting",
    "Keys that rest after 401, 403 or 429",
    "provider",
  )((set) => {
    for (const { name, restingKeys } of router?.().providers ?? []) set(restingKeys, name);
  });
  gauge(
    "retries_left",
    "Retries that the budget has left",
  )((set) => {
    if (router) set(router().retriesLeft);
  });
  let state: (() => ConfigState) | undefined;
  gauge(
    "config_current",
    "1 where what is in force is what the configuration file says",
  )((set) => {
    if (state) set(state().isCurrent ? 1 : 0);
  });
  gauge(
    "config_since_seconds",
    "When the configuration was put in force, in seconds since 1970",
  )((set) => {
    if (state) set(state().since / 1_000);
  });
  gauge(
    "config_refused",
    "Changes of the configuration that were refused since the start",
  )((set) => {
    if (state) set(state().refused);
  });
  return {
    attempted: ({ provider, outcome }) => attempts.inc({ provider, outcome: String(outcome) }),
    routed(figures) {
      router = figures;
    },
    configured(current) {
      state = current;
    },
  };
}

type Set = (value: number, which?: string) => void;

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
  {
    name: "phase_seconds_total",
    help: "How long lookups took, and of that checks and filling replies; and learning",
    label: "phase",
    of: ({ times }) => eachPhase(times, ({ ms }) => ms / 1_000),
  },
  {
    name: "phases_total",
    help: "How often that was done",
    label: "phase",
    of: ({ times }) => eachPhase(times, ({ count }) => count),
  },
  { name: "faults_total", help: "Survived failures by place", label: "where", of: ({ faults }) => faults },
];

function eachPhase(times: Stats["times"], of: (spell: Stats["times"]["lookup"]) => number): Figures {
  return Object.fromEntries(Object.entries(times).map(([phase, spell]) => [phase, of(spell)]));
}

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
