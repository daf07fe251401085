/** How a known reply streams: part by part, in the order of the spec. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { between, cut, type Pieces } from "../shared/pieces.js";
import { noUsage, type Replay } from "./from-core.js";
import { type Noted, withMetadata } from "./metadata.js";

/** The stream of a replay: start, metadata, each block from its start to its end, finish. */
export function toStream(
  replay: Replay,
  pieces: Pieces = "whole",
): ReadableStream<LanguageModelV4StreamPart> {
  const parts = streamParts(replay, pieces);
  let last: LanguageModelV4StreamPart["type"] | undefined;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = parts.next();
      if (done) return controller.close();
      if (value.type === "text-delta" && last === "text-delta") await between(pieces);
      last = value.type;
      controller.enqueue(value);
    },
  });
}

function* streamParts(
  { content, finishReason, metadata, response, noted: own }: Replay,
  pieces: Pieces,
): Generator<LanguageModelV4StreamPart, undefined> {
  yield { type: "stream-start", warnings: [] };
  yield { type: "response-metadata", ...response };
  for (const [index, item] of content.entries()) {
    const id = String(index);
    switch (item.type) {
      case "text":
        yield { type: "text-start", id, ...noted(item) };
        for (const delta of cut(item.text, pieces)) yield { type: "text-delta", id, delta };
        yield { type: "text-end", id, ...(item.citations && { citations: item.citations }) };
        break;
      case "reasoning":
        yield { type: "reasoning-start", id, ...noted(item) };
        yield { type: "reasoning-delta", id, delta: item.text };
        yield { type: "reasoning-end", id };
        break;
      case "tool-call":
        yield { type: "tool-input-start", id: item.toolCallId, toolName: item.toolName };
        yield { type: "tool-input-delta", id: item.toolCallId, delta: item.input };
        yield { type: "tool-input-end", id: item.toolCallId };
        yield item;
        break;
      default:
        yield item;
    }
  }
  yield { type: "finish", finishReason, usage: noUsage(), providerMetadata: withMetadata(own, metadata) };
}

function noted({ providerMetadata }: Noted): Noted {
  return providerMetadata ? { providerMetadata } : {};
}
