/** The stream of another call that is still in flight, as a stream of this one's own. */
import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from "@ai-sdk/provider";
import { shared } from "../shared/metadata.js";
import type { Relay } from "../shared/relay.js";
import { noUsage } from "./from-core.js";
import { withMetadata } from "./metadata.js";
import { SAYS } from "./tap.js";

/** What following a stream needs beside it. */
export interface FollowContext {
  readonly generateId: () => string;
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
  /** Asks anew, when the stream has failed before anything of it was read. */
  readonly again: () => PromiseLike<ReadableStream<LanguageModelV4StreamPart>>;
}

/** The same parts as they come, every id in them fresh, and no tokens: they are the other call's. */
export function following(
  relay: Relay<LanguageModelV4StreamPart>,
  how: FollowContext,
): ReadableStream<LanguageModelV4StreamPart> {
  const ids = new Map<string, string>();
  const fresh = (kind: string, id: string): string => {
    const known = ids.get(id) ?? `${kind}_${how.generateId()}`;
    ids.set(id, known);
    return known;
  };

  function own(part: LanguageModelV4StreamPart): LanguageModelV4StreamPart {
    switch (part.type) {
      case "response-metadata":
        return { ...part, id: `reprise-${how.generateId()}`, timestamp: new Date(how.now()) };
      case "tool-input-start":
      case "tool-input-delta":
      case "tool-input-end":
        return { ...part, id: fresh("call", part.id) };
      case "tool-call":
      case "tool-result":
        return { ...part, toolCallId: fresh("call", part.toolCallId) };
      case "source":
        return { ...part, id: fresh("source", part.id) };
      case "finish":
        return {
          ...part,
          usage: noUsage(),
          providerMetadata: withMetadata(part.providerMetadata, shared({ usage: used(part.usage) })),
        };
      default:
        return part;
    }
  }

  async function* parts(): AsyncGenerator<LanguageModelV4StreamPart> {
    // What comes before the first word is kept back until there is one.
    const before: LanguageModelV4StreamPart[] = [];
    let heard = false;
    try {
      for await (const part of relay.follow(how.signal)) {
        if (!heard && relay.hasFailed()) break;
        heard ||= SAYS.has(part.type);
        before.push(own(part));
        if (heard) yield* before.splice(0);
      }
    } catch (error) {
      if (heard || how.signal?.aborted) throw error;
    }
    if (heard || !relay.hasFailed()) yield* before;
    else yield* await how.again();
  }

  const source = parts();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await source.return(undefined);
      },
    },
    // Nothing is told before it is asked for.
    { highWaterMark: 0 },
  );
}

function used({ inputTokens, outputTokens }: LanguageModelV4Usage): {
  readonly inputTokens: number;
  readonly outputTokens: number;
} {
  return { inputTokens: inputTokens?.total ?? 0, outputTokens: outputTokens?.total ?? 0 };
}
