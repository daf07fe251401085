/**
 * What a cache does, as spans and metrics of OpenTelemetry.
 * @module reprise/otel
 */
import {
  type Attributes,
  type Meter,
  metrics as metricsApi,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Cache, CacheEvents, Stats } from "reprise";

/** Where to, and under which name. */
export interface TelemetryOptions {
  /** Default: that of the global provider. */
  readonly tracer?: Tracer;
  readonly meter?: Meter;
  /** Tells the measurements of several caches apart, as `reprise.cache`. Choose it yourself: it is a label. */
  readonly name?: string;
}

const SCOPE = "reprise";

/**
 * Has a cache tell OpenTelemetry what it does, until what is returned is called.
 * - A span `reprise.lookup` for each lookup, inside whatever span was active: internal, never a model's, with the names
 *   of models, ids, reasons and what was saved. It holds no content, and no usage that somebody would add up as cost.
 * - Metrics by outcome, reason and kind. No label holds what a client may choose: models stand in spans alone.
 */
export function instrument(cache: Cache, options: TelemetryOptions = {}): () => void {
  const { tracer = trace.getTracer(SCOPE), meter = metricsApi.getMeter(SCOPE), name } = options;
  const own: Attributes = name === undefined ? {} : { "reprise.cache": name };
  const stops = [
    traceLookups(cache, tracer, own),
    countEvents(cache, meter, own),
    readStats(cache, meter, own),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

type Lookup = { readonly [Name in "hit" | "miss" | "bypass"]: CacheEvents[Name] };

function traceLookups(cache: Cache, tracer: Tracer, own: Attributes): () => void {
  const span = (event: Lookup[keyof Lookup], attributes: Attributes): void => {
    const { model, took } = event;
    const end = Date.now();
    const lookup = tracer.startSpan("reprise.lookup", {
      kind: SpanKind.INTERNAL,
      startTime: end - took,
      attributes: {
        ...own,
        ...(model !== undefined && { "gen_ai.request.model": model }),
        ...(event.scope !== undefined && { "reprise.scope": event.scope }),
        ...attributes,
      },
    });
    if (attributes["reprise.reason"] === "fault") lookup.setStatus({ code: SpanStatusCode.ERROR });
    lookup.end(end);
  };
  return listening(cache, {
    hit: (event) =>
      span(event, {
        "reprise.outcome": "hit",
        "reprise.match": event.match,
        "reprise.template": event.template,
        ...(event.saved && {
          "reprise.saved.input_tokens": event.saved.inputTokens,
          "reprise.saved.output_tokens": event.saved.outputTokens,
        }),
      }),
    miss: (event) =>
      span(event, {
        "reprise.outcome": "miss",
        "reprise.reason": event.reason,
        "reprise.depth": event.depth,
      }),
    bypass: (event) => span(event, { "reprise.outcome": "bypass", "reprise.reason": event.reason }),
  });
}

function countEvents(cache: Cache, meter: Meter, own: Attributes): () => void {
  const lookups = meter.createHistogram("reprise.lookup.duration", {
    unit: "s",
    description: "How long a lookup took, by what it came to",
    advice: { explicitBucketBoundaries: [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 0.1, 1] },
  });
  const saved = meter.createCounter("reprise.saved.tokens", {
    unit: "{token}",
    description: "Tokens of the model calls that hits stood for",
  });
  const audits = meter.createCounter("reprise.audits", {
    description: "Hits that were checked, by what was found",
  });
  const templates = meter.createCounter("reprise.template.changes", {
    description: "Templates learned, promoted, retired, reviewed",
  });
  const faults = meter.createCounter("reprise.faults", {
    description: "Survived failures, by where they happened",
  });
  const count = (change: string, more: Attributes = {}): void =>
    templates.add(1, { ...own, "reprise.change": change, ...more });
  const seconds = (took: number, attributes: Attributes): void =>
    lookups.record(took / 1_000, { ...own, ...attributes });
  return listening(cache, {
    hit({ took, match, saved: usage }) {
      seconds(took, { "reprise.outcome": "hit", "reprise.match": match });
      if (!usage) return;
      saved.add(usage.inputTokens, { ...own, "gen_ai.token.type": "input" });
      saved.add(usage.outputTokens, { ...own, "gen_ai.token.type": "output" });
    },
    miss: ({ took, reason }) => seconds(took, { "reprise.outcome": "miss", "reprise.reason": reason }),
    bypass: ({ took, reason }) => seconds(took, { "reprise.outcome": "bypass", "reprise.reason": reason }),
    audited: ({ agreed }) => audits.add(1, { ...own, "reprise.agreed": agreed }),
    learned: ({ origin }) => count("learned", { "reprise.origin": origin }),
    promoted: () => count("promoted"),
    retired: ({ by }) => count("retired", { "reprise.by": by }),
    reviewed: ({ verdict }) => count("reviewed", { "reprise.verdict": verdict }),
    fault: ({ where }) => faults.add(1, { ...own, "reprise.where": where }),
  });
}

/** What is read when metrics are collected, rather than counted. */
function readStats(cache: Cache, meter: Meter, own: Attributes): () => void {
  const templates = meter.createObservableGauge("reprise.templates", { description: "Templates, by state" });
  const exchanges = meter.createObservableGauge("reprise.exchanges", {
    description: "Recorded exchanges in memory",
  });
  const queue = meter.createObservableGauge("reprise.queue", {
    description: "Exchanges waiting to be learned from",
  });
  const lag = meter.createObservableGauge("reprise.store.lag", {
    unit: "s",
    description: "How long the oldest event has waited that the store has not recorded",
  });
  const savedMoney = meter.createObservableCounter("reprise.saved.cost", {
    unit: "{USD}",
    description: "What the model calls would have cost that hits stood for",
  });
  const spentMoney = meter.createObservableCounter("reprise.spent.cost", {
    unit: "{USD}",
    description: "What audits and a model that helps to learn have cost",
  });
  const observables = [templates, exchanges, queue, lag, savedMoney, spentMoney];
  const read: Parameters<Meter["addBatchObservableCallback"]>[0] = (result) => {
    const stats: Stats = cache.stats();
    for (const [standing, count] of Object.entries(stats.templates))
      result.observe(templates, count, { ...own, "reprise.standing": standing });
    result.observe(exchanges, stats.exchanges, own);
    result.observe(queue, stats.queue.waiting, own);
    if (stats.store) result.observe(lag, stats.store.lag / 1_000, own);
    if (!stats.money) return;
    result.observe(savedMoney, stats.money.saved, own);
    for (const on of ["audits", "induction"] as const)
      result.observe(spentMoney, stats.money[on], { ...own, "reprise.on": on });
  };
  meter.addBatchObservableCallback(read, observables);
  return () => meter.removeBatchObservableCallback(read, observables);
}

type Listeners = { readonly [Name in keyof CacheEvents]?: (event: CacheEvents[Name]) => void };

function listening(cache: Cache, listeners: Listeners): () => void {
  const names = Object.keys(listeners) as (keyof CacheEvents)[];
  for (const name of names) cache.on(name, listeners[name] as never);
  return () => {
    for (const name of names) cache.off(name, listeners[name] as never);
  };
}
