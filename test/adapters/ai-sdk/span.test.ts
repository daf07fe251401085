import { OpenTelemetry } from "@ai-sdk/otel";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { generateText as generateText6, wrapLanguageModel as wrapLanguageModel6 } from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { says, streamOf, textParts } from "./support.js";

const exporter = new InMemorySpanExporter();
const telemetry = { isEnabled: true, integrations: [new OpenTelemetry()] };

beforeAll(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

/** The spans with something of ours, in short, in the order in which they ended. */
const marked = () =>
  exporter
    .getFinishedSpans()
    .filter(({ attributes }) => "reprise.status" in attributes)
    .map(({ name, attributes }) => [
      name,
      attributes["reprise.status"],
      attributes["reprise.match"] ?? attributes["reprise.reason"],
      attributes["reprise.saved.output_tokens"],
      attributes["gen_ai.usage.output_tokens"],
    ]);

describe("the span of a model call", () => {
  it("says what the cache did, plain and streamed; a hit has cost nothing", async () => {
    const inner = new MockLanguageModelV4({
      modelId: "m",
      doGenerate: async () => says("Blue."),
      doStream: async () => ({ stream: streamOf(textParts("Blue.")) }),
    });
    const model = wrapLanguageModel({
      model: inner,
      middleware: repriseMiddleware(createCache({ auditRate: 0 })),
    });
    const call = { model, prompt: "What colour is the sky?", telemetry };
    await generateText(call);
    await generateText(call);
    await streamText(call).text;
    expect(marked()).toEqual([
      ["chat m", "miss", "unseen", 0, 5],
      ["chat m", "hit", "exact", 5, 0],
      ["chat m", "hit", "exact", 5, 0],
    ]);
    const ids = exporter.getFinishedSpans().map(({ attributes }) => attributes["reprise.id"]);
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(3);
  });

  it("says so with AI SDK 6 too", async () => {
    const inner = new MockLanguageModelV3({ modelId: "m", doGenerate: async () => says("Blue.") as never });
    const model = wrapLanguageModel6({
      model: inner,
      middleware: repriseMiddleware(createCache({ auditRate: 0 })),
    });
    const call = { model, prompt: "What colour is the sky?", experimental_telemetry: { isEnabled: true } };
    await generateText6(call);
    await generateText6(call);
    expect(marked().map(([name, status, why]) => [name, status, why])).toEqual([
      ["ai.generateText.doGenerate", "miss", "unseen"],
      ["ai.generateText.doGenerate", "hit", "exact"],
    ]);
  });

  it("is left alone where it is another's: the span of a request", async () => {
    const inner = new MockLanguageModelV4({ doGenerate: async () => says("Blue.") });
    const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(createCache()) });
    const tracer = trace.getTracer("test");
    await tracer.startActiveSpan("GET /", async (span) => {
      await generateText({ model, prompt: "What colour is the sky?" });
      span.end();
    });
    expect(marked()).toEqual([]);
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });
});
