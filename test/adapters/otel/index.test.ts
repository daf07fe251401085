/** Read back by OpenTelemetry's own SDK. */
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
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
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instrument } from "../../../adapters/otel/index.js";
import { createCache } from "../../../src/index.js";
import { ask, calls, says } from "../../support/cache.js";

const CANARY = "canary-5521";
const usage = { inputTokens: 1_000, outputTokens: 100 };

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

function setUp(options: Parameters<typeof createCache>[0] = {}) {
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const meters = new MeterProvider({ readers: [reader] });
  const cache = createCache({ auditRate: 0, ...options });
  const tracer = tracers.getTracer("test");
  const stop = instrument(cache, { tracer, meter: meters.getMeter("test"), name: "acme" });
  /** The points of a metric, by their attributes. */
  async function points(name: string): Promise<[object, unknown][]> {
    exporter.reset();
    await reader.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
    const found = metrics.find(({ descriptor }) => descriptor.name === name);
    return (found?.dataPoints ?? []).map(({ attributes, value }) => [attributes, value]);
  }
  return { cache, spans, tracer, points, stop, reader };
}

describe("spans", () => {
  it("are one of each lookup, internal, inside of what was active, without content", async () => {
    const { cache, spans, tracer } = setUp({ policy: "eager" });
    const request = ask(`Find ${CANARY}`, { model: "gpt-5-mini" });
    await tracer.startActiveSpan("agent", async (agent) => {
      await cache.lookup(request);
      await cache.observe(request, calls("find", { name: CANARY }), { usage });
      await cache.settled();
      await cache.lookup(request);
      agent.end();
    });
    await cache.lookup({ messages: "none" as never });
    const [miss, hit, agent, bypass] = spans.getFinishedSpans();
    for (const lookup of [miss, hit, bypass])
      expect(lookup).toMatchObject({ name: "reprise.lookup", kind: SpanKind.INTERNAL });
    expect(miss?.attributes).toMatchObject({
      "reprise.outcome": "miss",
      "reprise.reason": "unseen",
      "gen_ai.request.model": "gpt-5-mini",
      "reprise.cache": "acme",
    });
    expect(hit?.attributes).toMatchObject({
      "reprise.outcome": "hit",
      "reprise.match": "exact",
      "reprise.saved.input_tokens": 1_000,
    });
    // Whoever adds up usage as cost finds none.
    expect(Object.keys(hit?.attributes ?? {}).filter((name) => name.startsWith("gen_ai.usage"))).toEqual([]);
    expect(hit?.parentSpanContext?.spanId).toBe(agent?.spanContext().spanId);
    expect(bypass?.attributes["reprise.reason"]).toBe("invalid");
    expect(
      JSON.stringify(
        spans.getFinishedSpans().map(({ name, attributes, events }) => [name, attributes, events]),
      ),
    ).not.toContain(CANARY);
  });

  it("take as long as the lookup, and are errors where something failed", async () => {
    const { cache, spans } = setUp();
    const broken = new Proxy({ role: "user" }, { get: fail });
    await cache.lookup({ messages: [broken] });
    const [lookup] = spans.getFinishedSpans();
    expect(lookup?.attributes["reprise.reason"]).toBe("fault");
    expect(lookup?.status.code).toBe(SpanStatusCode.ERROR);
    expect(lookup?.duration[0]).toBeLessThan(10);
  });
});

function fail(): never {
  throw new Error("no");
}

describe("metrics", () => {
  it("count lookups, tokens, audits, templates and money, by labels that no client chooses", async () => {
    const { cache, points } = setUp({
      auditRate: 1,
      store: new Keyv(),
      prices: { "gpt-5-mini": { input: 1, output: 10 } },
    });
    for (let index = 0; index < 50; index++)
      await cache.lookup(ask("Hello", { model: `made-up-${index}`, scope: `scope-${index}` }));
    const request = ask(`Find ${CANARY}`, { model: "gpt-5-mini" });
    await cache.observe(request, calls("find", { name: CANARY }), { usage });
    await cache.settled();
    await cache.lookup(request);
    await cache.observe(request, says("No."), { usage });
    await cache.settled();

    const durations = await points("reprise.lookup.duration");
    expect(durations.map(([attributes]) => attributes)).toEqual([
      { "reprise.cache": "acme", "reprise.outcome": "miss", "reprise.reason": "unseen" },
      { "reprise.cache": "acme", "reprise.outcome": "hit", "reprise.match": "exact" },
    ]);
    expect(durations[0]?.[1]).toMatchObject({ count: 50 });
    expect(await points("reprise.saved.tokens")).toEqual([
      [expect.objectContaining({ "gen_ai.token.type": "input" }), 1_000],
      [expect.objectContaining({ "gen_ai.token.type": "output" }), 100],
    ]);
    expect(await points("reprise.audits")).toEqual([
      [expect.objectContaining({ "reprise.agreed": false }), 1],
    ]);
    const templates = await points("reprise.templates");
    expect(
      templates.map(([attributes]) => (attributes as Record<string, string>)["reprise.standing"]),
    ).toEqual(["live", "candidate", "retired"]);
    expect((await points("reprise.exchanges"))[0]?.[1]).toBe(2);
    expect((await points("reprise.saved.cost"))[0]?.[1]).toBeCloseTo(0.002, 12);
    expect((await points("reprise.spent.cost"))[0]?.[1]).toBeCloseTo(0.002, 12);
    expect((await points("reprise.store.lag"))[0]?.[1]).toBeGreaterThanOrEqual(0);
    await cache.close();
  });

  it("end when that is asked for", async () => {
    const { cache, spans, points, stop } = setUp();
    stop();
    await cache.lookup(ask("Hello"));
    expect(spans.getFinishedSpans()).toEqual([]);
    expect(await points("reprise.lookup.duration")).toEqual([]);
    expect(await points("reprise.exchanges")).toEqual([]);
  });

  it("cost nothing where no SDK is installed", async () => {
    const cache = createCache();
    instrument(cache);
    expect((await cache.lookup(ask("Hello"))).status).toBe("miss");
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
