/**
 * A language model of a few lines, so that the examples run offline: it reads the conversation, calls the
 * tools it is offered, and answers from their results. It takes its time, as models do, and knows nothing of
 * any cache.
 */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";

/** What the model has before it. */
export interface Conversation {
  /** The last thing the user said. */
  readonly question: string;
  /** What the tools have given since then, oldest first. */
  readonly results: readonly { readonly tool: string; readonly output: unknown }[];
}

/** What the model decides: to say something, or to call tools. */
export type Decision =
  | { readonly say: string }
  | { readonly call: readonly { readonly tool: string; readonly input: object }[] };

/** A model that decides by a function; `latency` is what a call costs, in milliseconds. */
export function scriptedModel(
  decide: (conversation: Conversation) => Decision,
  latency = 120,
): LanguageModelV4 {
  let calls = 0;
  const ids = () => `scripted_${++calls}`;
  return {
    specificationVersion: "v4",
    provider: "scripted",
    modelId: "scripted-1",
    supportedUrls: {},
    async doGenerate({ prompt, abortSignal }) {
      await pause(latency, abortSignal);
      const content = toContent(decide(read(prompt)), ids);
      return { content, finishReason: ending(content), usage: usage(prompt, content), warnings: [] };
    },
    async doStream({ prompt, abortSignal }) {
      const content = toContent(decide(read(prompt)), ids);
      const parts: LanguageModelV4StreamPart[] = [
        { type: "stream-start", warnings: [] },
        ...content.flatMap(toParts),
        { type: "finish", finishReason: ending(content), usage: usage(prompt, content) },
      ];
      const each = latency / parts.length;
      const stream = new ReadableStream<LanguageModelV4StreamPart>({
        async pull(controller) {
          await pause(each, abortSignal);
          const part = parts.shift();
          if (part) controller.enqueue(part);
          else controller.close();
        },
      });
      return { stream };
    },
  };
}

function read(prompt: LanguageModelV4CallOptions["prompt"]): Conversation {
  const lastUser = prompt.findLastIndex(({ role }) => role === "user");
  const asked = prompt[lastUser];
  const question =
    asked?.role === "user"
      ? asked.content.map((part) => (part.type === "text" ? part.text : "")).join("")
      : "";
  const results = prompt.slice(lastUser + 1).flatMap((message) => {
    if (message.role !== "tool") return [];
    return message.content.flatMap((part) => {
      if (part.type !== "tool-result") return [];
      return [{ tool: part.toolName, output: "value" in part.output ? part.output.value : undefined }];
    });
  });
  return { question, results };
}

function toContent(decision: Decision, id: () => string): LanguageModelV4Content[] {
  if ("say" in decision) return [{ type: "text", text: decision.say }];
  return decision.call.map(({ tool, input }) => ({
    type: "tool-call",
    toolCallId: id(),
    toolName: tool,
    input: JSON.stringify(input),
  }));
}

function toParts(item: LanguageModelV4Content): LanguageModelV4StreamPart[] {
  if (item.type === "text") {
    const words = item.text.match(/\S+\s*/g) ?? [];
    return [
      { type: "text-start", id: "0" },
      ...words.map((delta): LanguageModelV4StreamPart => ({ type: "text-delta", id: "0", delta })),
      { type: "text-end", id: "0" },
    ];
  }
  if (item.type !== "tool-call") return [];
  return [
    { type: "tool-input-start", id: item.toolCallId, toolName: item.toolName },
    { type: "tool-input-delta", id: item.toolCallId, delta: item.input },
    { type: "tool-input-end", id: item.toolCallId },
    item,
  ];
}

function ending(content: readonly LanguageModelV4Content[]): LanguageModelV4FinishReason {
  return content.some(({ type }) => type === "tool-call")
    ? { unified: "tool-calls", raw: "tool_calls" }
    : { unified: "stop", raw: "stop" };
}

// About four characters make a token.
function usage(prompt: unknown, content: unknown): LanguageModelV4Usage {
  const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);
  return {
    inputTokens: { total: tokens(prompt), noCache: tokens(prompt), cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: tokens(content), text: tokens(content), reasoning: 0 },
  };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
