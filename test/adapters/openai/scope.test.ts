/** That nothing of a request is left out of what is compared, but what stands on a short list. */
import fc from "fast-check";
import { createCache } from "reprise";
import { repriseFetch } from "reprise/openai";
import { describe, expect, it } from "vitest";
import { APART, OPENAI_BOOKKEEPING } from "../../../adapters/openai/scope.js";
import { scriptedProvider } from "./support.js";

const PATHS = { chat: "chat/completions", responses: "responses" } as const;
type Api = keyof typeof PATHS;
const bodyOf = (api: Api): Record<string, unknown> =>
  api === "chat"
    ? { model: "m", messages: [{ role: "user", content: "hello" }] }
    : { model: "m", input: "hello" };

function setup(base = "http://provider.test/v1") {
  const provider = scriptedProvider(({ index }) => ({
    reply: { role: "assistant", content: `answer ${index}` },
  }));
  const cache = createCache({ auditRate: 0 });
  const fetch = repriseFetch(cache, { fetch: provider.fetch });
  const send = async (api: Api, body: unknown, headers: Record<string, string> = {}, query = "") => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${base}/${PATHS[api]}${query}`, { method: "POST", body: text, headers });
    await response.text();
    return response.headers.get("cache-status") ?? "none";
  };
  return { send, provider, cache };
}

/** JSON that is not taken for state of the provider, nor for what makes a call stream. */
const value = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(fc.integer(), { minLength: 1 }),
);
const field = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      "temperature",
      "seed",
      "top_p",
      "logit_bias",
      "service_tier",
      "identity",
      "part_options",
      "__proto__",
      "verbosity",
    ),
  )
  .filter((name) => !APART.has(name) && !/^(?:store|background|prompt)$/.test(name));

describe.each(["chat", "responses"] as const)("a body of %s", (api) => {
  it("with any field more, or with another value in it, is another request", async () => {
    await fc.assert(
      fc.asyncProperty(field, value, value, async (name, one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const { send } = setup();
        const withField = (given: unknown): string =>
          JSON.stringify(Object.fromEntries([...Object.entries(bodyOf(api)), [name, given]]));
        expect(await send(api, bodyOf(api))).toContain("fwd=miss");
        expect(await send(api, withField(one))).toContain("fwd=miss");
        expect(await send(api, withField(other))).toContain("fwd=miss");
        expect(await send(api, bodyOf(api))).toContain("; hit");
      }),
      { numRuns: 60 },
    );
  });

  it("with the same fields in another order, spaced in another way, or escaped, is the same request", async () => {
    const { send } = setup();
    await send(api, { ...bodyOf(api), seed: 1, top_p: 0.5 });
    expect(await send(api, { top_p: 0.5, seed: 1, ...bodyOf(api) })).toContain("; hit");
    expect(
      await send(
        api,
        JSON.stringify({ ...bodyOf(api), seed: 1, top_p: 0.5 }, null, 2).replace("hello", "h\\u0065llo"),
      ),
    ).toContain("; hit");
  });

  it("with digits that rounding would make equal is another request", async () => {
    const { send } = setup();
    const seeded = (digits: string): string =>
      JSON.stringify({ ...bodyOf(api), seed: 0 }).replace('"seed":0', `"seed":${digits}`);
    for (const digits of ["9007199254740992", "9007199254740993", "1", "1.0", "1e400", "1e401"]) {
      expect(await send(api, seeded(digits))).toContain("fwd=miss");
    }
    expect(await send(api, seeded("9007199254740993"))).toContain("; hit");
  });

  it("with a field twice goes past the cache, as does what is no JSON", async () => {
    const { send } = setup();
    const twice = JSON.stringify(bodyOf(api)).replace("{", '{"seed":1,"seed":2,');
    expect(await send(api, twice)).toContain("fwd=bypass; detail=duplicate-keys");
  });

  it("that builds on state of the provider, or asks it to keep the reply, goes past the cache", async () => {
    const { send, cache } = setup();
    for (const more of [
      { previous_response_id: "resp_1" },
      { conversation: "conv_1" },
      { conversation: { id: "conv_1" } },
      { store: true },
      { background: true },
      { prompt: { id: "pmpt_1", version: "2" } },
    ]) {
      expect([more, await send(api, { ...bodyOf(api), ...more })]).toEqual([
        more,
        "reprise; fwd=bypass; detail=server-state",
      ]);
    }
    expect(cache.stats().exchanges).toBe(0);
  });

  it("is known by provider, organisation and API version, not by who carries it", async () => {
    const { send } = setup();
    await send(api, bodyOf(api), {
      "User-Agent": "a",
      "X-Stainless-Retry-Count": "0",
      Authorization: "Bearer one",
    });
    expect(await send(api, bodyOf(api), { "User-Agent": "b", "X-Request-Id": "2" })).toContain("; hit");
    expect(await send(api, bodyOf(api), { "OpenAI-Organization": "org-2" })).toContain("fwd=miss");
    expect(await send(api, bodyOf(api), { "OpenAI-Project": "proj-2" })).toContain("fwd=miss");
    expect(await send(api, bodyOf(api), {}, "?api-version=2026-01-01")).toContain("fwd=miss");
    expect(await send(api, { ...bodyOf(api), stream: true })).toContain("; hit");
  });
});

it("what OpenAI documents as bookkeeping is left out at OpenAI alone, each with its reason", async () => {
  for (const [base, outcome] of [
    ["https://api.openai.com/v1", "; hit"],
    ["http://provider.test/v1", "fwd=miss"],
  ] as const) {
    for (const name of OPENAI_BOOKKEEPING.keys()) {
      const { send } = setup(base);
      await send("chat", bodyOf("chat"));
      expect([
        name,
        await send("chat", { ...bodyOf("chat"), [name]: name === "store" ? false : "x" }),
      ]).toEqual([name, expect.stringContaining(outcome)]);
    }
  }
  for (const reason of [...APART.values(), ...OPENAI_BOOKKEEPING.values()])
    expect(reason.length).toBeGreaterThan(10);
});

it("what stands beside a text in a part of a message makes another request; a hint to the provider's own cache does not", async () => {
  const { send } = setup();
  const parts = (more: object) => ({
    model: "m",
    messages: [{ role: "user", content: [{ type: "text", text: "hello", ...more }] }],
  });
  await send("chat", parts({}));
  expect(await send("chat", parts({ voice: "low" }))).toContain("fwd=miss");
  expect(await send("chat", parts({ cache_control: { type: "ephemeral" } }))).toContain("; hit");
});

it("items of a response are told apart: two messages are not one of two parts", async () => {
  const { send } = setup();
  const text = (value: string) => ({ type: "output_text", text: value });
  const asked = { role: "user", content: "go on" };
  const one = { model: "m", input: [{ role: "assistant", content: [text("a"), text("b")] }, asked] };
  const two = {
    model: "m",
    input: [{ role: "assistant", content: [text("a")] }, { role: "assistant", content: [text("b")] }, asked],
  };
  await send("responses", one);
  expect(await send("responses", two)).toContain("fwd=miss");
});
