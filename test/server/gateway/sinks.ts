/** Where secrets are looked for: texts that are found nowhere unless they leaked, and all that was written. */
import { inspect } from "node:util";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Keyv } from "keyv";
import type { Cache, KeyvLike } from "reprise";
import { instrument } from "reprise/otel";
import { onTestFinished } from "vitest";

/** A text that is found nowhere unless it leaked; by its name it is known which. */
export const canary = (name: string): string => `canary-${name}-7c41e9d2`;
const FOUND = /canary-[a-z-]+-7c41e9d2/g;

/** All there is to find in what was written: each canary once, and where. */
export class Sinks {
  private readonly written = new Map<string, string>();

  add(where: string, what: unknown): void {
    const text =
      typeof what === "string"
        ? what
        : inspect(what, { depth: 20, maxArrayLength: null, maxStringLength: null });
    this.written.set(where, `${this.written.get(where) ?? ""}\n${text}`);
  }

  /** `where: canary` for each. */
  leaks(): string[] {
    return [...this.written].flatMap(([where, text]) =>
      [...new Set(text.match(FOUND) ?? [])].map((found) => `${where}: ${found}`),
    );
  }

  get places(): string[] {
    return [...this.written.keys()];
  }
}

/** What a cache keeps, as its store holds it. */
export function keeping(): { store: KeyvLike; kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return { store: new Keyv({ store: kept }) as unknown as KeyvLike, kept };
}

/** Reads back all that OpenTelemetry is told of a cache. */
export function telemetryOf(cache: Cache) {
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const meters = new MeterProvider({ readers: [reader] });
  const stop = instrument(cache, { tracer: tracers.getTracer("test"), meter: meters.getMeter("test") });
  onTestFinished(async () => {
    stop();
    await meters.shutdown();
  });
  return async () => {
    await reader.forceFlush();
    return {
      spans: spans
        .getFinishedSpans()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      metrics: exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.map(({ metrics }) => metrics)),
    };
  };
}
