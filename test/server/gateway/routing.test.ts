import { describe, expect, it, vi } from "vitest";
import { chat, provider, send, textOf } from "../support.js";
import { completion, gateway, QUICK, saying, sentTo } from "./support.js";

const asks = (text: string, model = "m") => ({ model, messages: [{ role: "user", content: text }] });
const stored = (url: string, ...keys: string[]) => ({
  base_url: url,
  keys: (keys.length > 0 ? keys : ["sk-stored"]).map((key) => ({ key })),
});

describe("routes", () => {
  it("a model goes to the providers of the first route that fits it, under the name it has there", async () => {
    const [one, two] = [await saying("from one"), await saying("from two")];
    const { url } = await gateway({
      providers: {
        one: stored(one.url),
        two: { ...stored(two.url), model_map: { fast: "vendor/fast-1" } },
      },
      routes: [
        { models: ["fast", "x-*"], providers: ["two"] },
        { models: ["*"], providers: ["one"] },
      ],
    });
    expect(textOf(await chat(url, { body: asks("a", "m") }))).toBe("from one");
    expect(textOf(await chat(url, { body: asks("a", "fast") }))).toBe("from two");
    expect(textOf(await chat(url, { body: asks("a", "x-large") }))).toBe("from two");
    expect(two.asked.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model)).toEqual([
      "vendor/fast-1",
      "x-large",
    ]);
    // What it is called there is no other model: the reply is kept.
    const again = await chat(url, { body: asks("a", "fast") });
    expect(again.headers["cache-status"]).toMatch(/hit; detail=exact/);
  });

  it("a model that no route is for is refused by name", async () => {
    const one = await saying("no");
    const { url } = await gateway({
      providers: { one: stored(one.url) },
      routes: [{ models: ["known"], providers: ["one"] }],
    });
    const reply = await chat(url, { body: asks("a", "other") });
    expect([reply.status, reply.body.toString()]).toEqual([404, expect.stringContaining('"other')]);
    expect(one.asked).toHaveLength(0);
  });

  it("a strategy is read: round-robin takes turns, weights draw", async () => {
    const [one, two] = [await saying("one"), await saying("two")];
    const { url } = await gateway({
      providers: { one: stored(one.url), two: stored(two.url) },
      routes: [
        { models: ["turns"], providers: ["one", "two"], strategy: "round-robin" },
        {
          models: ["drawn"],
          providers: [
            { name: "one", weight: 1e-9 },
            { name: "two", weight: 1 },
          ],
          strategy: "weights",
        },
      ],
    });
    const texts: string[] = [];
    for (let turn = 0; turn < 4; turn++)
      texts.push(textOf(await chat(url, { body: asks(String(turn), "turns") })));
    expect(texts).toEqual(["one", "two", "one", "two"]);
    expect(textOf(await chat(url, { body: asks("a", "drawn") }))).toBe("two");
  });

  it("with lowest-latency, each is measured once, and then the fastest is asked", async () => {
    const slow = await provider(async (_, outgoing) => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(completion("slow")));
    });
    const fast = await saying("fast");
    const { url } = await gateway({
      providers: { slow: stored(slow.url), fast: stored(fast.url) },
      routes: [{ models: ["*"], providers: ["slow", "fast"], strategy: "lowest-latency" }],
    });
    const texts: string[] = [];
    for (let turn = 0; turn < 4; turn++) texts.push(textOf(await chat(url, { body: asks(String(turn)) })));
    expect(texts).toEqual(["slow", "fast", "fast", "fast"]);
  });

  it("a client that leaves while another attempt is waited for ends the wait", async () => {
    const one = await saying({ status: 503, headers: { "retry-after": "3" } }, "late");
    const { url, stop, cache } = await gateway({
      providers: { one: stored(one.url) },
      failover: { backoff: { initial: 0.01, max: 10 } },
    });
    const client = new AbortController();
    const left = fetch(`${url}/v1/chat/completions`, {
      ...{ method: "POST", signal: client.signal, headers: { "content-type": "application/json" } },
      body: JSON.stringify(asks("a")),
    });
    await vi.waitFor(() => expect(one.asked).toHaveLength(1));
    client.abort();
    await expect(left).rejects.toThrow();
    // Nobody waits any more: what was in flight is over, and the next to ask is not held up by it.
    await stop();
    await cache.settled();
    expect(one.asked).toHaveLength(1);
  });

  it("a header or a field chooses among the route's providers, and nobody else", async () => {
    const [one, two] = [await saying("one"), await saying("two")];
    const { url } = await gateway({
      providers: { one: stored(one.url), two: stored(two.url) },
      routes: [
        { models: ["*"], providers: ["one", "two"], choose: { header: "X-Provider", field: "provider" } },
      ],
    });
    expect(textOf(await chat(url, { body: asks("a"), headers: { "X-Provider": "two" } }))).toBe("two");
    expect(textOf(await chat(url, { body: { ...asks("b"), provider: "two" } }))).toBe("two");
    expect(two.asked.at(-1)?.body.toString()).not.toContain("provider");
    const refused = await chat(url, { body: asks("c"), headers: { "X-Provider": "three" } });
    expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining("one, two")]);
  });

  it("what one provider said is a hit whoever would be asked, unless the route keeps them apart", async () => {
    const [one, two] = [await saying(500), await saying("from two")];
    const { url } = await gateway({
      providers: { one: { ...stored(one.url), breaker: { failures: 100 } }, two: stored(two.url) },
      routes: [
        { models: ["apart"], providers: ["one", "two"], cache: "by-provider" },
        { models: ["*"], providers: ["one", "two"] },
      ],
      failover: { ...QUICK, per_provider: 1 },
    });
    await chat(url, { body: asks("a") });
    expect((await chat(url, { body: asks("a") })).headers["cache-status"]).toMatch(/hit; detail=exact/);
    await chat(url, { body: asks("a", "apart") });
    expect((await chat(url, { body: asks("a", "apart") })).headers["cache-status"]).toMatch(/fwd=miss/);
    expect(one.asked).toHaveLength(3);
  });

  it("GET /v1/models has those of all providers that are routed to, by their names here", async () => {
    const one = await saying({ status: 200, body: { data: [{ id: "a", created: 7 }, { id: "hidden" }] } });
    const two = await saying(500);
    const { url } = await gateway({
      providers: { one: stored(one.url), two: { ...stored(two.url), model_map: { fast: "v/fast" } } },
      routes: [
        { models: ["a"], providers: ["one"] },
        { models: ["fast"], providers: ["two"] },
      ],
    });
    const { status, body } = await send(`${url}/v1/models`);
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({
      object: "list",
      data: [
        { id: "a", owned_by: "one", created: 7 },
        { id: "fast", owned_by: "two" },
      ],
    });
    expect(sentTo(one, "authorization")).toEqual(["Bearer sk-stored"]);
  });

  it("embeddings go by their model; a native path goes to the provider it names, and is not cached", async () => {
    const one = await saying({ status: 200, body: { data: [] } });
    const two = await saying("two");
    const { url } = await gateway({
      providers: { one: stored(one.url), two: stored(two.url) },
      routes: [
        { models: ["embed-*"], providers: ["one"] },
        { models: ["*"], providers: ["two"] },
      ],
    });
    const headers = ["Content-Type", "application/json"];
    const body = JSON.stringify({ model: "embed-1", input: "a" });
    expect((await send(`${url}/v1/embeddings`, { method: "POST", headers, body })).status).toBe(200);
    expect(one.asked.map(({ url: path }) => path)).toEqual(["/v1/embeddings"]);
    for (let turn = 0; turn < 2; turn++)
      await send(`${url}/native/two/v1/chat/completions`, {
        ...{ method: "POST", headers },
        body: JSON.stringify(asks("a")),
      });
    expect(two.asked.map(({ url: path }) => path)).toEqual(["/v1/chat/completions", "/v1/chat/completions"]);
    expect((await send(`${url}/native/three/x`)).status).toBe(404);
  });
});

describe("keys of providers", () => {
  it("the stored one goes instead of the caller's; without any, the caller's own goes", async () => {
    const [one, two] = [await saying("one"), await saying("two")];
    const { url } = await gateway({
      providers: { one: stored(one.url), two: { base_url: two.url } },
      routes: [
        { models: ["a"], providers: ["one"] },
        { models: ["b"], providers: ["two"] },
      ],
    });
    await chat(url, { body: asks("x", "a"), headers: { "X-Api-Key": "sk-callers" } });
    await chat(url, { body: asks("x", "b") });
    expect(sentTo(one, "authorization")).toEqual(["Bearer sk-stored"]);
    expect(sentTo(one, "x-api-key")).toEqual([undefined]);
    expect(sentTo(two, "authorization")).toEqual(["Bearer sk-one"]);
  });

  it("one that gets 401 or 429 rests, and another is taken at once; one is for its models alone", async () => {
    const one = await saying(429, "yes");
    const { url } = await gateway({
      providers: {
        one: {
          base_url: one.url,
          keys: [
            { key: "sk-a", weight: 1e9 },
            { key: "sk-b", weight: 1e-9 },
            { key: "sk-c", models: ["c"] },
          ],
        },
      },
    });
    expect(textOf(await chat(url, { body: asks("1") }))).toBe("yes");
    expect(textOf(await chat(url, { body: asks("2") }))).toBe("yes");
    expect(sentTo(one, "authorization")).toEqual(["Bearer sk-a", "Bearer sk-b", "Bearer sk-b"]);
  });

  it("two providers that would both be sent the caller's own key are refused in one route", async () => {
    const [one, two] = [await saying("one"), await saying("two")];
    await expect(
      gateway({ providers: { one: { base_url: one.url }, two: { base_url: two.url } } }),
    ).rejects.toThrow(/caller's own key/);
  });
});

describe("failover", () => {
  it("tries again within a provider, then asks the next, and every attempt is counted", async () => {
    const [one, two] = [await saying(500, "cut"), await saying("from two")];
    const { url } = await gateway({
      providers: { one: stored(one.url), two: stored(two.url) },
      failover: QUICK,
    });
    expect(textOf(await chat(url))).toBe("from two");
    expect([one.asked.length, two.asked.length]).toEqual([2, 1]);
    const metrics = (await send(`${url}/metrics`)).body.toString();
    expect(metrics).toContain('reprise_provider_attempts_total{provider="one",outcome="500"} 1');
    expect(metrics).toContain('reprise_provider_attempts_total{provider="one",outcome="connection"} 1');
    expect(metrics).toContain('reprise_provider_attempts_total{provider="two",outcome="200"} 1');
  });

  it("a time-out before the first byte is tried elsewhere", async () => {
    const [one, two] = [await saying("silent"), await saying("from two")];
    const { url } = await gateway({
      providers: {
        one: { ...stored(one.url), timeouts: { first_byte: 0.1 } },
        two: stored(two.url),
      },
      failover: { ...QUICK, per_provider: 1 },
    });
    expect(textOf(await chat(url))).toBe("from two");
  });

  it("a status that is not listed, and one that is after the last attempt, pass as the provider wrote them", async () => {
    const one = await saying(404, {
      status: 503,
      headers: { "retry-after": "0" },
      body: { error: { message: "busy" } },
    });
    const { url } = await gateway({ providers: { one: stored(one.url) }, failover: QUICK });
    expect((await chat(url)).status).toBe(404);
    const busy = await chat(url);
    expect([busy.status, busy.headers["retry-after"], busy.body.toString()]).toEqual([
      503,
      "0",
      '{"error":{"message":"busy"}}',
    ]);
    expect(one.asked).toHaveLength(3);
  });

  it("a long error of the last provider is told as far as it was read, and is not cut off", async () => {
    const long = await saying({ status: 503, body: { error: { message: "x".repeat(400_000) } } });
    const { url } = await gateway({ providers: { long: stored(long.url) }, failover: { attempts: 1 } });
    const { status, body } = await chat(url, { body: asks("hello") });
    expect(status).toBe(503);
    expect(body.toString()).toMatch(/^\{"error":\{"message":"x{1000}/);
  });

  it("a breaker opens after failures in a row, and a hit is served with every provider down", async () => {
    const one = await saying("known", 500);
    const { url } = await gateway({
      providers: { one: { ...stored(one.url), breaker: { failures: 2, rest: 60 } } },
      failover: QUICK,
    });
    await chat(url, { body: asks("a") });
    await chat(url, { body: asks("b") });
    const left = await chat(url, { body: asks("c") });
    expect([left.status, Number(left.headers["retry-after"]) > 0, one.asked.length]).toEqual([503, true, 3]);
    const hit = await chat(url, { body: asks("a") });
    expect([textOf(hit), hit.headers["cache-status"]]).toEqual(["known", expect.stringMatching(/hit/)]);
    expect((await send(`${url}/metrics`)).body.toString()).toContain(
      'reprise_provider_open{provider="one"} 1',
    );
  });

  it("retries have a budget", async () => {
    const one = await saying(500);
    const { url } = await gateway({
      providers: { one: { ...stored(one.url), breaker: { failures: 100 } } },
      failover: { ...QUICK, budget: { share: 0, reserve: 2 } },
    });
    for (let turn = 0; turn < 5; turn++) await chat(url, { body: asks(String(turn)) });
    expect(one.asked).toHaveLength(7);
  });
});

describe("who may ask", () => {
  it("keys that are kept here are not for whoever comes from elsewhere without a token", async () => {
    const one = await saying("yes");
    const token = "a-token-of-sixteen-characters";
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    const elsewhere = { "X-Forwarded-For": "203.0.113.9" };
    expect((await chat(url, { headers: elsewhere })).status).toBe(401);
    const { url: guarded } = await gateway({
      providers: { one: stored(one.url) },
      listen: { tokens: [token] },
    });
    const headers = { ...elsewhere, "Reprise-Auth": `Bearer ${token}` };
    expect((await chat(guarded, { headers })).status).toBe(200);
    expect(sentTo(one, "reprise-auth")).toEqual([undefined]);
  });
});

describe("a reply", () => {
  it("has nothing of a former attempt", async () => {
    const one = await saying(
      { status: 500, headers: { "x-from": "first" } },
      { status: 200, body: completion("ok") },
    );
    const { url } = await gateway({ providers: { one: stored(one.url) }, failover: QUICK });
    const reply = await chat(url);
    expect([textOf(reply), reply.headers["x-from"]]).toEqual(["ok", undefined]);
  });
});

describe("Anthropic's Messages", () => {
  const message = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-x", stop_reason: "end_turn" },
    ...{ stop_sequence: null, content: [{ type: "text", text: "from Claude" }] },
    usage: { input_tokens: 3, output_tokens: 2 },
  };

  it("go to providers that speak them, with the key where it belongs, and are hits the second time", async () => {
    const [one, claude] = [await saying("one"), await saying({ status: 200, body: message })];
    const { url } = await gateway({
      providers: { one: stored(one.url), claude: { ...stored(claude.url), type: "anthropic" } },
    });
    const ask = () =>
      send(`${url}/v1/messages`, {
        ...{ method: "POST", headers: ["Content-Type", "application/json", "X-Api-Key", "unused"] },
        body: JSON.stringify({
          ...{ model: "claude-x", max_tokens: 9 },
          messages: [{ role: "user", content: "hello" }],
        }),
      });
    const [first, second] = [await ask(), await ask()];
    expect(JSON.parse(first.body.toString())).toMatchObject({ content: message.content });
    expect(second.headers["cache-status"]).toMatch(/; hit/);
    expect(sentTo(claude, "x-api-key")).toEqual(["sk-stored"]);
    expect(sentTo(claude, "anthropic-version")).toEqual(["2023-06-01"]);
    expect(one.asked).toEqual([]);
    // What is refused here is refused in that API's words.
    const refused = await send(`${url}/v1/messages`, {
      ...{ method: "POST", headers: ["X-Forwarded-For", "203.0.113.9"] },
      body: "{}",
    });
    expect(refused.status).toBe(401);
    const unread = await send(`${url}/v1/messages`, {
      ...{ method: "POST", headers: ["Content-Encoding", "gzip"] },
      body: "{}",
    });
    expect(JSON.parse(unread.body.toString())).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error" },
    });
    // A call of Chat Completions goes to the other.
    expect(textOf(await chat(url, { body: asks("a", "claude-x") }))).toBe("one");
  });
});
