/**
 * What the proxy does not read goes through it byte by byte, both ways, but for what belongs to a connection
 * or to the proxy.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Provider, provider, proxy, send } from "./support.js";

interface Canned {
  status: number;
  headers: string[];
  pieces: Uint8Array[];
}

async function setup() {
  const canned: Canned = { status: 200, headers: [], pieces: [] };
  const upstream = await provider(async (_incoming, outgoing) => {
    outgoing.sendDate = false;
    outgoing.writeHead(canned.status, canned.headers);
    for (const piece of canned.pieces) {
      outgoing.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    outgoing.end();
  });
  return { canned, upstream, ...(await proxy(upstream.url)) };
}

const lastOf = ({ asked }: Provider) => asked.at(-1) as Provider["asked"][number];
const named = (headers: readonly string[], name: string): string[] =>
  headers.filter((_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name);

// Names that mean nothing to a connection, to Node's client or to this proxy.
const name = fc
  .stringMatching(/^[Xx]-[a-zA-Z0-9-]{1,12}$/)
  .filter((text) => !/^x-(?:forwarded|real)/i.test(text));
const text = fc.stringMatching(/^[!-~\u00a1-\u00ff](?:[ -~\u00a1-\u00ff]{0,20}[!-~\u00a1-\u00ff])?$/);
const headerList = fc.array(fc.tuple(name, text), { maxLength: 6 }).map((list) => list.flat());
const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 });
const encoding = fc.constantFrom("gzip", "br", "zstd", "x-own");

describe("what is passed on", () => {
  it("is the same bytes, whatever they are, however they are cut, encoded and headed", async () => {
    const { canned, upstream, url } = await setup();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE"),
          path: fc.stringMatching(/^\/[a-z0-9_~!$&'()*+,;=:@-]{1,20}(?:\?[a-z0-9=&%20]{0,20})?$/),
          sent: headerList,
          got: headerList,
          up: pieces,
          down: pieces,
          isChunked: fc.boolean(),
          encoding,
          status: fc.constantFrom(200, 201, 206, 301, 307, 400, 404, 418, 429, 500, 503, 599),
        }),
        async ({ method, path, sent, got, up, down, isChunked, encoding: coded, status }) => {
          Object.assign(canned, {
            status,
            pieces: down,
            headers: [
              ...got,
              "Content-Encoding",
              coded,
              "Content-Type",
              "x/y",
              "Location",
              "http://elsewhere.test/",
            ],
          });
          const length = String(up.reduce((sum, piece) => sum + piece.length, 0));
          const framing = isChunked ? ["Transfer-Encoding", "chunked"] : ["Content-Length", length];
          const reply = await send(url, {
            path: `/v1${path}`,
            method,
            body: up,
            headers: [...sent, "Content-Encoding", coded, ...framing],
          });
          const asked = lastOf(upstream);
          expect([asked.method, asked.url]).toEqual([method, `/v1${path}`]);
          expect(asked.body).toEqual(Buffer.concat(up));
          expect(reply.body).toEqual(Buffer.concat(down));
          expect(reply.status).toBe(status);
          for (const [headers, given] of [
            [asked.headers, sent],
            [reply.rawHeaders, got],
          ] as const) {
            for (let at = 0; at < given.length; at += 2) {
              const header = String(given[at]).toLowerCase();
              expect(named(headers, header)).toEqual(named(given, header));
            }
            expect(named(headers, "content-encoding")).toEqual([coded]);
          }
          expect(reply.headers.location).toBe("http://elsewhere.test/");
        },
      ),
      { numRuns: 150 },
    );
  });

  it("has nothing of the connection in it, nor of the proxy: both ways", async () => {
    const { canned, upstream, url } = await setup();
    Object.assign(canned, {
      headers: [
        "Keep-Alive",
        "timeout=9",
        "X-Hop",
        "1",
        "Proxy-Authenticate",
        "Basic",
        "Connection",
        "X-Hop",
        "Cache-Status",
        "Origin; hit",
      ],
    });
    const reply = await send(`${url}/v1/models`, {
      headers: [
        ...[
          "Connection",
          "keep-alive, X-Mine",
          "X-Mine",
          "1",
          "TE",
          "trailers",
          "Proxy-Authorization",
          "Basic x",
          "Upgrade",
          "h2c",
        ],
        ...[
          "Reprise-Auth",
          "Bearer secret",
          "Butter-Auth",
          "Bearer secret",
          "Reprise-Scope",
          "a",
          "butter-bindings",
          "{}",
          "Authorization",
          "Bearer sk",
        ],
      ],
    });
    const { headers } = lastOf(upstream);
    const names = headers.filter((_value, index) => index % 2 === 0).map((header) => header.toLowerCase());
    expect(names.sort()).toEqual(["authorization", "cdn-loop", "connection", "host"]);
    expect(named(headers, "authorization")).toEqual(["Bearer sk"]);
    expect(named(headers, "host")).toEqual([new URL(upstream.url).host]);
    expect(reply.headers["x-hop"]).toBeUndefined();
    expect(reply.headers["proxy-authenticate"]).toBeUndefined();
    expect(reply.headers["cache-status"]).toBe("Origin; hit, reprise; fwd=bypass; detail=pass-through");
    expect(reply.headers.date).toBeUndefined();
  });

  it("has cookies apart, as they were", async () => {
    const { canned, url } = await setup();
    Object.assign(canned, { headers: ["Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=2"] });
    expect((await send(`${url}/v1/models`)).headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2"]);
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const)("may have no body: %s %i", async (method, status) => {
    const { canned, url } = await setup();
    Object.assign(canned, { status, headers: method === "HEAD" ? ["Content-Length", "12345"] : [] });
    const reply = await send(`${url}/v1/files/f`, { method });
    expect([reply.status, reply.body.length]).toEqual([status, 0]);
    if (method === "HEAD") expect(reply.headers["content-length"]).toBe("12345");
  });

  it.each([429, 503])("an error %i on a call that is read, with when to come back", async (status) => {
    const { canned, url, cache } = await setup();
    Object.assign(canned, {
      status,
      headers: ["Retry-After", "7", "X-Ratelimit-Reset", "1s"],
      pieces: [Buffer.from("slow down")],
    });
    const reply = await send(`${url}/v1/responses`, {
      method: "POST",
      headers: ["Content-Length", "2"],
      body: "{}",
    });
    expect([
      reply.status,
      reply.body.toString(),
      reply.headers["retry-after"],
      reply.headers["x-ratelimit-reset"],
    ]).toEqual([status, "slow down", "7", "1s"]);
    expect(cache.stats().observed).toBe(0);
  });
});

it("the body of a call that is read goes on as it came, with fields nobody has heard of", async () => {
  const { upstream, url } = await setup();
  const body = `{ "model" : "m",\t"seed":1.0, "x":{"y":[1e400]}, "messages":[{"role":"user","content":"h\\u00ebllo"}] }\n`;
  await send(`${url}/v1/chat/completions?a=b`, {
    method: "POST",
    headers: ["Content-Length", String(body.length), "Accept-Encoding", "br"],
    body,
  });
  const asked = lastOf(upstream);
  expect([asked.url, asked.body.toString(), named(asked.headers, "accept-encoding")]).toEqual([
    "/v1/chat/completions?a=b",
    body,
    ["br"],
  ]);
});
