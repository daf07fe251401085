/** A message as the events of a stream, in the API's own order. */

import { isRecord, type JsonRecord, recordsIn } from "../openai/record-of.js";
import type { ServerSentEvent } from "../openai/sse.js";
import { cut, type Pieces } from "../shared/pieces.js";

/** Start, each block from its start to its stop, why it ended and what it used, stop. */
export function* toEvents(
  message: JsonRecord,
  { pieces }: { readonly pieces: Pieces },
): Generator<ServerSentEvent> {
  const begun = { ...message, content: [], stop_reason: null, stop_sequence: null };
  yield event("message_start", { message: begun });
  for (const [index, block] of recordsIn(message.content).entries()) {
    yield event("content_block_start", { index, content_block: opened(block) });
    for (const delta of deltasOf(block, pieces)) yield event("content_block_delta", { index, delta });
    yield event("content_block_stop", { index });
  }
  const { stop_reason, stop_sequence, usage } = message;
  const counted = Object.entries(isRecord(usage) ? usage : {}).filter(([name]) => COUNTED.has(name));
  yield event("message_delta", {
    delta: { stop_reason, stop_sequence, ...("stop_details" in message && { stop_details: null }) },
    usage: Object.fromEntries(counted),
  });
  yield event("message_stop", {});
}

const event = (type: string, fields: object): ServerSentEvent => ({
  event: type,
  data: JSON.stringify({ type, ...fields }),
});

/** What is told of the whole at its end. */
const COUNTED = new Set([
  "input_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "output_tokens",
  "output_tokens_details",
  "server_tool_use",
]);

/** A block before it has said anything. */
function opened(block: JsonRecord): JsonRecord {
  switch (block.type) {
    case "text":
      return { ...block, text: "", ...(Array.isArray(block.citations) && { citations: [] }) };
    case "thinking":
      return { ...block, thinking: "", signature: "" };
    case "tool_use":
      return { ...block, input: {} };
    default:
      return block;
  }
}

function* deltasOf(block: JsonRecord, pieces: Pieces): Generator<JsonRecord> {
  switch (block.type) {
    case "text":
      for (const text of cut(String(block.text), pieces)) yield { type: "text_delta", text };
      for (const citation of recordsIn(block.citations)) yield { type: "citations_delta", citation };
      return;
    case "thinking":
      if (block.thinking !== "") yield { type: "thinking_delta", thinking: block.thinking };
      yield { type: "signature_delta", signature: block.signature };
      return;
    case "tool_use":
      yield { type: "input_json_delta", partial_json: "" };
      yield { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  }
}
