/** What the fetch does with a call: read, answered, or passed on as it is. */
import { createCache, RepriseError } from "reprise";
import { repriseFetch } from "reprise/openai";
import { describe, expect, it, vi } from "vitest";
import { scriptedProvider } from "./support.js";

const url = "http://provider.test/v1/chat/completions";
const hello = { model: "m", messages: [{ role: "user", content: "hello" }] };
const post = (
  body: string | FormData | Uint8Array<ArrayBuffer> = JSON.stringify(hello),
  headers: Record<string, string> = {},
): RequestInit => ({
  method: "POST",
  body,
  headers,
});

function setup() {
  const provider = scriptedProvider(({ index }) => ({
    reply: { role: "assistant", content: `answer ${index}` },
  }));
  const cache = createCache({ auditRate: 0 });
  return { cache, provider, fetch: repriseFetch(cache, { fetch: provider.fetch }) };
}

describe("calls that are passed on", () => {
  it.each([
    ["another path", "http://provider.test/v1/embeddings", post()],
    ["a path below", "http://provider.test/v1/responses/resp_1/cancel", post()],
    ["a list", "http://provider.test/v1/chat/completions", { method: "GET" }],
    ["a form", url, post(new FormData())],
    ["a body that is compressed", url, post("\u001f\u008b", { "Content-Encoding": "gzip" })],
    ["bytes that are no text", url, post(new Uint8Array([0xff, 0xfe]))],
    ["no address", "not an address", post()],
  ])(
    "for %s: with the very same arguments, and the very same response comes back",
    async (_what, input, init) => {
      const response = new Response("anything");
      const inner = vi.fn<typeof globalThis.fetch>(async () => response);
      const cache = createCache();
      expect(await repriseFetch(cache, { fetch: inner })(input, init)).toBe(response);
      expect(inner).toHaveBeenCalledExactlyOnceWith(input, init);
      expect(cache.stats().misses).toEqual({});
    },
  );

  it("lose what was meant for the cache, and nothing else", async () => {
    const inner = vi.fn<typeof globalThis.fetch>(async () => new Response());
    const headers = {
      "Butter-Auth": "Bearer secret",
      "reprise-scope": "a",
      "Cache-Control": "no-cache",
      "X-Other": "kept",
    };
    await repriseFetch(createCache(), { fetch: inner })(
      "http://provider.test/v1/embeddings",
      post("{}", headers),
    );
    expect([...new Headers(inner.mock.calls[0]?.[1]?.headers)]).toEqual([
      ["cache-control", "no-cache"],
      ["x-other", "kept"],
    ]);
  });

  it.each([400, 401, 429, 500, 503])(
    "an error %i comes back as it was, and is not learned",
    async (status) => {
      const response = new Response("{}", { status, headers: { "retry-after": "7" } });
      const cache = createCache();
      expect(await repriseFetch(cache, { fetch: async () => response })(url, post())).toBe(response);
      expect(cache.stats().observed).toBe(0);
    },
  );

  it.each([
    ["a page of HTML", "<html>", "text/html"],
    ["an error inside a 200", '{"error":{"message":"overloaded"}}', "application/json"],
    ["nothing", "", "application/json"],
    ["a list", "[]", "application/json"],
    ["half a reply", '{"choices":[{"message":{"role":"assistant","content":"Hel', "application/json"],
  ])("%s comes back byte by byte, and is not learned", async (_what, body, type) => {
    const cache = createCache();
    const response = await repriseFetch(cache, {
      fetch: async () => new Response(body, { headers: { "content-type": type } }),
    })(url, post());
    expect([response.status, await response.text()]).toEqual([200, body]);
    expect(cache.stats()).toMatchObject({ observed: 0, refused: { invalid: 1 } });
  });
});

describe("calls that are read", () => {
  it.each<[string, () => [Parameters<typeof globalThis.fetch>[0], RequestInit | undefined]]>([
    ["an address and a text", () => [url, post()]],
    ["a URL and bytes", () => [new URL(url), post(new TextEncoder().encode(JSON.stringify(hello)))]],
    ["a Request", () => [new Request(url, post()), undefined]],
    [
      "a Request whose body another takes the place of",
      () => [new Request(url, post("{}")), { body: JSON.stringify(hello) }],
    ],
  ])("as %s", async (_what, args) => {
    const { fetch, provider } = setup();
    for (let call = 0; call < 2; call++) await (await fetch(...args())).text();
    expect(provider.calls()).toBe(1);
  });

  it("keep the body as it was sent, and lose the headers that were meant for the cache", async () => {
    const inner = vi.fn<typeof globalThis.fetch>(
      async () => new Response("{}", { headers: { "content-type": "application/json" } }),
    );
    const text = `{ "model":"m", "seed": 1.0, "unheard_of": {"a":[1]}, "messages": [{"role":"user","content":"h\\u0065llo"}] }`;
    await repriseFetch(createCache(), { fetch: inner })(
      url,
      post(text, {
        Authorization: "Bearer sk",
        "Reprise-Scope": "a",
        "Butter-Bindings": "{}",
        "Cache-Control": "no-store",
      }),
    );
    const [, init] = inner.mock.calls[0] ?? [];
    expect(init?.body).toBe(text);
    expect([...new Headers(init?.headers)]).toEqual(
      [
        ["authorization", "Bearer sk"],
        ["content-type", "text/plain;charset=UTF-8"],
      ].filter(([name]) => new Headers(init?.headers).has(name as string)),
    );
  });

  it("are ended by their caller's signal, on hits too", async () => {
    const { fetch } = setup();
    await fetch(url, post());
    await expect(fetch(url, { ...post(), signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });

  it("tell what happened in headers", async () => {
    const { fetch } = setup();
    const [miss, hit] = [await fetch(url, post()), await fetch(url, post())];
    expect(miss.headers.get("cache-status")).toBe("reprise; fwd=miss; detail=unseen; stored");
    expect(miss.headers.get("age")).toBeNull();
    expect(hit.headers.get("cache-status")).toBe("reprise; hit; detail=exact");
    expect(hit.headers.get("age")).toBe("0");
    expect(hit.headers.get("reprise-saved")).toBe("input=0, output=0");
    expect(hit.headers.get("reprise-template")).toMatch(/^\S+$/);
    expect(hit.headers.get("reprise-answer")).toMatch(/^[\da-f-]{36}$/);
  });

  it("append to what a cache nearer to the provider has said", async () => {
    const completion = {
      choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
    };
    const inner = async () => Response.json(completion, { headers: { "cache-status": "Origin; hit" } });
    const response = await repriseFetch(createCache(), { fetch: inner })(url, post());
    expect(response.headers.get("cache-status")).toBe(
      "Origin; hit, reprise; fwd=miss; detail=unseen; stored",
    );
  });
});

describe("Cache-Control", () => {
  const text = async (response: Response): Promise<string> =>
    ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message
      .content ?? "";
  const ask = (fetch: typeof globalThis.fetch, directives: string) =>
    fetch(url, post(JSON.stringify(hello), { "Cache-Control": directives }));

  it("no-cache asks the model and learns; so does max-age=0", async () => {
    const { fetch } = setup();
    await fetch(url, post());
    expect(await text(await ask(fetch, "no-cache"))).toBe("answer 1");
    expect(await text(await fetch(url, post()))).toBe("answer 1");
    expect(await text(await ask(fetch, "Max-Age=0"))).toBe("answer 2");
    expect((await ask(fetch, "no-cache")).headers.get("cache-status")).toBe(
      "reprise; fwd=request; detail=read-off; stored",
    );
  });

  it("no-store keeps nothing", async () => {
    const { fetch, cache } = setup();
    expect((await ask(fetch, "no-store")).headers.get("cache-status")).toBe(
      "reprise; fwd=miss; detail=unseen",
    );
    expect(cache.stats().exchanges).toBe(0);
  });

  it("only-if-cached gives 504 rather than ask", async () => {
    const { fetch, provider } = setup();
    const response = await ask(fetch, "only-if-cached");
    expect([response.status, provider.calls()]).toEqual([504, 0]);
    await fetch(url, post());
    expect((await ask(fetch, "only-if-cached")).status).toBe(200);
  });

  it("max-age takes no older reply", async () => {
    let now = 1_000_000;
    const provider = scriptedProvider(({ index }) => ({
      reply: { role: "assistant", content: `answer ${index}` },
    }));
    const cache = createCache({ auditRate: 0, now: () => now });
    const fetch = repriseFetch(cache, { fetch: provider.fetch });
    await fetch(url, post());
    now += 61_000;
    const hit = await ask(fetch, "max-age=100");
    expect([hit.headers.get("age"), await text(hit)]).toEqual(["61", "answer 0"]);
    const stale = await ask(fetch, "max-age=60");
    expect(stale.headers.get("cache-status")).toContain("fwd=miss; detail=expired");
    expect(await text(stale)).toBe("answer 1");
  });
});

describe("options", () => {
  it.each([
    [{ fetsch: 1 }, 'repriseFetch: unknown option "fetsch"'],
    [{ fetch: 1 }, 'option "fetch" must be a function'],
    [{ mode: "off" }, 'option "mode"'],
  ])("that are wrong are named: %j", (options, message) => {
    expect(() => repriseFetch(createCache(), options as never)).toThrow(message);
    expect(() => repriseFetch({} as never)).toThrow(RepriseError);
  });

  it("a scope is read from the call", async () => {
    const provider = scriptedProvider(({ index }) => ({
      reply: { role: "assistant", content: `answer ${index}` },
    }));
    const fetch = repriseFetch(createCache(), {
      fetch: provider.fetch,
      scope: ({ headers, body }) => `${headers["x-tenant"]} ${String(body.model)}`,
    });
    for (const tenant of ["a", "b", "a"])
      await fetch(url, post(JSON.stringify(hello), { "X-Tenant": tenant }));
    expect(provider.calls()).toBe(2);
  });
});
