/** What a hit keeps of the model's own message: all but its id, what was used, and our mark. */
import {
  type AIMessage,
  AIMessageChunk,
  type AIMessageFields,
  type BaseMessage,
} from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import Keyv from "keyv";
import { type Cache, createCache } from "reprise";
import { withReprise } from "reprise/langchain";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ScriptedModel, StreamingModel } from "./support.js";

/** Without what differs: ids, usage, our mark. */
function compared(message: BaseMessage): unknown {
  const { response_metadata, tool_calls, ...fields } = message as AIMessage & { lc_kwargs?: unknown };
  const {
    reprise: _ours,
    usage: _used,
    tokenUsage: _too,
    id,
    ...metadata
  } = response_metadata as Record<string, unknown>;
  const { content, additional_kwargs, name } = fields;
  return {
    content,
    additional_kwargs,
    name,
    metadata: { ...metadata, hasId: id !== undefined },
    calls: tool_calls?.map(({ id: _id, ...call }) => call),
  };
}

const usage = { usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } };
const REPLIES: Record<string, AIMessageFields> = {
  OpenAI: {
    content: "Blue.",
    id: "chatcmpl-1",
    response_metadata: {
      model_name: "gpt-4o",
      model_provider: "openai",
      finish_reason: "stop",
      id: "resp_1",
      tokenUsage: { totalTokens: 3 },
    },
    ...usage,
  },
  DeepSeek: {
    content: "Blue.",
    id: "d-1",
    additional_kwargs: { reasoning_content: "The sky is meant." },
    response_metadata: { model_name: "deepseek-reasoner", finish_reason: "stop" },
    ...usage,
  },
  Anthropic: {
    content: "Blue.",
    id: "msg_1",
    response_metadata: {
      model_provider: "anthropic",
      model_name: "claude",
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { a: 1 },
    },
    ...usage,
  },
  "a call": {
    content: "",
    id: "c-1",
    tool_calls: [{ name: "look_up", args: { city: "Oslo" }, id: "call_1", type: "tool_call" }],
    response_metadata: { model_name: "m", finish_reason: "tool_calls" },
    ...usage,
  },
} as never;

const asked = async (model: ScriptedModel): Promise<AIMessage> =>
  (await model.invoke("What colour?")) as unknown as AIMessage;

describe.each(Object.entries(REPLIES))("a hit on a reply of %s", (_name, reply) => {
  it.each([ScriptedModel, StreamingModel])("is the model's message again", async (Model) => {
    const model = withReprise(new Model({ script: () => reply }), createCache({ auditRate: 0 }));
    const [first, hit] = [await asked(model), await asked(model)];
    expect((hit.response_metadata.reprise as { status: string }).status).toBe("hit");
    expect(compared(hit)).toEqual(compared(first));
    expect(hit.id).toBeTruthy();
    expect(hit.id).not.toBe(first.id);
  });

  it("is so in a later process too", async () => {
    const store = new Keyv();
    const cache = createCache({ store, auditRate: 0 });
    const first = await asked(withReprise(new StreamingModel({ script: () => reply }), cache));
    await cache.close();
    const hit = await asked(
      withReprise(new StreamingModel({ script: () => reply }), createCache({ store, auditRate: 0 })),
    );
    expect(hit.additional_kwargs).toEqual(first.additional_kwargs);
    expect(hit.response_metadata.model_name).toBe(first.response_metadata.model_name);
  });
});

it("an id of a hit's response is none that the provider knows, so a chain that builds on it is refused there, not cut short", async () => {
  const model = withReprise(
    new StreamingModel({ script: () => REPLIES.OpenAI as AIMessageFields }),
    createCache({ auditRate: 0 }),
  );
  await asked(model);
  expect((await asked(model)).response_metadata.id).toMatch(/^reprise-/);
});

it.each<[string, Record<string, unknown>]>([
  ["is large", { logs: "x".repeat(5_000) }],
  ["is no plain data", { score: Number.NaN }],
])(
  "an account that %s keeps no reply from being learned, and what holds for the model is kept of it",
  async (_what, more) => {
    const response_metadata = { model_name: "gpt-4o", finish_reason: "stop", ...more };
    const model = withReprise(
      new StreamingModel({ script: () => ({ content: "Blue.", response_metadata }) }),
      createCache({ auditRate: 0 }),
    );
    await asked(model);
    const hit = await asked(model);
    expect(hit.response_metadata).toMatchObject({ reprise: { status: "hit" }, model_name: "gpt-4o" });
    expect(hit.response_metadata).not.toHaveProperty("logs");
  },
);

it("a template's hit has the model's name and no account of another reply", async () => {
  const cache = createCache({ policy: "eager", auditRate: 0 });
  const model = withReprise(
    new StreamingModel({
      script: ({ messages }) => ({
        content: `Hello ${messages.at(-1)?.text.slice(6)}`,
        response_metadata: { model_name: "gpt-4o", finish_reason: "stop", citation: "of this reply alone" },
      }),
    }),
    cache,
  );
  await model.invoke("greet Erik", { reprise: { bindings: { name: "Erik" } } });
  await cache.settled();
  const hit = await model.invoke("greet Anna", { reprise: { bindings: { name: "Anna" } } });
  expect(hit.response_metadata).toMatchObject({ reprise: { match: "template" }, model_name: "gpt-4o" });
  expect(hit.response_metadata).not.toHaveProperty("citation");
});

describe("a model that gives chunks where a whole message is asked for", () => {
  class Chunking extends ScriptedModel {
    override async _generate(): Promise<ChatResult> {
      this.counter.calls++;
      const call = {
        name: "extract",
        args: '{"n":1}',
        id: `c${this.counter.calls}`,
        index: 0,
        type: "tool_call_chunk" as const,
      };
      const message = new AIMessageChunk({
        content: "",
        tool_call_chunks: [call],
        response_metadata: { finish_reason: "tool_calls" },
      });
      return { generations: [{ text: "", message }] };
    }
  }
  const script = () => ({ content: "" });

  it("gives chunks on hits too, which LangChain's structured output asks for", async () => {
    const inner = new Chunking({ script });
    const cache: Cache = createCache({ auditRate: 0 });
    const structured = withReprise(inner, cache).withStructuredOutput(z.object({ n: z.number() }));
    for (let call = 0; call < 2; call++) expect(await structured.invoke("How many?")).toEqual({ n: 1 });
    expect(inner.calls).toBe(1);
    const wrapped = withReprise(inner, cache);
    await wrapped.invoke("Hi");
    const hit = await wrapped.invoke("Hi");
    expect(hit.response_metadata).toMatchObject({ reprise: { status: "hit" } });
    expect(AIMessageChunk.isInstance(hit)).toBe(true);
  });
});
