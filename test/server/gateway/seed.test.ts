import Keyv from "keyv";
import { createCache } from "reprise";
import { describe, expect, it } from "vitest";
import { chat, provider, send, textOf } from "../support.js";
import { completion, gateway, QUICK, saying } from "./support.js";

const asks = (more: object = {}) => ({ model: "m", messages: [{ role: "user", content: "hello" }], ...more });
const stored = (url: string) => ({ base_url: url, keys: [{ key: "sk-stored" }] });
const isHit = ({ headers }: Awaited<ReturnType<typeof chat>>): boolean =>
  /; hit/.test(String(headers["cache-status"]));

/** A provider that numbers its replies, and streams them where it is asked to. */
async function numbered() {
  let turn = 0;
  return provider((_, outgoing, body) => {
    turn++;
    const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
    if (!stream)
      return outgoing
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(completion(`reply ${turn}`)));
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    for (const delta of [{ role: "assistant", content: `reply ${turn}` }, {}]) {
      const choice = { index: 0, delta, finish_reason: "content" in delta ? null : "stop" };
      outgoing.write(
        `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [choice] })}\n\n`,
      );
    }
    return outgoing.end("data: [DONE]\n\n");
  });
}

describe("what another gateway got wrong", () => {
  it("what a reply depends on is in its key: tools, choice, format, seed, and fields nobody has heard of", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    const tool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
    const bodies = [
      asks(),
      asks({ tools: [tool] }),
      asks({ tools: [tool], tool_choice: "required" }),
      asks({ response_format: { type: "json_object" } }),
      asks({ seed: 1 }),
      asks({ seed: 2 }),
      asks({ top_p: 0.5 }),
      asks({ logit_bias: { 50: 1 } }),
      asks({ never_heard_of: true }),
    ];
    for (const body of bodies) expect(isHit(await chat(url, { body }))).toBe(false);
    expect(one.asked).toHaveLength(bodies.length);
    expect(isHit(await chat(url, { body: asks() }))).toBe(true);
  });

  it("a temperature that is not given is not 0", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    await chat(url, { body: asks() });
    expect(isHit(await chat(url, { body: asks({ temperature: 0 }) }))).toBe(false);
  });

  it("what one caller taught is not served to another", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: { base_url: one.url } } });
    await chat(url, { body: asks() });
    expect(isHit(await chat(url, { body: asks(), headers: { Authorization: "Bearer sk-two" } }))).toBe(false);
    expect(isHit(await chat(url, { body: asks() }))).toBe(true);
  });

  it("a reply is found where it is looked for, whichever provider gave it", async () => {
    const [one, two] = [await saying(503), await numbered()];
    const { url } = await gateway({
      providers: { one: stored(one.url), two: stored(two.url) },
      failover: QUICK,
    });
    await chat(url, { body: asks() });
    const before = one.asked.length;
    expect(isHit(await chat(url, { body: asks() }))).toBe(true);
    expect([one.asked.length, two.asked.length]).toEqual([before, 1]);
  });

  it("what must not be reached without a token is not, native paths and the proxy's own included", async () => {
    const one = await numbered();
    const { url } = await gateway({
      providers: { one: stored(one.url) },
      listen: { tokens: ["a-token-of-sixteen-characters"], inspect: "off" },
    });
    const headers = ["X-Forwarded-For", "203.0.113.9", "Content-Type", "application/json"];
    const asked = async (method: string, path: string) =>
      (
        await send(`${url}${path}`, {
          method,
          headers,
          ...(method === "POST" && { body: JSON.stringify(asks()) }),
        })
      ).status;
    const paths = [
      "/v1/chat/completions",
      "/v1/responses",
      "/v1/messages",
      "/v1/embeddings",
      "/v1/other",
      "/native/one/v1/chat/completions",
      "/_reprise/feedback",
      "/_reprise/explain",
    ];
    for (const path of paths) expect([path, await asked("POST", path)]).toEqual([path, 401]);
    for (const path of [
      "/v1/models",
      "/native/one/v1/models",
      "/metrics",
      "/_reprise/stats",
      "/_reprise/explain",
      "/_reprise/readyz",
      "/_reprise/healthz",
    ])
      expect([path, await asked("GET", path)]).toEqual([path, 401]);
    expect(one.asked).toEqual([]);
  });

  it("a body has a limit on every path that is read, said or counted", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) }, listen: { max_body: 1 } });
    const body = JSON.stringify({ ...asks(), filler: "x".repeat(1024 * 1024) });
    for (const path of ["/v1/chat/completions", "/v1/embeddings", "/native/one/v1/anything"]) {
      const said = ["Content-Type", "application/json", "Content-Length", String(body.length)];
      for (const headers of [said, ["Content-Type", "application/json", "Transfer-Encoding", "chunked"]]) {
        const { status } = await send(`${url}${path}`, { method: "POST", headers, body });
        expect([path, status]).toEqual([path, 413]);
      }
    }
    expect(one.asked).toEqual([]);
  });

  it("streams are kept: the same question is a hit as a stream, and without one", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    const first = await chat(url, { body: asks({ stream: true }) });
    const again = await chat(url, { body: asks({ stream: true }) });
    expect([first, again].map(({ body }) => body.toString().includes("reply 1"))).toEqual([true, true]);
    expect([isHit(again), again.headers["content-type"]]).toEqual([
      true,
      expect.stringMatching(/event-stream/),
    ]);
    expect(textOf(await chat(url, { body: asks() }))).toBe("reply 1");
  });

  it("a stream that the provider cuts is cut for the client, and asked for anew the next time", async () => {
    let turn = 0;
    const one = await provider((_, outgoing) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.write(
        'data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"half"}}]}\n\n',
        () => {
          turn++;
          outgoing.destroy();
        },
      );
    });
    const { url } = await gateway({ providers: { one: stored(one.url) }, failover: QUICK });
    await expect(chat(url, { body: asks({ stream: true }) })).rejects.toThrow();
    await expect(chat(url, { body: asks({ stream: true }) })).rejects.toThrow();
    // Never again within one request: its first byte had passed.
    expect(turn).toBe(2);
  });

  it("a message that speaks of streams is no stream", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    const body = { model: "m", messages: [{ role: "user", content: 'say {"stream":true}' }] };
    for (let turn = 0; turn < 2; turn++)
      expect((await chat(url, { body })).headers["content-type"]).toMatch(/application\/json/);
  });

  it("a store that hangs holds up no call, and is told of as a fault, not as a miss like any other", async () => {
    const one = await numbered();
    const { promise: never, resolve } = Promise.withResolvers<undefined>();
    const release = () => resolve(undefined);
    const hanging = Object.assign(new Map(), { get: () => never, opts: {} });
    const cache = createCache({ store: new Keyv({ store: hanging }), loadDeadline: 50, auditRate: 0 });
    const { url } = await gateway({ providers: { one: stored(one.url) } }, { cache });
    expect(textOf(await chat(url, { body: asks() }))).toBe("reply 1");
    expect(cache.stats().faults.store).toBeGreaterThan(0);
    release();
  });

  it("a body with a field twice, or one that is encoded, is not read one way here and another there", async () => {
    const one = await numbered();
    const { url } = await gateway({ providers: { one: stored(one.url) } });
    expect((await chat(url, { body: '{"model":"m","model":"n","messages":[]}' })).status).toBe(400);
    expect((await chat(url, { headers: { "Content-Encoding": "gzip" } })).status).toBe(415);
    expect(one.asked).toEqual([]);
  });
});
