/** What the page's server gives, and to whom. */
import { request } from "node:http";
import { createCache, type TemplateDetails } from "reprise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startInspector } from "../../../server/inspector/index.js";
import type { TreePage } from "../../../server/inspector/tree.js";
import { PEOPLE, task, teach } from "../../support/agent.js";
import { type Build, build } from "../../support/build.js";
import { ask, calls, says, user } from "../../support/cache.js";
import { proxy, scripted } from "../support.js";

let bundle: Build;
beforeAll(() => {
  bundle = build("inspector");
}, 60_000);
afterAll(() => bundle.remove());

const find = (name: string) => task(`Find ${name} in the list`, calls("find", { name }));

async function opened(options: Parameters<typeof createCache>[0] = {}) {
  const cache = createCache({ auditRate: 0, ...options });
  await teach(cache, PEOPLE.slice(0, 4).map(find));
  const page = await startInspector(cache, { assets: new URL(bundle.url("inspector/")) });
  onTestFinished(async () => {
    await page.stop();
    await cache.close();
  });
  const [base = "", token = ""] = page.url.split("#token=");
  return { cache, base, token };
}

interface Asked {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly type?: string;
}

function send(url: string, { body, headers = {}, type = "application/json" }: Asked = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const sent = request(
        url,
        {
          method: body === undefined ? "GET" : "POST",
          headers: { ...headers, ...(body !== undefined && { "content-type": type }) },
        },
        async (incoming) => {
          let text = "";
          for await (const piece of incoming) text += String(piece);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
    },
  );
}

describe("the page's files", () => {
  it("come under a strict policy, and hold neither a token nor anything inline", async () => {
    const { base, token } = await opened();
    for (const [path, type] of [
      ["", "text/html"],
      ["page.js", "text/javascript"],
      ["page.css", "text/css"],
    ]) {
      const { status, headers, text } = await send(`${base}${path}`);
      expect([path, status, headers["content-type"]]).toEqual([
        path,
        200,
        expect.stringContaining(type as string),
      ]);
      expect(headers["content-security-policy"]).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(text).not.toContain(token);
      if (path === "") expect(text).not.toMatch(/<script>|<style|\son\w+=/);
    }
  });
});

describe("what the page asks for", () => {
  it("needs the token, and to come from this machine under its own name", async () => {
    const { base, token } = await opened();
    const auth = { "reprise-auth": `Bearer ${token}` };
    expect((await send(`${base}api/templates`)).status).toBe(401);
    expect((await send(`${base}api/templates`, { headers: { "reprise-auth": "Bearer no" } })).status).toBe(
      401,
    );
    expect((await send(`${base}api/templates`, { headers: auth })).status).toBe(200);
    // A page of somebody else's, whose name was made to point here; and a proxy on this machine.
    for (const far of [{ host: "evil.example" }, { "x-forwarded-for": "203.0.113.9" }]) {
      expect((await send(`${base}api/templates`, { headers: { ...auth, ...far } })).status).toBe(404);
      expect((await send(base, { headers: far })).status).toBe(404);
    }
  });

  it("walks the tree, shows a template, takes a review, and forgets", async () => {
    const { base, token, cache } = await opened();
    const headers = { "reprise-auth": `Bearer ${token}` };
    const get = async <T>(path: string): Promise<T> =>
      JSON.parse((await send(`${base}api/${path}`, { headers })).text) as T;
    let node = "root";
    let template = "";
    const kinds: string[] = [];
    while (template === "") {
      const { nodes, total } = await get<TreePage>(`tree?node=${node}`);
      expect(total).toBeGreaterThan(0);
      const [first] = nodes;
      kinds.push(first?.kind ?? "");
      node = first?.id ?? "";
      template = first?.template ?? "";
    }
    expect(kinds).toEqual(["scope", "message", "reply"]);
    expect((await get<string[]>(`path/${template}`)).at(-1)).toBe(node);
    expect((await get<TemplateDetails>(`template/${template}`)).examples.length).toBeGreaterThan(0);
    const said = { id: template, verdict: "retire", reason: "no", author: "Ann" };
    const reviewed = await send(`${base}api/review`, { headers, body: said });
    expect(JSON.parse(reviewed.text)).toMatchObject({ standing: "retired", reviews: [{ author: "Ann" }] });
    const explained = await send(`${base}api/explain`, {
      headers,
      body: { messages: [user("Find Hugo Weber in the list")] },
    });
    expect(JSON.parse(explained.text)).toHaveProperty("sentence");
    const forgotten = await send(`${base}api/forget`, { headers, body: { template } });
    expect(JSON.parse(forgotten.text)).toEqual({ forgotten: 1 });
    expect(cache.template(template)).toBeUndefined();
    expect((await send(`${base}api/template/${template}`, { headers })).status).toBe(404);
  });

  it("refuses what is no such question, and what a form could send", async () => {
    const { base, token } = await opened();
    const headers = { "reprise-auth": `Bearer ${token}` };
    for (const [path, body] of [
      ["review", { id: "x" }],
      ["review", { id: "x", verdict: "praise", reason: "r", author: "a" }],
      ["forget", {}],
      ["explain", "{"],
      ["explain", { messages: 5 }],
      ["explain", { messages: [{ role: 5 }] }],
    ] as const)
      expect([path, (await send(`${base}api/${path}`, { headers, body })).status]).toEqual([path, 400]);
    expect(
      (await send(`${base}api/forget`, { headers, body: "template=x", type: "text/plain" })).status,
    ).toBe(400);
    expect((await send(`${base}api/tree?limit=many`, { headers })).status).toBe(400);
    expect(
      (await send(`${base}api/explain`, { headers, body: `"${"x".repeat(9 * 1024 * 1024)}"` })).status,
    ).toBe(413);
    expect((await send(`${base}api/else`, { headers })).status).toBe(404);
    const unknown = { id: "0".repeat(32), verdict: "retire", reason: "r", author: "a" };
    expect((await send(`${base}api/review`, { headers, body: unknown })).status).toBe(404);
  });

  it("tells what happens as it does, in figures and events without content", async () => {
    const { base, token, cache } = await opened();
    const response = await fetch(`${base}api/live`, { headers: { "reprise-auth": `Bearer ${token}` } });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(text)) text += new TextDecoder().decode((await reader.read()).value);
    };
    await until(/event: live\n/);
    await cache.lookup(ask("Find Hugo Weber in the list"));
    await until(/"name":"hit"/);
    await cache.observe(ask("canary-8261"), says("canary-8261"));
    await cache.lookup(ask("canary-9999"));
    await until(/"name":"miss"/);
    await reader.cancel();
    expect(text).not.toContain("canary");
    expect(text).toMatch(/"hits":\{"exact":0,"template":1\}/);
  });
});

describe("the page of reprise serve", () => {
  it("has a token of its own: that of clients does not open it", async () => {
    const upstream = await scripted(() => ({ reply: says("Hi") }));
    const token = "clients-token-of-many";
    const { url, page = "" } = await proxy(upstream.url, { tokens: [token] });
    const [base = "", own = ""] = page.split("#token=");
    expect(base).toBe(`${url}/_reprise/inspect/`);
    expect((await send(`${url}/_reprise/inspect`)).status).toBe(302);
    expect((await send(base)).text).toContain("<title>reprise</title>");
    expect(
      (await send(`${base}api/templates`, { headers: { "reprise-auth": `Bearer ${token}` } })).status,
    ).toBe(401);
    expect(
      (await send(`${base}api/templates`, { headers: { "reprise-auth": `Bearer ${own}` } })).status,
    ).toBe(200);
    expect(upstream.asked).toEqual([]);
  });

  it("is nowhere where it is switched off, and elsewhere with its token where that is allowed", async () => {
    const upstream = await scripted(() => ({ reply: says("Hi") }));
    const { url, page } = await proxy(upstream.url, { inspect: "off" });
    expect(page).toBeUndefined();
    expect((await send(`${url}/_reprise/inspect/`)).status).toBe(404);
    const inspectToken = "a-token-for-the-page";
    const far = await proxy(upstream.url, { inspect: "token", inspectToken });
    const headers = { "x-forwarded-for": "203.0.113.9" };
    const at = `${far.url}/_reprise/inspect/api/templates`;
    expect((await send(at, { headers })).status).toBe(401);
    expect(
      (await send(at, { headers: { ...headers, "reprise-auth": `Bearer ${inspectToken}` } })).status,
    ).toBe(200);
  });
});
