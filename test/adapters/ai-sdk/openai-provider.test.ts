/** The middleware over the real OpenAI provider, whose server is a function. */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, streamText, tool, wrapLanguageModel } from "ai";
import { createCache } from "reprise";
import { repriseMiddleware } from "reprise/ai-sdk";
import { describe, expect, it } from "vitest";
import { z } from "zod";

// The provider warns of reasoning that carries no item id.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

type Body = Record<string, unknown>;

/** A provider whose requests are answered by `respond`, and kept. */
function serve(respond: (body: Body, index: number) => unknown) {
  const requests: Body[] = [];
  const openai = createOpenAI({
    apiKey: "sk-canary",
    fetch: async (_url, init) => {
      const body = JSON.parse(String(init?.body)) as Body;
      requests.push(body);
      const answer = respond(body, requests.length - 1);
      if (!body.stream) return Response.json(answer);
      const events = (answer as unknown[]).map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      return new Response(`${events}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { openai, requests };
}

const weather = tool({
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, celsius: 21 }),
});
const run = { tools: { weather }, prompt: "How warm is it in Oslo?", stopWhen: isStepCount(4) };

describe("the chat API", () => {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-x",
    choices: [{ index: 0, delta, finish_reason }],
  });
  const called = { index: 0, id: "call_77", type: "function", function: { name: "weather", arguments: "" } };
  const streamed = ({ messages }: Body) =>
    (messages as { role: string }[]).at(-1)?.role === "tool"
      ? [
          chunk({ role: "assistant", content: "It is " }),
          chunk({ content: "21 degrees." }),
          chunk({}, "stop"),
        ]
      : [
          chunk({ role: "assistant", content: null, tool_calls: [called] }),
          chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
          chunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
          chunk({}, "tool_calls"),
        ];

  it("is learned from a streamed tool loop and served to a plain one, without a request", async () => {
    const { openai, requests } = serve(streamed);
    const model = wrapLanguageModel({
      model: openai.chat("gpt-x"),
      middleware: repriseMiddleware(createCache()),
    });
    expect(await streamText({ ...run, model }).text).toBe("It is 21 degrees.");
    const plain = await generateText({ ...run, model });
    expect(plain.text).toBe("It is 21 degrees.");
    expect(plain.steps.map(({ finishReason, rawFinishReason }) => [finishReason, rawFinishReason])).toEqual([
      ["tool-calls", "tool_calls"],
      ["stop", "stop"],
    ]);
    expect(plain.steps[0]?.toolCalls[0]?.toolCallId).not.toBe("call_77");
    expect(await streamText({ ...run, model }).text).toBe("It is 21 degrees.");
    expect(requests).toHaveLength(2);
  });

  it("is never told about reprise", async () => {
    const { openai, requests } = serve(streamed);
    const model = wrapLanguageModel({
      model: openai.chat("gpt-x"),
      middleware: repriseMiddleware(createCache()),
    });
    await streamText({ ...run, model, providerOptions: { reprise: { bindings: { city: "Oslo" } } } }).text;
    expect(requests).toHaveLength(2);
    expect(JSON.stringify(requests)).not.toMatch(/reprise|bindings/);
  });
});

describe("the responses API", () => {
  const response = (output: unknown[]) => ({
    id: "resp_1",
    created_at: 1,
    model: "gpt-x",
    output,
    usage: { input_tokens: 9, output_tokens: 4 },
  });
  const answer = ({ input }: Body, index: number) =>
    (input as { type?: string }[]).at(-1)?.type === "function_call_output"
      ? response([
          {
            type: "message",
            id: `msg_${index}`,
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: "It is 21 degrees.", annotations: [] }],
          },
        ])
      : response([
          {
            type: "reasoning",
            id: `rs_${index}`,
            summary: [{ type: "summary_text", text: "They ask for Oslo." }],
          },
          {
            type: "function_call",
            id: `fc_${index}`,
            call_id: `call_${index}`,
            name: "weather",
            arguments: '{"city":"Oslo"}',
            status: "completed",
          },
        ]);

  it("is served again, with its reasoning", async () => {
    const { openai, requests } = serve(answer);
    const model = wrapLanguageModel({
      model: openai.responses("gpt-5-x"),
      middleware: repriseMiddleware(createCache()),
    });
    await generateText({ ...run, model });
    const again = await generateText({ ...run, model });
    expect(again.text).toBe("It is 21 degrees.");
    expect(again.steps[0]?.reasoningText).toBe("They ask for Oslo.");
    expect(requests).toHaveLength(2);
    // A chain that builds on it names a response, one that OpenAI does not know, and is told so.
    expect(again.finalStep.providerMetadata?.openai?.responseId).toMatch(/^reprise-/);
  });

  it("gets a step after an exact hit as after the reply itself: the stored reasoning is named, the call has an id of its own", async () => {
    const { openai, requests } = serve(answer);
    const model = wrapLanguageModel({
      model: openai.responses("gpt-5-x"),
      middleware: repriseMiddleware(createCache()),
    });
    await generateText({ ...run, model });
    const mixed = await generateText({
      ...run,
      model,
      prepareStep: ({ stepNumber }) => ({ providerOptions: { reprise: { read: stepNumber === 0 } } }),
    });
    expect(mixed.text).toBe("It is 21 degrees.");
    expect(requests).toHaveLength(3);
    const withoutCallIds = (body: unknown) => JSON.stringify(body).replaceAll(/"call_id":"[^"]*"/g, "");
    expect(JSON.stringify(requests[1])).toContain('{"type":"item_reference","id":"rs_0"}');
    expect(withoutCallIds(requests[2])).toBe(withoutCallIds(requests[1]));
    expect(JSON.stringify(requests[2])).not.toContain('"call_0"');
    expect(mixed.steps.flatMap(({ warnings }) => warnings ?? [])).toEqual([]);
  });

  it("gets a step after a template's hit that names no item of another response, without a warning", async () => {
    const { openai, requests } = serve(answer);
    const cache = createCache({ policy: "eager", induction: false });
    const model = wrapLanguageModel({
      model: openai.responses("gpt-5-x"),
      middleware: repriseMiddleware(cache),
    });
    const ask = (city: string) =>
      generateText({
        ...run,
        prompt: `Weather in ${city}?`,
        model,
        prepareStep: ({ stepNumber }) => ({
          providerOptions: { reprise: { bindings: { city }, read: stepNumber === 0 } },
        }),
      });
    await ask("Oslo");
    await cache.settled();
    const other = await ask("Rome");
    expect(other.steps[0]?.providerMetadata?.reprise).toMatchObject({ status: "hit", match: "template" });
    expect(JSON.stringify(requests.at(-1))).not.toMatch(/item_reference|rs_|fc_/);
    expect(other.steps.flatMap(({ warnings }) => warnings ?? [])).toEqual([]);
  });
});
