/**
 * Streams the same answer three times: from the model, from the cache, and for another name from a template.
 */
import { streamText, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { type RepriseMetadata, repriseMiddleware } from "reprise/ai-sdk";
import { openModel } from "./support/model.ts";

const { model: inner, calls } = await openModel(({ question }) => {
  const name = /about (\w+)/.exec(question)?.[1];
  return {
    say: `Once there was a cook called ${name}. All day long ${name} cooked with butter, and at night ${name} wrote code.`,
  };
});
// No served reply is checked by asking the model too, so that what is printed is the same each time.
const cache = createCache({ policy: "eager", auditRate: 0 });
const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });

for (const name of ["Erik", "Erik", "Maria"]) {
  const before = performance.now();
  let first: number | undefined;
  const result = streamText({
    model,
    prompt: `Tell me a story about ${name}, in two sentences.`,
    providerOptions: { reprise: { bindings: { name } } },
  });
  for await (const text of result.textStream) {
    first ??= performance.now() - before;
    process.stdout.write(text);
  }
  const { providerMetadata } = await result.finalStep;
  const metadata = providerMetadata?.reprise as RepriseMetadata | undefined;
  const total = performance.now() - before;
  console.log(
    `\n  ${metadata?.status} ${metadata?.match ?? metadata?.reason}: first word after ${first?.toFixed(0)} ms, last after ${total.toFixed(0)} ms\n`,
  );
}
console.log(`3 answers, ${calls()} model calls, ${3 - calls()} saved`);
await cache.close();
