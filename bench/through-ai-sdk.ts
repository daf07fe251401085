/** Measures a hit through `generateText` beside the same call to a bare mock model that answers at once. */
import { generateText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { fresh, requestFor, valuesOf } from "./corpus.ts";
import { atMost, printTable, time, times, timing } from "./measure.ts";

const usage = {
  inputTokens: { total: 200, noCache: 200, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 20, text: 20, reasoning: 0 },
};

function mock(): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => ({
      content: [
        { type: "text", text: `Done with order ${/\d{6,}/.exec(JSON.stringify(prompt))?.[0] ?? "?"}.` },
      ],
      finishReason: { unified: "stop", raw: "stop" },
      usage,
      warnings: [],
    }),
  });
}

/** Prints both, and their ratio. */
export async function measureThroughAiSdk(): Promise<void> {
  const cache = createCache({ policy: "eager", auditRate: 0 });
  const bare = mock();
  const model = wrapLanguageModel({ model: mock(), middleware: repriseMiddleware(cache) });
  const promptFor = (number: number): { order: string; prompt: string } => {
    const values = { ...valuesOf(number), customer: "Ann Bo" };
    return fresh({ order: values.order, prompt: String(requestFor(1, values).messages[1]?.content) });
  };
  const taught = promptFor(0);
  await generateText({
    model,
    prompt: taught.prompt,
    providerOptions: { reprise: { bindings: { order: taught.order } } },
  });
  await cache.settled();

  const runs = { warmup: 300, runs: 2_000 };
  const ask = ({ prompt }: { prompt: string }) => generateText({ model, prompt });
  const check = async (number: number, expected: string): Promise<void> => {
    const { providerMetadata, text } = await ask(promptFor(number));
    if (providerMetadata?.reprise?.match !== expected || !text.includes(promptFor(number).order))
      throw new Error(`not a hit by ${expected}: ${JSON.stringify(providerMetadata)}`);
  };
  await check(0, "exact");
  await check(1, "template");
  let number = 1_000;
  const plain = await time(
    runs,
    () => promptFor(number++),
    ({ prompt }) => generateText({ model: bare, prompt }),
  );
  const exact = await time(runs, () => promptFor(0), ask);
  const template = await time(runs, () => promptFor(number++), ask);
  const again = await time(
    runs,
    () => promptFor(number++),
    ({ prompt }) => generateText({ model: bare, prompt }),
  );
  await cache.close();

  // The bare model is measured before and after, so that a drift of the machine does not count for or against
  // us.
  const base = (plain.p50 + again.p50) / 2;
  printTable("a call of generateText, 1 KB prompt", [
    { what: "bare mock model", value: timing(plain) },
    { what: "bare mock model, measured again", value: timing(again) },
    { what: "exact hit", value: timing(exact) },
    { what: "template hit", value: timing(template) },
    atMost("exact hit against bare (p50)", { measured: exact.p50 / base, limit: 1.3, print: times }),
    atMost("template hit against bare (p50)", { measured: template.p50 / base, limit: 1.3, print: times }),
  ]);
}
