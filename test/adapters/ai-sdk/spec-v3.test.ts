/** The middleware under AI SDK 6, whose provider spec is V3, and over a V3 model under AI SDK 7. */
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3StreamPart,
  LanguageModelV4Middleware,
} from "@ai-sdk/provider";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { partsOf, stop, usage } from "./support.js";

/**
 * What `wrapLanguageModel` of AI SDK 6 does: the hooks of the middleware around a model, everything in the
 * shapes of V3.
 */
function wrapV3(model: LanguageModelV3, middleware: LanguageModelV4Middleware) {
  type Hooks = {
    transformParams(call: {
      type: string;
      params: LanguageModelV3CallOptions;
      model: LanguageModelV3;
    }): Promise<LanguageModelV3CallOptions>;
    wrapGenerate(call: object): ReturnType<LanguageModelV3["doGenerate"]>;
    wrapStream(call: object): ReturnType<LanguageModelV3["doStream"]>;
  };
  const hooks = middleware as unknown as Hooks;
  const prepare = async (type: string, given: LanguageModelV3CallOptions) => {
    const params = await hooks.transformParams({ type, params: given, model });
    return {
      params,
      model,
      doGenerate: () => model.doGenerate(params),
      doStream: () => model.doStream(params),
    };
  };
  return {
    doGenerate: async (params: LanguageModelV3CallOptions) =>
      hooks.wrapGenerate(await prepare("generate", params)),
    doStream: async (params: LanguageModelV3CallOptions) => hooks.wrapStream(await prepare("stream", params)),
  };
}

const ask = (data: Uint8Array | string | URL): LanguageModelV3CallOptions => ({
  prompt: [
    {
      role: "user",
      content: [
        { type: "text", text: "what is it?" },
        { type: "file", mediaType: "image/png", data },
      ],
    },
  ],
});
const bytes = new Uint8Array([1, 2, 3]);
const content = [
  { type: "text" as const, text: "A picture, like this one." },
  { type: "file" as const, mediaType: "image/png", data: bytes },
];
const parts: LanguageModelV3StreamPart[] = [
  { type: "stream-start", warnings: [] },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "A picture, like this one." },
  { type: "text-end", id: "0" },
  { type: "file", mediaType: "image/png", data: bytes },
  { type: "finish", finishReason: stop, usage: usage(1, 1) },
];
const model = () =>
  new MockLanguageModelV3({
    doGenerate: async () => ({ content, finishReason: stop, usage: usage(10, 5), warnings: [] }),
    doStream: async () => ({
      stream: ReadableStream.from(parts) as ReadableStream<LanguageModelV3StreamPart>,
    }),
  });

describe("under AI SDK 6", () => {
  it("a hit hands generated files out bare, as V3 has them", async () => {
    const bare = model();
    const wrapped = wrapV3(bare, repriseMiddleware(createCache()));
    expect((await wrapped.doGenerate(ask(bytes))).content).toEqual(content);
    const hit = await wrapped.doGenerate(ask(bytes));
    expect(hit.content).toEqual([content[0], { type: "file", mediaType: "image/png", data: "AQID" }]);
    expect(hit.providerMetadata?.reprise).toMatchObject({ status: "hit", match: "exact" });
    expect(bare.doGenerateCalls).toHaveLength(1);
  });

  it("what was learned from a stream streams again, and serves a plain call", async () => {
    const bare = model();
    const wrapped = wrapV3(bare, repriseMiddleware(createCache()));
    await partsOf((await wrapped.doStream(ask(bytes))).stream);
    const replayed = await partsOf((await wrapped.doStream(ask(bytes))).stream);
    expect(replayed).toContainEqual({ type: "file", mediaType: "image/png", data: "AQID" });
    expect((await wrapped.doGenerate(ask(bytes))).content[0]).toEqual(content[0]);
    expect(bare.doStreamCalls).toHaveLength(1);
    expect(bare.doGenerateCalls).toHaveLength(0);
  });

  it("images differ by their bytes and addresses, not by how the bytes are held", async () => {
    const bare = model();
    const wrapped = wrapV3(bare, repriseMiddleware(createCache()));
    const status = async (data: Uint8Array | string | URL) =>
      (await wrapped.doGenerate(ask(data))).providerMetadata?.reprise?.status;
    expect(await status(bytes)).toBe("miss");
    expect(await status("AQID")).toBe("hit");
    expect(await status("AQIE")).toBe("miss");
    expect(await status(new URL("https://x.test/a.png"))).toBe("miss");
    expect(await status(new URL("https://x.test/b.png"))).toBe("miss");
    expect(await status(new URL("https://x.test/a.png"))).toBe("hit");
  });

  it("our options are taken out of the call", async () => {
    const bare = model();
    const wrapped = wrapV3(bare, repriseMiddleware(createCache()));
    await wrapped.doGenerate({ ...ask(bytes), providerOptions: { reprise: { write: false } } });
    expect(bare.doGenerateCalls[0]).not.toHaveProperty("providerOptions");
    expect((await wrapped.doGenerate(ask(bytes))).providerMetadata?.reprise).toMatchObject({
      status: "miss",
    });
  });
});

describe("over a V3 model under AI SDK 7", () => {
  it("answers plain and streamed calls from one entry, files included", async () => {
    const bare = model();
    const wrapped = wrapLanguageModel({ model: bare, middleware: repriseMiddleware(createCache()) });
    const first = await generateText({ model: wrapped, prompt: "hi" });
    const second = await generateText({ model: wrapped, prompt: "hi" });
    const streamed = streamText({ model: wrapped, prompt: "hi" });
    expect([second.text, await streamed.text]).toEqual([first.text, first.text]);
    expect(second.files.map(({ base64 }) => base64)).toEqual(["AQID"]);
    expect((await streamed.files).map(({ base64 }) => base64)).toEqual(["AQID"]);
    expect(bare.doGenerateCalls).toHaveLength(1);
    expect(bare.doStreamCalls).toHaveLength(0);
  });
});
