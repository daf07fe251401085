import type { LanguageModelV4Content } from "@ai-sdk/provider";
import type { RefusalReason } from "reprise";
import { describe, expect, it } from "vitest";
import { type Outcome, toRecord } from "../../../adapters/ai-sdk/record.js";
import { usage } from "./support.js";

const outcome = (content: LanguageModelV4Content[], own: Partial<Outcome> = {}): Outcome => ({
  content,
  finishReason: { unified: "stop", raw: "stop" },
  usage: usage(7, 3),
  ...own,
});
const record = (content: LanguageModelV4Content[], own?: Partial<Outcome>) => toRecord(outcome(content, own));
const kept = (content: LanguageModelV4Content[], own?: Partial<Outcome>) => {
  const recorded = record(content, own);
  return typeof recorded === "object" ? recorded : undefined;
};
const text: LanguageModelV4Content = { type: "text", text: "hello" };
const call = (input: string, own = {}): LanguageModelV4Content => ({
  type: "tool-call",
  toolCallId: "x7",
  toolName: "add",
  input,
  ...own,
});

describe("a reply that is learned", () => {
  it("is the text alone, with why it ended and what it cost", () => {
    expect(record([text])).toEqual({
      reply: { role: "assistant", content: "hello" },
      details: { finishReason: "stop", usage: { inputTokens: 7, outputTokens: 3 } },
    });
  });

  it("keeps reasoning, texts and parallel tool calls, without the provider's own ids", () => {
    const metadata = { providerMetadata: { openai: { itemId: "msg_1" } } };
    const content: LanguageModelV4Content[] = [
      { type: "reasoning", text: "hm" },
      { ...text, ...metadata },
      call('{ "a": 1.0 }', metadata),
      { ...call(""), toolCallId: "x8" } as LanguageModelV4Content,
    ];
    expect(record(content, { finishReason: { unified: "tool-calls", raw: "tool_use" } })).toEqual({
      reply: {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "hello" },
        ],
        tool_calls: [
          { id: "call_0", type: "function", function: { name: "add", arguments: '{ "a": 1.0 }' }, after: 2 },
          { id: "call_1", type: "function", function: { name: "add", arguments: "{}" }, after: 2 },
        ],
      },
      details: { finishReason: "tool_use", usage: { inputTokens: 7, outputTokens: 3 } },
    });
  });

  it("keeps the provider's signatures on what they sign, and nothing else of its notes", () => {
    const noted = {
      providerMetadata: {
        anthropic: { signature: "s", itemId: "i" },
        google: { thoughtSignature: 5 as never },
      },
    };
    const signed = { anthropic: { signature: "s" } };
    expect(
      kept([
        { type: "reasoning", text: "hm", ...noted },
        { ...text, ...noted } as LanguageModelV4Content,
        call("{}", noted),
      ])?.reply,
    ).toEqual({
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", signed },
        { type: "text", text: "hello", signed },
      ],
      tool_calls: [
        { id: "call_0", type: "function", function: { name: "add", arguments: "{}" }, signed, after: 2 },
      ],
    });
    expect(kept([{ ...text, ...noted } as LanguageModelV4Content])?.reply.content).toEqual([
      { type: "text", text: "hello", signed },
    ]);
    // Redacted reasoning has no text at all.
    const redacted = { providerMetadata: { anthropic: { redactedData: "r" } } };
    expect(kept([{ type: "reasoning", text: "", ...redacted }, text])?.reply.content).toHaveLength(2);
  });

  it("keeps by what its provider knows stored reasoning, and what came of it, for the next step to name", () => {
    const stored = (itemId: string, more = {}) => ({ providerMetadata: { openai: { itemId, ...more } } });
    const content = [
      { type: "reasoning", text: "hm", ...stored("rs_1", { reasoningEncryptedContent: "e" }) },
      { ...text, ...stored("msg_1") },
    ] as LanguageModelV4Content[];
    expect(kept(content)?.reply.content).toEqual([
      {
        type: "reasoning",
        text: "hm",
        signed: { openai: { itemId: "rs_1", reasoningEncryptedContent: "e" } },
      },
      { type: "text", text: "hello", signed: { openai: { itemId: "msg_1" } } },
    ]);
  });

  it("has no content when it only calls tools", () => {
    expect(kept([{ type: "text", text: "" }, call("{}")])?.reply.content).toBeNull();
  });

  it("keeps files as base64 and sources by position", () => {
    const content = (id: string): LanguageModelV4Content[] => [
      { type: "file", mediaType: "image/png", data: { type: "data", data: new Uint8Array([1, 2, 3]) } },
      {
        type: "reasoning-file",
        mediaType: "image/png",
        data: { type: "url", url: new URL("https://x.test/a") },
      },
      {
        type: "source",
        sourceType: "document",
        id,
        mediaType: "text/plain",
        title: "X",
        providerMetadata: { a: { id } },
      },
    ];
    expect(record(content("s-81"))).toEqual(record(content("s-82")));
    expect(kept(content("s-81"))?.reply.content).toEqual([
      { type: "file", mediaType: "image/png", data: { type: "data", data: "AQID" } },
      { type: "reasoning-file", mediaType: "image/png", data: { type: "url", url: "https://x.test/a" } },
      { type: "source", sourceType: "document", id: "source_0", mediaType: "text/plain", title: "X" },
    ]);
  });

  it("keeps cited text whole, out of the reach of templates", () => {
    const source = {
      type: "source" as const,
      sourceType: "document" as const,
      id: "s9",
      mediaType: "text/plain",
      title: "X",
    };
    expect(
      kept([
        source,
        { ...text, citations: [{ source, startIndex: 0, endIndex: 2 }] } as LanguageModelV4Content,
      ])?.reply.content,
    ).toEqual([
      { ...source, id: "source_0" },
      {
        type: "cited-text",
        text: "hello",
        citations: [{ source: { ...source, id: "source_0" }, startIndex: 0, endIndex: 2 }],
      },
    ]);
  });

  it("counts unknown usage as zero", () => {
    expect(kept([text], { usage: undefined as never })?.details.usage).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(kept([text], { usage: usage(undefined, undefined) })?.details.usage).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
  });
});

describe("a reply that is not learned", () => {
  it.each(["length", "content-filter", "error", "interrupted", "other"] as const)(
    "ended with %s",
    (unified) => {
      expect(record([text], { finishReason: { unified, raw: undefined } })).toBe("finish-reason");
    },
  );

  it.each<[string, RefusalReason, LanguageModelV4Content[]]>([
    ["is empty", "empty", []],
    ["has empty text only", "empty", [{ type: "text", text: "" }]],
    ["has tool input that is no JSON", "invalid-arguments", [text, call('{"a":')]],
    ["has tool input that is no text", "invalid-arguments", [call({ a: 1 } as never)]],
    ["calls a tool that the provider ran", "provider-side", [call("{}", { providerExecuted: true }), text]],
    ["calls a tool unknown to the caller", "provider-side", [call("{}", { dynamic: true })]],
    [
      "holds a provider's tool result",
      "provider-side",
      [{ type: "tool-result", toolCallId: "x", toolName: "web", result: "r" }, text],
    ],
    [
      "asks for an approval",
      "provider-side",
      [{ type: "tool-approval-request", approvalId: "a", toolCallId: "x" }],
    ],
    ["holds a provider's own content", "provider-side", [{ type: "custom", kind: "a.b" }, text]],
  ])("%s: %s", (_name, refusal, content) => {
    expect(record(content)).toBe(refusal);
  });

  const found: LanguageModelV4Content = { type: "source", sourceType: "url", id: "s", url: "https://x.test" };
  const document: LanguageModelV4Content = {
    type: "source",
    sourceType: "document",
    id: "s",
    mediaType: "text/plain",
    title: "X",
  };
  const grounded = { google: { groundingMetadata: { webSearchQueries: ["weather"] } } };
  const provider = {
    tools: [
      { type: "provider" as const, id: "google.google_search" as const, name: "google_search", args: {} },
    ],
  };

  it.each<[string, Outcome, object?]>([
    ["an address it found", outcome([found, text])],
    ["a citation of one", outcome([{ ...text, citations: [{ source: found }] } as LanguageModelV4Content])],
    ["a document that a tool of the provider's may have found", outcome([document, text]), provider],
    ["the provider's account of a search", outcome([text], { providerMetadata: grounded })],
  ])("rests on a search of the provider's, by %s", (_name, searched, params) => {
    expect(toRecord(searched, params)).toBe("provider-side");
  });

  it("is not taken for one that was searched when the account of a search is empty", () => {
    const providerMetadata = {
      google: { groundingMetadata: null, urlContextMetadata: null, safetyRatings: [{ category: "x" }] },
    };
    expect(kept([text], { providerMetadata })).toBeDefined();
    expect(toRecord(outcome([text]), provider)).toMatchObject({ reply: { content: "hello" } });
  });

  it("chose another text for its structured output than it said", () => {
    expect(record([text], { structuredOutputText: "{}" })).toBe("provider-side");
  });
});
