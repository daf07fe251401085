/** The stream of another call that is still in flight, as a stream of this one's own. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { AIMessageChunk, type AIMessageChunkFields, type UsageMetadata } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { shared } from "../shared/metadata.js";
import type { Relay } from "../shared/relay.js";
import { noUsage } from "./from-core.js";
import { isRecord } from "./plain.js";

/**
 * The same chunks as they come, every id in them fresh, and no tokens: they are the other call's. `again`
 * asks anew, when the stream has failed before anything of it was read.
 */
export async function* followed(
  relay: Relay<ChatGenerationChunk>,
  run: CallbackManagerForLLMRun | undefined,
  how: {
    readonly signal: AbortSignal | undefined;
    readonly again: () => AsyncGenerator<ChatGenerationChunk>;
  },
): AsyncGenerator<ChatGenerationChunk> {
  // It has failed before anything of it was read here.
  if (relay.hasFailed()) return yield* how.again();
  const id = `reprise-${crypto.randomUUID()}`;
  const fresh = freshIds();
  let used: UsageMetadata | undefined;
  for await (const { message, text, generationInfo } of relay.follow(how.signal)) {
    const given = message as AIMessageChunk;
    used = given.usage_metadata ?? used;
    const { reprise: _theirs, ...metadata } = given.response_metadata;
    const chunk = new ChatGenerationChunk({
      text,
      message: new AIMessageChunk({
        id,
        content: Array.isArray(given.content)
          ? given.content.map((block) => ownBlock(block, fresh))
          : given.content,
        tool_call_chunks: (given.tool_call_chunks ?? []).map((call) => ({
          ...call,
          ...(call.id && { id: fresh(call.id) }),
        })),
        additional_kwargs: { ...given.additional_kwargs },
        response_metadata: metadata,
        ...(given.name !== undefined && { name: given.name }),
      } as AIMessageChunkFields),
      ...(generationInfo && { generationInfo }),
    });
    yield chunk;
    await run?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
  }
  const usage = used && { inputTokens: used.input_tokens, outputTokens: used.output_tokens };
  const account = {
    id,
    content: "",
    usage_metadata: noUsage(),
    response_metadata: { reprise: shared({ usage }) },
  };
  yield new ChatGenerationChunk({
    text: "",
    message: new AIMessageChunk(account as unknown as AIMessageChunkFields),
  });
}

/**
 * The same of the events of a model that speaks in them. What its provider says in its own words stays the
 * other call's.
 */
export async function* followedEvents(
  relay: Relay<ChatModelStreamEvent>,
  how: {
    readonly signal: AbortSignal | undefined;
    readonly again: () => AsyncGenerator<ChatModelStreamEvent>;
  },
): AsyncGenerator<ChatModelStreamEvent> {
  if (relay.hasFailed()) return yield* how.again();
  const fresh = freshIds();
  let used: Partial<UsageMetadata> | undefined;
  for await (const event of relay.follow(how.signal)) {
    switch (event.event) {
      case "message-start":
        used = { ...used, ...event.usage };
        yield { event: "message-start", id: `reprise-${crypto.randomUUID()}` };
        break;
      case "content-block-start":
      case "content-block-finish":
        yield { ...event, content: ownBlock(event.content, fresh) };
        break;
      case "content-block-delta": {
        const { delta } = event;
        yield delta.type === "block-delta"
          ? { ...event, delta: { ...delta, fields: ownBlock(delta.fields, fresh) } }
          : event;
        break;
      }
      case "usage":
        used = { ...used, ...event.usage };
        break;
      case "message-finish": {
        used = { ...used, ...event.usage };
        const usage = used && { inputTokens: used.input_tokens ?? 0, outputTokens: used.output_tokens ?? 0 };
        yield {
          ...event,
          usage: noUsage(),
          responseMetadata: { ...event.responseMetadata, reprise: shared({ usage }) },
        };
        break;
      }
      case "error":
        yield event;
        break;
    }
  }
}

function freshIds(): (id: string) => string {
  const ids = new Map<string, string>();
  return (id) => {
    const known = ids.get(id) ?? `call_${crypto.randomUUID().replaceAll("-", "")}`;
    ids.set(id, known);
    return known;
  };
}

// Calls stand in the content of some providers too.
function ownBlock<Block>(block: Block, fresh: (id: string) => string): Block {
  return isRecord(block) && /^tool_(use|call)/.test(String(block.type)) && typeof block.id === "string"
    ? { ...block, id: fresh(block.id) }
    : block;
}
