import { describe, expect, it } from "vitest";
import { apiNamed } from "../../../adapters/openai/call.js";
import type { ServerSentEvent } from "../../../adapters/openai/sse.js";
import type { HookChunk } from "../../../server/hooks/define.js";
import { eventWords } from "../../../server/hooks/stream.js";

/** What goes out for what comes in. */
async function through(
  api: string,
  events: readonly ServerSentEvent[],
  chunk: (chunk: HookChunk) => string,
): Promise<ServerSentEvent[]> {
  const words = eventWords(api);
  const sent: ServerSentEvent[] = [];
  for (const event of events) sent.push(...(await words(event, async (given) => chunk(given))));
  return sent;
}

const completion = {
  ...{ id: "c", object: "chat.completion", created: 1, model: "m" },
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        reasoning_content: "look for zoe",
        content: "mail to zoe, please",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "find", arguments: '{"who":"zoe"}' } },
          { id: "call_2", type: "function", function: { name: "find", arguments: '{"who":"bob"}' } },
        ],
      },
      logprobs: null,
      finish_reason: "tool_calls",
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

const response = {
  ...{ id: "r", object: "response", status: "completed", model: "m", error: null },
  output: [
    { type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "look for zoe" }] },
    {
      ...{ type: "message", id: "msg", status: "completed", role: "assistant" },
      content: [
        { type: "output_text", annotations: [], logprobs: [], text: "mail to zoe, please" },
        { type: "output_text", annotations: [], logprobs: [], text: "and to zoe again" },
      ],
    },
    {
      ...{ type: "function_call", id: "fc", status: "completed" },
      name: "find",
      call_id: "1",
      arguments: '{"who":"zoe"}',
    },
  ],
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
};

const WHOLE: Record<string, Record<string, unknown>> = { chat: completion, responses: response };

function eventsOf(name: string): ServerSentEvent[] {
  const body = { stream: true, stream_options: { include_usage: true } };
  return [...(apiNamed(name)?.toEvents(WHOLE[name] ?? {}, { body, pieces: "word" }) ?? [])];
}

function gathered(name: string, events: readonly ServerSentEvent[]): unknown {
  const gatherer = apiNamed(name)?.gather();
  for (const event of events) gatherer?.add(event);
  return gatherer?.whole();
}

const everywhere = (value: unknown, from: string, to: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(from, to));

describe.each(["chat", "responses"])("a stream of %s", (api) => {
  it("through hooks that change nothing says what it said", async () => {
    const sent = await through(api, eventsOf(api), ({ text }) => text);
    expect(gathered(api, sent)).toEqual(gathered(api, eventsOf(api)));
    expect(sent.length).toBe(eventsOf(api).length);
  });

  it("has the changed text wherever it is said", async () => {
    const sent = await through(api, eventsOf(api), ({ text }) => text.replaceAll("zoe", "eve"));
    expect(gathered(api, sent)).toEqual(everywhere(gathered(api, eventsOf(api)), "zoe", "eve"));
    expect(JSON.stringify(sent)).not.toContain("zoe");
  });

  it("gives what was kept back at the end of its part, in an event of its own", async () => {
    const held = new Map<string, string>();
    const sent = await through(api, eventsOf(api), ({ text, part, last }) => {
      const all = (held.get(part) ?? "") + text;
      held.set(part, last ? "" : all);
      return last ? all : "";
    });
    expect(gathered(api, sent)).toEqual(gathered(api, eventsOf(api)));
    expect(sent.length).toBeGreaterThan(eventsOf(api).length);
  });

  it("tells of each piece what it is part of, and of each part its end once", async () => {
    const pieces: HookChunk[] = [];
    await through(api, eventsOf(api), (chunk) => {
      pieces.push(chunk);
      return chunk.text;
    });
    const parts = Map.groupBy(pieces, ({ part }) => part);
    const told = [...parts.values()].map((all) => [
      all[0]?.kind,
      all.map(({ text }) => text).join(""),
      all.filter(({ last }) => last).length,
    ]);
    expect(told).toEqual(
      api === "chat"
        ? [
            ["reasoning", "look for zoe", 1],
            ["text", "mail to zoe, please", 1],
            ["arguments", '{"who":"zoe"}', 1],
            ["arguments", '{"who":"bob"}', 1],
          ]
        : [
            ["reasoning", "look for zoe", 1],
            ["text", "mail to zoe, please", 1],
            ["text", "and to zoe again", 1],
            ["arguments", '{"who":"zoe"}', 1],
          ],
    );
  });

  it("passes what is no JSON, what ends it and errors as they are", async () => {
    const events = [
      { data: "[DONE]" },
      { data: "no json" },
      { event: "error", data: '{"type":"error","message":"no"}' },
      { data: '{"error":{"message":"no"}}' },
    ];
    expect(await through(api, events, () => "changed")).toEqual(events);
  });
});

it("a stream of responses is numbered without gaps, whatever is put between", async () => {
  const sent = await through("responses", eventsOf("responses"), ({ text, last }) =>
    last ? `${text}!` : text,
  );
  const numbers = sent.map(({ data }) => (JSON.parse(data) as { sequence_number: number }).sequence_number);
  expect(numbers).toEqual(numbers.map((_, index) => index));
});

it("a stream of responses that says texts only whole is put through hooks all the same", async () => {
  const completed = eventsOf("responses").at(-1) as ServerSentEvent;
  const [sent] = await through("responses", [completed], ({ text }) => text.replaceAll("zoe", "eve"));
  expect(sent?.data).not.toContain("zoe");
});

it("words' probabilities go with the words", async () => {
  const chunk = {
    choices: [{ index: 0, delta: { content: "zoe" }, logprobs: { content: [{ token: "zoe" }] } }],
  };
  const [sent] = await through("chat", [{ data: JSON.stringify(chunk) }], () => "eve");
  expect(sent?.data).not.toContain("zoe");
});

describe("a stream of messages", () => {
  const named = (data: { type: string }): ServerSentEvent => ({
    event: data.type,
    data: JSON.stringify(data),
  });
  const block = (index: number, content_block: object, deltas: object[]): ServerSentEvent[] => [
    named({ type: "content_block_start", ...{ index, content_block } }),
    ...deltas.map((delta) => named({ type: "content_block_delta", ...{ index, delta } })),
    named({ type: "content_block_stop", ...{ index } }),
  ];
  const events = [
    named({ type: "message_start", ...{ message: { id: "msg", content: [] } } }),
    ...block(0, { type: "thinking", thinking: "" }, [
      { type: "thinking_delta", thinking: "look for zoe" },
      { type: "signature_delta", signature: "x" },
    ]),
    named({ type: "ping" }),
    ...block(1, { type: "text", text: "" }, [
      { type: "text_delta", text: "mail to " },
      { type: "text_delta", text: "zoe" },
    ]),
    ...block(2, { type: "tool_use", id: "t", name: "find", input: {} }, [
      { type: "input_json_delta", partial_json: '{"who":' },
      { type: "input_json_delta", partial_json: '"zoe"}' },
    ]),
    named({ type: "message_delta", ...{ delta: { stop_reason: "tool_use" } } }),
    named({ type: "message_stop" }),
  ];

  it("through hooks that change nothing is what it was", async () => {
    expect(await through("messages", events, ({ text }) => text)).toEqual(events);
  });

  it("has the changed text, thoughts and arguments", async () => {
    const sent = await through("messages", events, ({ text }) => text.replaceAll("zoe", "eve"));
    expect(sent).toEqual(everywhere(events, "zoe", "eve"));
  });

  it("gives what was kept back before its block stops", async () => {
    let held = "";
    const sent = await through("messages", events, ({ text, kind, last }) => {
      if (kind !== "text") return text;
      held += text;
      return last ? held.toUpperCase() : "";
    });
    const at = sent.findIndex(({ data }) => data.includes("MAIL TO ZOE"));
    expect(sent.slice(at, at + 2)).toEqual([
      named({
        type: "content_block_delta",
        ...{ index: 1, delta: { type: "text_delta", text: "MAIL TO ZOE" } },
      }),
      named({ type: "content_block_stop", ...{ index: 1 } }),
    ]);
    expect(sent.length).toBe(events.length + 1);
  });
});
