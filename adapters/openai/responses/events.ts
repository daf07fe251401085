/** The events in which a response is streamed, and how they are put together again. */
import { cut, type Pieces } from "../../shared/pieces.js";
import { dataOf, type Gatherer } from "../api.js";
import { isRecord, isVoid, type JsonRecord, recordsIn } from "../record-of.js";
import type { ServerSentEvent } from "../sse.js";

/**
 * A response as the events of a stream, in the API's own order: created, in progress, each item from its
 * start to its end, completed.
 */
export function* toEvents(
  response: JsonRecord,
  { pieces }: { readonly pieces: Pieces },
): Generator<ServerSentEvent> {
  let number = 0;
  const event = (type: string, fields: object): ServerSentEvent => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: number++, ...fields }),
  });
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  yield event("response.created", { response: begun });
  yield event("response.in_progress", { response: begun });
  for (const [output_index, item] of recordsIn(response.output).entries()) {
    const at = { output_index, item_id: item.id };
    yield event("response.output_item.added", { output_index, item: opened(item) });
    if (item.type === "message") {
      for (const [content_index, part] of recordsIn(item.content).entries()) {
        const here = { ...at, content_index };
        yield event("response.content_part.added", { ...here, part: { ...part, text: "" } });
        for (const delta of cut(String(part.text), pieces))
          yield event("response.output_text.delta", { ...here, delta, logprobs: [] });
        yield event("response.output_text.done", { ...here, text: part.text, logprobs: [] });
        yield event("response.content_part.done", { ...here, part });
      }
    } else if (item.type === "reasoning") {
      for (const [summary_index, part] of recordsIn(item.summary).entries()) {
        const here = { ...at, summary_index };
        yield event("response.reasoning_summary_part.added", { ...here, part: { ...part, text: "" } });
        yield event("response.reasoning_summary_text.delta", { ...here, delta: part.text });
        yield event("response.reasoning_summary_text.done", { ...here, text: part.text });
        yield event("response.reasoning_summary_part.done", { ...here, part });
      }
      for (const [content_index, part] of recordsIn(item.content).entries()) {
        yield event("response.reasoning_text.delta", { ...at, content_index, delta: part.text });
        yield event("response.reasoning_text.done", { ...at, content_index, text: part.text });
      }
    } else {
      yield event("response.function_call_arguments.delta", { ...at, delta: item.arguments });
      yield event("response.function_call_arguments.done", {
        ...at,
        name: item.name,
        arguments: item.arguments,
      });
    }
    yield event("response.output_item.done", { output_index, item });
  }
  yield event("response.completed", { response });
}

/** An item before it has said anything. */
function opened(item: JsonRecord): JsonRecord {
  if (item.type === "message") return { ...item, status: "in_progress", content: [] };
  if (item.type === "function_call") return { ...item, status: "in_progress", arguments: "" };
  return { ...item, summary: [], ...(item.content !== undefined && { content: [] }) };
}

/** A gatherer for one stream: its last event holds the whole response. */
export function gather(): Gatherer {
  const items: JsonRecord[] = [];
  let response: JsonRecord | undefined;
  let isSound = true;
  return {
    add(event) {
      if (event.data === "[DONE]") return;
      const data = dataOf(event);
      if (!data || data.type === "error" || !isVoid(data.error)) {
        isSound = false;
        return;
      }
      if (data.type === "response.output_item.done" && isRecord(data.item)) items.push(data.item);
      // Of one that failed or was cut off, the status tells.
      if (/^response\.(?:completed|incomplete|failed)$/.test(String(data.type)) && isRecord(data.response))
        response = data.response;
    },
    isOver: () => response !== undefined,
    whole() {
      if (!isSound || !response) return undefined;
      // Some providers leave the items to the events before.
      return isVoid(response.output) && items.length > 0 ? { ...response, output: items } : response;
    },
  };
}
