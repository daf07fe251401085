/** What of a request of the Messages API counts, and what goes past the cache. */
import fc from "fast-check";
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import { describe, expect, it } from "vitest";
import { APART, BOOKKEEPING } from "../../../adapters/anthropic/scope.js";
import { toAsked } from "../../../adapters/anthropic/to-core.js";
import { readBody } from "../../../adapters/openai/body.js";
import { scriptedProvider } from "./support.js";

type Json = Record<string, unknown>;

const hello: Json = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "hello" }] };

function setup(base = "http://provider.test") {
  const provider = scriptedProvider(({ index }) => ({
    reply: { role: "assistant", content: `answer ${index}` },
  }));
  const cache = createCache({ auditRate: 0 });
  const fetch = repriseFetch(cache, { fetch: provider.fetch });
  const send = async (body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${base}/v1/messages`, { method: "POST", body: text, headers });
    await response.text();
    return response.headers.get("cache-status") ?? "none";
  };
  return { send, provider, cache };
}

const value = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.integer(),
  fc.boolean(),
  fc.record({ type: fc.constantFrom("auto", "any", "tool", "enabled"), name: fc.string() }),
);
const field = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      ...[
        "temperature",
        "top_k",
        "stop",
        "stop_sequences",
        "tool_choice",
        "output_config",
        "response_format",
      ],
      ...[
        "input",
        "instructions",
        "features",
        "identity",
        "thinking",
        "service_tier",
        "metadata",
        "__proto__",
      ],
    ),
  )
  .filter((name) => !APART.has(name) && !/^(?:container|conversation)$/.test(name));

describe("a body", () => {
  it("with any field more, or with another value in it, is another request", async () => {
    await fc.assert(
      fc.asyncProperty(field, value, value, async (name, one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const { send } = setup();
        const withField = (given: unknown): string =>
          JSON.stringify(Object.fromEntries([...Object.entries(hello), [name, given]]));
        expect(await send(hello)).toContain("fwd=miss");
        expect(await send(withField(one))).toContain("fwd=miss");
        expect(await send(withField(other))).toContain("fwd=miss");
        expect(await send(hello)).toContain("; hit");
      }),
      {
        numRuns: 60,
        examples: [
          ["stop", "a", "b"],
          ["tool_choice", { type: "any", name: "" }, "required"],
        ],
      },
    );
  });

  const user = (...content: unknown[]): Json => ({ ...hello, messages: [{ role: "user", content }] });
  const text = (words: string, more: Json = {}) => ({ type: "text", text: words, ...more });
  const tool = { name: "add", input_schema: { type: "object" } };
  const ephemeral = { cache_control: { type: "ephemeral" } };
  const image = (data: string, more: Json = {}) => ({
    type: "image",
    source: { type: "base64", media_type: "image/png", data },
    ...more,
  });
  const result = (more: Json) => ({
    ...hello,
    messages: [
      ...(hello.messages as unknown[]),
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "add", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "3", ...more }] },
    ],
  });

  it.each<[string, Json, Json]>([
    ["a text is a string or a block", hello, user(text("hello"))],
    ["hints to the provider's own cache say nothing", user(text("hello")), user(text("hello", ephemeral))],
    ["also on the body", hello, { ...hello, ...ephemeral }],
    ["also on the instructions", { ...hello, system: "x" }, { ...hello, system: [text("x", ephemeral)] }],
    ["also on tools", { ...hello, tools: [tool] }, { ...hello, tools: [{ ...tool, ...ephemeral }] }],
    ["also on results", result({}), result(ephemeral)],
    ["also on images", user(image("AAAA")), user(image("AAAA", ephemeral))],
    [
      "a tool may say that it is custom",
      { ...hello, tools: [tool] },
      { ...hello, tools: [{ ...tool, type: "custom" }] },
    ],
    ["a tool is chosen freely where nothing is said", hello, { ...hello, tool_choice: { type: "auto" } }],
    ["a result is a string or blocks", result({}), result({ content: [text("3")] })],
    ["how it is carried says nothing", hello, { ...hello, stream: true }],
    ["nor where it is kept", hello, { ...hello, thread: { type: "create" } }],
    [
      "what was signed is another in each run",
      {
        ...hello,
        messages: [{ role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "a" }] }],
      },
      {
        ...hello,
        messages: [{ role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "b" }] }],
      },
    ],
  ])("%s", async (_what, one, other) => {
    const { send } = setup();
    await send(one);
    expect(await send(other)).toContain("; hit");
  });

  it.each<[string, Json, Json]>([
    ["instructions", hello, { ...hello, system: "x" }],
    ["instructions and words of the user", { ...hello, system: "hello" }, user(text("hello"), text("hello"))],
    ["texts in another order", user(text("a"), text("b")), user(text("b"), text("a"))],
    ["one text and two", user(text("ab")), user(text("a"), text("b"))],
    ["what stands beside a text", user(text("a")), user(text("a", { voice: "low" }))],
    ["images", user(image("AAAA")), user(image("BBBB"))],
    ["what is done to an image", user(image("AAAA")), user(image("AAAA", { transformations: { crop: 1 } }))],
    [
      "documents",
      user({ type: "document", source: { type: "text", media_type: "text/plain", data: "a" } }),
      user({ type: "document", source: { type: "text", media_type: "text/plain", data: "b" } }),
    ],
    [
      "whether citations are asked for",
      user({ type: "document", source: {}, citations: { enabled: true } }),
      user({ type: "document", source: {} }),
    ],
    ["a result", result({}), result({ content: "4" })],
    ["a result that is an error", result({}), result({ is_error: true })],
    ["whose result it is", result({}), result({ tool_use_id: "toolu_2" })],
    ["a result and a text that says it", result({}), result({ type: "text", text: "3" })],
    [
      "the order of texts and calls",
      {
        ...hello,
        messages: [{ role: "assistant", content: [text("a"), { type: "tool_use", name: "f", input: {} }] }],
      },
      {
        ...hello,
        messages: [{ role: "assistant", content: [{ type: "tool_use", name: "f", input: {} }, text("a")] }],
      },
    ],
    ["tools", { ...hello, tools: [tool] }, { ...hello, tools: [{ ...tool, description: "adds" }] }],
    [
      "a tool that is loaded late",
      { ...hello, tools: [tool] },
      { ...hello, tools: [{ ...tool, defer_loading: true }] },
    ],
    [
      "one call at a time",
      { ...hello, tool_choice: { type: "any" } },
      { ...hello, tool_choice: { type: "any", disable_parallel_tool_use: true } },
    ],
    [
      "how much is thought",
      { ...hello, thinking: { type: "enabled", budget_tokens: 1 } },
      { ...hello, thinking: { type: "enabled", budget_tokens: 2 } },
    ],
    [
      "how much effort is made",
      { ...hello, output_config: { effort: "low" } },
      { ...hello, output_config: { effort: "high" } },
    ],
    [
      "field of a message that nobody knows",
      hello,
      { ...hello, messages: [{ role: "user", content: "hello", tone: "low" }] },
    ],
  ])("differs by %s", async (_what, one, other) => {
    const { send } = setup();
    await send(one);
    expect(await send(other)).toContain("fwd=miss");
    expect([await send(one), await send(other)]).toEqual([
      expect.stringContaining("; hit"),
      expect.stringContaining("; hit"),
    ]);
  });

  it("with digits that rounding would make equal is another request, in settings and in a call", async () => {
    const { send } = setup();
    const withDigits = (digits: string): string =>
      JSON.stringify({ ...result({}), seed: "@" }).replace('"input":{}', `"input":{"a":${digits}}`);
    for (const digits of ["9007199254740992", "9007199254740993", "1", "1.0"])
      expect(await send(withDigits(digits))).toContain("fwd=miss");
    expect(await send(withDigits("9007199254740993"))).toContain("; hit");
  });

  it.each<[string, Json]>([
    ["a container", { container: "container_1" }],
    ["a thread that is gone on with", { thread: { type: "continue", previous_message_id: "msg_1" } }],
    ["servers of tools", { mcp_servers: [{ type: "url", url: "https://mcp.test", name: "x" }] }],
    ["a search of the web", { tools: [tool, { type: "web_search_20260318", name: "web_search" }] }],
    ["code that the provider runs", { tools: [{ type: "code_execution_20260521", name: "code_execution" }] }],
    ["an advisor", { tools: [{ type: "advisor_20260301", name: "advisor", model: "m" }] }],
  ])("with %s goes past the cache", async (_what, more) => {
    const { send, cache } = setup();
    expect(await send({ ...hello, ...more })).toBe("reprise; fwd=bypass; detail=server-state");
    expect(cache.stats().exchanges).toBe(0);
  });

  it.each(["bash_20250124", "text_editor_20250728", "computer_20251124", "memory_20250818"])(
    "with a tool of Anthropic's that the client runs is for the cache: %s",
    async (type) => {
      const { send } = setup();
      await send({ ...hello, tools: [{ type, name: "x" }] });
      expect(await send({ ...hello, tools: [{ type, name: "x" }] })).toContain("; hit");
    },
  );

  it.each<[string, Json]>([
    ["no messages", { model: "m" }],
    ["a message without a role", { model: "m", messages: [{ content: "x" }] }],
    ["a block without a type", { model: "m", messages: [{ role: "user", content: [{ text: "x" }] }] }],
    [
      "a call without a name",
      { model: "m", messages: [{ role: "assistant", content: [{ type: "tool_use" }] }] },
    ],
    ["instructions that are no text", { ...hello, system: 7 }],
  ])("with %s is passed on, and the provider's error comes back", async (_what, body) => {
    const cache = createCache();
    const wrong = new Response("{}", { status: 400 });
    const fetch = repriseFetch(cache, { fetch: async () => wrong });
    expect(await fetch("http://a.test/v1/messages", { method: "POST", body: JSON.stringify(body) })).toBe(
      wrong,
    );
    expect(cache.stats().bypasses).toEqual({ invalid: 1 });
  });
});

it("what Anthropic documents as bookkeeping is left out at Anthropic alone, each with its reason", async () => {
  for (const [base, outcome] of [
    ["https://api.anthropic.com", "; hit"],
    ["http://provider.test", "fwd=miss"],
  ] as const) {
    const { send } = setup(base);
    await send(hello);
    expect(await send({ ...hello, metadata: { user_id: "u" } })).toContain(outcome);
  }
  for (const reason of [...APART.values(), ...BOOKKEEPING.values()])
    expect(reason.length).toBeGreaterThan(10);
});

it("version and features that headers name count, also under a name of the user's; who carries it does not", async () => {
  const { send } = setup();
  const version = { "anthropic-version": "2023-06-01" };
  await send(hello, { ...version, "x-api-key": "one", "User-Agent": "a" });
  expect(await send(hello, { ...version, "x-api-key": "two", "User-Agent": "b" })).toContain("; hit");
  expect(await send(hello, { "anthropic-version": "2026-10-21" })).toContain("fwd=miss");
  expect(await send(hello, { ...version, "anthropic-beta": "a-2026-01-01" })).toContain("fwd=miss");
  expect(await send(hello, { ...version, "anthropic-workspace-id": "w" })).toContain("fwd=miss");
  const asked = (onBehalfOf: Record<string, string>) =>
    toAsked(readBody(JSON.stringify(hello)), { endpoint: "http://a.test", onBehalfOf, named: "ours" });
  expect(asked({})).toMatchObject({ model: "ours", settings: { max_tokens: 9 } });
  expect(asked({ "anthropic-beta": "x", organization: "o" }).settings).toEqual({
    max_tokens: 9,
    features: { "anthropic-beta": "x" },
  });
});

it("other addresses that end alike are not for the cache", async () => {
  const response = new Response("{}");
  const fetch = repriseFetch(createCache(), { fetch: async () => response });
  const post = { method: "POST", body: JSON.stringify(hello) };
  for (const path of ["/v1/threads/thread_1/messages", "/v1/messages/batches", "/v1/messages/count_tokens"])
    expect(await fetch(`https://api.test${path}`, post)).toBe(response);
});
