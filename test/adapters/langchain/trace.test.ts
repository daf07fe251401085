import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { createAgent } from "langchain";
import { createCache } from "reprise";
import { repriseMiddleware, withReprise } from "reprise/langchain";
import { describe, expect, it, vi } from "vitest";
import { done, ON_OLDEST_CORE, ScriptedModel, StreamingModel } from "./support.js";

interface Sent {
  readonly id?: string;
  readonly run_type?: string;
  readonly tags?: readonly string[];
  readonly extra?: { readonly metadata?: Readonly<Record<string, unknown>> };
}

/** LangSmith's tracer, and what it sends at the end of each run of a model. */
function tracing() {
  const ended: Sent[] = [];
  const client = {
    createRun: async () => undefined,
    updateRun: async (_id: string, run: Sent) => void ended.push(run),
  };
  const tracer = new LangChainTracer({ client: client as never, projectName: "test" });
  const models = () =>
    ended
      .filter(({ extra }) => extra?.metadata?.reprise_status !== undefined)
      .map(({ tags = [], extra }) => {
        const { reprise_status, reprise_match, reprise_reason, reprise_saved_output_tokens, usage_metadata } =
          extra?.metadata ?? {};
        return [
          tags.filter((tag) => tag.startsWith("reprise")),
          reprise_status,
          reprise_match ?? reprise_reason,
          reprise_saved_output_tokens,
          usage_metadata,
        ];
      });
  return { tracer, models };
}

// The oldest tracer does not send what a call has used.
const spent = { input_tokens: 7, output_tokens: 5, total_tokens: 12 };
const nothing = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

describe("the run of a model call, in LangSmith", () => {
  it.each([
    [
      "plain",
      ScriptedModel,
      (model: ScriptedModel, config: object) => model.invoke("What colour is the sky?", config),
    ],
    [
      "streamed",
      StreamingModel,
      async (model: ScriptedModel, config: object) => {
        for await (const _ of await model.stream("What colour is the sky?", config));
      },
    ],
  ] as const)(
    "says what the cache did, and a hit has its tag and no cost (%s)",
    async (_name, Model, ask) => {
      const { tracer, models } = tracing();
      const model = withReprise(
        new Model({ script: () => ({ content: "Blue.", ...done() }) }),
        createCache({ auditRate: 0 }),
      );
      await ask(model, { callbacks: [tracer], tags: ["mine"] });
      await ask(model, { callbacks: [tracer], tags: ["mine"] });
      await vi.waitFor(() => expect(models()).toHaveLength(2));
      expect(models()).toEqual([
        [[], "miss", "unseen", 0, ON_OLDEST_CORE ? undefined : expect.objectContaining(spent)],
        [["reprise:hit"], "hit", "exact", 5, ON_OLDEST_CORE ? undefined : expect.objectContaining(nothing)],
      ]);
    },
  );

  it("says so in an agent", async () => {
    const { tracer, models } = tracing();
    const inner = new ScriptedModel({ script: () => ({ content: "Blue.", ...done() }) });
    const agent = createAgent({
      model: inner,
      tools: [],
      middleware: [repriseMiddleware(createCache({ auditRate: 0 }))],
    });
    const input = { messages: [{ role: "user", content: "What colour is the sky?" }] };
    for (let index = 0; index < 2; index++) await agent.invoke(input, { callbacks: [tracer] });
    await vi.waitFor(() => expect(models()).toHaveLength(2));
    expect(models().map(([tags, status]) => [tags, status])).toEqual([
      [[], "miss"],
      [["reprise:hit"], "hit"],
    ]);
  });

  it("is told by its tag to whoever hears of its end; the other runs of a batch are not marked with it", async () => {
    const heard: [string, readonly string[]][] = [];
    class Listener extends BaseCallbackHandler {
      readonly name = "listener";
      override awaitHandlers = true;
      override handleLLMEnd(
        output: { generations: { text: string }[][] },
        _run: string,
        _parent?: string,
        tags: string[] = [],
      ): void {
        heard.push([output.generations[0]?.[0]?.text ?? "", tags]);
      }
    }
    const inner = new ScriptedModel({
      script: ({ messages }) => ({ content: `About ${messages[0]?.text}`, ...done() }),
    });
    const model = withReprise(inner, createCache({ auditRate: 0 }));
    await model.invoke("a");
    await model.generate(
      [["a"], ["b"]].map((each) => each.map((content) => ({ role: "user", content }))) as never,
      {
        callbacks: [new Listener()],
        tags: ["mine"],
      },
    );
    expect(heard.toSorted()).toEqual([
      ["About a", ["mine", "reprise:hit"]],
      ["About b", ["mine"]],
    ]);
  });
});
