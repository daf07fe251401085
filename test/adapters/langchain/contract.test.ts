/** The adapter contract, run on LangChain: the wrapper, and an agent's middleware. */
import {
  AIMessage,
  AIMessageChunk,
  type AIMessageFields,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { createAgent, createMiddleware } from "langchain";
import type { ContentPart, Message } from "reprise";
import { type RepriseMetadata, reject, repriseMiddleware, withReprise } from "reprise/langchain";
import {
  type AdapterCall,
  type AdapterDriver,
  type AdapterReply,
  adapterContract,
  type ModelScript,
  type ScriptedAnswer,
} from "reprise/testing";
import { describe, expect, it } from "vitest";
import { toMessages } from "../../../adapters/langchain/to-core.js";
import { toolNames } from "../../../adapters/langchain/tool-names.js";
import { ON_OLDEST_CORE, type Said, type ScriptedModel, StreamingModel } from "./support.js";

const wrapper: AdapterDriver = {
  name: "LangChain wrapper",
  capabilities: { coalescing: true, audits: true, reasoning: true },
  create({ cache, model: script, options }) {
    const counter = { calls: 0 };
    const modelOf = (call: AdapterCall) => {
      const model = withReprise(scripted(script, call, counter), cache, options);
      return (call.tools ? model.bindTools(call.tools.map(toTool)) : model) as ScriptedModel;
    };
    return {
      invoke: async (call) =>
        toReply(await modelOf(call).invoke(call.messages.map(toMessage), toOptions(call))),
      async stream(call) {
        let whole: AIMessageChunk | undefined;
        const pieces: string[] = [];
        for await (const chunk of await modelOf(call).stream(call.messages.map(toMessage), toOptions(call))) {
          whole = whole ? whole.concat(chunk) : chunk;
          if (chunk.text !== "") pieces.push(chunk.text);
        }
        if (!whole) throw new Error("an empty stream");
        return { ...toReply(whole), pieces };
      },
      async leave(call) {
        for await (const chunk of await modelOf(call).stream(call.messages.map(toMessage), toOptions(call)))
          if (chunk.text !== "") break;
      },
      reject: ({ reprise }) => reject(cache, new AIMessage({ content: "", response_metadata: { reprise } })),
      modelCalls: () => counter.calls,
    };
  },
};

const middleware: AdapterDriver = {
  name: "LangChain middleware",
  capabilities: { coalescing: true, audits: true, reasoning: true },
  create({ cache, model: script, options }) {
    const counter = { calls: 0 };
    const reprise = repriseMiddleware(cache, options);
    const agentOf = (call: AdapterCall) => {
      const model = scripted(script, call, counter);
      const { temperature, maxTokens, toolChoice, previousResponseId } = call;
      const settings = createMiddleware({
        name: "settings",
        wrapModelCall: (request, handler) =>
          handler({
            ...request,
            ...(toolChoice && { toolChoice }),
            modelSettings: {
              ...(temperature !== undefined && { temperature }),
              ...(maxTokens !== undefined && { max_tokens: maxTokens }),
              ...(previousResponseId !== undefined && { previous_response_id: previousResponseId }),
            },
          }),
      });
      // Plain definitions: the agent offers them and runs none.
      return createAgent({ model, tools: (call.tools ?? []).map(toTool), middleware: [settings, reprise] });
    };
    const input = (call: AdapterCall) => ({ messages: call.messages.map(toMessage) });
    const config = (call: AdapterCall) => ({
      context: { ...(call.reprise && { reprise: call.reprise }) },
      ...(call.signal && { signal: call.signal }),
    });
    const replyOf = (messages: readonly BaseMessage[], asked: AdapterCall): AdapterReply => {
      const reply = messages[asked.messages.length];
      if (!(reply instanceof AIMessage) && !AIMessageChunk.isInstance(reply))
        throw new Error("the agent gave no reply");
      return toReply(reply);
    };
    return {
      invoke: async (call) => replyOf((await agentOf(call).invoke(input(call), config(call))).messages, call),
      async stream(call) {
        let last: { messages: BaseMessage[] } | undefined;
        const streamed: string[] = [];
        for await (const [mode, part] of await agentOf(call).stream(input(call), {
          ...config(call),
          streamMode: ["messages", "values"],
        })) {
          if (mode === "messages" && AIMessageChunk.isInstance(part[0])) streamed.push(part[0].text);
          if (mode === "values") last = part as unknown as { messages: BaseMessage[] };
        }
        const reply = replyOf(last?.messages ?? [], call);
        expect(streamed.join("")).toEqual(reply.text);
        return { ...reply, pieces: streamed.filter((text) => text !== "") };
      },
      async leave(call) {
        // A graph that nobody reads runs on; leaving it is aborting it.
        const leaving = new AbortController();
        const read = async (): Promise<void> => {
          const options = { ...config(call), signal: leaving.signal, streamMode: "messages" as const };
          for await (const [chunk] of await agentOf(call).stream(input(call), options))
            if (chunk.text !== "") leaving.abort();
        };
        await read().catch(() => undefined);
      },
      reject: ({ reprise }) => reject(cache, new AIMessage({ content: "", response_metadata: { reprise } })),
      modelCalls: () => counter.calls,
    };
  },
};

adapterContract(wrapper, { describe, it, expect });
// An agent is of the newest LangChain, and streams the chunks of no other copy.
if (!ON_OLDEST_CORE) adapterContract(middleware, { describe, it, expect });

function scripted(
  script: ModelScript,
  { model, baseURL }: AdapterCall,
  counter: { calls: number },
): StreamingModel {
  return new StreamingModel({
    modelName: model ?? "scripted",
    ...(baseURL !== undefined && { baseURL }),
    counter,
    script: async ({ messages, index }) =>
      toSaid(await script({ messages: toMessages(messages, toolNames([])), index })),
  });
}

function toSaid(said: ScriptedAnswer): Said {
  if ("error" in said) return said;
  const { reply, finishReason = "stop", usage = { inputTokens: 0, outputTokens: 0 } } = said;
  const content = typeof reply.content === "string" ? reply.content : (reply.content ?? []).map(toBlock);
  const fields = {
    content: (Array.isArray(content) && content.length === 0 ? "" : content) as AIMessageFields["content"] &
      string,
    tool_calls: (reply.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
      type: "tool_call",
      id: id ?? "",
      name,
      args: JSON.parse(args),
    })),
    response_metadata: { finish_reason: finishReason },
    usage_metadata: {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
  return fields as unknown as AIMessageFields;
}

function toBlock(part: ContentPart) {
  return part.type === "reasoning"
    ? { type: "reasoning", reasoning: part.text }
    : { type: "text", text: part.text };
}

type NeutralTool = NonNullable<AdapterCall["tools"]>[number];

function toTool({ name, description, parameters }: NeutralTool) {
  return {
    type: "function",
    function: { name, ...(description !== undefined && { description }), parameters },
  };
}

function toOptions(call: AdapterCall) {
  return {
    ...(call.toolChoice && { tool_choice: call.toolChoice }),
    ...(call.temperature !== undefined && { temperature: call.temperature }),
    ...(call.maxTokens !== undefined && { max_tokens: call.maxTokens }),
    ...(call.signal && { signal: call.signal }),
    ...(call.reprise && { reprise: call.reprise }),
    ...(call.previousResponseId && { previous_response_id: call.previousResponseId }),
  };
}

function toMessage(message: Message): BaseMessage {
  const content = typeof message.content === "string" ? message.content : ((message.content ?? "") as never);
  switch (message.role) {
    case "system":
      return new SystemMessage({ content });
    case "assistant":
      return new AIMessage({
        content,
        tool_calls: (message.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
          id: id ?? "",
          name,
          args: JSON.parse(args),
        })),
      });
    case "tool":
      return new ToolMessage({
        content,
        tool_call_id: message.tool_call_id ?? "",
        ...(message.is_error && { status: "error" as const }),
      });
    default:
      return new HumanMessage({ content });
  }
}

function toReply(message: AIMessage | AIMessageChunk): AdapterReply {
  const blocks =
    typeof message.content === "string" ? [] : (message.content as { type: string; reasoning?: string }[]);
  const usage = message.usage_metadata as { input_tokens: number; output_tokens: number } | undefined;
  return {
    text: message.text,
    reasoning: blocks.map(({ type, reasoning }) => (type === "reasoning" ? reasoning : "")).join(""),
    toolCalls: (message.tool_calls ?? []).map(({ id, name, args }) => ({ id: id ?? "", name, args })),
    usage: { inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0 },
    id: message.id,
    reprise: message.response_metadata.reprise as RepriseMetadata | undefined,
  };
}
