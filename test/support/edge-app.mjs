// A program for runtimes without Node, over a model that counts its calls.
import { generateText, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";

// Where such programs make it: outside of any request.
const cache = createCache({ policy: "eager", auditRate: 0 });
const image = new Uint8Array([1, 2, 250]);

async function throughTheAISDK() {
  let calls = 0;
  const tokens = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
  const inner = {
    specificationVersion: "v4",
    provider: "mock",
    modelId: "m",
    supportedUrls: {},
    async doGenerate({ prompt }) {
      calls++;
      const text = `Welcome, ${/for (\w+)/.exec(prompt.at(-1).content[0].text)[1]}!`;
      return {
        content: [{ type: "text", text }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: tokens,
        warnings: [],
      };
    },
  };
  const model = wrapLanguageModel({ model: inner, middleware: repriseMiddleware(cache) });
  const said = [];
  for (const name of ["Erik", "Maria", "Erik"]) {
    const content = [
      { type: "text", text: `Write a welcome for ${name}.` },
      { type: "file", mediaType: "image/png", data: image },
    ];
    const options = {
      model,
      messages: [{ role: "user", content }],
      providerOptions: { reprise: { bindings: { name } } },
    };
    const { text, finalStep } = await generateText(options);
    await cache.settled();
    said.push(`${text} ${finalStep.providerMetadata.reprise.match ?? "asked"}`);
  }
  return { said, calls };
}

/** Runs it, and tells what was said, what failed, and an id that a store would keep. */
export async function run() {
  const sdk = await throughTheAISDK();
  await cache.settled();
  const [exact] = /scope \S+/.exec(cache.printTree()) ?? [];
  return { ...sdk, exact, faults: cache.stats().faults };
}
