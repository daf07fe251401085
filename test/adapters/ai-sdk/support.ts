/** Shorthands for tests of the AI SDK adapter. */
import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4Warning,
} from "@ai-sdk/provider";

export function usage(input: number | undefined, output: number | undefined): LanguageModelV4Usage {
  return {
    inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}

export const stop = { unified: "stop" as const, raw: "stop" };
export const toolCalls = { unified: "tool-calls" as const, raw: "tool_calls" };

/** A whole answer of a model. */
export function generated(
  content: LanguageModelV4Content[],
  finishReason: LanguageModelV4FinishReason = stop,
) {
  return { content, finishReason, usage: usage(10, 5), warnings: [] as SharedV4Warning[] };
}

/** A model's answer of one text. */
export const says = (text: string) => generated([{ type: "text", text }]);

/** What a real provider streams for a text, in three pieces. */
export function textParts(
  text: string,
  finishReason: LanguageModelV4FinishReason = stop,
): LanguageModelV4StreamPart[] {
  const third = Math.ceil(text.length / 3);
  const deltas = [text.slice(0, third), text.slice(third, 2 * third), text.slice(2 * third)];
  return [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", id: "resp_1", modelId: "m" },
    { type: "text-start", id: "0" },
    ...deltas.map((delta): LanguageModelV4StreamPart => ({ type: "text-delta", id: "0", delta })),
    { type: "text-end", id: "0" },
    { type: "finish", finishReason, usage: usage(10, 5) },
  ];
}

/** A stream that gives one part at a time, only when asked. */
export function streamOf(
  parts: readonly LanguageModelV4StreamPart[],
  failure?: Error,
): ReadableStream<LanguageModelV4StreamPart> {
  const rest = parts.values();
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = rest.next();
        if (!done) controller.enqueue(value);
        else if (failure) controller.error(failure);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Everything a stream gives. */
export async function partsOf<Part>(stream: ReadableStream<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** Ids that count up. */
export function counter(prefix = "id"): () => string {
  let next = 0;
  return () => `${prefix}${next++}`;
}
