/** What somebody hostile may try at the proxy's door, each by a real request. */
import { createServer } from "node:http";
import { createCache } from "reprise";
import { describe, expect, it } from "vitest";
import { createCallers } from "../../server/callers.js";
import { isLoop } from "../../server/headers.js";
import { startProxy } from "../../server/index.js";
import { createTenants } from "../../server/tenants.js";
import { pathAt } from "../../server/upstream.js";
import { chat, hello, listen, provider, proxy, SECRET, scripted, send, sendBytes } from "./support.js";

const says = () => scripted(() => ({ reply: { role: "assistant", content: "hi" } }));

/** A server that must never be asked. */
async function forbidden() {
  let asked = 0;
  const url = await listen(
    createServer((_incoming, outgoing) => {
      asked++;
      outgoing.end("secret");
    }),
  );
  return { url, port: new URL(url).port, asked: () => asked };
}

describe("another upstream than the configured one", () => {
  it("is never asked, however a client names it", async () => {
    const upstream = await provider((_incoming, outgoing) => outgoing.end("upstream"));
    const { url } = await proxy(upstream.url);
    const other = await forbidden();
    const hosts = [
      "127.0.0.1",
      "localhost",
      "2130706433",
      "0x7f000001",
      "127.1",
      "[::ffff:127.0.0.1]",
      "[::1]",
      "0.0.0.0",
    ].map((host) => `${host}:${other.port}`);
    for (const host of hosts) {
      for (const target of [
        `http://${host}/v1/models`,
        `//${host}/v1/models`,
        `/\\${host}/v1/models`,
        `/v1/models@${host}`,
        `/v1/../../${host}`,
        `/http://${host}/`,
      ]) {
        for (const headers of [
          [],
          ["Host", host],
          [
            "X-Forwarded-Host",
            host,
            "X-Original-URL",
            `http://${host}/`,
            "Forwarded",
            `host=${host}`,
            "X-Upstream",
            `http://${host}`,
          ],
        ]) {
          await send(url, { path: target, headers: headers as string[] });
          await send(url, {
            path: target,
            method: "POST",
            headers: [...(headers as string[]), "Content-Length", "2"],
            body: "{}",
          });
        }
      }
    }
    expect(other.asked()).toBe(0);
  });

  it("is not asked when the provider sends there", async () => {
    const other = await forbidden();
    const upstream = await provider((_incoming, outgoing) =>
      outgoing.writeHead(307, { location: `${other.url}/v1/chat/completions` }).end(),
    );
    const { url } = await proxy(upstream.url);
    const reply = await chat(url);
    expect([reply.status, reply.headers.location, other.asked()]).toEqual([
      307,
      `${other.url}/v1/chat/completions`,
      0,
    ]);
  });

  it.each([
    ["http://elsewhere/v1/models", undefined],
    ["//elsewhere/v1/models", undefined],
    ["/\\elsewhere", undefined],
    ["/v1/../admin", undefined],
    ["/v1/%2e%2e/admin", undefined],
    ["/v1/.%2E/admin", undefined],
    ["/v1/..%2fadmin", undefined],
    ["/v1\\..\\admin", undefined],
    ["*", undefined],
    ["", undefined],
    ["/chat/completions", "/api/v1/chat/completions"],
    ["/v1/chat/completions?a=/../b", "/api/v1/chat/completions?a=/../b"],
    ["/api/v1/chat/completions", "/api/v1/chat/completions"],
    ["/v1", "/api/v1"],
    ["/v10/models", "/api/v1/v10/models"],
    ["/v1/...", "/api/v1/..."],
  ])("a target %j is %j at /api/v1", (target, path) => expect(pathAt("/api/v1", target)).toBe(path));

  it.each(["ftp://x/", "http://user:pass@x/", "http://x/?a=b", "x", ""])(
    "a configured one of %j is refused at the start",
    async (upstream) => {
      await expect(startProxy(createCache(), { upstream, port: 0, secret: SECRET })).rejects.toThrow(
        'option "upstream"',
      );
    },
  );
});

describe("a request that comes round again", () => {
  it("stops at 508, though two proxies point at each other", async () => {
    const relay = createServer((incoming, outgoing) => {
      // Another proxy, that points at ours.
      void fetch(`${target}${incoming.url}`, {
        method: incoming.method ?? "GET",
        headers: incoming.headers as Record<string, string>,
        body: incoming.method === "POST" ? JSON.stringify(hello) : null,
      }).then(async (response) => outgoing.writeHead(response.status).end(await response.text()));
    });
    const there = await listen(relay);
    const { url } = await proxy(`${there}/v1`);
    const target = url;
    expect((await send(`${url}/v1/models`)).status).toBe(508);
    expect((await chat(url)).status).toBe(508);
  });

  it("is known by its name, and by how many it has passed", () => {
    expect(isLoop(["CDN-Loop", "cloudflare; loops=1, reprise-a"], "reprise-a")).toBe(true);
    expect(isLoop(["CDN-Loop", "reprise-ab"], "reprise-a")).toBe(false);
    expect(
      isLoop(
        ["cdn-loop", Array.from({ length: 8 }, (_, index) => `reprise-${index}`).join(", ")],
        "reprise-a",
      ),
    ).toBe(true);
  });
});

describe("too much", () => {
  it("of a call is 413: said beforehand, or found out", async () => {
    const upstream = await says();
    const { url } = await proxy(upstream.url, { maxBody: 1_000 });
    const long = JSON.stringify({ ...hello, user: "x".repeat(2_000) });
    expect((await chat(url, { body: long })).status).toBe(413);
    expect(
      (
        await send(`${url}/v1/chat/completions`, {
          method: "POST",
          headers: ["Transfer-Encoding", "chunked"],
          body: long,
        })
      ).status,
    ).toBe(413);
    expect(
      await sendBytes(
        url,
        `POST /v1/responses HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000000\r\n\r\n{`,
      ),
    ).toContain(" 413 ");
    expect(upstream.asked).toHaveLength(0);
    expect((await chat(url)).status).toBe(200);
  });

  it("of anything else is 413, too, and a gigabyte is not taken into memory", async () => {
    const upstream = await provider((_incoming, outgoing) => outgoing.end("ok"));
    const { url } = await proxy(upstream.url, { maxUpload: 20_000_000 });
    expect(
      await sendBytes(
        url,
        `POST /v1/files HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000000\r\n\r\n{`,
      ),
    ).toContain(" 413 ");
    const before = process.memoryUsage.rss();
    const piece = Buffer.alloc(64 * 1024);
    const endless = async function* () {
      for (let sent = 0; sent < 1e9; sent += piece.length) yield piece;
    };
    const outcome = await fetch(`${url}/v1/files`, {
      method: "POST",
      body: endless() as never,
      duplex: "half",
    } as never).then(
      (response) => response.status,
      () => "broken off",
    );
    expect([413, "broken off"]).toContain(outcome);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
    expect(
      (
        await send(`${url}/v1/files`, { method: "POST", headers: ["Content-Length", "2"], body: "ok" })
      ).body.toString(),
    ).toBe("ok");
  });

  it("of headers is 431", async () => {
    const upstream = await says();
    const { url } = await proxy(upstream.url);
    expect(
      await sendBytes(url, `GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(1_000_000)}\r\n\r\n`),
    ).toContain(" 431 ");
    expect(upstream.asked).toHaveLength(0);
  });

  it("of framing is 400: a length and chunks at once", async () => {
    const upstream = await says();
    const { url } = await proxy(upstream.url);
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n";
    for (const framing of [
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "Transfer-Encoding: chunked, identity\r\n",
    ]) {
      expect(
        await sendBytes(url, `${head}${framing}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`),
      ).toContain(" 400 ");
    }
    expect(upstream.asked).toHaveLength(0);
  });

  it("of time: a client that sends next to nothing is ended", async () => {
    const upstream = await says();
    const { url } = await proxy(upstream.url, { headersTimeout: 100, requestTimeout: 300 });
    const began = Date.now();
    expect(
      await sendBytes(url, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"),
    ).toContain(" 408 ");
    expect(await sendBytes(url, "GET /v1/mod")).toContain(" 408 ");
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(upstream.asked).toHaveLength(0);
  });

  it("compressed: a body in gzip is not opened, but passed on", async () => {
    const upstream = await provider((_incoming, outgoing) => outgoing.end("{}"));
    const { url, cache } = await proxy(upstream.url);
    await send(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: ["Content-Encoding", "gzip", "Content-Length", "4"],
      body: "\u001fbom",
    });
    expect(upstream.asked[0]?.body.toString()).toBe("\u001fbom");
    expect(cache.stats().misses).toEqual({});
  });

  it("bytes that are no text are passed on as they are", async () => {
    const upstream = await provider((_incoming, outgoing) => outgoing.end("{}"));
    const { url } = await proxy(upstream.url);
    const bytes = Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d);
    const reply = await send(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: ["Content-Length", "4"],
      body: [bytes],
    });
    expect(upstream.asked[0]?.body).toEqual(Buffer.from(bytes));
    expect(reply.headers["cache-status"]).toContain("fwd=bypass; detail=invalid");
  });
});

describe("what can be asked of the proxy itself", () => {
  const token = "a token of the proxy's";
  const routes = [
    ["GET", "/healthz"],
    ["GET", "/readyz"],
    ["GET", "/stats"],
    ["POST", "/feedback"],
    ["GET", "/explain"],
    ["POST", "/explain"],
    ["GET", "/nothing"],
    ["DELETE", "/stats"],
    ["GET", ""],
    ["GET", "/"],
  ] as const;

  it("asks for the token first, on every route, of whoever comes from beyond this machine", async () => {
    const upstream = await says();
    const secretToken = token.replaceAll(" ", "-");
    const { url } = await proxy(upstream.url, { tokens: [secretToken] });
    const beyond: string[][] = [
      ["Host", "evil.test"],
      ["X-Forwarded-For", "127.0.0.1"],
      ["Forwarded", "for=127.0.0.1"],
      ["X-Real-IP", "127.0.0.1"],
      ["Via", "1.1 x"],
    ];
    for (const [method, route] of routes) {
      for (const headers of beyond) {
        for (const wrong of [
          [],
          ["Reprise-Auth", "Bearer wrong"],
          ["Reprise-Auth", secretToken],
          ["Authorization", `Bearer ${secretToken}`],
          ["Butter-Auth", "Bearer "],
        ]) {
          const reply = await send(`${url}/_reprise${route}`, {
            method,
            headers: [...headers, ...(wrong as string[])],
          });
          expect([method, route, headers, reply.status]).toEqual([method, route, headers, 401]);
        }
      }
      const allowed = await send(`${url}/_reprise${route}`, {
        method,
        headers: ["Host", "evil.test", "Butter-Auth", `Bearer ${secretToken}`],
      });
      expect(allowed.status).not.toBe(401);
    }
    expect((await chat(url, { headers: { Host: "evil.test" } })).status).toBe(401);
    expect(
      (await chat(url, { headers: { Host: "evil.test", "Reprise-Auth": `Bearer ${secretToken}` } })).status,
    ).toBe(200);
    expect(JSON.stringify(upstream.asked)).not.toContain(secretToken);
  });

  it("answers nobody beyond this machine where there is no token, and calls are relayed all the same", async () => {
    const upstream = await says();
    const { url } = await proxy(upstream.url);
    for (const [method, route] of routes)
      expect((await send(`${url}/_reprise${route}`, { method, headers: ["Host", "evil.test"] })).status).toBe(
        401,
      );
    expect((await chat(url, { headers: { Host: "evil.test" } })).status).toBe(200);
  });

  it("takes the word of trusted proxies alone for where a request comes from", () => {
    const callers = createCallers({ tokens: [], trustedProxies: ["10.0.0.0/8", "127.0.0.1", "fd00::/8"] });
    const from = (remoteAddress: string | undefined, ...rawHeaders: string[]) =>
      callers.isLocal({ socket: { remoteAddress }, rawHeaders, headers: { host: "localhost:1" } } as never);
    expect(from("127.0.0.1")).toBe(true);
    expect(from("::1")).toBe(true);
    expect(from("::ffff:127.0.0.1")).toBe(true);
    expect(from("192.168.0.7")).toBe(false);
    expect(from(undefined)).toBe(false);
    expect(from("10.1.2.3", "X-Forwarded-For", "::1")).toBe(true);
    expect(from("fd00::1", "X-Forwarded-For", "::1, 10.9.9.9")).toBe(true);
    expect(from("127.0.0.1", "X-Forwarded-For", "::1, 8.8.8.8")).toBe(false);
    expect(from("8.8.8.8", "X-Forwarded-For", "::1")).toBe(false);
    expect(from("10.1.2.3", "X-Forwarded-For", "garbage")).toBe(false);
    expect(() => createCallers({ tokens: [], trustedProxies: ["10.0.0.0/x"] })).toThrow(RangeError);
  });

  it("knows the answers of the tenant who asks, and of nobody else", async () => {
    const upstream = await scripted(({ index }) => ({
      reply: { role: "assistant", content: `answer ${index}` },
    }));
    const { url } = await proxy(upstream.url);
    const answer = String((await chat(url)).headers["reprise-answer"]);
    await chat(url);
    const ask = (method: string, page: string, key: string, body = "") =>
      send(`${url}/_reprise/${page}`, {
        method,
        headers: [
          "Authorization",
          `Bearer ${key}`,
          "Content-Type",
          "application/json",
          "Content-Length",
          String(Buffer.byteLength(body)),
        ],
        body,
      });
    expect(JSON.parse((await ask("GET", "stats", "sk-one")).body.toString())).toMatchObject({
      calls: 2,
      hits: { exact: 1 },
      misses: { unseen: 1 },
    });
    expect(JSON.parse((await ask("GET", "stats", "sk-two")).body.toString())).toMatchObject({
      calls: 0,
      hits: { exact: 0 },
    });
    const bad = JSON.stringify({ id: answer, verdict: "bad" });
    for (const page of [`explain?id=${answer}`, "explain?id=", "explain"])
      expect((await ask("GET", page, "sk-two")).status).toBe(404);
    expect((await ask("POST", "feedback", "sk-two", bad)).status).toBe(404);
    const explained = await ask("GET", `explain?id=${answer}`, "sk-one");
    expect(JSON.parse(explained.body.toString())).toMatchObject({
      before: { status: "miss" },
      outcome: "hit",
    });
    expect(
      JSON.parse((await ask("POST", "explain", "sk-one", JSON.stringify(hello))).body.toString()),
    ).toMatchObject({
      outcome: "hit",
      match: "exact",
    });
    expect(
      JSON.parse((await ask("POST", "explain", "sk-two", JSON.stringify(hello))).body.toString()),
    ).toMatchObject({ outcome: "miss" });
    expect(
      JSON.parse(
        (await ask("POST", "explain", "sk-one", JSON.stringify({ ...hello, store: true }))).body.toString(),
      ),
    ).toMatchObject({
      outcome: "bypass",
      reason: "server-state",
    });
    expect((await ask("POST", "feedback", "sk-one", bad)).body.toString()).toBe('{"known":true}');
    expect((await chat(url)).headers["cache-status"]).toContain("fwd=miss");
  });

  it.each([
    ["application/json", "{", 400],
    ["application/json", '{"id":"x","verdict":"meh"}', 400],
    ["application/json", '{"id":"x","verdict":"bad","more":1}', 400],
    ["application/json", '{"id":"x","verdict":"bad"}', 404],
    ["text/plain", '{"id":"x","verdict":"bad"}', 400],
    ["application/x-www-form-urlencoded", "id=x", 400],
  ])("takes no verdict of %s %s", async (type, body, status) => {
    const upstream = await says();
    const { url } = await proxy(upstream.url);
    const reply = await send(`${url}/_reprise/feedback`, {
      method: "POST",
      headers: ["Content-Type", type, "Content-Length", String(body.length)],
      body,
    });
    expect(reply.status).toBe(status);
  });
});

describe("tenants", () => {
  it("are known by a digest that needs the secret, and by the upstream", () => {
    const of = (secret: string, upstream: string, ...headers: string[]) =>
      createTenants({ secret, upstream, shared: false }).of(headers);
    const one = of(SECRET, "http://a/v1", "Authorization", "Bearer x");
    expect(one).toMatch(/^[\w-]{22}$/);
    expect(of(SECRET, "http://a/v1", "authorization", "Bearer x")).toBe(one);
    expect(of(SECRET, "http://b/v1", "Authorization", "Bearer x")).not.toBe(one);
    expect(of(`${SECRET}!`, "http://a/v1", "Authorization", "Bearer x")).not.toBe(one);
    expect(
      of(SECRET, "http://a/v1", "Authorization", "Bearer x", "User-Agent", "y", "X-Stainless-Lang", "js"),
    ).toBe(one);
  });

  it("own the answers that they were given, the latest of them", () => {
    const tenants = createTenants({ secret: SECRET, upstream: "http://a/v1", shared: false });
    tenants.note("id", "one");
    expect([
      tenants.owns("one", "id"),
      tenants.owns("two", "id"),
      tenants.owns(undefined, "id"),
      tenants.owns("one", "other"),
    ]).toEqual([true, false, false, false]);
    expect(tenants.owns(undefined, "never given")).toBe(false);
    for (let answer = 0; answer < 100_000; answer++) tenants.note(String(answer), "two");
    expect(tenants.owns("one", "id")).toBe(false);
  });
});

describe("stopping", () => {
  it("lets calls under way come to their end, takes no new ones, and records what was observed", async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
    const upstream = await scripted(async () => {
      wasAsked();
      await go;
      return { reply: { role: "assistant", content: "in time" } };
    });
    const cache = createCache({ auditRate: 0 });
    const { url, stop } = await proxy(upstream.url, { drainTimeout: 10_000 }, cache);
    expect((await send(`${url}/_reprise/readyz`)).status).toBe(200);
    const under = chat(url);
    await asked;
    const stopped = stop();
    await expect(send(`${url}/v1/models`)).rejects.toThrow("ECONNREFUSED");
    goOn();
    expect((await under).status).toBe(200);
    await stopped;
    expect(cache.stats().exchanges).toBe(1);
  });

  it("breaks off what takes too long", async () => {
    const upstream = await scripted(() => new Promise(() => undefined));
    const { url, stop } = await proxy(upstream.url, { drainTimeout: 50 });
    const under = chat(url);
    const failed = expect(under).rejects.toThrow(/hang up|ECONNRESET/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop();
    await failed;
  });

  it("a port that is taken is told at once", async () => {
    const { url } = await proxy("http://127.0.0.1:9/v1");
    await expect(
      startProxy(createCache(), {
        upstream: "http://127.0.0.1:9/v1",
        port: Number(new URL(url).port),
        secret: SECRET,
      }),
    ).rejects.toThrow("EADDRINUSE");
  });
});
