/**
 * Calls that the cache knows, over HTTP: who is served what, what the reply's headers say, and what happens
 * when something breaks.
 */
import { createServer } from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Cache, createCache } from "reprise";
import type { ModelScript } from "reprise/testing";
import { parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { chat, hello, listen, provider, proxy, scripted, send, textOf } from "./support.js";

const numbered: ModelScript = ({ index }) => ({
  reply: { role: "assistant", content: `answer ${index}` },
  usage: { inputTokens: 9, outputTokens: 4 },
});
const completion = (content: string, more: object = {}): string =>
  JSON.stringify({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    ...more,
  });

describe("tenants", () => {
  it("with other credentials are never served what one was taught, whatever they say", async () => {
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url);
    const ask = async (headers: Record<string, string>) => textOf(await chat(url, { headers }));
    expect(await ask({ Authorization: "Bearer one" })).toBe("answer 0");
    expect(await ask({ Authorization: "Bearer two" })).toBe("answer 1");
    expect(await ask({ Authorization: "Bearer one" })).toBe("answer 0");
    for (const [index, headers] of [
      { Authorization: "Bearer one", "api-key": "k" },
      { Authorization: "Bearer one", "Reprise-Auth": "Bearer of the proxy's" },
      { Authorization: "Bearer one", Cookie: "session=1" },
      { Authorization: "Bearer one", "Reprise-Namespace": "a" },
      { Authorization: "Bearer one", "Reprise-Scope": "a" },
      { Authorization: "Bearer two", "Reprise-Namespace": "a" },
      { Authorization: "" },
    ].entries()) {
      expect([headers, await ask(headers as Record<string, string>)]).toEqual([
        headers,
        `answer ${index + 2}`,
      ]);
    }
  });

  it("share by a setting", async () => {
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url, { share: true });
    for (const key of ["one", "two"])
      expect(textOf(await chat(url, { headers: { Authorization: `Bearer ${key}` } }))).toBe("answer 0");
  });

  it("share no call that is under way", async () => {
    const upstream = await scripted(async ({ index }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { reply: { role: "assistant", content: `answer ${index}` } };
    });
    const { url } = await proxy(upstream.url);
    const replies = await Promise.all(
      ["one", "two", "one", "two", "one"].map((key) =>
        chat(url, { headers: { Authorization: `Bearer ${key}` } }),
      ),
    );
    expect(upstream.asked).toHaveLength(2);
    expect(new Set([0, 2, 4].map((at) => textOf(replies[at] as never))).size).toBe(1);
    expect(textOf(replies[0] as never)).not.toBe(textOf(replies[1] as never));
    expect(
      replies.filter(({ headers }) => String(headers["cache-status"]).includes("; collapsed")),
    ).toHaveLength(3);
  });

  it("are not named by anything that is kept, told or sent", async () => {
    const upstream = await scripted(numbered);
    const told: unknown[] = [];
    const cache = createCache({ auditRate: 0 });
    for (const event of ["hit", "miss", "observed", "fault", "learned"] as const)
      cache.on(event, (each) => told.push(each));
    const { url, faults } = await proxy(upstream.url, {}, cache);
    const canary = "sk-canary-1234567890";
    const headers = {
      Authorization: `Bearer ${canary}`,
      "Reprise-Auth": `Bearer ${canary}-of-ours`,
      "Reprise-Scope": `${canary}-scope`,
    };
    const replies = [await chat(url, { headers }), await chat(url, { headers })];
    await cache.settled();
    const kept: string[] = [];
    for await (const line of cache.export()) kept.push(line);
    const looked = await Promise.all(
      ["stats", "healthz", "readyz"].map((page) =>
        send(`${url}/_reprise/${page}`, { headers: Object.entries(headers).flat() }),
      ),
    );
    for (const place of [
      told,
      faults,
      kept,
      cache.printTree(),
      replies.map(({ rawHeaders, body }) => [rawHeaders, String(body)]),
      looked.map(({ body }) => String(body)),
    ]) {
      expect(JSON.stringify(place)).not.toContain("canary");
    }
    // The provider gets its own, and nothing of the proxy's.
    const sent = JSON.stringify(upstream.asked.map(({ headers: given }) => given));
    expect(sent).toContain(`Bearer ${canary}"`);
    expect(sent).not.toMatch(/of-ours|-scope/);
  });
});

describe("Cache-Status", () => {
  const read = (value: unknown) => {
    const [[name, fields]] = parseList(String(value)) as unknown as [[unknown, Map<string, unknown>]];
    return [
      String(name),
      Object.fromEntries(
        [...fields].map(([key, item]) => [key, typeof item === "object" ? String(item) : item]),
      ),
    ];
  };

  it("is a list of structured fields, whatever came of a call", async () => {
    const upstream = await scripted(({ messages }) => {
      const last = String(messages.at(-1)?.content);
      if (last === "cut") return { reply: { role: "assistant", content: "cu" }, finishReason: "length" };
      return { reply: { role: "assistant", content: `Done: ${last}` } };
    });
    const cache = createCache({ policy: "eager", auditRate: 0 });
    const { url } = await proxy(upstream.url, {}, cache);
    const status = async (content: unknown, headers: Record<string, string> = {}, more: object = {}) => {
      const reply = await chat(url, {
        body: { ...hello, messages: [{ role: "user", content }], ...more },
        headers,
      });
      await cache.settled();
      return read(reply.headers["cache-status"]);
    };
    expect(await status("Greet Erik", { "Reprise-Bindings": '{"name":"Erik"}' })).toEqual([
      "reprise",
      { fwd: "miss", detail: "unseen", stored: true },
    ]);
    expect(await status("Greet Erik")).toEqual(["reprise", { hit: true, detail: "exact" }]);
    expect(await status("Greet Ann", { "Butter-Bindings": '{"name":"Ann"}' })).toEqual([
      "reprise",
      { hit: true, detail: "template" },
    ]);
    expect(await status("cut")).toEqual(["reprise", { fwd: "miss", detail: "unseen/finish-reason" }]);
    expect(await status("Greet Erik", { "Cache-Control": "no-cache" })).toEqual([
      "reprise",
      { fwd: "request", detail: "read-off", stored: true },
    ]);
    expect(await status("new", { "Cache-Control": "no-store" })).toEqual([
      "reprise",
      { fwd: "miss", detail: "unseen" },
    ]);
    expect(await status("new", { "Cache-Control": "only-if-cached" })).toEqual([
      "reprise",
      { fwd: "miss", detail: "unseen" },
    ]);
    expect(await status("new", {}, { store: true })).toEqual([
      "reprise",
      { fwd: "bypass", detail: "server-state" },
    ]);
    expect(await status(7)).toEqual(["reprise", { fwd: "bypass", detail: "invalid" }]);
    expect(await status("new", { "Reprise-Typo": "1" })).toEqual([
      "reprise",
      { fwd: "bypass", detail: "invalid" },
    ]);
    expect(await status("streamed", {}, { stream: true })).toEqual([
      "reprise",
      { fwd: "miss", detail: "unseen" },
    ]);
    expect(read((await send(`${url}/v1/models`)).headers["cache-status"])).toEqual([
      "reprise",
      { fwd: "bypass", detail: "pass-through" },
    ]);
  });

  it("comes with the age, the template, the answer's id and what was saved", async () => {
    let now = 1_000_000;
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url, {}, createCache({ auditRate: 0, now: () => now }));
    await chat(url);
    now += 61_500;
    const { headers } = await chat(url);
    expect([headers.age, headers["reprise-saved"]]).toEqual(["61", "input=9, output=4"]);
    expect(headers["reprise-answer"]).toMatch(/^[\da-f-]{36}$/);
    expect(headers["reprise-template"]).toMatch(/^[\w-]+$/);
  });

  it("is 400 for bindings that are none, and says what is wrong", async () => {
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url);
    const reply = await chat(url, { headers: { "Butter-Bindings": '{"a":1}' } });
    expect([reply.status, upstream.asked.length]).toEqual([400, 0]);
    expect(reply.body.toString()).toContain(
      'Butter-Bindings must be a JSON object of strings; the value of \\"a\\" is none',
    );
  });
});

describe("replies", () => {
  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("in %s pass as they are, and are learned", async (encoding, compress) => {
    const bytes = compress(completion("compressed"));
    const upstream = await provider((_incoming, outgoing) =>
      outgoing
        .writeHead(200, { "content-type": "application/json", "content-encoding": encoding })
        .end(bytes),
    );
    const { url } = await proxy(upstream.url);
    expect((await chat(url)).body).toEqual(bytes);
    expect(textOf(await chat(url))).toBe("compressed");
    expect(upstream.asked).toHaveLength(1);
  });

  it("that are streamed in gzip pass as they are, and are learned", async () => {
    const chunk = (delta: object, ending: string | null) =>
      `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: ending }] })}\n\n`;
    const bytes = gzipSync(
      `${chunk({ role: "assistant", content: "squeezed" }, null)}${chunk({}, "stop")}data: [DONE]\n\n`,
    );
    const upstream = await provider((_incoming, outgoing) =>
      outgoing.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }).end(bytes),
    );
    const { url } = await proxy(upstream.url);
    expect((await chat(url, { body: { ...hello, stream: true } })).body).toEqual(bytes);
    expect(textOf(await chat(url))).toBe("squeezed");
  });

  it("that swell beyond measure pass as they are, and are not looked at", async () => {
    const bytes = gzipSync(completion("a".repeat(40 * 1024 * 1024)));
    const upstream = await provider((_incoming, outgoing) =>
      outgoing.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bytes),
    );
    const { url, cache } = await proxy(upstream.url);
    expect((await chat(url)).body).toEqual(bytes);
    expect(cache.stats().observed).toBe(0);
  });

  it("in an encoding that nobody reads, or longer than is held back, pass as they are", async () => {
    const long = Buffer.from(completion("a".repeat(9 * 1024 * 1024)));
    let asked = 0;
    const upstream = await provider((_incoming, outgoing) => {
      outgoing
        .writeHead(200, {
          "content-type": "application/json",
          ...(asked++ === 0 && { "content-encoding": "x-own" }),
        })
        .end(long);
    });
    const { url, cache } = await proxy(upstream.url);
    for (let turn = 0; turn < 2; turn++) expect((await chat(url)).body.equals(long)).toBe(true);
    expect(cache.stats().observed).toBe(0);
  });

  it.each([
    ["a page of HTML", "<html>", "text/html"],
    ["an error inside a 200", '{"error":{"message":"overloaded"}}', "application/json"],
    ["one of another model", completion("x", { model: "cheaper" }), "application/json"],
    [
      "several",
      completion("x").replace(
        '"choices":[',
        '"choices":[{"index":1,"message":{"role":"assistant","content":"y"},"finish_reason":"stop"},',
      ),
      "application/json",
    ],
  ])("%s pass as they are, and are never learned", async (_what, body, type) => {
    const upstream = await provider((_incoming, outgoing) =>
      outgoing.writeHead(200, { "content-type": type }).end(body),
    );
    const { url, cache } = await proxy(upstream.url);
    for (let turn = 0; turn < 2; turn++) expect((await chat(url)).body.toString()).toBe(body);
    expect([upstream.asked.length, cache.stats().exchanges]).toEqual([2, 0]);
  });

  it('that are asked for by a message which says "stream":true are no streams', async () => {
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url);
    const body = { ...hello, messages: [{ role: "user", content: '{"stream":true}' }] };
    for (let turn = 0; turn < 2; turn++)
      expect((await chat(url, { body })).headers["content-type"]).toMatch(/^application\/json/);
  });

  it("of images differ by the image", async () => {
    const upstream = await scripted(numbered);
    const { url } = await proxy(upstream.url);
    const image = (data: string) => ({
      ...hello,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } },
          ],
        },
      ],
    });
    const texts = [];
    for (const data of ["AAAA", "BBBB", "AAAA"]) texts.push(textOf(await chat(url, { body: image(data) })));
    expect(texts).toEqual(["answer 0", "answer 1", "answer 0"]);
  });
});

describe("streams", () => {
  const piece = (delta: object, ending: string | null = null) =>
    `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: ending }] })}\n\n`;
  const streaming = { ...hello, stream: true };

  /** A client that has begun to read a stream, and leaves when it is aborted. */
  async function streamingFrom(url: string): Promise<AbortController> {
    const leaving = new AbortController();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(streaming),
      headers: { Authorization: "Bearer sk-one" },
      signal: leaving.signal,
    });
    await (response.body as ReadableStream<Uint8Array>).getReader().read();
    return leaving;
  }

  it("come at the provider's pace, not at their end", async () => {
    const { promise: read, resolve: wasRead } = Promise.withResolvers<void>();
    const upstream = await provider(async (_incoming, outgoing) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.write(piece({ role: "assistant", content: "first" }));
      await read;
      outgoing.end(`${piece({}, "stop")}data: [DONE]\n\n`);
    });
    const { url } = await proxy(upstream.url);
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(streaming),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("first");
    wasRead();
    while (!(await reader.read()).done);
  });

  it("that break off break off for the client, too, and are not learned", async () => {
    const upstream = await provider((_incoming, outgoing) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.write(piece({ role: "assistant", content: "half" }));
      setTimeout(() => outgoing.destroy(), 20);
    });
    const { url, cache } = await proxy(upstream.url);
    await expect(chat(url, { body: streaming })).rejects.toThrow(/aborted|ECONNRESET|hang up/);
    expect(cache.stats().observed).toBe(0);
  });

  it("that a client leaves are left at the provider, are not learned, and nobody waits for them", async () => {
    const { promise: left, resolve: hasLeft } = Promise.withResolvers<void>();
    let asked = 0;
    const upstream = await provider((_incoming, outgoing) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      if (asked++ > 0) {
        outgoing.end(`${piece({ role: "assistant", content: "anew" })}${piece({}, "stop")}data: [DONE]\n\n`);
        return;
      }
      const timer = setInterval(() => outgoing.write(piece({ content: "more " })), 2);
      outgoing.on("close", () => {
        clearInterval(timer);
        hasLeft();
      });
    });
    const { url, cache } = await proxy(upstream.url);
    const leaving = await streamingFrom(url);
    leaving.abort();
    await left;
    expect(cache.stats().observed).toBe(0);
    expect((await chat(url, { body: streaming })).body.toString()).toContain("anew");
  });

  it("that somebody else waits for are read to their end, though the first client leaves", async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<void>();
    const upstream = await provider(async (_incoming, outgoing) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream" });
      outgoing.write(piece({ role: "assistant", content: "for both" }));
      await go;
      outgoing.end(`${piece({}, "stop")}data: [DONE]\n\n`);
    });
    const { url, cache } = await proxy(upstream.url);
    const leaving = await streamingFrom(url);
    const waiting = chat(url);
    while (cache.stats().misses.unseen !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    leaving.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    goOn();
    expect(textOf(await waiting)).toBe("for both");
    expect(upstream.asked).toHaveLength(1);
  });
});

describe("when something breaks", () => {
  it.each<[string, () => Cache]>([
    [
      "the cache",
      () =>
        Object.assign(Object.create(createCache()) as Cache, {
          lookup: () => Promise.reject(new Error("x")),
          observe: () => Promise.reject(new Error("x")),
        }),
    ],
    [
      "its store",
      () => {
        const down = (): Promise<never> => Promise.reject(new Error("down"));
        return createCache({
          store: { get: down, getMany: down, set: down, delete: down, on: () => undefined },
        });
      },
    ],
    [
      "a store that never answers",
      () => {
        const never = (): Promise<never> => new Promise(() => undefined);
        return createCache({
          store: { get: never, getMany: never, set: never, delete: never, on: () => undefined },
          loadDeadline: 20,
        });
      },
    ],
  ])("%s: the provider answers", async (_what, make) => {
    const upstream = await scripted(numbered);
    const cache = make();
    // A store that never answers is not waited for at the end either.
    Object.assign(cache, { settled: async () => undefined, close: async () => undefined });
    const { url } = await proxy(upstream.url, {}, cache);
    expect(textOf(await chat(url))).toBe("answer 0");
    expect((await chat(url, { body: { ...hello, stream: true } })).status).toBe(200);
  });

  it("a provider that cannot be reached is a 502, and one that is silent a 504", async () => {
    const { url, faults } = await proxy("http://127.0.0.1:9/v1");
    expect((await chat(url)).status).toBe(502);
    expect((await send(`${url}/v1/models`)).status).toBe(502);
    expect(faults).toHaveLength(2);
    const silent = await listen(createServer(() => undefined));
    const other = await proxy(`${silent}/v1`, { replyTimeout: 50 });
    expect((await chat(other.url)).status).toBe(504);
  });
});
