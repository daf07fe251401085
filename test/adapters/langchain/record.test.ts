import { AIMessage, type AIMessageChunk, type AIMessageFields } from "@langchain/core/messages";
import { AIMessageChunk as ChunkOfAnotherCopy } from "langchain-core-1.1/messages";
import { describe, expect, it } from "vitest";
import { toRecord } from "../../../adapters/langchain/record.js";
import { toolNames } from "../../../adapters/langchain/tool-names.js";
import { done } from "./support.js";

const record = (fields: AIMessageFields) =>
  toRecord({ message: new AIMessage(fields), streamed: false }, toolNames([]));
const text = (more: object) => [{ type: "text", text: "It rains.", ...more }] as never;

it("a chunk is known for one, also where the provider brings its own copy of LangChain", () => {
  const message = new ChunkOfAnotherCopy({ content: "It rains.", ...done() }) as unknown as AIMessageChunk;
  expect(toRecord({ message, streamed: false }, toolNames([]))).toMatchObject({
    details: { notes: { langchain: { chunk: true } } },
  });
  expect(record({ content: "It rains.", ...done() })).not.toHaveProperty("details.notes.langchain.chunk");
});

describe("a reply that rests on a search of the provider's", () => {
  it.each<[string, AIMessageFields]>([
    [
      "OpenAI's annotations",
      { content: text({ annotations: [{ type: "url_citation", url: "https://x.test" }] }) },
    ],
    [
      "standard annotations",
      { content: text({ annotations: [{ type: "citation", url: "https://x.test", title: "X" }] }) },
    ],
    [
      "Anthropic's citations",
      { content: text({ citations: [{ type: "web_search_result_location", url: "https://x.test" }] }) },
    ],
    [
      "Chat Completions' annotations",
      { content: text({ annotations: [{ type: "url_citation", url_citation: { url: "https://x.test" } }] }) },
    ],
    [
      "Gemini's grounding",
      { content: "It rains.", response_metadata: { groundingMetadata: { webSearchQueries: ["rain"] } } },
    ],
    [
      "Perplexity's citations",
      { content: "It rains.", additional_kwargs: { citations: ["https://x.test"] } },
    ],
    [
      "calls that the provider ran",
      { content: "It rains.", additional_kwargs: { tool_outputs: [{ type: "web_search_call" }] } },
    ],
  ])("is not learned: %s", (_name, fields) => {
    expect(record(fields)).toBe("provider-side");
  });

  it("is not one that cites the prompt's documents, or whose account is empty", () => {
    const cited = { citations: [{ type: "char_location", cited_text: "rain", document_title: "Weather" }] };
    expect(record({ content: text(cited), ...done() })).toMatchObject({ reply: { role: "assistant" } });
    const empty = {
      additional_kwargs: { tool_outputs: [], citations: [] },
      response_metadata: { groundingMetadata: {} },
    };
    expect(record({ content: "It rains.", ...empty })).toMatchObject({ reply: { content: "It rains." } });
  });
});

describe("a reply that is not learned", () => {
  it.each<[string, AIMessageFields]>([
    ["finish-reason", { content: "cut", response_metadata: { finish_reason: "length" } }],
    ["finish-reason", { content: "no", additional_kwargs: { refusal: "I will not" } }],
    ["provider-side", { content: "x", additional_kwargs: { audio: { id: "a" } } }],
    ["empty", { content: "" }],
    [
      "invalid-arguments",
      { content: "", invalid_tool_calls: [{ name: "add", args: "{", id: "c", type: "invalid_tool_call" }] },
    ],
  ])("says why: %s", (refusal, fields) => {
    expect(record(fields)).toBe(refusal);
  });
});
